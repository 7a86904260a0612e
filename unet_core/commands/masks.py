"""An image file -> its mask as a file, by a trained network; what the command `segment` does with each one."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from unet_core.checkpoint import Card
from unet_core.commands.targets import Target
from unet_core.images import Bounds, LoadedImage, check_bytes, encode_png, indexed_png, load_image
from unet_core.overlay import overlay, palette
from unet_core.probabilities import class_map
from unet_core.tiles import mosaic
from unet_core.whole_file import write_whole

Done = Callable[[float], object]  # is told the share of an image that is done, 0..1


@dataclass(frozen=True, eq=False)
class Masks:
    """How masks are made: everything but the image."""

    model: nn.Module
    card: Card
    device: torch.device
    threshold: float  # on P(foreground)
    with_overlay: bool
    bounds: Bounds
    stride: int | None = None  # of the tiles

    def make(self, target: Target, done: Done) -> dict[str, Any]:
        """Segment one image and write its mask, the overlay before it; return what is to be told of it, plain JSON.

        Raises an ExplainedError, OSError or MemoryError, and has then written nothing.
        """
        began = time.perf_counter()
        image = self._load(target.image)
        parts = mosaic(self.model, self.card, image.pixels, self.device, self.stride)
        height, width = image.pixels.shape[:2]
        classes: NDArray[np.uint8] = np.empty((height, width), np.uint8)
        for tile in parts:
            classes[tile.rows, tile.columns] = class_map(tile.per_class, self.threshold)
            done(tile.done / len(parts))
        if self.with_overlay:
            write_whole(target.overlay, encode_png(overlay(image.pixels, classes), self.bounds))
        write_whole(target.mask, indexed_png(classes, palette(len(self.card.classes)), self.bounds))
        return {
            "image": str(target.image), "mask": str(target.mask),
            "overlay": str(target.overlay) if self.with_overlay else None,
            "height": height, "width": width, "foreground": round(float((classes > 0).mean()), 6),
            "pixels": self._count(classes), "tiles": len(parts), "seconds": round(time.perf_counter() - began, 3),
            "notes": [str(note) for note in (*image.notes, *parts.notes)],
        }  # fmt: skip

    def _load(self, path: Path) -> LoadedImage:
        check_bytes(path.stat().st_size, self.bounds)
        return load_image(path.read_bytes(), bounds=self.bounds)

    def _count(self, classes: NDArray[np.uint8]) -> dict[str, int]:
        """The pixels of every class, by its name."""
        counts = np.bincount(classes.ravel(), minlength=len(self.card.classes))
        return dict(zip(self.card.classes, counts.tolist(), strict=True))
