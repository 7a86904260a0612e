"""Many networks of every kind, always the same ones: what the checks of the core run over."""

import json
import random
from functools import cache
from itertools import product
from pathlib import Path

import torch

from unet_core.config import ARCHITECTURES, NORMS, PADDINGS, PRESETS, SKIPS, UPSAMPLINGS, ConfigError, UNetConfig
from unet_core.models import NestedUNet, UNet, build_model
from unet_core.sizes import smallest_legal
from unet_core.trace import Trace, trace

SEED = 2015
FACTS = json.loads((Path(__file__).parents[1] / "oracles" / "unet_facts.json").read_text())  # each says its source


@cache
def sweep() -> tuple[UNetConfig, ...]:
    """At least 200 configs: every architecture x padding x up-sampling x norm twice, the presets and the edges."""
    dice = random.Random(SEED)
    configs = [*PRESETS.values(), *edges()]
    for kinds in product(ARCHITECTURES, PADDINGS, UPSAMPLINGS, NORMS):
        configs += [draw(dice, *kinds) for _ in range(2)]
    return tuple(dict.fromkeys(configs))


def draw(dice: random.Random, architecture: str, padding: str, upsampling: str, norm: str) -> UNetConfig:
    """A random config of these kinds; what the config refuses is thrown again."""
    while True:
        depth = dice.choice([1, 2, 2, 3, 3, 4])
        try:
            return UNetConfig(
                architecture=architecture,
                in_channels=dice.randint(1, 4),
                classes=dice.randint(1, 5),
                base_channels=dice.choice([8, 16]) if norm == "group" else dice.randint(1, 9),
                depth=depth,
                kernel_size=dice.choice([1, 2, 3, 3, 4, 5]),
                convs_per_block=dice.choice([1, 2, 2, 3]),
                padding=padding,
                norm=norm,
                upsampling=upsampling,
                skip=dice.choice(SKIPS),
                skip_levels=dice.choice([None, None, tuple(i for i in range(depth) if dice.random() < 0.5)]),
                growth=dice.choice([1, 1.5, 2, 2, 3]),
                max_channels=dice.choice([None, None, 16, 24]),
                dropout=dice.choice([0.0, 0.5]),
                deep_supervision=architecture != "unet" and dice.random() < 0.5,
            )
        except ConfigError:
            continue


def edges() -> list[UNetConfig]:
    """The deepest, the smallest and the oddest."""
    same = {"padding": "same", "base_channels": 2, "in_channels": 3, "classes": 1}
    return [
        UNetConfig(base_channels=1, depth=1, kernel_size=1, convs_per_block=1, classes=1),
        UNetConfig(base_channels=1, depth=6, growth=1),
        UNetConfig(base_channels=1, depth=6, growth=1.1, architecture="unet++", deep_supervision=True),
        UNetConfig(depth=6, kernel_size=9, convs_per_block=4, **same),
        UNetConfig(depth=5, kernel_size=8, convs_per_block=1, architecture="unet++", **same),
        UNetConfig(depth=5, architecture="unet+", upsampling="bilinear", **same),
        UNetConfig(depth=5, architecture="unet-e", deep_supervision=True, skip="add", **same),
        UNetConfig(depth=4, skip_levels=(), **same),
        UNetConfig(depth=4, skip_levels=(), architecture="unet++", deep_supervision=True, **same),
        UNetConfig(depth=3, kernel_size=2, convs_per_block=4, architecture="unet++", base_channels=3),
        UNetConfig(depth=2, kernel_size=4, convs_per_block=3, base_channels=3, max_channels=3),
    ]


def smallest_size(config: UNetConfig) -> tuple[int, int]:
    """(height, width), not square: the smallest legal height, and the width one step of legal sizes above."""
    side = smallest_legal(config)
    return side, side + 2**config.depth


@cache
def meta_model(config: UNetConfig) -> UNet | NestedUNet:
    """The network without numbers, built once for all checks that leave it as it is."""
    with torch.inference_mode(False), torch.device("meta"):
        return build_model(config).eval()


@cache
def traced(config: UNetConfig) -> Trace:
    """The trace at `smallest_size`, taken once."""
    return trace(config, smallest_size(config))


def name_of(config: UNetConfig) -> str:
    """For pytest: what a failing case is called."""
    return config.to_query() or "default"
