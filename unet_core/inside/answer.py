"""What a network says of an image, and how far two such answers differ."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unet_core.metrics import dice
from unet_core.probabilities import foreground_of
from unet_core.segment import Floats


@dataclass(frozen=True, eq=False)
class Answer:
    """`per_class` is float32 (classes, H, W) in 0..1 at the image's own size, as `probabilities` has them."""

    per_class: Floats

    @property
    def probability(self) -> Floats:
        """P(foreground), (H, W)."""
        return foreground_of(self.per_class)

    def mask(self, threshold: float = 0.5) -> NDArray[np.bool_]:
        """Where the probability reaches the threshold, (H, W)."""
        return self.probability >= threshold

    def dice(self, truth: NDArray[Any], threshold: float = 0.5) -> float:
        """Dice of the foreground, 0..1, against classes, objects or a mask (H, W): what is not 0 is foreground.

        Raises ExplainedError for a truth of another shape.
        """
        return dice(self.mask(threshold), np.asarray(truth) != 0)


@dataclass(frozen=True)
class Change:
    """From one P(foreground) to another: the mean and the largest absolute change over the pixels, 0..1, and how many
    pixels went over to the other side of the threshold."""

    mean: float
    largest: float
    flipped: int


def change(before: Answer, after: Answer, threshold: float = 0.5) -> Change:
    """Between two answers of one size."""
    difference = np.abs(after.probability - before.probability)
    flipped = np.count_nonzero(before.mask(threshold) != after.mask(threshold))
    return Change(float(difference.mean()), float(difference.max()), int(flipped))
