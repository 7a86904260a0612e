"""Where the tiles of an image lie, one axis at a time, in pixels.

The image is padded as `segment` pads it; a tile is a part of that padded image. Tiles meet without a gap and without
an overlap; what they read overlaps by the halo, and ends where the padded image ends.
"""

from dataclasses import dataclass
from functools import cache

from unet_core.config import UNetConfig
from unet_core.costs import fullest
from unet_core.segment import MAX_SIDE, mirrored
from unet_core.sizes import lost_pixels, nearest_legal
from unet_core.tiles.halo import Halo, TileError, halo, tileable
from unet_core.trace import trace

READ_SIDE = 1024  # pixels that a tile reads, about: beyond it feature maps leave the cache and every pixel takes longer
MOST_BYTES = 2**30  # of feature maps at once


@dataclass(frozen=True)
class Span:
    """A tile along one axis, half-open: it answers for first..last of the image and reads start..stop of the padded."""

    first: int
    last: int
    start: int
    stop: int

    @property
    def answer(self) -> slice:
        """Where its own pixels are in what the network gives back."""
        return slice(self.first - self.start, self.last - self.start)


def spans(config: UNetConfig, side: int, stride: int) -> tuple[Span, ...]:
    """The tiles over a side of an image, as equal as multiples of 2**depth up to `stride` can be."""
    check_stride(config, stride)
    step, around, lost = 2**config.depth, halo(config), lost_pixels(config)
    whole = side + sum(mirrored(config, side))
    pieces = -(-side // stride)
    even = _up(-(-side // pieces), step)
    found = []
    for first in range(0, side, even):
        last = min(first + even, side)
        start = max(0, first - around.before)
        wanted = _up(last, step) + lost + around.after - start
        stop = whole if last == side else min(whole, start + nearest_legal(config, wanted)[1])
        found.append(Span(first, last, start, stop))
    return tuple(found)


def check_stride(config: UNetConfig, stride: int) -> None:
    """Raise TileError unless a stride keeps every tile on the grid of the poolings."""
    step = 2**config.depth
    if stride < step or stride % step:
        near = max(step, stride // step * step)
        raise TileError(
            "tiles of {stride} pixels don't fit depth {depth}: their side must be a multiple of {step}, as {near}",
            stride=stride, depth=config.depth, step=step, near=near,
        )  # fmt: skip


@cache
def best_stride(config: UNetConfig) -> int:
    """Tiles that read about READ_SIDE pixels, fewer where that takes more than MOST_BYTES.

    A network that looks far reads more: else most of the work would go into halos. One that can't be tiled reads as
    much as `segment` gives it.
    """
    if not tileable(config):
        return MAX_SIDE
    step, around = 2**config.depth, halo(config)
    read_in_vain = around.before + around.after
    stride = _up(max(READ_SIDE - read_in_vain, read_in_vain, step), step)
    while stride > step and _bytes(config, stride, around) > MOST_BYTES:
        stride = _up(stride // 2, step)
    return stride


def _bytes(config: UNetConfig, stride: int, around: Halo) -> int:
    side = nearest_legal(config, around.before + stride + lost_pixels(config) + around.after)[1]
    return fullest(trace(config, (side, side))).bytes


def _up(pixels: int, step: int) -> int:
    return -(-pixels // step) * step
