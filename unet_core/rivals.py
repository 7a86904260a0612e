"""The masks of two networks for one image: where they differ and, where the truth is known, who is right there.

Where two masks of foreground differ, one of them is right and the other is not: there is no third way.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unet_core.comparison import disagreement, overlap
from unet_core.messages import Message
from unet_core.outcome_map import Colour, code_map

RIGHT, FIRST_RIGHT, SECOND_RIGHT, WRONG = range(4)  # codes of a map with a truth
NEITHER, FIRST_ALONE, SECOND_ALONE, BOTH = range(4)  # and of one without, as `Disagreement.where` has them
INK_OF_A: Colour = (86, 180, 233)  # of Okabe and Ito 2008, which colour-blind people tell apart, too
INK_OF_B: Colour = (230, 120, 0)
INK_OF_WRONG: Colour = (240, 228, 66)
WITH_TRUTH: Mapping[int, tuple[Colour, float]] = {
    FIRST_RIGHT: (INK_OF_A, 0.95), SECOND_RIGHT: (INK_OF_B, 0.95), WRONG: (INK_OF_WRONG, 0.6),
}  # fmt: skip
WITHOUT: Mapping[int, tuple[Colour, float]] = {FIRST_ALONE: (INK_OF_A, 0.95), SECOND_ALONE: (INK_OF_B, 0.95)}


@dataclass(frozen=True, eq=False)
class Rivals:
    """Two masks beside each other. `where` is uint8 (H, W): with a truth RIGHT 0, FIRST_RIGHT 1, SECOND_RIGHT 2,
    WRONG 3 (both are); without one NEITHER 0, FIRST_ALONE 1, SECOND_ALONE 2, BOTH 3. `counts` are the pixels of each
    code; `dice` that of both masks with the truth, None without one.
    """

    where: NDArray[np.uint8]
    counts: tuple[int, int, int, int]
    dice: tuple[float, float] | None

    @property
    def share(self) -> float:
        """Of all pixels, those on which the two differ, 0..1."""
        return (self.counts[1] + self.counts[2]) / self.where.size

    @property
    def sentence(self) -> Message:
        """What a page says beside the map."""
        if not self.counts[1] + self.counts[2]:
            return Message("The two masks are the same in every pixel.")
        values = {"percent": 100 * self.share, "first": self.counts[1], "second": self.counts[2],
                  "wrong": self.counts[3]}  # fmt: skip
        if self.dice is None:
            return Message(
                "The two masks differ in {percent:.2f} % of the image: {first:,} pixels are foreground in A's mask "
                "alone, {second:,} in B's alone. Who is right there nobody can say: no truth is known for this image.",
                values,
            )
        return Message(
            "The two masks differ in {percent:.2f} % of the image. There A is right in {first:,} pixels and B in "
            "{second:,}; where they agree, both are wrong in {wrong:,}.",
            values,
        )

    def picture(self, pixels: NDArray[Any], gain: float = 1.0) -> NDArray[np.uint8]:
        """The map over the image, float (H, W, 1 or 3) in 0..1 -> uint8 (H, W, 3)."""
        return code_map(pixels, self.where, WITHOUT if self.dice is None else WITH_TRUTH, gain)


def rivals(first: NDArray[Any], second: NDArray[Any], truth: NDArray[Any] | None = None) -> Rivals:
    """Two masks and a truth, each bool, classes or objects (H, W) with 0 = background. Raises ComparisonError."""
    apart = disagreement(first, second).where
    if truth is None:
        return Rivals(apart, _counts(apart), None)
    scores = overlap(first, truth).dice, overlap(second, truth).dice
    there, one, other = truth != 0, first != 0, second != 0
    where = np.select([one != other, one != there], [np.where(one == there, FIRST_RIGHT, SECOND_RIGHT), WRONG], RIGHT)
    codes: NDArray[np.uint8] = where.astype(np.uint8)
    return Rivals(codes, _counts(codes), scores)


def _counts(codes: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    first, second, third, fourth = np.bincount(codes.ravel(), minlength=4).tolist()
    return first, second, third, fourth
