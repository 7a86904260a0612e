"""What is taught: a picture, strokes on it, and how. Everything is checked here, before any work begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unet_core.images.limits import UPLOAD, check_size
from unet_core.messages import ExplainedError
from unet_core.ranges import check_range
from unet_core.segment import check_pixels
from unet_core.strokes import UNPAINTED, Stroke, painted

FEWEST, MOST = 2, 6  # classes
SMALLEST_SIDE = 32  # pixels of the picture's shorter side
LIMITS: dict[str, tuple[float, float]] = {
    "seconds": (0.2, 600), "steps": (1, 20_000), "side": (32, 512), "crop": (32, 512), "batch_size": (1, 8),
    "seed": (0, 2**31), "base_channels": (2, 32), "depth": (1, 4),
}  # fmt: skip
Labels = NDArray[np.int16]


class TeachError(ExplainedError):
    """Why a network can't be taught this, or not like this."""


@dataclass(frozen=True)
class Choices:
    """How to teach. The end comes after `seconds` or `steps`, whichever is first; at least one must be given.

    The network sees the picture with its longer side reduced to `side` pixels, and learns from crops of `crop`.
    Raises TeachError and RangeError.
    """

    classes: int = 2
    seconds: float | None = 30.0
    steps: int | None = None
    seed: int = 1
    side: int = 192
    crop: int = 128
    batch_size: int = 1
    base_channels: int = 10
    depth: int = 2  # deeper ones saw in tries rather where a pixel lies than how it looks

    def __post_init__(self) -> None:
        if not isinstance(self.classes, int) or not FEWEST <= self.classes <= MOST:
            raise TeachError("a picture can be taught in {fewest} to {most} classes, got {classes}", fewest=FEWEST,
                             most=MOST, classes=self.classes)  # fmt: skip
        if self.seconds is None and self.steps is None:
            raise TeachError("say how long to teach, in seconds or in steps")
        for name, (low, high) in LIMITS.items():
            value = getattr(self, name)
            if value is not None:
                check_range(name, value, low, high)


def check_picture(pixels: NDArray[Any]) -> None:
    """Raise SegmentError, ImageError or TeachError unless this is a picture, float (H, W, 1 or 3), fit to be taught."""
    check_pixels(pixels)
    height, width = pixels.shape[:2]
    check_size(width, height, UPLOAD)
    if min(height, width) < SMALLEST_SIDE:
        raise TeachError("the picture has {height} × {width} pixels; to teach a network it needs at least {least} on "
                         "each side: choose a larger one", height=height, width=width, least=SMALLEST_SIDE)  # fmt: skip


def labels_of(strokes: Sequence[Stroke], size: tuple[int, int]) -> Labels:
    """The class of every stroked pixel, int16 (height, width), `UNPAINTED` elsewhere.

    Brushes are numbered from 1, classes from 0; brush 0 is the rubber. Raises StrokeError.
    """
    found = painted(strokes, size)
    return np.where(found > 0, found - 1, UNPAINTED).astype(np.int16)


def check_labels(labels: Labels, size: tuple[int, int], classes: int) -> None:
    """Raise TeachError unless strokes of at least two of the classes lie on a picture of `size` (height, width)."""
    if labels.shape != size or labels.dtype.kind != "i":
        raise TeachError("the strokes belong to a picture of another size: paint them again")
    present = np.unique(labels[labels != UNPAINTED])
    if not present.size:
        raise TeachError("there are no strokes yet: paint at least one over each class")
    if present[0] < 0 or present[-1] >= classes:
        raise TeachError("there are strokes of a class {number}, and only {classes} classes were chosen: choose more, "
                         "or clear the strokes", number=int(present[-1]) + 1, classes=classes)  # fmt: skip
    if present.size == 1:
        raise TeachError("all strokes are of one class: paint at least one over something else, so that there is "
                         "something to tell apart")  # fmt: skip
