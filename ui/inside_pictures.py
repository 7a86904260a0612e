"""What a layer computed, as levels for the browser to colour: a byte for each pixel, and nothing to pack or unpack."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ui.inside_runs import Run
from ui.kept import kept
from ui.pictures import shown_size
from unet_core.inside.activations import Layer
from unet_core.inside.features import INPUT
from unet_core.inside.scales import Scale, scales
from unet_core.segment import Floats

SIDES = ((24, 256), (128, 128))  # up to so many tiles: pixels a side at most; on the screen a tile is 110 wide
WHOLE_SIDE = 1024  # of the channel that is laid on the large picture


@dataclass(frozen=True, eq=False)
class Picture:
    """Levels 0..255, row by row, of `size` (height, width): the map's own, or less of one that is larger than shown."""

    levels: bytes
    size: tuple[int, int]


def palette(layer: Layer) -> str:
    """Which colours suit a layer: around zero where it has negative values. Of the input zero says nothing."""
    if layer.row == INPUT:
        return "grey"
    return "diverging" if layer.statistics.low.min() < 0 else "rising"


def scale_of(run: Run, layer: Layer, mode: str) -> tuple[Scale, ...]:
    """For each channel the values that are shown darkest and brightest."""
    return scales(run.found, layer.row, mode, diverging=palette(layer) == "diverging")


def map_size(layer: Layer) -> tuple[int, int]:
    """(height, width) of a layer's maps, cut to the image."""
    _, height, width = layer.parts[0].shape
    return height, width


def side_for(tiles: int) -> int:
    """How large a tile's picture may be, so that many of them are no more bytes than a few."""
    return next(side for most, side in SIDES if tiles <= most)


@kept(96, key=lambda run, layer, channel, mode, most: (run.key, layer.row, channel, mode, most))
def picture(run: Run, layer: Layer, channel: int, mode: str, most: int) -> Picture:
    """One channel in its scale, at most `most` pixels a side."""
    levels = _levels(layer.values(channel), scale_of(run, layer, mode)[channel])
    size = shown_size(levels.shape, most)
    if size != levels.shape:
        levels = np.asarray(Image.fromarray(levels).resize(size[::-1], Image.Resampling.BOX))
    return Picture(levels.tobytes(), size)


def _levels(values: Floats, scale: Scale) -> NDArray[np.uint8]:
    low, high = scale
    scaled = (values - np.float32(low)) * np.float32(255 / max(high - low, 1e-12))
    levels: NDArray[np.uint8] = scaled.clip(0, 255).round().astype(np.uint8)
    return levels
