"""How well a mask, or a class for every pixel, agrees with the truth, counted in pixels.

Where neither has any foreground, Dice and IoU are 1.0: an empty mask is then the right answer. (0 / 0 has no value of
its own; other programs choose 0 or leave such images out.)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, binary_erosion

from unet_core.messages import ExplainedError


@dataclass(frozen=True)
class Counts:
    """Pixels by what was said (positive: foreground) and whether it is right."""

    true_positive: int
    false_positive: int
    false_negative: int
    true_negative: int

    @property
    def dice(self) -> float:
        """2 TP / (2 TP + FP + FN), 0..1: Dice 1945; the F1 score of the pixels."""
        wrong = self.false_positive + self.false_negative
        total = 2 * self.true_positive + wrong
        return 2 * self.true_positive / total if total else 1.0

    @property
    def iou(self) -> float:
        """Intersection over union, TP / (TP + FP + FN), 0..1: Jaccard 1912; never above Dice."""
        union = self.true_positive + self.false_positive + self.false_negative
        return self.true_positive / union if union else 1.0

    @property
    def accuracy(self) -> float:
        """Share of pixels that are right, 0..1: high for an empty mask when objects are few."""
        right = self.true_positive + self.true_negative
        return right / (right + self.false_positive + self.false_negative)


def count(mask: NDArray[Any], truth: NDArray[Any]) -> Counts:
    """Count the pixels of two boolean arrays of the same shape, at least one pixel; ExplainedError for others."""
    if mask.shape != truth.shape or mask.dtype != np.bool_ or truth.dtype != np.bool_ or not mask.size:
        raise ExplainedError(
            "a mask and its truth must be boolean arrays of one shape, got {mask} {mask_type} and {truth} {truth_type}",
            mask=mask.shape, mask_type=str(mask.dtype), truth=truth.shape, truth_type=str(truth.dtype),
        )  # fmt: skip
    both = int(np.count_nonzero(mask & truth))
    false_positive = int(np.count_nonzero(mask)) - both
    false_negative = int(np.count_nonzero(truth)) - both
    return Counts(both, false_positive, false_negative, mask.size - both - false_positive - false_negative)


def dice(mask: NDArray[Any], truth: NDArray[Any]) -> float:
    """Dice of the foreground, 0..1; 1.0 where both are empty."""
    return count(mask, truth).dice


def iou(mask: NDArray[Any], truth: NDArray[Any]) -> float:
    """Intersection over union of the foreground, 0..1; 1.0 where both are empty."""
    return count(mask, truth).iou


def count_classes(found: NDArray[np.integer], truth: NDArray[np.integer], number: int) -> tuple[Counts, ...]:
    """Counts of each class 0 .. number - 1 against all others, of two integer arrays of one shape.

    ExplainedError for other arrays, and for a class outside 0 .. number - 1.
    """
    if found.shape != truth.shape or found.dtype.kind not in "iu" or truth.dtype.kind not in "iu" or not found.size:
        raise ExplainedError(
            "classes and their truth must be integer arrays of one shape, got {found} {found_type} and {truth} "
            "{truth_type}",
            found=found.shape, found_type=str(found.dtype), truth=truth.shape, truth_type=str(truth.dtype),
        )  # fmt: skip
    least, most = min(found.min(), truth.min()), max(found.max(), truth.max())
    if least < 0 or most >= number:
        raise ExplainedError("classes must be 0..{last}, got {least}..{most}", last=number - 1, least=int(least),
                             most=int(most))  # fmt: skip
    pairs = truth.astype(np.int64) * number + found
    table = np.bincount(pairs.ravel(), minlength=number**2).reshape(number, number)  # rows: truth, columns: found
    right, there, said = table.diagonal(), table.sum(axis=1), table.sum(axis=0)
    return tuple(
        Counts(int(r), int(s - r), int(t - r), int(found.size - s - t + r))
        for r, t, s in zip(right, there, said, strict=True)
    )


def mean_dice(counts: Sequence[Counts]) -> float:
    """Mean Dice of the classes that are not background, from `count_classes`."""
    return float(np.mean([one.dice for one in counts[1:]]))


def mean_iou(counts: Sequence[Counts]) -> float:
    """Mean intersection over union of the classes that are not background, from `count_classes`."""
    return float(np.mean([one.iou for one in counts[1:]]))


def boundary_f(mask: NDArray[Any], truth: NDArray[Any], tolerance: float = 2.0) -> float:
    """How well the outlines of two boolean (H, W) agree, 0..1: the F-score of Martin, Fowlkes and Malik 2004.

    Precision is the share of the mask's outline that lies within `tolerance` pixels of the truth's, recall the other
    way round; the result is their harmonic mean. 1.0 where neither has an outline, 0.0 where only one has.
    """
    count(mask, truth)  # refuses other arrays
    said, there = outline(mask), outline(truth)
    if not said.any() or not there.any():
        return float(said.any() == there.any())
    precision = float(_within(tolerance, there)[said].mean())
    recall = float(_within(tolerance, said)[there].mean())
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _within(tolerance: float, pixels: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """What lies at most so far from one of these; for a few pixels ten times as fast as a map of all distances."""
    reach = int(tolerance)
    y, x = np.ogrid[-reach : reach + 1, -reach : reach + 1]
    near: NDArray[np.bool_] = binary_dilation(pixels, x**2 + y**2 <= tolerance**2)
    return near


def outline(mask: NDArray[Any]) -> NDArray[np.bool_]:
    """Foreground pixels with background above, below, left or right of them; the image's own edge is no outline."""
    inner: NDArray[np.bool_] = binary_erosion(mask, border_value=1)
    return mask & ~inner
