"""Two masks of one image, pixel by pixel: a mask against a truth, or what one network says against another.

The figures are those of `unet_core.metrics`, where it also stands what two empty masks are worth.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unet_core.messages import ExplainedError, Message
from unet_core.metrics import Counts, boundary_f, count

NEITHER, FIRST, SECOND, BOTH = range(4)  # the codes of a map: what of two masks is foreground at a pixel
TRUE_NEGATIVE, FALSE_POSITIVE, FALSE_NEGATIVE, TRUE_POSITIVE = range(4)  # the same, where the second is the truth
TOLERANCE = 2.0  # pixels that two outlines may lie apart


class ComparisonError(ExplainedError):
    """Masks that can't be laid on each other."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """A mask against a truth. `outcome` is uint8 (H, W), at each pixel one of TRUE_NEGATIVE 0, FALSE_POSITIVE 1,
    FALSE_NEGATIVE 2, TRUE_POSITIVE 3; `boundary_f` allows outlines to be TOLERANCE pixels apart.
    """

    outcome: NDArray[np.uint8]
    counts: Counts
    boundary_f: float

    @property
    def dice(self) -> float:
        """0..1; 1.0 where both are empty."""
        return self.counts.dice

    @property
    def iou(self) -> float:
        """Intersection over union, 0..1; 1.0 where both are empty."""
        return self.counts.iou

    @property
    def sentence(self) -> Message:
        """What a page says beside the map."""
        counts = self.counts
        there = counts.true_positive + counts.false_negative
        if not there and not counts.false_positive:
            return Message("Neither the mask nor the truth has any foreground: they agree, which counts as 1.")
        return Message(
            "Dice {dice:.3f}, intersection over union {iou:.3f}, boundary F-score at 2 pixels {boundary:.3f}. Of the "
            "truth's {there:,} foreground pixels the mask misses {missed:,}; it has {invented:,} that are not there.",
            {"dice": self.dice, "iou": self.iou, "boundary": self.boundary_f, "there": there,
             "missed": counts.false_negative, "invented": counts.false_positive},
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Disagreement:
    """Two masks of which neither is the truth. `where` is uint8 (H, W): NEITHER 0, FIRST 1, SECOND 2, BOTH 3."""

    where: NDArray[np.uint8]
    only_first: int  # pixels
    only_second: int

    @property
    def share(self) -> float:
        """Of all pixels, those on which the two differ, 0..1."""
        return (self.only_first + self.only_second) / self.where.size

    @property
    def sentence(self) -> Message:
        """What a page says beside the map."""
        return Message(
            "The two masks differ in {percent:.2f} % of the image: {first:,} pixels are foreground in the first alone, "
            "{second:,} in the second alone.",
            {"percent": 100 * self.share, "first": self.only_first, "second": self.only_second},
        )


def compare(mask: NDArray[Any], truth: NDArray[Any]) -> Comparison:
    """Compare the foreground of a mask, bool or classes (H, W) with 0 = background, with a truth of either kind.

    Who made them does not matter: a network, a learner's brush, an annotator. Raises ComparisonError.
    """
    said, there = _foregrounds(mask, truth)
    return Comparison(_codes(said, there), count(said, there), boundary_f(said, there, TOLERANCE))


def overlap(mask: NDArray[Any], truth: NDArray[Any]) -> Counts:
    """The counts of `compare` alone, for a tenth of its time. Raises ComparisonError."""
    return count(*_foregrounds(mask, truth))


def disagreement(first: NDArray[Any], second: NDArray[Any]) -> Disagreement:
    """Where the foregrounds of two masks, bool or classes (H, W), differ. Raises ComparisonError."""
    one, other = _foregrounds(first, second)
    where = _codes(one, other)
    counts = np.bincount(where.ravel(), minlength=4)
    return Disagreement(where, int(counts[FIRST]), int(counts[SECOND]))


def _codes(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> NDArray[np.uint8]:
    codes: NDArray[np.uint8] = first.astype(np.uint8) + 2 * second.astype(np.uint8)
    return codes


def _foregrounds(first: NDArray[Any], second: NDArray[Any]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    for mask in (first, second):
        if mask.ndim != 2 or mask.dtype.kind not in "biu" or not mask.size:
            raise ComparisonError("a mask must be (height, width) of yes and no or of classes, got {kind} {shape}",
                                  kind=str(mask.dtype), shape=mask.shape)  # fmt: skip
    if first.shape != second.shape:
        raise ComparisonError(
            "one mask has {height} × {width} pixels, the other {other_height} × {other_width}: both must be masks of "
            "the same image at its own size",
            height=first.shape[0], width=first.shape[1], other_height=second.shape[0], other_width=second.shape[1],
        )  # fmt: skip
    return first != 0, second != 0
