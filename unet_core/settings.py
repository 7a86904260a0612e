"""How to train: one frozen value that decides, with the data and the first weights, what a training becomes."""

import math
from dataclasses import dataclass, field

from unet_core.augment import Augmentation
from unet_core.losses import LOSSES
from unet_core.messages import ExplainedError

WARM_UP = 0.2  # share of the steps in which the learning rate rises
FINAL_RATE = 1e-3  # the last learning rate, as a share of the peak
PRECISIONS = ("float32", "bfloat16")


class TrainingError(ExplainedError):
    """Why a training can't begin or go on."""


@dataclass(frozen=True)
class Settings:
    """How to train. Crops of `crop` x `crop` pixels, by default turned over; the rate's peak is `learning_rate`.

    `loss` is one of LOSSES. With `precision` "bfloat16" the network computes in half the digits, which newer
    processors do faster; its weights, its loss and its validation stay in float32. Raises TrainingError.
    """

    steps: int = 1000
    batch_size: int = 8
    crop: int = 128
    learning_rate: float = 5e-3
    weight_decay: float = 1e-3
    clip: float = 1.0  # largest norm of all gradients together
    validate_every: int = 200
    seed: int = 1
    loss: str = "cross-entropy+dice"
    precision: str = "float32"
    augmentation: Augmentation = field(default_factory=Augmentation)

    def __post_init__(self) -> None:
        for name in ("steps", "batch_size", "crop", "learning_rate", "clip", "validate_every"):
            if not getattr(self, name) > 0:
                raise TrainingError("{name} must be above 0, got {value}", name=name, value=getattr(self, name))
        for name, known in (("loss", tuple(LOSSES)), ("precision", PRECISIONS)):
            if getattr(self, name) not in known:
                raise TrainingError("{name} must be one of {known}, got {value}", name=name, known=", ".join(known),
                                    value=getattr(self, name))  # fmt: skip


def learning_rate(step: float, settings: Settings) -> float:
    """One cycle: from a tenth of the peak up to it along a cosine, then down to almost nothing. `step` from 1; one
    between two steps is for a training that goes through the cycle at another pace."""
    rise = max(1, round(WARM_UP * settings.steps))
    low, done = (0.1, 1 - step / rise) if step <= rise else (FINAL_RATE, (step - rise) / max(1, settings.steps - rise))
    return settings.learning_rate * (low + (1 - low) * (1 + math.cos(math.pi * done)) / 2)
