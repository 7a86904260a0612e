"""One pixel of the image whose numbers are worth reading: on the border of an object."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unet_core.walk.journey import Journey


@dataclass(frozen=True)
class MarkedPixel:
    """Its row and column, the logit and the probability of each class, and the class with the largest, an index."""

    y: int
    x: int
    logits: tuple[float, ...]
    probabilities: tuple[float, ...]
    chosen: int


def marked_pixel(journey: Journey) -> MarkedPixel:
    """Of the pixels on an object's border the one whose probability of foreground is the median: a typical one.

    Where the mask is empty it is the pixel that comes nearest to being foreground.
    """
    foreground = 1 - journey.probabilities[0]  # (H, W)
    border = border_of(journey.mask > 0)
    rows, columns = np.nonzero(border if border.any() else foreground == foreground.max())
    order = np.argsort(foreground[rows, columns], kind="stable")
    middle = order[len(order) // 2]
    y, x = int(rows[middle]), int(columns[middle])
    return MarkedPixel(
        y, x, tuple(map(float, journey.logits[:, y, x])), tuple(map(float, journey.probabilities[:, y, x])),
        int(journey.mask[y, x]),
    )  # fmt: skip


def border_of(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The pixels of a mask (H, W) that touch its outside by an edge; the image's own edge counts as inside."""
    wide = np.pad(mask, 1, constant_values=True)
    inside = wide[:-2, 1:-1] & wide[2:, 1:-1] & wide[1:-1, :-2] & wide[1:-1, 2:]
    return mask & ~inside
