"""A trained network and an image of any size -> the same mask as in one piece, tile by tile and in bounded memory.

What is decided over the whole image is decided once, before the first tile: grey or colour, and the two values that
become 0 and 1. Beside the image only one tile's feature maps are in memory.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from unet_core.checkpoint import Card
from unet_core.inference import placed
from unet_core.messages import Message
from unet_core.models import mean_of_heads
from unet_core.probabilities import foreground_of, probabilities
from unet_core.segment import (
    Floats,
    Levels,
    Segmentation,
    check_answer,
    check_pixels,
    levels,
    mirrored,
    note_mirrored,
    to_channels,
)
from unet_core.tiles.grid import Span, best_stride, spans
from unet_core.tiles.halo import TileError, check_tileable

Places = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Tile:
    """A part of the mask: what the network says of the image's pixels [rows, columns]. `done` counts tiles from 1.

    `per_class` is float32 (classes, h, w) in 0..1, as `probabilities` has them: of a sigmoid net P(foreground) alone.
    """

    rows: slice
    columns: slice
    per_class: Floats
    done: int

    @property
    def probability(self) -> Floats:
        """P(foreground), (h, w)."""
        return foreground_of(self.per_class)


@dataclass(frozen=True, eq=False)
class Mosaic:
    """An image about to be segmented: iterate over it for one Tile after another, row by row, and stop at any time.

    Its length is the number of tiles; `notes` says in order what is done to the image.
    """

    network: nn.Module
    device: torch.device
    channels: Floats  # (C, H, W), not normalised yet
    levels: Levels
    rows: tuple[Span, ...]
    columns: tuple[Span, ...]
    places: tuple[Places, Places]  # of the image's rows and columns in the padded image: mirrored at its edges
    notes: tuple[Message, ...]

    def __len__(self) -> int:
        return len(self.rows) * len(self.columns)

    def __iter__(self) -> Iterator[Tile]:
        for done, (row, column) in enumerate(product(self.rows, self.columns), start=1):
            found = self._probabilities(row, column)
            check_answer(found)
            yield Tile(slice(row.first, row.last), slice(column.first, column.last), found, done)

    def logits_at(self, row: int, column: int) -> Floats:
        """The logits of one pixel of the image, float32 (classes,): those from which its probabilities come.

        One tile is computed for it, so a mosaic for single pixels is made with the smallest stride, 2**depth: 0.1 s at
        depth 4 on one core for any size of image, where keeping all logits would take 50 to 200 MB. Raises TileError.
        """
        if not (0 <= row < self.rows[-1].last and 0 <= column < self.columns[-1].last):
            raise TileError("there is no pixel at row {row}, column {column}", row=row, column=column)
        y = next(span for span in self.rows if row < span.last)
        x = next(span for span in self.columns if column < span.last)
        found: Floats = self._logits(y, x)[0, :, row - y.first, column - x.first].cpu().numpy().copy()
        check_answer(found)
        return found

    def _probabilities(self, row: Span, column: Span) -> Floats:
        """(classes, h, w) at the pixels that a tile answers for."""
        found: Floats = probabilities(self._logits(row, column))[0].cpu().numpy().copy()
        return found

    def _logits(self, row: Span, column: Span) -> Tensor:
        """(1, classes, h, w), the mean of the heads where there are several."""
        y, x = self.places[0][row.start : row.stop], self.places[1][column.start : column.stop]
        normalised = self.levels.applied(self.channels[:, y[:, None], x])  # (C, h + halo, w + halo)
        image = torch.from_numpy(normalised)[None].to(self.device, memory_format=torch.channels_last)
        with torch.inference_mode():
            return mean_of_heads(self.network(image))[..., row.answer, column.answer]


def mosaic(
    model: nn.Module, card: Card, pixels: NDArray[Any], device: str | torch.device | None = None,
    stride: int | None = None,
) -> Mosaic:  # fmt: skip
    """Prepare an image of any size, float (H, W, C) in 0..1, for one tile after another; nothing is reduced.

    `stride` is the largest side of a tile, a multiple of 2**depth, by default `best_stride`. The model is not changed.
    Raises SegmentError as `segment` does, and TileError for a network that can't be tiled and an image that must be.
    """
    config, notes = card.config, list[Message]()
    check_pixels(pixels)
    channels = to_channels(pixels, config.in_channels, notes)
    size = channels.shape[1:]
    note_mirrored(config, size, notes)
    rows, columns = (spans(config, side, best_stride(config) if stride is None else stride) for side in size)
    if len(rows) * len(columns) > 1:
        check_tileable(config)
        notes.append(_note(rows, columns))
    height, width = (np.pad(np.arange(side), mirrored(config, side), mode="reflect") for side in size)
    scale = levels(channels, card.normalisation)
    return Mosaic(*placed(model, device), channels, scale, rows, columns, (height, width), tuple(notes))


def segment_tiled(
    model: nn.Module, card: Card, pixels: NDArray[Any], device: str | torch.device | None = None,
    stride: int | None = None, every_class: bool = False, on_tile: Callable[[Tile, int], object] | None = None,
) -> Segmentation:  # fmt: skip
    """`segment` for an image of any size, equal to the untiled network; see `mosaic` for what it takes and refuses.

    `on_tile` is told each tile and how many there are, and stops the work by raising. With `every_class` the result
    has `per_class` too.
    """
    began = time.perf_counter()
    parts = mosaic(model, card, pixels, device, stride)
    probability = np.empty(pixels.shape[:2], np.float32)
    per_class = np.empty((card.config.classes, *pixels.shape[:2]), np.float32) if every_class else None
    for tile in parts:
        probability[tile.rows, tile.columns] = tile.probability
        if per_class is not None:
            per_class[:, tile.rows, tile.columns] = tile.per_class
        if on_tile is not None:
            on_tile(tile, len(parts))
    seconds = time.perf_counter() - began
    return Segmentation(probability, parts.notes, seconds, str(parts.device), card.classes, per_class)


def _note(rows: tuple[Span, ...], columns: tuple[Span, ...]) -> Message:
    height, width = (max(span.stop - span.start for span in axis) for axis in (rows, columns))
    return Message(
        "The image was cut into {tiles} tiles, each read with all that the network sees around it, at most {height} × "
        "{width} pixels: the mask is the same as in one piece.",
        {"tiles": len(rows) * len(columns), "height": height, "width": width},
    )
