"""Masks that strangers bring: what is foreground in each kind of file, and one sentence for what is none."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from unet_core.data import nuclei, pebbles
from unet_core.images import ImageError, encode_png
from unet_core.masks import MaskError, load_mask

SIZE = (40, 60)
ROWS, COLUMNS = np.mgrid[: SIZE[0], : SIZE[1]]
DISC = (ROWS - 15) ** 2 + (COLUMNS - 20) ** 2 < 80
BAR = (ROWS > 30) & (COLUMNS > 10)


def file(pixels: np.ndarray, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind, **options)
    return buffer.getvalue()


def labels(kind: type, *values: int) -> np.ndarray:
    return np.select([DISC, BAR], values, 0).astype(kind)


COLOURED = np.zeros((*SIZE, 3), np.uint8)
COLOURED[DISC], COLOURED[BAR] = (0, 0, 1), (255, 0, 0)
GOOD = {
    "white": file(labels(np.uint8, 255, 255)), "classes 1 and 2": file(labels(np.uint8, 1, 2)),
    "colours": file(COLOURED), "16-bit objects": file(labels(np.uint16, 1, 40_000)),
    "TIFF": file(labels(np.uint16, 300, 1), "TIFF"), "yes and no": file(DISC | BAR),
}  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_what_is_not_black_is_foreground(name: str) -> None:
    assert np.array_equal(load_mask(GOOD[name], SIZE).mask, DISC | BAR)


def test_the_mask_that_the_app_gives_out_comes_back() -> None:
    from unet_core.result_files import mask_png

    probability = np.where(DISC, 0.9, 0.1).astype(np.float32)[None]
    assert np.array_equal(load_mask(mask_png(probability), SIZE).mask, DISC)


def test_a_jpeg_of_black_and_white_is_cut_at_half_and_told() -> None:
    found = load_mask(file(labels(np.uint8, 255, 255), "JPEG", quality=60), SIZE)
    assert (found.mask != (DISC | BAR)).mean() < 0.02
    assert any("JPEG changes colours" in str(note) for note in found.notes)


def test_all_black_and_all_white() -> None:
    assert not load_mask(file(np.zeros(SIZE, np.uint8)), SIZE).mask.any()
    white = load_mask(file(np.full(SIZE, 255, np.uint8)), SIZE)
    assert white.mask.all() and "Nothing in this mask is black" in str(white.notes[0])


def test_another_size_is_refused_with_both() -> None:
    with pytest.raises(MaskError, match="40 × 60 pixels and the image 60 × 40"):
        load_mask(GOOD["white"], (60, 40))


@pytest.mark.parametrize("image", ["nuclei", "pebbles"])
def test_a_photograph_is_refused(image: str) -> None:
    sample = nuclei.real_image() if image == "nuclei" else pebbles.photo(7)
    levels = (sample.image * 255).round().astype(np.uint8)
    data = encode_png(levels[..., 0] if levels.shape[2] == 1 else levels)
    with pytest.raises(MaskError, match=r"\d colours or more, and they change from pixel to pixel"):
        load_mask(data, sample.mask.shape)
    with pytest.raises(MaskError, match="this JPEG file is no mask"):
        load_mask(file(levels.squeeze(), "JPEG"), sample.mask.shape)


@pytest.mark.parametrize("number", [4, 7])
def test_true_objects_are_no_photograph(number: int) -> None:
    sample = pebbles.photo(number)
    assert np.array_equal(load_mask(file(sample.instances.astype(np.uint16)), sample.mask.shape).mask, sample.mask)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_give_a_mask_or_a_sentence(tail: bytes, begun: bool) -> None:
    try:
        found = load_mask(GOOD["white"][:60] * begun + tail, SIZE)
    except (ImageError, MaskError):
        return
    assert found.mask.shape == SIZE and found.mask.dtype == np.bool_
