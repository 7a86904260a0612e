"""Dice, IoU and the outline's F-score against plain loops over small masks."""

from itertools import product

import numpy as np
import pytest
from skimage.segmentation import find_boundaries

from unet_core.messages import ExplainedError
from unet_core.metrics import Counts, boundary_f, count, count_classes, dice, iou, mean_dice, mean_iou, outline

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


@pytest.mark.parametrize("seed", range(20))
def test_counts_of_classes_equal_brute_force(seed: int) -> None:
    rng = np.random.default_rng(seed)
    found, truth = rng.integers(0, 1 + seed % 4, (2, 3, 5))
    counts = count_classes(found, truth.astype(np.uint8), 4)
    assert counts == tuple(count(found == k, truth == k) for k in range(4))
    dices = [dice(found == k, truth == k) for k in (1, 2, 3)]  # a class that is in neither counts as right
    assert mean_dice(counts) == pytest.approx(sum(dices) / 3)
    assert mean_iou(counts) == pytest.approx(sum(iou(found == k, truth == k) for k in (1, 2, 3)) / 3)


def test_other_classes_are_refused() -> None:
    classes = np.array([[0, 3]])
    with pytest.raises(ExplainedError, match=r"classes must be 0\.\.2, got 0\.\.3"):
        count_classes(np.zeros_like(classes), classes, 3)
    with pytest.raises(ExplainedError, match=r"classes must be 0\.\.3, got -1\.\.3"):
        count_classes(classes, -(classes == 3).astype(int), 4)
    for other in (classes.astype(float), np.zeros((2, 2), int)):
        with pytest.raises(ExplainedError, match="integer arrays of one shape"):
            count_classes(classes, other, 4)


def boundary_f_by_hand(mask: np.ndarray, truth: np.ndarray, tolerance: float) -> float:
    """Every pixel of one outline against every pixel of the other."""

    def edge(of: np.ndarray) -> list[tuple[int, int]]:
        def is_background(y: int, x: int) -> bool:
            return 0 <= y < of.shape[0] and 0 <= x < of.shape[1] and not of[y, x]

        steps = ((-1, 0), (1, 0), (0, -1), (0, 1))
        return [(y, x) for y, x in np.argwhere(of) if any(is_background(y + dy, x + dx) for dy, dx in steps)]

    said, there = edge(mask), edge(truth)
    if not said or not there:
        return float(said == there)

    def near(some: list[tuple[int, int]], others: list[tuple[int, int]]) -> float:
        hits = [any((y - v) ** 2 + (x - u) ** 2 <= tolerance**2 for v, u in others) for y, x in some]
        return sum(hits) / len(hits)

    precision, recall = near(said, there), near(there, said)
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


@pytest.mark.parametrize("seed", range(30))
def test_boundary_f_equals_brute_force(seed: int) -> None:
    rng = np.random.default_rng(seed)
    mask, truth = rng.random((2, 9, 12)) < rng.choice([0.02, 0.1, 0.5, 0.97])
    for tolerance in (0, 1, 2, 3):
        assert boundary_f(mask, truth, tolerance) == pytest.approx(boundary_f_by_hand(mask, truth, tolerance))
    assert boundary_f(mask, truth) == boundary_f(mask, truth, 2) == pytest.approx(boundary_f(truth, mask))


def test_the_outline_is_the_one_that_scikit_image_finds() -> None:
    mask = np.random.default_rng(0).random((40, 50)) < 0.8
    assert np.array_equal(outline(mask), find_boundaries(mask, connectivity=1, mode="inner") & mask)


def test_a_shifted_square_is_as_good_as_the_tolerance() -> None:
    square = np.zeros((40, 40), bool)
    square[10:30, 10:30] = True
    for shift, expected in ((0, 1.0), (2, 1.0)):
        assert boundary_f(np.roll(square, shift, 1), square) == expected
    assert 0.4 < boundary_f(np.roll(square, 3, 1), square) < 0.8  # two of four sides still agree
    assert boundary_f(np.roll(square, 15, (0, 1)), square) < 0.2


def test_outlines_that_are_not_there() -> None:
    empty, full, one = np.zeros((5, 6), bool), np.ones((5, 6), bool), np.eye(5, 6).astype(bool)
    assert boundary_f(empty, empty) == boundary_f(full, full) == 1.0
    assert boundary_f(empty, one) == boundary_f(one, empty) == boundary_f(full, one) == 0.0
    with pytest.raises(ExplainedError, match="boolean arrays of one shape"):
        boundary_f(empty, np.ones((2, 2), bool))
