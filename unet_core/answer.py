"""All that a network says of an image, at the image's own size, and nothing is ever reduced on the way in silence.

`segment` reduces what is larger than 2,048 pixels a side; here such an image goes through `segment_tiled`, which
gives the same mask as in one piece. Where one object was marked, the network sees the image at its own scale.
"""

import time
from collections.abc import Callable
from typing import Any

import torch
from numpy.typing import NDArray
from torch import nn

from unet_core.checkpoint import Card
from unet_core.images.limits import UPLOAD, check_size
from unet_core.probabilities import foreground_of
from unet_core.scale import rescaled, resize
from unet_core.segment import Segmentation, check_pixels
from unet_core.tiles import segment_tiled

Progress = Callable[[int, int], object]  # tiles that are done, and how many there are


def answer(
    model: nn.Module, card: Card, pixels: NDArray[Any], marked_diameter: float | None = None,
    device: str | torch.device | None = None, on_progress: Progress | None = None,
) -> Segmentation:  # fmt: skip
    """Float (H, W, 1 or 3) in 0..1 -> a Segmentation with `per_class`, (classes, H, W), also where H, W is large.

    `marked_diameter`, in the image's pixels, is that of a typical object; None takes the image as it is. `on_progress`
    stops the work by raising. Beside the image and the maps one tile is in memory. Raises ImageError for a size beyond
    that of uploads, which names the command line; ScaleError, SegmentError and TileError as the parts do.
    """
    began = time.perf_counter()
    check_pixels(pixels)
    height, width = pixels.shape[:2]
    check_size(width, height, UPLOAD)
    seen = rescaled(pixels, marked_diameter, card)
    found = segment_tiled(model, card, seen.pixels, device, every_class=True, on_tile=_told(on_progress))
    assert found.per_class is not None
    per_class = found.per_class
    if per_class.shape[1:] != (height, width):
        per_class = resize(per_class, (height, width)).clip(0, 1)
    probability = foreground_of(per_class)
    seconds = time.perf_counter() - began
    return Segmentation(probability, seen.notes + found.notes, seconds, found.device, card.classes, per_class)


def _told(on_progress: Progress | None) -> Callable[[Any, int], object] | None:
    return None if on_progress is None else lambda tile, tiles: on_progress(tile.done, tiles)
