"""What a visitor asks to be trained: one frozen value, checked, that can travel to another process."""

from dataclasses import dataclass, field

from unet_core.augment import Augmentation
from unet_core.config import UNetConfig
from unet_core.losses import LOSSES
from unet_core.messages import Message
from unet_core.ranges import check_range
from unet_core.runs.task import OWN, READY
from unet_core.settings import TrainingError

MOST_ENTRANTS = 6
SECONDS = (1.0, 300.0)  # of training for each network
BUDGETS = (5, 10, 20, 30, 60, 120, 300)  # seconds that are offered
RATES = (1e-6, 10.0)
MOST_SEED = 2**31 - 1
MOST_ARCHIVE = 64 * 2**20  # bytes of a visitor's ZIP
GENTLE = Augmentation()  # flips alone
RATE = 1e-2  # of AdamW at its peak, where these small nets learn fastest without falling over
RATE_TOO_HIGH = 1.0


@dataclass(frozen=True)
class Entrant:
    """One network of a training; `label` is what a chart calls it."""

    label: Message
    config: UNetConfig


@dataclass(frozen=True)
class Order:
    """Networks that learn the same from the same data, each for so many seconds of its own.

    `images` is how many training images there are to learn from, None for all. `archive` is a visitor's ZIP, where
    `data` is OWN; it may be left out of an order that is only told. Raises TrainingError and RangeError.
    """

    data: str
    entrants: tuple[Entrant, ...]
    seconds: float = 20.0
    loss: str = "cross-entropy+dice"
    learning_rate: float = RATE
    augmentation: Augmentation = field(default_factory=Augmentation)
    images: int | None = None
    seed: int = 1
    archive: bytes = field(default=b"", repr=False)
    race: str = ""  # what the networks differ in, a name in `race.RACES`

    def __post_init__(self) -> None:
        if self.data not in (*READY, OWN) or (self.data != OWN and self.archive):
            raise TrainingError("there are no data called {name}; there are {known}, and a visitor's own as a ZIP",
                                name=str(self.data)[:40], known=", ".join(READY))  # fmt: skip
        if len(self.archive) > MOST_ARCHIVE:
            raise TrainingError("the ZIP is larger than {most} MB: put fewer or smaller images into it",
                                most=MOST_ARCHIVE // 2**20)  # fmt: skip
        if not 1 <= len(self.entrants) <= MOST_ENTRANTS:
            raise TrainingError("there must be 1 to {most} networks, got {count}", most=MOST_ENTRANTS,
                                count=len(self.entrants))  # fmt: skip
        if self.loss not in LOSSES:
            raise TrainingError("{name} must be one of {known}, got {value}", name="loss", known=", ".join(LOSSES),
                                value=str(self.loss)[:40])  # fmt: skip
        check_range("seconds", self.seconds, *SECONDS)
        check_range("learning_rate", self.learning_rate, *RATES)
        check_range("seed", self.seed, 0, MOST_SEED)
        if not isinstance(self.seed, int):
            raise TrainingError("the seed must be a whole number, got {value}", value=self.seed)
        if self.images is not None:
            check_range("images", self.images, 1, 10_000)
