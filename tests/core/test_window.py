"""The window that is painted by hand, against a look at every place; and the colours of what is right and wrong."""

import numpy as np
import pytest

from unet_core.comparison import ComparisonError, compare
from unet_core.outcome_map import COLOURS, OPACITY, outcome_map
from unet_core.window import STEP, Window, balanced_window


def by_brute_force(truth: np.ndarray, side: int) -> Window:
    height, width = min(side, truth.shape[0]), min(side, truth.shape[1])
    best, found = 2.0, None
    for top in sorted({*range(0, truth.shape[0] - height + 1, STEP), truth.shape[0] - height}):
        for left in sorted({*range(0, truth.shape[1] - width + 1, STEP), truth.shape[1] - width}):
            off = abs((truth[top : top + height, left : left + width] > 0).mean() - 0.5)
            if off < best - 1e-12:
                best, found = off, Window(top, left, height, width)
    assert found is not None
    return found


@pytest.mark.parametrize("shape", [(100, 140), (41, 200), (32, 32), (20, 90)])
@pytest.mark.parametrize("seed", range(4))
def test_it_is_where_foreground_and_background_balance(shape: tuple[int, int], seed: int) -> None:
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    truth = (random.random(shape) < (rows + columns) / sum(shape)).astype(np.uint8) * 2  # classes count as foreground
    assert balanced_window(truth, 32) == by_brute_force(truth, 32)


def test_its_part_of_an_image_is_what_it_says() -> None:
    pixels = np.arange(60).reshape(5, 4, 3)
    assert (Window(1, 2, 3, 2).of(pixels) == pixels[1:4, 2:4]).all()
    assert balanced_window(np.zeros((200, 300), np.bool_)) == Window(0, 0, 128, 128)  # all alike: the first


@pytest.mark.parametrize("bad", [np.zeros((4, 4)), np.zeros((4, 4, 1), np.uint8), np.zeros((0, 3), np.bool_)])
def test_another_array_is_refused(bad: np.ndarray) -> None:
    with pytest.raises(ComparisonError):
        balanced_window(bad)


def test_each_outcome_has_its_colour_over_a_grey_image() -> None:
    mask, truth = np.array([[0, 1], [0, 1]], np.bool_), np.array([[0, 0], [1, 1]], np.bool_)
    picture = outcome_map(np.full((2, 2, 3), (1.0, 0.0, 0.0), np.float32), compare(mask, truth).outcome, gain=1.5)
    grey = 255 * 1.5 * 0.299
    assert abs(picture[0, 0].astype(float) - grey).max() <= 0.5  # a red image is grey beneath
    for place, code in (((0, 1), 1), ((1, 0), 2), ((1, 1), 3)):
        expected = (1 - OPACITY[code]) * grey + OPACITY[code] * np.array(COLOURS[code])
        assert abs(picture[place] - expected).max() <= 0.51


def test_the_colours_differ_in_lightness_too() -> None:
    light = sorted(0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in COLOURS.values())
    assert min(light[1] - light[0], light[2] - light[1]) > 40
