"""How much memory a network asks for, and the bound up to which this app counts."""

from bisect import bisect_left
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from math import sqrt

from unet_core.config import ConfigError, UNetConfig
from unet_core.messages import ExplainedError
from unet_core.nearest import nearest_config
from unet_core.sizes import nearest_legal, smallest_legal
from unet_core.trace import Trace, trace

MOST_BYTES = 256 * 10**9  # more than any computer in a school holds, so a figure beyond it teaches nothing


class TooLargeError(ExplainedError):
    """A network, or an input, whose weights and feature maps go beyond MOST_BYTES."""


def needed(traced: Trace) -> int:
    """Bytes of the weights and of all feature maps in float32, as training keeps them."""
    return 4 * traced.params + traced.bytes


def check_memory(traced: Trace) -> None:
    """Raise TooLargeError when a network asks for more than MOST_BYTES."""
    if needed(traced) > MOST_BYTES:
        raise TooLargeError(
            "this network needs {needed:,.0f} GB for its weights and feature maps, and the bound here is {most:,.0f} "
            "GB: choose a smaller input, fewer filters or less depth",
            needed=needed(traced) / 1e9, most=MOST_BYTES / 1e9,
        )  # fmt: skip


def nearest_within_memory(config: UNetConfig, size: tuple[int, int]) -> tuple[UNetConfig, tuple[int, int]]:
    """The largest input that stays within MOST_BYTES; where none does, fewer filters at the smallest input, and only
    where that does not help either, less depth."""
    if _fits(config, _smallest(config)):
        return config, _largest_size(config, size)
    for depth in range(config.depth, 0, -1):
        bases = list(_bases(nearest_config({**config.to_dict(), "depth": depth}, keep=frozenset({"depth"}))))
        most = bisect_left(bases, True, key=lambda each: _fits(each, _smallest(each)))
        if most < len(bases):
            return bases[most], _smallest(bases[most])
    raise AssertionError("a network of depth 1 with few filters fits")  # a test builds the largest there is


def _smallest(config: UNetConfig) -> tuple[int, int]:
    return (smallest_legal(config),) * 2


def _fits(config: UNetConfig, size: tuple[int, int]) -> bool:
    return needed(trace(config, size)) <= MOST_BYTES


def _largest_size(config: UNetConfig, size: tuple[int, int]) -> tuple[int, int]:
    """In steps of one per cent from a little above what the areas say."""
    asked = needed(trace(config, size))
    scale = min(1.0, 1.03 * sqrt(MOST_BYTES / asked))
    while True:
        height, width = (_legal_at_most(config, int(side * scale)) for side in size)
        if _fits(config, (height, width)):
            return height, width
        scale *= 0.99


def _legal_at_most(config: UNetConfig, side: int) -> int:
    below, above = nearest_legal(config, side)
    return above if below is None else below


def _bases(config: UNetConfig) -> Iterator[UNetConfig]:
    """The same network with fewer and fewer filters, down to where its rules end."""
    for base in range(config.base_channels, 0, -1):
        with suppress(ConfigError):
            yield replace(config, base_channels=base)
