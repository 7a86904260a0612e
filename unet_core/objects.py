"""From a mask to single objects, and how many of them were found.

`separate` is a watershed (Beucher and Lantuéjoul 1979) on what the network calls inside, less what it calls boundary.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label
from skimage.segmentation import watershed

from unet_core.messages import ExplainedError
from unet_core.probabilities import class_map, foreground_of

Labels = NDArray[np.int32]
CORNERS = np.ones((3, 3), np.int8)  # pixels that share a corner touch each other; without it, those that share a side
SMALLEST_MARKER = 4  # pixels: fewer in the middle of an object are noise and must not cut it in two
SMALLEST_OBJECT = 9  # pixels: fewer are a speck


class ObjectError(ExplainedError):
    """Arrays in which no objects can be found or compared."""


def separate(
    inside: NDArray[Any], foreground: NDArray[np.bool_], level: float = 0.0,
    smallest_marker: int = SMALLEST_MARKER, smallest: int = SMALLEST_OBJECT, most: int | None = None,
) -> Labels:  # fmt: skip
    """Objects 1, 2, .. in the foreground (H, W), int32, 0 = background: one for each marker, flooded from it.

    `inside` (H, W) is any number that is high in the middle of an object and low where two of them touch: P(inside) -
    P(boundary), a yes or no, the distance to the background. Its connected areas above `level` are the markers, but for
    those of fewer than `smallest_marker` pixels. Foreground that no marker reaches is an object of its own. Objects of
    fewer than `smallest` pixels are background. Raises ObjectError, with `most` also for more markers than that: the
    flood of 4,096 x 4,096 pixels of noise takes 45 s.
    """
    if inside.shape != foreground.shape or inside.ndim != 2 or foreground.dtype != np.bool_:
        raise ObjectError("inside and a boolean foreground must be (height, width) alike, got {inside}, {foreground}",
                          inside=inside.shape, foreground=foreground.shape)  # fmt: skip
    surface = inside.astype(np.float64)
    markers = large_only(label(foreground & (surface > level))[0], smallest_marker)
    if most is not None:
        check_number(int(markers.max(initial=0)), most)
    flooded = watershed(-surface, markers, connectivity=CORNERS, mask=foreground)  # type: ignore[no-untyped-call]
    missed = foreground & (flooded == 0)
    flooded = np.where(missed, label(missed, CORNERS)[0] + flooded.max(), flooded)
    return large_only(flooded, smallest)


def components(mask: NDArray[np.bool_], smallest: int = SMALLEST_OBJECT) -> Labels:
    """Objects 1, 2, .. of a mask (H, W), int32, 0 = background: what hangs together by its sides is one object."""
    return large_only(label(mask)[0], smallest)


def objects_of(
    found: NDArray[np.float32], threshold: float = 0.5, smallest: int = SMALLEST_OBJECT, most: int | None = None
) -> Labels:  # fmt: skip
    """Objects in one image's probabilities (classes, H, W), by what the network tells apart.

    Three classes are background, inside and boundary (`data.samples.boundary_classes`): `separate`. Any other number
    are kinds of things, and the `components` of each kind are objects: there, things of one kind that touch are one.
    Objects of fewer than `smallest` pixels are background; for `most` see `separate`.
    """
    if len(found) == 3:
        return separate(found[1] - found[2], foreground_of(found) >= threshold, smallest=smallest, most=most)
    kinds, labels = class_map(found, threshold), np.zeros(found.shape[1:], np.int32)
    for kind in range(1, max(2, len(found))):
        parts = components(kinds == kind, smallest)
        labels[parts > 0] = parts[parts > 0] + labels.max()
    return labels


def check_number(count: int, most: int) -> None:
    """Raise ObjectError for more objects than anybody wants to have listed."""
    if count > most:
        raise ObjectError(
            "there are {count:,} objects in this mask and at most {limit:,} are listed: move the threshold, or cut out "
            "a part of the image",
            count=count, limit=most,
        )  # fmt: skip


def large_only(labels: NDArray[Any], smallest: int) -> Labels:
    """Without the areas of fewer than `smallest` pixels, and numbered without gaps."""
    kept = np.bincount(labels.ravel()) >= max(1, smallest)
    kept[0] = False
    number: Labels = np.where(kept, np.cumsum(kept), 0).astype(np.int32)
    renumbered: Labels = number[labels]
    return renumbered


@dataclass(frozen=True)
class ObjectCounts:
    """Objects that were found, that are there in truth, and that are the same object in both."""

    found: int
    there: int
    matched: int

    @property
    def precision(self) -> float:
        """Share of the found ones that are there, 0..1. Where nothing was found: 1 if nothing is there, else 0."""
        return self.matched / self.found if self.found else float(not self.there)

    @property
    def recall(self) -> float:
        """Share of those there that were found, 0..1. Where nothing is there: 1 if nothing was found, else 0."""
        return self.matched / self.there if self.there else float(not self.found)

    @property
    def f1(self) -> float:
        """2 matched / (found + there), 0..1; 1.0 where nothing is there and nothing was found."""
        total = self.found + self.there
        return 2 * self.matched / total if total else 1.0


def match(labels: NDArray[np.integer], truth: NDArray[np.integer], iou: float = 0.5) -> ObjectCounts:
    """Compare two integer arrays (H, W) of objects, 0 = background; the numbers need not agree nor be without gaps.

    Two objects are the same when their intersection over union is above `iou`. From 0.5 on an object has at most one
    such partner, so nobody needs to choose. Raises ObjectError.
    """
    if labels.shape != truth.shape or labels.dtype.kind not in "iu" or truth.dtype.kind not in "iu":
        raise ObjectError("objects and their truth must be integer arrays of one shape, got {labels} and {truth}",
                          labels=labels.shape, truth=truth.shape)  # fmt: skip
    if not 0.5 <= iou < 1:
        raise ObjectError("iou must be at least 0.5 and below 1, so that partners are unique, got {iou}", iou=iou)
    found, of_found, area_found = np.unique(labels, return_inverse=True, return_counts=True)
    there, of_there, area_there = np.unique(truth, return_inverse=True, return_counts=True)
    pairs, both = np.unique(of_found.ravel().astype(np.int64) * len(there) + of_there.ravel(), return_counts=True)
    one, other = np.divmod(pairs, len(there))
    overlap = both / (area_found[one] + area_there[other] - both)
    same = (overlap > iou) & (found[one] != 0) & (there[other] != 0)
    return ObjectCounts(int((found != 0).sum()), int((there != 0).sum()), int(same.sum()))


def object_f1(labels: NDArray[np.integer], truth: NDArray[np.integer], iou: float = 0.5) -> float:
    """F1 of the objects, 0..1: `match(labels, truth, iou).f1`."""
    return match(labels, truth, iou).f1
