"""An image brought to the scale of a network, against Pillow's resize and plain counting; marks that lead nowhere."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from tests.core.test_checkpoint import TINY, card_of
from tests.core.test_segment import picture
from unet_core.images.limits import UPLOAD
from unet_core.scale import ScaleError, diameter_of, rescaled, resize
from unet_core.segment import SegmentError
from unet_core.zoo.recipes import RECIPES, miniature

CARD = card_of(TINY)  # objects of 12 pixels


def by_pillow(channel: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return np.asarray(Image.fromarray(channel.astype(np.float32)).resize(size[::-1], Image.Resampling.BILINEAR))


def disc(side: int, diameter: float) -> np.ndarray:
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    return (diameter / 2 - np.hypot(y, x) + 0.5).clip(0, 1).astype(np.float32)[..., None]


@pytest.mark.parametrize("marked", [3, 9, 24, 100.0])
@pytest.mark.parametrize("channels", [1, 3])
def test_the_image_is_what_pillow_makes_of_it(marked: float, channels: int) -> None:
    image = picture(200, 310, channels)
    result = rescaled(image, marked, CARD)
    assert result.factor == 12 / marked
    size = (round(200 * 12 / marked), round(310 * 12 / marked))
    assert result.pixels.shape == (*size, channels) and result.pixels.dtype == np.float32
    assert result.pixels.flags.c_contiguous
    expected = np.dstack([by_pillow(image[..., channel], size) for channel in range(channels)])
    assert np.abs(result.pixels - expected).max() < 1e-4  # torch has the places in float32


@pytest.mark.parametrize("diameter", [40, 7])
def test_the_marked_object_becomes_as_large_as_those_learned_from(diameter: int) -> None:
    result = rescaled(disc(120, diameter), diameter, CARD)
    assert 2 * np.sqrt(result.pixels.sum() / np.pi) == pytest.approx(12, rel=0.03)


def test_reducing_averages_and_picks_no_lines() -> None:
    stripes = np.zeros((120, 120, 1), np.float32)
    stripes[::2] = 1
    assert np.abs(rescaled(stripes, 72, CARD).pixels - 0.5).max() < 0.06


def test_the_note_says_factor_and_sizes() -> None:
    (note,) = rescaled(picture(100, 60), 24, CARD).notes
    assert str(note) == (
        "The marked object is 24 pixels wide, and those that the network learned from are about 12: the image was "
        "resized by a factor of 0.50 for the network, from 100 × 60 to 50 × 30 pixels. Its answer was resized back."
    )


@pytest.mark.parametrize("marked", [11, 12, 13.1])
def test_a_scale_that_fits_is_left_alone_and_said_so(marked: float) -> None:
    image = picture(40, 50)
    result = rescaled(image, marked, CARD)
    assert np.array_equal(result.pixels, image) and result.factor == 1
    assert [str(note) for note in result.notes] == [
        f"The marked object is {marked:.0f} pixels wide, and those that the network learned from are about 12: the "
        "image was left as it is."
    ]


@pytest.mark.parametrize(("image", "marked", "words"), [
    (picture(99, 99), 1.99, "press at one edge of an object and drag to the other"),
    (picture(99, 99), float("nan"), "press at one edge"),
    (picture(99, 99), float("inf"), "press at one edge"),
    (picture(99, 99), -5, "press at one edge"),
    (picture(400, 400), 193, "would become 16.1 times smaller, and 16 times is the bound. Mark a single object"),
    (picture(90, 200), 72.0, "would be 15 × 33 pixels, and 16 a side is the least"),
    (picture(1000, 4), 6.0, "would be 2000 × 8 pixels, and 16 a side is the least"),
    (np.zeros((3000, 2000, 1), np.float32), 6, "would be 6000 × 4000 pixels, and 16,777,216 pixels are the bound"),
    (np.zeros((9000, 20, 1), np.float32), 6, "would be 18000 × 40 pixels, and 16,777,216 pixels are the bound, 16,384"),
])  # fmt: skip
def test_marks_that_lead_nowhere_name_the_way_out(image: np.ndarray, marked: float, words: str) -> None:
    with pytest.raises(ScaleError) as caught:
        rescaled(image, marked, CARD)
    assert words in str(caught.value)


def test_the_bound_of_the_factor_names_the_way_out() -> None:
    with pytest.raises(ScaleError, match="Mark a whole object, or take a picture from nearer"):
        rescaled(picture(30, 30), 2, replace(CARD, object_diameter=16.5))
    assert rescaled(picture(30, 30), 2, replace(CARD, object_diameter=16)).factor == 8
    assert rescaled(picture(300, 300), 192, CARD).factor == 1 / 16


def test_pixels_that_are_no_image_are_refused() -> None:
    with pytest.raises(SegmentError):
        rescaled(np.full((30, 30, 1), np.nan, np.float32), 24, CARD)


def test_a_drag_is_as_long_as_pythagoras_says() -> None:
    assert diameter_of((10, 10), (13, 14), (20, 20)) == 5
    assert diameter_of((20, 0), (0, 20), (20, 20)) == pytest.approx(800**0.5)


@pytest.mark.parametrize(("first", "second", "words"), [
    ((3, 3), (3, 4.9), "shorter than 2 pixels"),
    ((3, 3), (3, 20.5), "must lie on the image of 30 × 20 pixels"),
    ((-1, 3), (9, 9), "must lie on the image"),
    ((float("nan"), 3), (9, 9), "must lie on the image"),
    ((3, 3), (float("inf"), 9), "must lie on the image"),
])  # fmt: skip
def test_a_drag_that_is_none_is_refused(first: tuple, second: tuple, words: str) -> None:
    with pytest.raises(ScaleError, match=words):
        diameter_of(first, second, (30, 20))


@pytest.mark.parametrize("size", [(7, 11), (80, 33), (20, 90)])
def test_maps_are_resized_as_pillow_does(size: tuple[int, int]) -> None:
    maps = np.moveaxis(picture(31, 42, 3), 2, 0)
    expected = np.stack([by_pillow(one, size) for one in maps])
    assert np.abs(resize(maps, size) - expected).max() < 1e-4


@pytest.mark.parametrize("name", ["nuclei-unet", "shapes-unet"])
def test_the_learned_diameter_is_that_of_circles_of_the_objects_areas(name: str) -> None:
    data = miniature(RECIPES[name]).load()
    areas = [np.count_nonzero(sample.instances == number)
             for sample in data.training for number in np.unique(sample.instances) if number]  # fmt: skip
    middle = np.median([(4 * area / np.pi) ** 0.5 for area in areas])
    assert data.object_diameter == pytest.approx(middle)


def test_the_bound_is_that_of_uploads() -> None:
    assert (UPLOAD.pixels, UPLOAD.side) == (4096**2, 16_384)
