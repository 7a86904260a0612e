"""The probability and the mask as files: read back by other programs, number by number."""

import io

import numpy as np
import pytest
from PIL import Image
from skimage import io as skimage_io

from unet_core.images import Bounds, ImageError
from unet_core.overlay import palette
from unet_core.probabilities import class_map
from unet_core.result_files import ResultError, mask_png, probability_png


def test_the_probability_comes_back_to_half_a_step() -> None:
    probability = np.random.default_rng(0).random((40, 30), dtype=np.float32)
    probability[0, :4] = 0, 1, 0.5, 1 / 65535
    data = probability_png(probability)
    with Image.open(io.BytesIO(data)) as image:
        assert (image.mode, image.size, image.format) == ("I;16", (30, 40), "PNG")
        values = np.array(image)
    assert data[24:26] == bytes((16, 0))  # bit depth and colour type in the header: 16-bit grey
    assert np.abs(values / 65535 - probability).max() <= 0.5 / 65535 + 1e-9
    assert values[0, :4].tolist() == [0, 65535, 32768, 1]
    assert np.array_equal(skimage_io.imread(io.BytesIO(data)), values)
    assert np.array_equal(values >= 32768, probability >= 0.5 - 0.25 / 65535)


@pytest.mark.parametrize("classes", [1, 3, 4])
def test_the_mask_holds_the_classes_and_their_colours(classes: int) -> None:
    found = np.random.default_rng(classes).dirichlet(np.ones(max(2, classes)), (9, 8)).transpose(2, 0, 1)[:classes]
    with Image.open(io.BytesIO(mask_png(found.astype(np.float32), 0.7))) as image:
        assert image.mode == "P" and np.array_equal(np.array(image), class_map(found.astype(np.float32), 0.7))
        colours = np.array(image.convert("RGB"))
        assert np.array_equal(colours, np.array(palette(max(2, classes)))[np.array(image)])


@pytest.mark.parametrize("bad", [np.full((2, 2), 1.01), np.full((2, 2), -0.01), np.full((2, 2), np.nan)])
def test_what_is_no_probability_is_refused(bad: np.ndarray) -> None:
    with pytest.raises(ResultError, match=r"must be 0\.\.1 everywhere"):
        probability_png(bad)


def test_other_arrays_and_large_ones_are_refused() -> None:
    for other in (np.zeros((2, 2), int), np.zeros((1, 2, 2)), np.zeros((0, 2))):
        with pytest.raises(ResultError, match=r"must be float \(height, width\)"):
            probability_png(other)
    with pytest.raises(ImageError):
        probability_png(np.zeros((9, 9)), Bounds(pixels=80))
