"""What a network does with a side that may not fit, found by running it bare: its `forward`, without the check that
refuses. So do most implementations: poolings floor, crops floor, and only a concatenation complains.
"""

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn

from unet_core.blocks import Add, Concat, Node, Skip
from unet_core.config import UNetConfig
from unet_core.models import NestedUNet, build_model

KINDS: dict[type[nn.Module], str] = {nn.Conv2d: "conv", nn.MaxPool2d: "pool", nn.GroupNorm: "norm",
                                     nn.InstanceNorm2d: "norm", Concat: "join", Add: "join"}  # fmt: skip


@dataclass(frozen=True)
class Drop:
    """A pooling at `level` that meets an odd `side`: its last row and column are left out."""

    level: int
    side: int


@dataclass(frozen=True)
class Meeting:
    """Where the skip from X^{level,source}, of side `skip`, meets what comes up to `node`, of side `below`."""

    node: Node
    source: int
    skip: int
    below: int


@dataclass(frozen=True)
class Stop:
    """The layer where the run ended with an error, by its kind, the level it is at, and the sides that it got."""

    kind: str
    level: int
    sides: tuple[int, ...]


@dataclass(frozen=True)
class Attempt:
    """One run: what was dropped, what met, and either the side of the mask or where it stopped."""

    drops: tuple[Drop, ...]
    meetings: tuple[Meeting, ...]
    output: int | None
    stop: Stop | None


def attempt(config: UNetConfig, side: int) -> Attempt:
    """Run the network of `config` without its check on an input of `side` x `side` pixels. Of several heads the last
    counts. Shapes only: it costs no memory.
    """
    return _attempt(_outline(config), side)


def _outline(config: UNetConfig) -> UNetConfig:
    """A network of one channel with the same sides everywhere: one run serves every number of filters."""
    if config.norm in ("group", "instance"):
        return config  # it refuses a number that stands alone, which depends on the channels
    return replace(config, norm="none", in_channels=1, classes=1, base_channels=1, growth=1, max_channels=None,
                   dropout=0.0)  # fmt: skip


@lru_cache(maxsize=1024)
def _attempt(config: UNetConfig, side: int) -> Attempt:
    with torch.device("meta"):
        model = build_model(config).eval()
    watch = _Watch(model)
    image = torch.empty((1, config.in_channels, side, side), device="meta")
    output = stop = None
    with torch.inference_mode():
        try:
            logits = model.forward(image)  # not model(image), whose hook refuses
            output = (logits[-1] if isinstance(logits, tuple) else logits).shape[-1]
        except (RuntimeError, ValueError):  # how PyTorch says that shapes don't fit, and that a norm is left alone
            stop = watch.last
    return Attempt(tuple(watch.drops), tuple(watch.meetings), output, stop)


@dataclass
class _Watch:
    """Stands before every layer of a model and writes down the sides that come in."""

    model: nn.Module
    drops: list[Drop] = field(default_factory=list)
    meetings: list[Meeting] = field(default_factory=list)
    last: Stop | None = None

    def __post_init__(self) -> None:
        for module in self.model.modules():
            if isinstance(module, (Skip, *KINDS)):
                module.register_forward_pre_hook(self._look)

    def _look(self, module: nn.Module, inputs: tuple[Any, ...]) -> None:
        level, step = module.node  # type: ignore[misc]
        if isinstance(module, Skip):
            below, skips = inputs
            self.meetings += [
                Meeting((level, step), source, skip.shape[-1], below.shape[-1])
                for source, skip in zip(self._sources(level, step), skips, strict=bool(module.join))
            ]
            return
        sides = tuple(tensor.shape[-1] for tensor in inputs if isinstance(tensor, Tensor))
        kind = next(kind for layer, kind in KINDS.items() if isinstance(module, layer))
        if kind == "pool":
            level -= 1  # it belongs to the level it leads to, and happens at the one above
            if sides[0] % 2:
                self.drops.append(Drop(level, sides[0]))
        self.last = Stop(kind, level, sides)

    def _sources(self, level: int, step: int) -> list[int]:
        """The steps of the nodes whose maps a join gets."""
        if isinstance(self.model, NestedUNet):
            return self.model.sources(level, step)
        return [0] if level in self.model.config.connected_levels else []  # type: ignore[union-attr, operator]
