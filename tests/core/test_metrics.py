"""Dice and IoU against plain loops over every small mask there is."""

from itertools import product

import numpy as np
import pytest

from unet_core.messages import ExplainedError
from unet_core.metrics import Counts, count, dice, iou

MASKS = [np.array(bits, bool).reshape(2, 2) for bits in product([False, True], repeat=4)]


@pytest.mark.parametrize("mask", MASKS)
def test_every_pair_of_2_by_2_masks_equals_brute_force(mask: np.ndarray) -> None:
    for truth in MASKS:
        pairs = list(zip(mask.ravel().tolist(), truth.ravel().tolist(), strict=True))
        both, either = sum(m and t for m, t in pairs), sum(m or t for m, t in pairs)
        expected = Counts(both, sum(m and not t for m, t in pairs), sum(t and not m for m, t in pairs), 4 - either)
        assert count(mask, truth) == expected
        assert iou(mask, truth) == (both / either if either else 1.0)
        size = int(mask.sum() + truth.sum())
        assert dice(mask, truth) == (2 * both / size if size else 1.0)
        assert count(mask, truth).accuracy == sum(m == t for m, t in pairs) / 4


def test_empty_masks() -> None:
    empty, one = np.zeros((3, 5), bool), np.eye(3, 5).astype(bool)
    assert dice(empty, empty) == iou(empty, empty) == 1.0
    assert dice(empty, one) == dice(one, empty) == iou(one, empty) == 0.0


def test_many_pixels_do_not_overflow() -> None:
    full = np.ones((1200, 1200), bool)
    assert count(full, full) == Counts(1_440_000, 0, 0, 0)


@pytest.mark.parametrize(
    ("mask", "truth"),
    [(np.ones((2, 2)), np.ones((2, 2), bool)), (np.ones((2, 2), bool), np.ones((2, 3), bool)),
     (np.zeros((0, 2), bool), np.zeros((0, 2), bool))],
)  # fmt: skip
def test_other_arrays_are_refused(mask: np.ndarray, truth: np.ndarray) -> None:
    with pytest.raises(ExplainedError, match="boolean arrays of one shape"):
        count(mask, truth)
