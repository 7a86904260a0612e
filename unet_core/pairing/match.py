"""A fair comparison: the width at which B has as many parameters as A, or does as much work, or takes as long."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from math import log

from unet_core.config import LIMITS, ConfigError, UNetConfig

CLOSE = 0.03  # a time that is nearer than this to the other's is not told from it
MOST_TRIALS = 6  # widths that are measured
Count = Callable[[UNetConfig], float]


def widths(config: UNetConfig) -> tuple[int, ...]:
    """Every base_channels with which the network can be built, ascending."""
    return tuple(_buildable(config))


def _buildable(config: UNetConfig) -> Iterator[int]:
    low, high = (int(limit) for limit in LIMITS["base_channels"])
    for base in range(low, high + 1):
        with suppress(ConfigError):  # a group norm takes only every eighth
            replace(config, base_channels=base)
            yield base


def width_for(config: UNetConfig, target: float, count: Count) -> int:
    """The width with which `count` of `config`, which grows with it, is nearest to `target`; the smaller of two."""
    known = widths(config)
    low, high = 0, len(known) - 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if count(replace(config, base_channels=known[middle])) <= target else (low, middle)
    return min((known[low], known[high]),
               key=lambda base: (abs(count(replace(config, base_channels=base)) - target), base))  # fmt: skip


def width_by_time(config: UNetConfig, start: int, times: Count) -> tuple[int, float]:
    """The width at which B takes as long as A, and how many times as long it then takes.

    `times(config)` measures how many times as long as A a network takes. `start` is a first guess. Widths are tried
    between one that was too fast and one that was too slow, MOST_TRIALS of them at most.
    """
    known = widths(config)
    low, high, width = -1, len(known), min(range(len(known)), key=lambda index: abs(known[index] - start))
    found: dict[int, float] = {}
    while len(found) < MOST_TRIALS and width not in found:
        found[width] = times(replace(config, base_channels=known[width]))
        if abs(found[width] - 1) <= CLOSE:
            break
        low, high = (width, high) if found[width] < 1 else (low, width)
        width = _next(known, low, high, width, found[width])
    best = min(found, key=lambda index: (abs(log(found[index])), index))
    return known[best], found[best]


def _next(known: tuple[int, ...], low: int, high: int, tried: int, ratio: float) -> int:
    """Half way between what was too fast and too slow; as long as one is not known, by the square root of the ratio:
    of a layer's work the width is both sides."""
    if low >= 0 and high < len(known):
        return (low + high) // 2
    wanted = known[tried] * ratio**-0.5
    guess = min(range(len(known)), key=lambda index: abs(known[index] - wanted))
    return min(max(guess, low + 1, 0), high - 1, len(known) - 1)
