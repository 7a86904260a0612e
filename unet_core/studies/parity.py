"""Fair budgets: the width at which a network has as many parameters, or multiply-adds, as another."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

from unet_core.config import LIMITS, UNetConfig
from unet_core.sizes import closest_legal
from unet_core.trace import trace

SIDE = 96  # pixels: of the input whose multiply-adds are counted; their ratios hardly depend on it
Count = Callable[[UNetConfig], int]


def parameters(config: UNetConfig) -> int:
    """Trainable parameters, from the trace."""
    return _counts(config)[0]


def macs(config: UNetConfig) -> int:
    """Multiply-adds for an input of about 96 x 96 pixels, from the trace."""
    return _counts(config)[1]


@cache
def _counts(config: UNetConfig) -> tuple[int, int]:
    traced = trace(config, (closest_legal(config, SIDE),) * 2)
    return traced.params, traced.macs


def nearest_width(config: UNetConfig, target: int, count: Count) -> int:
    """The base_channels with which `count` of `config` is nearest to `target`, the smaller of two equally near.

    Both counts grow with the width, so halving the range finds it.
    """
    low, high = (int(limit) for limit in LIMITS["base_channels"])
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if count(replace(config, base_channels=middle)) <= target else (low, middle)
    return min((low, high), key=lambda base: (abs(count(replace(config, base_channels=base)) - target), base))
