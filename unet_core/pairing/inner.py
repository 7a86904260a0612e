"""The U-Nets inside a nested net: which nodes each is made of, and what is left when the net is cut off at a head."""

from contextlib import suppress
from dataclasses import dataclass

from unet_core.config import ConfigError, UNetConfig
from unet_core.messages import Message
from unet_core.models import pruned_config
from unet_core.pairing.aligned import Tracing
from unet_core.sizes import closest_legal
from unet_core.trace import trace

Node = tuple[int, int]


def inner_unet(depth: int) -> tuple[Node, ...]:
    """The nodes of the U-Net of that depth inside every deeper nested net: down the encoder, up one diagonal."""
    return (*((level, 0) for level in range(depth + 1)), *((depth - step, step) for step in range(1, depth + 1)))


def left_by_pruning(depth: int) -> tuple[Node, ...]:
    """The nodes that head L`depth` needs: all of whose inner U-Nets are no deeper."""
    return tuple((level, step) for level in range(depth + 1) for step in range(depth + 1 - level))


@dataclass(frozen=True)
class Pruned:
    """What is left at head L`level`: nodes, and the totals of the smaller net beside those of the whole."""

    level: int
    nodes: tuple[Node, ...]
    parameters: int
    macs: int
    parameter_share: float  # 0..1 of the whole net's
    mac_share: float
    trained: bool  # whether the head is there to prune to

    @property
    def says(self) -> Message:
        """One sentence."""
        values = {"level": self.level, "nodes": len(self.nodes), "parameters": self.parameters,
                  "percent": 100 * self.parameter_share, "work": 100 * self.mac_share}  # fmt: skip
        if not self.trained:
            return Message("Cut off at X^(0,{level}), {nodes} nodes would remain: {parameters:,} parameters "
                           "({percent:.0f} %) and {work:.0f} % of the multiply-adds. It needs a head there, so deep "
                           "supervision in training.", values)  # fmt: skip
        return Message("Pruned to L{level}, {nodes} nodes remain: {parameters:,} parameters ({percent:.0f} %) and "
                       "{work:.0f} % of the multiply-adds.", values)  # fmt: skip


def prunings(config: UNetConfig, size: tuple[int, int], tracing: Tracing = trace) -> tuple[Pruned, ...]:
    """L1 .. Ld of a nested net at an input of (height, width), the largest last; without those that would leave nodes
    that lead nowhere, as where the skips of level 0 are not connected."""
    whole, found = tracing(config, size), []
    for level in range(1, config.depth + 1):
        with suppress(ConfigError):
            found.append(_pruned(config, level, size, whole.params, whole.macs, tracing))
    return tuple(found)


def _pruned(
    config: UNetConfig, level: int, size: tuple[int, int], params: int, macs: int, tracing: Tracing
) -> Pruned:  # fmt: skip
    smaller = pruned_config(config, level)
    height, width = (closest_legal(smaller, side) for side in size)
    run = tracing(smaller, (height, width))
    trained = config.deep_supervision or level == config.depth
    return Pruned(level, left_by_pruning(level), run.params, run.macs, run.params / params, run.macs / macs, trained)


def inner_says(depth: int, whole: int) -> Message:
    """What lights up."""
    if depth == whole:
        return Message("The U-Net of depth {depth} inside: down the whole encoder, and up the outermost diagonal.",
                       {"depth": depth})  # fmt: skip
    return Message("The U-Net of depth {depth} inside: its bottleneck is X^({depth},0), and its mask comes from "
                   "X^(0,{depth}).", {"depth": depth})  # fmt: skip
