"""A part of an image that is worth painting by hand: small, and with as much foreground as background in it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unet_core.comparison import ComparisonError

SIDE = 128  # pixels: about as much as a person paints in a minute
STEP = 16  # pixels between the places that are looked at


@dataclass(frozen=True)
class Window:
    """Rows `top` .. `top + height - 1` and columns `left` .. `left + width - 1` of an image."""

    top: int
    left: int
    height: int
    width: int

    def of(self, pixels: NDArray[Any]) -> NDArray[Any]:
        """This part of (H, W) or (H, W, C)."""
        return pixels[self.top : self.top + self.height, self.left : self.left + self.width]


def balanced_window(truth: NDArray[Any], side: int = SIDE) -> Window:
    """The window in whose truth, bool or classes (H, W), the share of foreground is nearest to one half.

    It has `side` pixels a side, fewer where the image has fewer. Every STEP pixels one is looked at, and of equal ones
    the first is taken, row by row. Raises ComparisonError for another array, or a side below 1.
    """
    if truth.ndim != 2 or truth.dtype.kind not in "biu" or not truth.size or side < 1:
        raise ComparisonError("a mask must be (height, width) of yes and no or of classes, got {kind} {shape}",
                              kind=str(truth.dtype), shape=truth.shape)  # fmt: skip
    height, width = min(side, truth.shape[0]), min(side, truth.shape[1])
    sums = np.zeros((truth.shape[0] + 1, truth.shape[1] + 1), np.int64)  # of all pixels above and to the left
    sums[1:, 1:] = np.cumsum(np.cumsum(truth != 0, axis=0, dtype=np.int64), axis=1)
    tops, lefts = np.ix_(_places(truth.shape[0], height), _places(truth.shape[1], width))
    columns = sums[tops + height] - sums[tops]  # (places down, 1, W + 1): from the left edge up to each column
    there = columns[:, 0, lefts[0] + width] - columns[:, 0, lefts[0]]
    row, column = np.unravel_index(np.abs(2 * there - height * width).argmin(), there.shape)
    return Window(int(tops[row, 0]), int(lefts[0, column]), height, width)


def _places(side: int, part: int) -> NDArray[np.int64]:
    """Where a part may begin: every STEP pixels, and as far down or right as it can lie."""
    return np.unique(np.append(np.arange(0, side - part + 1, STEP), side - part))
