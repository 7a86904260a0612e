"""Two masks and the truth, against a count pixel by pixel."""

import numpy as np
import pytest

from unet_core.comparison import ComparisonError
from unet_core.rivals import INK_OF_A, INK_OF_B, rivals


def masks(seed: int, size: tuple[int, int] = (9, 11)) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    one, other, truth = np.random.default_rng(seed).random((3, *size)) > 0.5
    return one, other, truth


@pytest.mark.parametrize("seed", range(3))
def test_every_pixel_is_counted_where_it_belongs(seed: int) -> None:
    one, other, truth = masks(seed)
    found = rivals(one, other, truth)
    expected = np.zeros(one.shape, int)
    for place in np.ndindex(one.shape):
        if one[place] != other[place]:
            expected[place] = 1 if one[place] == truth[place] else 2
        elif one[place] != truth[place]:
            expected[place] = 3
    assert np.array_equal(found.where, expected) and found.counts == tuple(np.bincount(expected.ravel(), minlength=4))
    assert found.dice is not None
    for mask, dice in zip((one, other), found.dice, strict=True):
        assert dice == pytest.approx(2 * (mask & truth).sum() / (mask.sum() + truth.sum()))
    assert found.share == pytest.approx((one != other).mean())
    first, second = int((expected == 1).sum()), int((expected == 2).sum())
    assert f"A is right in {first} pixels and B in {second}" in str(found.sentence)


def test_without_a_truth_nobody_is_called_right() -> None:
    one, other, _ = masks(5)
    found = rivals(one, other)
    assert found.dice is None and np.array_equal(found.where, one + 2 * other.astype(int))
    assert "no truth is known" in str(found.sentence) and "is right in" not in str(found.sentence)


def test_the_same_mask_twice_and_objects_as_truth() -> None:
    one, _, truth = masks(6)
    assert "same in every pixel" in str(rivals(one, one, truth).sentence)
    assert rivals(one, ~one, 7 * truth).counts == rivals(one, ~one, truth).counts
    assert rivals(one, ~one, truth).counts[::3] == (0, 0)  # where they differ everywhere, one of them is right


def test_the_picture_has_the_colour_of_who_is_right_over_a_grey_image() -> None:
    one, other, truth = masks(7)
    image = np.random.default_rng(1).random((*one.shape, 3)).astype(np.float32)
    picture = rivals(one, other, truth).picture(image).astype(int)
    for code, ink in ((one != other) & (one == truth), INK_OF_A), ((one != other) & (other == truth), INK_OF_B):
        assert np.abs(picture[code] - ink).max() <= 0.05 * 255 + 1
    right = (one == other) & (one == truth)
    assert (picture[right].max(axis=1) == picture[right].min(axis=1)).all()


def test_masks_of_two_sizes_are_refused() -> None:
    with pytest.raises(ComparisonError):
        rivals(np.ones((3, 4), bool), np.ones((4, 3), bool))
