"""How long both networks take for an image, here and now: in turns, in one run, as `segment` runs them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from statistics import quantiles

import torch

from unet_core.config import UNetConfig
from unet_core.device import choose_device, describe_device
from unet_core.inference import logits_of
from unet_core.messages import ExplainedError
from unet_core.models import new_model
from unet_core.pairing.pair import Pair
from unet_core.sizes import nearest_legal, smallest_legal
from unet_core.stopwatch import in_turns, ratio
from unet_core.studies.provenance import commit
from unet_core.trace import Trace, trace

MOST_MACS = 20 * 10**9  # of one network: some seconds on one core
MOST_PARAMETERS = 200 * 10**6
WORK = 50 * 10**9  # multiply-adds of all rounds together, about
FEWEST, MOST = 5, 15  # rounds
SMALLEST = 32  # pixels


class ClockError(ExplainedError):
    """A network that is too large to be measured while somebody waits."""


@dataclass(frozen=True)
class Times:
    """Seconds of A and of B, round by round, at their sizes (height, width), and where that was."""

    a: tuple[float, ...]
    b: tuple[float, ...]
    sizes: tuple[tuple[int, int], tuple[int, int]]
    device: str
    torch: str
    commit: str
    date: str

    @property
    def when(self) -> str:
        """To the minute."""
        return f"{self.date[:16].replace('T', ' ')} UTC"

    @cached_property
    def ratio(self) -> float:
        """How many times as long as A B takes: the median of the rounds."""
        return ratio({"b": list(self.b), "a": list(self.a)}, "b", "a")

    @cached_property
    def ratio_spread(self) -> tuple[float, float]:
        """The middle half of the rounds' ratios, from and to."""
        return spread([b / a for a, b in zip(self.a, self.b, strict=True)])


def spread(values: list[float] | tuple[float, ...]) -> tuple[float, float]:
    """First and third quartile."""
    low, _, high = quantiles(values, n=4, method="inclusive")
    return low, high


def measure(pair: Pair, rounds: int | None = None, between: Callable[[], None] | None = None) -> Times:
    """Both networks in turns, with weights of no training, which take as long as any.

    Without `rounds` as many as take some seconds. `between` is called after each. Where an image of the pair's side is
    too much work both get a smaller one. Raises ClockError.
    """
    side, works, macs = measurable_side(pair), {}, 0
    sized = Pair(pair.a, pair.b, side)
    where = choose_device("auto")
    for name, config, size in zip("ab", sized.configs, sized.sizes, strict=True):
        model = new_model(config, seed=0).to(where, memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
        image = torch.zeros(1, config.in_channels, *size)
        works[name] = lambda model=model, image=image: logits_of(model, image).cpu()
        macs += trace(config, size).macs
    rounds = rounds or max(FEWEST, min(MOST, WORK // max(1, macs)))
    seconds = in_turns(works, rounds, between)
    return Times(tuple(seconds["a"]), tuple(seconds["b"]), sized.sizes, describe_device("auto"), torch.__version__,
                 commit(), datetime.now(UTC).isoformat(timespec="seconds"))  # fmt: skip


def measurable_side(pair: Pair) -> int:
    """The pair's side, or as often half of it as brings both networks within MOST_MACS. Raises ClockError."""
    for config in pair.configs:
        if _traced(config, smallest_legal(config)).params > MOST_PARAMETERS:
            raise ClockError("a network of more than {most} million parameters is not measured here",
                             most=MOST_PARAMETERS // 10**6)  # fmt: skip
    side = pair.side
    while any(_traced(config, size[0]).macs > MOST_MACS
              for config, size in zip(pair.configs, Pair(pair.a, pair.b, side).sizes, strict=True)):  # fmt: skip
        side //= 2
        if side < SMALLEST:
            raise ClockError("even for a small image one of the two networks needs more than {most} GMAC: that is "
                             "not measured here", most=MOST_MACS // 10**9)  # fmt: skip
    return side


def _traced(config: UNetConfig, side: int) -> Trace:
    _, above = nearest_legal(config, side)
    return trace(config, (above, above))
