"""Whatever the bytes are: an image within the bounds, or one sentence. Hypothesis looks for those that are neither."""

import io
import struct
import time
from functools import cache

import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.core.test_images import fuzz_files, notes, saved, tiff
from unet_core import images
from unet_core.images import ImageError, limits, load_image
from unet_core.mask_file import load_mask

FORMATS = ("png", "jpeg", "tiff", "gif", "bmp", "webp", "avif")  # how the names of their files begin
STARTS = [start for start, _ in images._SIGNATURES] + [b"RIFF\x40\0\0\0WEBPVP8 ", b"\0\0\0\x18ftypavif", b"<svg", b"PK"]
SMALL = limits.Bounds(file_bytes=2**20, pixels=2**16, side=4096, decoded_bytes=2**20)
files = cache(fuzz_files)


def always(examples: int) -> settings:
    """The same examples every time, and as long as a busy machine takes."""
    return settings(max_examples=examples, derandomize=True, deadline=None, database=None,
                    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])  # fmt: skip


def check(data: bytes, page: int) -> None:
    try:
        image = load_image(data, page, SMALL)
    except ImageError as error:
        assert str(error).endswith((".", ").")) and "\n" not in str(error)
        return
    height, width, channels = image.pixels.shape
    assert channels in (1, 3) and height * width <= SMALL.pixels and max(height, width) <= SMALL.side
    assert image.pixels.dtype == np.float32 and not image.pixels.flags.writeable
    assert image.pixels.min() >= 0 and image.pixels.max() <= 1  # false for NaN too
    assert 1 <= image.pages <= limits.MAX_PAGES and image.page == page < image.pages
    assert image.format in limits.ACCEPTED_FORMATS and all(notes(image))


@always(200)
@given(st.sampled_from([b"", *STARTS]), st.binary(max_size=400), st.integers(-2, 2000))
def test_any_bytes(start: bytes, data: bytes, page: int) -> None:
    check(start + data, page)


@st.composite
def damaged(draw: st.DrawFn, begin: str) -> bytes:
    """A valid file of a format with a few bytes changed, cut out, doubled, or numbers put in; perhaps cut off."""
    data = bytearray(files()[draw(st.sampled_from([name for name in files() if name.split()[0] == begin]))])
    number = st.sampled_from([struct.pack(order + "I", value) for order in "<>"
                              for value in (0, 1, 255, 65_535, 2**31 - 1, 2**31, 2**32 - 1)])  # fmt: skip
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, max(0, min(len(data), draw(st.sampled_from([32, 200, len(data)]))) - 1)))
        match draw(st.integers(0, 3)):
            case 0:
                data[place : place + 1] = draw(st.binary(min_size=1, max_size=1))
            case 1:
                data[place : place + 4] = draw(number)
            case 2:
                del data[place : place + draw(st.integers(1, 20))]
            case 3:
                data[place:place] = data[place : place + draw(st.integers(1, 60))]
    return bytes(data[: draw(st.integers(0, len(data)))] if draw(st.integers(0, 4)) == 0 else data)


@pytest.mark.parametrize("begin", FORMATS)
def test_damaged_files_of_every_format(begin: str) -> None:
    @always(80)
    @given(damaged(begin), st.sampled_from([0, 0, 1]))
    def holds(data: bytes, page: int) -> None:
        check(data, page)

    holds()


@always(100)
@given(st.sampled_from(FORMATS).flatmap(damaged), st.integers(2, 5))
def test_any_bytes_are_a_mask_or_a_sentence(data: bytes, classes: int) -> None:
    try:
        mask = load_mask(data, (5, 7), classes, SMALL)
    except ImageError as error:
        assert str(error) and "\n" not in str(error)
        return
    assert mask.classes.shape == (5, 7) and mask.classes.max() < classes
    assert mask.labels is None or np.array_equal(mask.labels > 0, mask.classes > 0)


@always(60)
@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from(["PNG", "BMP", "TIFF", "GIF"]), st.randoms())
def test_what_is_saved_without_loss_comes_back(height: int, width: int, kind: str, random) -> None:
    array = np.frombuffer(random.randbytes(height * width), np.uint8).reshape(height, width)
    image = load_image(saved(array, kind))
    assert image.pixels.shape[:2] == (height, width) and np.abs(image.pixels[..., 0] * 255 - array).max() < 1e-3


# --- the odd ones, each quick ---


def many_pages(pages: int) -> bytes:
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer) as writer:
        for page in range(pages):
            writer.write(np.full((4, 5), page % 256, np.uint8), metadata=None, software=None, contiguous=False)
    return buffer.getvalue()


@cache
def of_10_000_pages() -> bytes:
    """Written by hand, as that takes a tenth of a second: each page a directory of nine entries over one strip."""
    strip, head = bytes(range(20)), 8 + 20
    size = 2 + 9 * 12 + 4
    body = []
    for page in range(10_000):
        entries = [(256, 3, 1, 5), (257, 3, 1, 4), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 8),
                   (277, 3, 1, 1), (278, 3, 1, 4), (279, 4, 1, 20)]  # fmt: skip
        following = head + (page + 1) * size if page < 9_999 else 0
        body.append(struct.pack("<H", 9) + b"".join(struct.pack("<HHII", *entry) for entry in entries)
                    + struct.pack("<I", following))  # fmt: skip
    return b"II*\0" + struct.pack("<I", head) + strip + b"".join(body)


def quick(data: bytes, page: int = 0) -> images.LoadedImage:
    began = time.perf_counter()
    try:
        return load_image(data, page)
    finally:
        assert time.perf_counter() - began < 1


@pytest.mark.parametrize("page", [0, 999])
def test_a_tiff_of_10_000_pages_shows_its_first_thousand(page: int) -> None:
    image = quick(of_10_000_pages(), page)
    assert image.pages == 1000 and image.pixels.shape == (4, 5, 1)
    assert notes(image)[:2] == [f"Page {page + 1} of 1000 is shown.",
                                "Only the first 1000 pages of this file can be chosen."]  # fmt: skip


def test_a_page_beyond_names_those_there_are() -> None:
    with pytest.raises(ImageError, match="There is no page 1001: choose a page from 1 to 1000"):
        quick(of_10_000_pages(), 1000)


def test_pages_written_by_a_library_are_counted_alike() -> None:
    assert quick(many_pages(30), 29).pages == 30


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_a_float_tiff_full_of_nan_is_refused_in_one_sentence(dtype: type) -> None:
    with pytest.raises(ImageError) as caught:
        quick(tiff(np.full((512, 512), np.nan, dtype)))
    assert str(caught.value) == "No value in this image is a number: save it again with numbers in it."


def test_a_float_tiff_with_one_number_is_an_image() -> None:
    array = np.full((64, 64), np.nan, np.float32)
    array[3, 4] = 7
    image = quick(tiff(array))
    assert not image.pixels.any() and "4095 values that are not finite numbers" in notes(image)[0]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "GIF", "BMP", "WEBP", "AVIF"])
@pytest.mark.parametrize("value", [0, 255])
def test_black_and_white_images_are_images(kind: str, value: int) -> None:
    image = quick(saved(Image.new("L", (512, 400), value), kind))
    assert image.pixels.shape[:2] == (400, 512)
    assert image.pixels.min() == image.pixels.max() == value / 255


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
@pytest.mark.parametrize("value", [0, 65_535])
def test_one_value_of_other_kinds_is_black_and_says_so(dtype: type, value: int) -> None:
    image = quick(tiff(np.full((300, 300), value, dtype)))
    assert not image.pixels.any()
    kept = dtype is np.float32 and value == 0  # within 0..1 already
    assert notes(image) == ([] if kept else [f"Every pixel has the value {dtype(value)}; the image is shown black."])
