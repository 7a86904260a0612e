"""Which trained network stands in for a configuration that nobody has trained: the one that differs least.

There is no true distance between networks; this one counts first what changes the picture of the network, wiring,
skips and depth, and then widths by factors. What differs is told wherever a stand-in is shown.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import log2

from unet_core.config import UNetConfig
from unet_core.zoo.passport import Passport, missing_skips

WEIGHTS = {  # of a field of words or truth that differs; a U-Net and a nested net are furthest apart
    "architecture": 4.0, "skip": 4.0, "padding": 1.5, "norm": 1.5, "upsampling": 1.0, "deep_supervision": 1.0,
    "max_channels": 0.5, "in_channels": 0.1, "classes": 0.1,
}  # fmt: skip
NESTED, SKIP, LEVEL, KERNEL, CONVOLUTIONS = 6.0, 2.0, 2.0, 1.0, 1.0


@dataclass(frozen=True)
class StandIn:
    """A trained network in place of a configuration; `exact` where it is the very same."""

    model: Passport
    exact: bool


def nearest_trained(config: UNetConfig, models: Iterable[Passport]) -> StandIn | None:
    """The first of the nearest; None where there are no models."""
    found = min(models, key=lambda model: distance(config, model.config), default=None)
    return None if found is None else StandIn(found, found.config == config)


def distance(a: UNetConfig, b: UNetConfig) -> float:
    """0 for the same network, and the larger the more differs."""
    apart = sum(weight for name, weight in WEIGHTS.items() if getattr(a, name) != getattr(b, name))
    apart += NESTED * (a.nested != b.nested)
    apart += SKIP * len(set(missing_skips(a)) ^ set(missing_skips(b)))
    apart += LEVEL * abs(a.depth - b.depth) + KERNEL * abs(a.kernel_size - b.kernel_size)
    apart += CONVOLUTIONS * abs(a.convs_per_block - b.convs_per_block) + abs(a.dropout - b.dropout)
    return apart + abs(log2(a.base_channels / b.base_channels)) + abs(log2(a.growth / b.growth))
