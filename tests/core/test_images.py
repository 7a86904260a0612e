"""Every file here is made here, with pixel values that are known, and loaded again."""

import hashlib
import io
import random
import struct
import subprocess
import sys
import threading
import time
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from unet_core import images
from unet_core.images import ImageError, LoadedImage, encode_png, indexed_png, limits, load_image

GREY = np.arange(35, dtype=np.uint8).reshape(5, 7) * 7  # 0..238
COLOUR = np.stack([GREY, 255 - GREY, GREY // 2], axis=2)
WIDE = GREY.astype(np.uint16) * 17 + 100  # 100..4146, as a 12-bit camera gives


def saved(image: Image.Image | np.ndarray, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(buffer, kind, **options)
    return buffer.getvalue()


def tiff(array: np.ndarray, **options: object) -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, array, **options)
    return buffer.getvalue()


def notes(image: LoadedImage) -> list[str]:
    return [str(note) for note in image.notes]


def refusal(data: bytes, page: int = 0, bounds: limits.Bounds = limits.UPLOAD) -> str:
    with pytest.raises(ImageError) as caught:
        load_image(data, page, bounds)
    return str(caught.value)


def same(image: LoadedImage, expected: np.ndarray, tolerance: float = 1e-6) -> None:
    assert image.pixels.shape == np.atleast_3d(expected).shape
    assert np.abs(image.pixels - np.atleast_3d(expected)).max() <= tolerance


def stretched(array: np.ndarray) -> np.ndarray:
    array = array.astype(np.float64)
    return (array - array.min()) / (array.max() - array.min())


# --- what a LoadedImage is ---


def test_a_loaded_image_is_as_promised():
    data = saved(COLOUR, "PNG")
    image = load_image(data)
    assert image.pixels.dtype == np.float32 and image.pixels.flags.c_contiguous and not image.pixels.flags.writeable
    assert (image.pages, image.page, image.format, image.notes) == (1, 0, "PNG", ())
    assert image.digest == hashlib.sha256(data).hexdigest()
    same(image, COLOUR / 255)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "GIF", "WEBP", "TIFF"])
def test_grey_in_every_lossless_format(kind):
    image = load_image(saved(GREY, kind, **({"lossless": True} if kind == "WEBP" else {})))
    # WebP has no grey, and a GIF has a palette
    same(image, np.dstack([GREY] * 3) / 255 if kind in ("WEBP", "GIF") else GREY / 255)
    assert image.format == kind


@pytest.mark.parametrize(("kind", "options"), [("PNG", {}), ("BMP", {}), ("TIFF", {}), ("WEBP", {"lossless": True})])
def test_colour_in_every_lossless_format(kind, options):
    same(load_image(saved(COLOUR, kind, **options)), COLOUR / 255)


@pytest.mark.parametrize("kind", ["JPEG", "AVIF"])
@pytest.mark.parametrize("size", [(64, 48), (1, 1)])
def test_lossy_formats_are_close(kind, size):
    colour = (200, 40, 90)
    image = load_image(saved(Image.new("RGB", size, colour), kind, quality=95))
    same(image, np.full((size[1], size[0], 3), colour) / 255, 0.03)
    assert notes(image) == []


@pytest.mark.parametrize("size", [(1, 1), (1, 4000), (4000, 1)])
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "GIF", "BMP", "WEBP"])
def test_tiny_and_thin_images_are_images(kind, size):
    image = load_image(saved(Image.new("RGB", size, (255, 255, 255)), kind))
    assert image.pixels.shape[:2] == size[::-1] and np.ptp(image.pixels) == 0


def test_one_and_four_bit_png():
    bits = GREY % 2
    same(load_image(saved(Image.fromarray(bits * 255).convert("1"), "PNG")), bits)
    same(load_image(png(GREY % 16, depth=4)), GREY % 16 / 15)


# --- what was done to it, and the note that says so ---


def test_16_bit_grey_is_stretched_and_says_its_range():
    for data in (saved(WIDE, "PNG"), tiff(WIDE)):
        image = load_image(data)
        same(image, stretched(WIDE))
        assert notes(image) == ["16-bit values from 100 to 4146 were stretched to 0..1."]


def test_16_bit_colour_png_says_that_it_lost_bits():
    array = np.stack([WIDE, WIDE * 3, WIDE * 5], axis=2)
    image = load_image(png(array, depth=16, colour=2))
    same(image, (array >> 8) / 255)
    assert len(image.notes) == 1 and "16-bit colour was reduced to 8 bits" in notes(image)[0]


def test_transparent_colour_of_a_16_bit_png_is_left_alone():
    data = png(np.full((2, 2, 3), 0x1234, np.uint16), 16, 2, chunk(b"tRNS", struct.pack(">HHH", 0x12, 0x12, 0x12)))
    same(load_image(data), np.full((2, 2, 3), 0x12) / 255)


def test_alpha_is_laid_on_white():
    alpha = np.full_like(GREY, 255)
    alpha[0] = 0
    alpha[1] = 51  # a fifth
    share = alpha[..., None] / 255
    files = [
        (saved(np.dstack([COLOUR, alpha]), "PNG"), COLOUR),
        (saved(np.dstack([COLOUR, alpha]), "WEBP", lossless=True, exact=True), COLOUR),
        (saved(np.dstack([GREY, alpha]), "PNG"), GREY[..., None]),
        (tiff(np.dstack([COLOUR, alpha]), photometric="rgb", extrasamples=["unassalpha"]), COLOUR),
        (tiff(np.dstack([GREY, alpha]), photometric="minisblack", extrasamples=["unassalpha"]), GREY[..., None]),
        (tiff(np.dstack([COLOUR, alpha]), photometric="rgb", extrasamples=["unassalpha"], planarconfig=1), COLOUR),
    ]
    for data, under in files:
        image = load_image(data)
        same(image, under / 255 * share + (1 - share))
        assert notes(image) == ["Transparent parts were laid on white."]


def test_premultiplied_alpha_of_a_tiff():
    pixels = np.full((4, 4, 4), 255, np.uint8)
    pixels[0] = (51, 0, 0, 51)  # pure red, a fifth of it
    grey = load_image(tiff(pixels[..., 2:], photometric="minisblack", extrasamples=["assocalpha"]))
    assert np.allclose(grey.pixels[0, 0], 0.8, atol=0.005) and np.all(grey.pixels[1:] == 1)
    image = load_image(tiff(pixels, photometric="rgb", extrasamples=["assocalpha"]))
    assert np.allclose(image.pixels[0, 0], (1, 0.8, 0.8), atol=0.005) and np.all(image.pixels[1:] == 1)


def test_16_bit_alpha_is_scaled_by_its_type_and_not_by_its_range():
    array = np.dstack([WIDE, np.full_like(WIDE, 65535 // 5)])
    image = load_image(tiff(array, photometric="minisblack", extrasamples=["unassalpha"]))
    same(image, stretched(WIDE) * 0.2 + 0.8)


def test_opaque_alpha_needs_no_word():
    image = load_image(saved(Image.fromarray(COLOUR).convert("RGBA"), "PNG"))
    same(image, COLOUR / 255)
    assert notes(image) == []


def palette_image() -> Image.Image:
    image = Image.fromarray(np.array([[0, 1, 2, 1]], np.uint8))
    image = Image.frombytes("P", image.size, image.tobytes())
    image.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    return image


PALETTE_COLOURS = np.array([[[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 0]]], float)


@pytest.mark.parametrize("kind", ["PNG", "GIF", "BMP", "TIFF"])
def test_palette(kind):
    image = load_image(saved(palette_image(), kind))
    same(image, PALETTE_COLOURS)
    assert notes(image) == ["The colours of its palette were filled in."]


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_palette_with_transparency(kind):
    image = load_image(saved(palette_image(), kind, transparency=1))
    same(image, np.array([[[1, 0, 0], [1, 1, 1], [0, 0, 1], [1, 1, 1]]]))
    assert notes(image)[1:] == ["Transparent parts were laid on white."]


def test_half_transparent_palette_png():
    image = load_image(saved(palette_image(), "PNG", transparency=bytes([255, 51, 255])))
    assert np.allclose(image.pixels[0, 1], (0.8, 1, 0.8))


def test_transparent_grey_and_colour_of_a_png():
    same(load_image(saved(GREY[:1], "PNG", transparency=int(GREY[0, 1]))), np.where(GREY[:1] == 7, 255, GREY[:1]) / 255)
    image = load_image(saved(COLOUR, "PNG", transparency=tuple(int(value) for value in COLOUR[2, 3])))
    assert np.all(image.pixels[2, 3] == 1) and np.allclose(image.pixels[2, 4], COLOUR[2, 4] / 255)


def test_cmyk_jpeg_is_the_right_colour_and_says_so():
    inks = Image.new("CMYK", (16, 16), (0, 255, 255, 0))  # no cyan, all magenta, all yellow: red
    data = saved(inks, "JPEG", quality=95)
    assert b"Adobe" in data  # so the inks are stored inverted
    image = load_image(data)
    same(image, np.broadcast_to([1.0, 0, 0], (16, 16, 3)), 0.03)
    assert "CMYK" in notes(image)[0] and len(image.notes) == 1


@pytest.mark.parametrize("compression", [None, "tiff_lzw"])
def test_cmyk_tiff(compression):
    data = saved(Image.new("CMYK", (4, 4), (255, 0, 0, 0)), "TIFF", compression=compression)
    image = load_image(data)
    same(image, np.broadcast_to([0.0, 1, 1], (4, 4, 3)))
    assert "CMYK" in notes(image)[0]


TURNED = {  # how [[1, 2, 3], [4, 5, 6]] looks under each orientation of the EXIF standard
    1: [[1, 2, 3], [4, 5, 6]],
    2: [[3, 2, 1], [6, 5, 4]],
    3: [[6, 5, 4], [3, 2, 1]],
    4: [[4, 5, 6], [1, 2, 3]],
    5: [[1, 4], [2, 5], [3, 6]],
    6: [[4, 1], [5, 2], [6, 3]],
    7: [[6, 3], [5, 2], [4, 1]],
    8: [[3, 6], [2, 5], [1, 4]],
}


def turned_file(kind: str, orientation: int) -> bytes:
    array = np.array(TURNED[1], np.uint8).repeat(16, axis=0).repeat(16, axis=1) * 40
    if kind.startswith("TIFF"):
        options = {"compression": "tiff_lzw"} if kind == "TIFF LZW" else {}
        return saved(array, "TIFF", tiffinfo={274: orientation}, **options)
    exif = Image.Exif()
    exif[274] = orientation
    return saved(array, kind, exif=exif.tobytes(), **({"lossless": True} if kind == "WEBP" else {"quality": 95}))


@pytest.mark.parametrize("orientation", TURNED)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "TIFF LZW", "AVIF"])
def test_all_eight_orientations(kind, orientation):
    image = load_image(turned_file(kind, orientation))
    centres = image.pixels[8::16, 8::16, 0] * 255 / 40
    assert np.array_equal(np.rint(centres), TURNED[orientation])
    assert notes(image) == ([] if orientation == 1 else ["Turned upright, as its orientation tag asks."])
    assert image.pixels.flags.c_contiguous


@pytest.mark.parametrize(
    "junk", [b"", b"Exif\0\0", b"Exif\0\0II*\0", b"Exif\0\0II*\0\x08\0\0\0\xff\xff", b"Exif\0\0MM" * 9]
)
def test_damaged_exif_does_not_spoil_the_picture(junk):
    plain = saved(GREY.repeat(8, 0).repeat(8, 1), "JPEG")
    data = plain[:2] + b"\xff\xe1" + struct.pack(">H", len(junk) + 2) + junk + plain[2:]
    assert np.array_equal(load_image(data).pixels, load_image(plain).pixels)


def avif_with_damaged_exif() -> bytes:
    exif = Image.Exif()
    exif[271] = "camera"
    data = saved(COLOUR, "AVIF", exif=exif.tobytes())
    return patched(data, data.index(b"MM\0*") + 8 if b"MM\0*" in data else data.index(b"II*\0") + 8, b"\xff\xff")


def test_damaged_exif_of_an_avif_does_not_reach_pillow():
    assert np.array_equal(load_image(avif_with_damaged_exif()).pixels, load_image(saved(COLOUR, "AVIF")).pixels)


def test_a_warning_of_pillow_becomes_a_sentence_where_warnings_are_errors():
    data = avif_with_damaged_exif().replace(b"miaf", b"mdat", 1)  # hides the rest of the header from us
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert DAMAGED in refusal(data)


# --- TIFF ---

SCIENTIFIC = [
    np.int8,
    np.int16,
    np.uint16,
    np.int32,
    np.uint32,
    np.int64,
    np.uint64,
    np.float16,
    np.float32,
    np.float64,
]


@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("bigtiff", [False, True])
@pytest.mark.parametrize("dtype", SCIENTIFIC)
def test_every_type_of_number_is_stretched_from_its_range(dtype, bigtiff, byteorder):
    array = (GREY.astype(np.float64) / 2 - (0 if np.dtype(dtype).kind == "u" else 60)).astype(dtype)
    image = load_image(tiff(array, bigtiff=bigtiff, byteorder=byteorder))
    same(image, stretched(array))
    bits, low, high = array.dtype.itemsize * 8, array.min().item(), array.max().item()
    assert notes(image) == [f"{bits}-bit values from {low} to {high} were stretched to 0..1."]


@pytest.mark.parametrize("dtype", [np.uint64, np.int64, np.int32, np.float64, np.float32])
def test_the_ends_of_a_type_do_not_overflow(dtype):
    limits = np.finfo(dtype) if np.dtype(dtype).kind == "f" else np.iinfo(dtype)
    same(load_image(tiff(np.array([[limits.min, limits.max]], dtype))), [[0, 1]])


def test_floats_within_0_and_1_stay():
    array = np.array([[0.25, 0.5], [0.125, 0.75]], np.float32)
    image = load_image(tiff(array))
    assert np.array_equal(image.pixels[..., 0], array) and notes(image) == []


def test_values_that_are_not_numbers():
    array = np.array([[np.nan, np.inf, -np.inf], [10, 20, 30]], np.float32)
    image = load_image(tiff(array))
    same(image, [[0, 0, 0], [0, 0.5, 1]])
    assert notes(image) == [
        "3 values that are not finite numbers are shown as the lowest.",
        "32-bit values from 10.0 to 30.0 were stretched to 0..1.",
    ]
    signalling = np.frombuffer(struct.pack("<3I", 0x7F800001, 0, 0x3F800000), np.float32).reshape(1, 3)
    same(load_image(tiff(signalling)), [[0, 0, 1]])
    assert "No value in this image is a number" in refusal(tiff(np.full((3, 3), np.nan, np.float32)))


def test_a_constant_image_is_black_and_says_so():
    image = load_image(tiff(np.full((3, 4), 777, np.uint16)))
    assert not image.pixels.any() and notes(image) == ["Every pixel has the value 777; the image is shown black."]


def test_complex_numbers_are_refused():
    assert "complex numbers" in refusal(tiff(GREY.astype(np.complex64)))


LAYOUTS = [
    {},
    {"compression": "zlib"},
    {"compression": "zlib", "predictor": True},
    {"rowsperstrip": 2},
    {"tile": (16, 16)},
    {"tile": (16, 16), "compression": "zlib", "predictor": True},
]


@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("options", LAYOUTS, ids=str)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_colour_tiff_in_every_layout(dtype, options, planar, byteorder):
    array = np.tile(COLOUR, (5, 4, 1)).astype(dtype) * dtype(1 if dtype == np.uint8 else 200)
    stored = np.moveaxis(array, -1, 0) if planar == "separate" else array
    image = load_image(tiff(stored, photometric="rgb", planarconfig=planar, byteorder=byteorder, **options))
    same(image, array / 255 if dtype == np.uint8 else stretched(array))


@pytest.mark.parametrize("compression", ["tiff_lzw", "packbits", "tiff_adobe_deflate", "tiff_deflate", "zstd"])
@pytest.mark.parametrize(
    "array",
    [GREY, COLOUR, WIDE, GREY / np.float32(9), GREY.astype(np.int32) - 99],
    ids=lambda a: str(a.dtype) + str(a.ndim),
)
def test_compressed_tiff(array, compression):
    array = array.astype(np.float32) if array.dtype == np.float64 else array
    image = load_image(saved(array, "TIFF", compression=compression))
    same(image, array / 255 if array.dtype == np.uint8 else stretched(array))


def test_jpeg_in_tiff():
    array = np.full((32, 32, 3), (200, 40, 90), np.uint8)
    same(load_image(saved(array, "TIFF", compression="jpeg", quality=95)), array / 255, 0.03)


def test_types_that_pillow_has_not_survive_lzw():
    for dtype, held, values in (
        (np.uint32, np.int32, [[0, 2**31, 2**32 - 1]]),
        (np.int8, np.uint8, [[-128, 0, 127]]),
        (np.int16, np.uint16, [[-30000, 0, 30000]]),
    ):
        array = np.array(values, dtype)
        written = saved(array.view(held), "TIFF", compression="tiff_lzw")
        image = load_image(with_tag(written, 339, 1 if dtype == np.uint32 else 2))
        same(image, stretched(array))
        assert notes(image)[0].startswith(f"{array.dtype.itemsize * 8}-bit values from {array[0, 0]} to")


def test_floating_point_predictor():
    array = GREY / np.float32(9)
    data = saved(array, "TIFF", compression="tiff_adobe_deflate", tiffinfo={317: 3})
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        assert file.pages.first.predictor == 3
    same(load_image(data), stretched(array))


def test_16_bit_colour_in_lzw_says_that_it_lost_bits():
    array = np.stack([WIDE] * 3, axis=2) * 16
    plain = tiff(array, photometric="rgb")
    start = plain.find(array.tobytes())
    image = load_image(as_lzw(plain, start, array.tobytes()))
    same(image, (array >> 8) / 255)
    assert "16-bit colour was reduced to 8 bits" in notes(image)[0]


@pytest.mark.parametrize("compression", [None, "group3", "group4", "tiff_lzw"])
def test_black_and_white_tiff(compression):
    bits = np.tile(GREY % 2, (3, 5))
    image = load_image(saved(Image.fromarray(bits * 255).convert("1"), "TIFF", compression=compression))
    same(image, bits)


def test_white_is_zero():
    for array in (GREY, WIDE, GREY.astype(np.float32) * 9):
        image = load_image(tiff(array, photometric="miniswhite"))
        same(image, 1 - (array / 255 if array.dtype == np.uint8 else stretched(array)))
        assert "the value 0 means white" in notes(image)[-1]
    for array in (GREY, WIDE):
        image = load_image(with_tag(saved(array, "TIFF", compression="tiff_lzw"), 262, 0))
        same(image, 1 - (array / 255 if array.dtype == np.uint8 else stretched(array)))
    mask = GREY % 2 == 1
    same(load_image(tiff(mask, photometric="minisblack")), mask)


@pytest.mark.parametrize(("bits", "body"), [(4, bytes([0x0F, 0x5A, 0xC3])), (2, bytes([0b00_11_01_10, 0b11_00_0000]))])
def test_tiff_of_few_bits(bits, body):
    values = [[0, 15, 5, 10, 12, 3]] if bits == 4 else [[0, 3, 1, 2, 3, 0]]
    data = make_tiff(page_tags(6, 1, t258=bits, t279=len(body)), bytes(300 - 122) + body)
    same(load_image(data), np.array(values) / (2**bits - 1))


def test_a_volume_in_one_page_is_refused_rather_than_shown_in_part():
    assert DAMAGED in refusal(tiff(np.zeros((2, 32, 32), np.uint8), volumetric=True, tile=(1, 16, 16)))


def test_tiff_palette_of_16_bit_colours():
    table = np.zeros((3, 256), np.uint16)
    table[:, 1], table[:, 2] = (65535, 0, 0), (0, 65535, 32896)
    image = load_image(tiff(np.array([[0, 1, 2]], np.uint8), photometric="palette", colormap=table))
    same(image, np.array([[[0, 0, 0], [1, 0, 0], [0, 1, 128 / 255]]]))


def test_pages_of_a_tiff():
    stack = np.stack([WIDE + 1000 * k for k in range(5)])
    for data in (
        tiff(stack, photometric="minisblack"),
        tiff(stack, imagej=True),
        tiff(stack, photometric="minisblack", byteorder=">"),
    ):
        image = load_image(data, 3)
        assert (image.pages, image.page) == (5, 3)
        assert notes(image) == ["Page 4 of 5 is shown.", "16-bit values from 3100 to 7146 were stretched to 0..1."]
    assert refusal(data, 5) == "There is no page 6: choose a page from 1 to 5."
    assert refusal(data, -1).startswith("There is no page 0")


@pytest.mark.parametrize("axes", ["TZCYX", "CZTYX"])
def test_pages_of_an_ome_tiff_are_its_planes_in_stored_order(axes):
    stack = np.arange(2 * 3 * 2, dtype=np.uint16).reshape(2, 3, 2, 1, 1) * 100 + WIDE
    data = tiff(stack, ome=True, photometric="minisblack", metadata={"axes": axes})
    image = load_image(data, 7)  # 7 = (1, 0, 1)
    assert image.pages == 12 and "from 800 to 4846" in notes(image)[1]


def test_pages_of_colour():
    stack = np.stack([COLOUR, 255 - COLOUR])
    image = load_image(tiff(stack, photometric="rgb"), 1)
    assert image.pages == 2
    same(image, (255 - COLOUR) / 255)


@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_channels_that_are_not_colours(planar):
    array = np.stack([WIDE + k for k in range(5)], axis=2 if planar == "contig" else 0)
    image = load_image(tiff(array, photometric="minisblack", planarconfig=planar))
    same(image, stretched(WIDE))
    assert notes(image)[0] == "Of 5 channels that are not colours the first is shown."


def test_colour_with_a_fourth_channel_that_is_not_alpha():
    array = np.dstack([COLOUR, GREY])
    image = load_image(tiff(array, photometric="rgb", extrasamples=["unspecified"]))
    same(image, COLOUR / 255)
    assert notes(image) == ["Of 4 channels red, green and blue are shown."]


def test_a_reduced_page_says_so():
    assert "reduced copy" in notes(load_image(tiff(GREY, subfiletype=1)))[0]


# --- animations ---


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "AVIF"])
def test_frames_of_an_animation(kind):
    frames = [Image.new("RGB", (16, 16), colour) for colour in ((255, 0, 0), (0, 255, 0), (0, 0, 255))]
    data = saved(frames[0], kind, save_all=True, append_images=frames[1:])
    for page in (0, 1, 2):
        image = load_image(data, page)
        assert image.pages == 3 and notes(image)[0] == f"Page {page + 1} of 3 is shown."
        assert int(image.pixels[8, 8].argmax()) == page
    assert "choose a page from 1 to 3" in refusal(data, 3)


def test_gif_frame_that_covers_a_corner_only():
    first = Image.new("P", (4, 4), 0)
    first.putpalette([255, 0, 0, 0, 0, 255])
    second = first.copy()
    second.putpixel((3, 3), 1)
    image = load_image(saved(first, "GIF", save_all=True, append_images=[second]), 1)
    expected = np.zeros((4, 4, 3))
    expected[..., 0] = 1
    expected[3, 3] = (0, 0, 1)
    same(image, expected)


def test_an_animated_png_is_its_still_image():
    frames = [Image.fromarray(GREY), Image.fromarray(255 - GREY)]
    image = load_image(saved(frames[0], "PNG", save_all=True, append_images=frames[1:]))
    assert image.pages == 1
    same(image, GREY / 255)


def test_a_long_animation_gives_its_early_frames_only(monkeypatch):
    frames = [Image.new("L", (16, 16), k * 20) for k in range(9)]
    data = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    monkeypatch.setattr(limits, "ROUNDS", 5)
    bounds = limits.Bounds(pixels=256)
    assert load_image(data, 4, bounds).pages == 9
    assert "6 rounds of 16 x 16 pixels" in refusal(data, 5, bounds)
    monkeypatch.setattr(limits, "MAX_PAGES", 3)
    image = load_image(data, 2)
    assert image.pages == 3 and notes(image)[1] == "Only the first 3 pages of this file can be chosen."
    assert "choose a page from 1 to 3" in refusal(data, 3)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "WEBP", "AVIF", "TIFF"])
def test_other_bounds_hold_for_every_format(kind):
    data = saved(Image.new("L", (60, 20), 128), kind)  # 1,200 pixels; a JPEG of up to four times the bound is halved
    assert load_image(data, 0, limits.Bounds(pixels=1200, side=60)).pixels.shape[:2] == (20, 60)
    assert "at most 299 pixels" in refusal(data, 0, limits.Bounds(pixels=299))
    assert "59 on a side" in refusal(data, 0, limits.Bounds(side=59))
    assert "This file is 1 MB and at most 0 MB" in refusal(data, 0, limits.Bounds(file_bytes=20))


def test_a_jpeg_is_halved_above_the_bound_that_is_given():
    data = saved(Image.new("L", (60, 20), 128), "JPEG")
    assert load_image(data, 0, limits.Bounds(pixels=300)).pixels.shape == (10, 30, 1)


def test_bounds_of_a_machine_of_ones_own_follow_its_memory():
    bounds = limits.Bounds.within(16 * 2**30)
    assert bounds.pixels == 2**28 and bounds.side == 65_535 and bounds.file_bytes == bounds.decoded_bytes == 4 * 2**30
    data = saved(Image.new("L", (17_000, 1), 7), "PNG")  # longer than an upload may be
    assert "16,384 on a side" in refusal(data) and load_image(data, 0, bounds).pixels.shape == (1, 17_000, 1)
    strip = np.zeros((1, 17_000), np.uint8)
    with pytest.raises(ImageError, match="17000 x 1 pixels"):
        indexed_png(strip, [(0, 0, 0)])
    assert load_image(indexed_png(strip, [(0, 0, 0)], bounds), 0, bounds).pixels.shape == (1, 17_000, 3)


def test_a_stereo_jpeg_is_its_first_picture():
    frames = [Image.new("RGB", (16, 16), "red"), Image.new("RGB", (16, 16), "blue")]
    image = load_image(saved(frames[0], "MPO", save_all=True, append_images=frames[1:]))
    assert (image.format, image.pages) == ("JPEG", 1) and image.pixels[8, 8, 0] > 0.95


# --- refused, with one sentence ---


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "This file is empty"),
        (b"hello, I am a text file called photo.png\n" * 50, "not an image that can be read here"),
        (b"\0" * 1000, "not an image that can be read here"),
        (b'<?xml version="1.0"?>\n<!-- a drawing -->\n<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG drawing"),
        (b"\xef\xbb\xbf<SVG></SVG>", "SVG drawing"),
        (b"<!DOCTYPE html><html><body><svg></svg></body></html>", "not an image that can be read here"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100), "export it as JPEG"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1heix" + bytes(100), "export it as JPEG"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(100), "not an image that can be read here"),
        (b"%PDF-1.7\n%abc", "PDF document"),
        (b"PK\x03\x04" + bytes(100), "ZIP archive"),
        (bytes(128) + b"DICM" + bytes(200), "not an image that can be read here"),
        (b"\x5c\x01\0\0" + bytes(340) + b"n+1\0", "not an image that can be read here"),
        (b"ZISRAWFILE" + bytes(500), "not an image that can be read here"),
    ],
    ids=lambda value: value[:24] if isinstance(value, str) else None,
)
def test_files_that_are_no_image(data, words):
    sentence = refusal(data)
    assert words in sentence and sentence.endswith((".", ")."))
    if "not an image" in words:
        assert all(kind in sentence for kind in images.ACCEPTED_FORMATS)


def test_a_file_of_200_mb_is_refused_before_it_is_looked_at():
    start = time.process_time()
    assert "This file is 200 MB and at most 64 MB are accepted" in refusal(
        b"\x89PNG\r\n\x1a\n" + bytes(200 * 2**20 - 8)
    )
    assert time.process_time() - start < 1


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "WEBP", "AVIF", "TIFF"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.95])
def test_a_truncated_file_says_so(kind, share):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    data = saved(noise, kind)
    cut = data[: max(12, int(len(data) * share))]
    assert f"This {kind} file is damaged, cut off or of a rare kind" in refusal(cut)


def test_a_compression_that_is_not_read_is_named():
    assert "(LERC)" in refusal(with_tag(tiff(GREY), 259, 34887))
    assert "(12345)" in refusal(with_tag(tiff(GREY), 259, 12345))


def test_run_length_bmp_is_refused():
    data = patched(saved(palette_image(), "BMP"), 30, b"\x01")
    (start,) = struct.unpack_from("<I", data, 10)
    rows = data[:start] + b"\x04\x01\x00\x01"  # four times class 1, end
    assert np.asarray(Image.open(io.BytesIO(rows))).tolist() == [[1, 1, 1, 1]]
    assert "BMP file is damaged, cut off or of a rare kind" in refusal(rows)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF"])
def test_files_of_too_many_pieces_are_refused(kind, monkeypatch):
    data = saved(GREY, kind)
    monkeypatch.setattr(limits, "MAX_PIECES", 1)
    assert f"{kind} file is damaged, cut off or of a rare kind" in refusal(data)


# --- hostile files: bounded time and memory ---


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(array: np.ndarray, depth: int, colour: int = 0, extra: bytes = b"") -> bytes:
    """A PNG without filters, for the kinds that Pillow does not write."""
    height, width = array.shape[:2]
    if depth == 4:
        padded = np.pad(array, ((0, 0), (0, width % 2)))
        rows = [(row[::2] << 4 | row[1::2]).astype(np.uint8).tobytes() for row in padded]
    else:
        rows = [row.astype(">u2").tobytes() for row in array]
    body = zlib.compress(b"".join(b"\0" + row for row in rows))
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def make_tiff(tags: list[tuple[int, int, int, int]], data: bytes = b"", following: int = 0) -> bytes:
    """A small-endian TIFF with its directory at byte 8 and `data` behind it; entries are (tag, type, count, value)."""
    entries = b"".join(struct.pack("<HHII", *entry) for entry in tags)
    return struct.pack("<2sHIH", b"II", 42, 8, len(tags)) + entries + struct.pack("<I", following) + data


def with_tag(data: bytes, tag: int, value: int) -> bytes:
    """The same little-endian TIFF with another value in one SHORT tag, which is added where it is missing."""
    (start,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, start)
    entries = [data[start + 2 + 12 * k : start + 14 + 12 * k] for k in range(count)]
    entries = [entry for entry in entries if struct.unpack_from("<H", entry)[0] != tag]
    entries = sorted([*entries, struct.pack("<HHIHH", tag, 3, 1, value, 0)], key=lambda e: struct.unpack_from("<H", e))
    data += b"\0" * (len(data) % 2)
    directory = struct.pack("<H", len(entries)) + b"".join(entries) + struct.pack("<I", 0)
    return data[:4] + struct.pack("<I", len(data)) + data[8:] + directory


def as_lzw(data: bytes, start: int, body: bytes) -> bytes:
    """The TIFF with its one uncompressed strip packed as LZW of literals: 9-bit codes, a clear code every 200."""
    bits = ""
    for k in range(0, len(body), 200):
        bits += f"{256:09b}" + "".join(f"{value:09b}" for value in body[k : k + 200])
    bits += f"{257:09b}"
    packed = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8))
    data += b"\0" * (len(data) % 2)
    place = len(data)
    data = with_tag(data + packed, 259, 5)
    (directory,) = struct.unpack_from("<I", data, 4)
    edited = bytearray(data)
    for k in range(struct.unpack_from("<H", data, directory)[0]):
        entry = directory + 2 + 12 * k
        tag = struct.unpack_from("<H", data, entry)[0]
        if tag in (273, 279):
            struct.pack_into("<HII", edited, entry + 2, 4, 1, place if tag == 273 else len(packed))
    return bytes(edited)


def deflate_of_zeros(size: int) -> bytes:
    packer = zlib.compressobj(1)
    return b"".join(packer.compress(bytes(2**20)) for _ in range(size // 2**20)) + packer.flush()


def page_tags(width: int, height: int, **more: int) -> list[tuple[int, int, int, int]]:
    tags = {256: width, 257: height, 258: 8, 259: 1, 262: 1, 273: 300, 277: 1, 278: height, 279: width * height}
    tags |= {int(tag[1:]): value for tag, value in more.items()}
    return [(tag, 4, 1, value) for tag, value in sorted(tags.items())]


def patched(data: bytes, place: int, number: bytes) -> bytes:
    return data[:place] + number + data[place + len(number) :]


def bomb_png() -> bytes:
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 1, 0, 0, 0, 0)
    body = deflate_of_zeros(30_000 * 3751 + 2**20)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def bomb_text_png() -> bytes:
    bombs = chunk(b"zTXt", b"a\0\0" + deflate_of_zeros(64 * 2**20)) * 20
    return png(WIDE, 16, extra=bombs + chunk(b"iCCP", b"a\0\0" + deflate_of_zeros(64 * 2**20)))


def bomb_tiff_deflate() -> bytes:
    body = deflate_of_zeros(400 * 2**20)
    return make_tiff(page_tags(100, 100, t259=8, t279=len(body)), bytes(300 - 122) + body)


def bomb_tiff_tags() -> bytes:
    """4,000 descriptions that all point to the same 16 MB."""
    tags = page_tags(10, 10) + [(270, 2, 2**24, 100)] * 4000
    return make_tiff(tags, bytes(2**24 + 100))


def bomb_tiff_strip_lists() -> bytes:
    """Four million strips for ten rows."""
    tags = [tag for tag in page_tags(10, 10, t278=1) if tag[0] not in (273, 279)]
    return make_tiff(sorted([*tags, (273, 4, 2**22, 200), (279, 4, 2**22, 200)]), b"\1\1\0\0" * (2**22 + 100))


def bomb_tiff_pages() -> bytes:
    """A chain of half a million directories."""
    return b"II*\0\x08\0\0\0" + b"".join(struct.pack("<HI", 0, 14 + 6 * k) for k in range(500_000))


def bomb_jpeg_scans() -> bytes:
    """A 4,096 x 4,096 progressive JPEG with its last scan, a few bytes long, 5,000 times."""
    data = saved(Image.new("L", (4096, 4096), 128), "JPEG", progressive=True)
    scan = data[data.rfind(b"\xff\xc4", 0, data.rfind(b"\xff\xda")) : -2]
    return data[:-2] + scan * 5000 + b"\xff\xd9"


def bomb_jpeg_hidden_scans() -> bytes:
    """The same scans, hidden behind markers that have no length but seem to have one of 64 KB."""
    data = saved(Image.new("L", (4096, 4096), 128), "JPEG", progressive=True)
    scan = data[data.rfind(b"\xff\xc4", 0, data.rfind(b"\xff\xda")) : -2]
    return data[:-2] + (b"\xff\x01\xff\xff" + (scan * (65_533 // len(scan))).ljust(65_533, b"\0")) * 3 + b"\xff\xd9"


def bomb_gif_frame() -> bytes:
    """A small canvas, and a frame of 65,535 x 65,535 that is disposed of to the background."""
    canvas = b"GIF89a" + struct.pack("<HHBBB", 8, 8, 0xF0, 0, 0) + bytes(6)
    return (
        canvas + b"!\xf9\x04\x08\0\0\0\0" + b"," + struct.pack("<4HB", 0, 0, 65535, 65535, 0) + b"\x02\x02\x4c\x01\0;"
    )


def bomb_avif() -> bytes:
    data = saved(Image.new("RGB", (16, 16)), "AVIF")
    return patched(data, data.index(b"ispe") + 8, struct.pack(">II", 30_000, 30_000))


def bomb_jpeg_size() -> bytes:
    data = saved(Image.new("RGB", (16, 16)), "JPEG", progressive=True)
    return patched(data, data.index(b"\xff\xc2") + 5, struct.pack(">HH", 65_500, 65_500))


def bomb_webp() -> bytes:
    body = b"VP8X\x0a\0\0\0\x10\0\0\0" + (16_000).to_bytes(3, "little") * 2
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


TOO_LARGE = "save it smaller"
DAMAGED = "damaged, cut off or of a rare kind"
BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "png": (bomb_png, TOO_LARGE),
    "jpeg size": (bomb_jpeg_size, TOO_LARGE),
    "jpeg scans": (bomb_jpeg_scans, "which is too much"),
    "jpeg hidden scans": (bomb_jpeg_hidden_scans, "which is too much"),
    "gif canvas": (lambda: patched(saved(GREY, "GIF"), 6, b"\xff\xff\xff\xff"), TOO_LARGE),
    "gif frame": (bomb_gif_frame, DAMAGED),
    "bmp": (lambda: patched(saved(GREY, "BMP"), 18, struct.pack("<ii", 30_000, 30_000)), TOO_LARGE),
    "webp": (bomb_webp, TOO_LARGE),
    "avif": (bomb_avif, ""),  # too large, or damaged: the library may compare the size with the pixels first
    "tiff deflate": (bomb_tiff_deflate, DAMAGED),
    "tiff size": (lambda: make_tiff(page_tags(2**31, 2**31, t279=100), bytes(1000)), TOO_LARGE),
    "tiff missing data": (lambda: make_tiff(page_tags(4096, 4096), bytes(1000)), DAMAGED),
    "tiff sparse": (
        lambda: make_tiff(
            [*page_tags(640, 640)[:5], (322, 4, 1, 320), (323, 4, 1, 320), (324, 4, 4, 400), (325, 4, 4, 400)],
            bytes(1000),
        ),
        DAMAGED,
    ),
    "tiff samples": (lambda: make_tiff(page_tags(4096, 4096, t277=60_000), bytes(1000)), "MB in memory"),
    "tiff tile": (
        lambda: make_tiff(page_tags(10, 10, t322=2**28, t323=2**28, t324=300, t325=100), bytes(1000)),
        "MB in memory",
    ),
    "tiff volume": (lambda: make_tiff(page_tags(10, 10, t32997=2**30), bytes(1000)), DAMAGED),
    "tiff strips": (lambda: make_tiff([*page_tags(9, 9)[:5], (273, 4, 2**30, 8)], bytes(1000)), DAMAGED),
    "tiff strip lists": (bomb_tiff_strip_lists, DAMAGED),
    "tiff pages": (bomb_tiff_pages, DAMAGED),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_quickly(name):
    make, words = BOMBS[name]
    data = make()
    start = time.process_time()
    assert words in refusal(data)
    assert time.process_time() - start < 2


HARMLESS = {"png text": bomb_text_png, "tiff tags": bomb_tiff_tags}


@pytest.mark.parametrize("name", HARMLESS)
def test_bombs_in_what_describes_a_picture_are_left_behind(name):
    data = HARMLESS[name]()
    start = time.process_time()
    load_image(data)
    assert time.process_time() - start < 2


MEASURE = """
import re, sys
from unet_core.images import ImageError, load_image
def peak():  # of this program; getrusage would begin with the peak of the parent
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1]) // 1024
for path in sys.argv[1:]:
    data = open(path, "rb").read()
    before = peak()
    try:
        load_image(data)
    except ImageError:
        pass
    print(peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_bombs_take_little_memory(tmp_path):
    names = [*BOMBS, *HARMLESS]
    for k, name in enumerate(names):
        (tmp_path / str(k)).write_bytes((BOMBS[name][0] if name in BOMBS else HARMLESS[name])())
    paths = [str(tmp_path / str(k)) for k in range(len(names))]
    run = [sys.executable, "-W", "error", "-c", MEASURE, *paths]
    result = subprocess.run(run, capture_output=True, text=True, check=True, cwd=Path(images.__file__).parents[2])
    grown = dict(zip(names, map(int, result.stdout.split()), strict=True))
    # A peak never falls, so what counts is the whole rise; the TIFF of 4,000 tags (16 MB) is copied once.
    assert sum(grown.values()) < 100, grown  # MB


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_the_largest_image_loads_in_bounded_memory(kind, tmp_path):
    size = 4096
    array = np.zeros((size, size), np.uint16)
    array[-1, -1] = 1000
    (tmp_path / "large").write_bytes(saved(array, kind))
    image = load_image((tmp_path / "large").read_bytes())
    assert image.pixels.shape == (size, size, 1) and image.pixels[-1, -1, 0] == 1
    wider = np.zeros((1, images.MAX_SIDE + 1), np.uint8)
    assert TOO_LARGE in refusal(saved(wider, kind))


def test_a_large_photo_is_halved_and_says_so():
    photo = Image.new("RGB", (5712, 4285), (200, 40, 90))
    image = load_image(saved(photo, "JPEG"))
    assert image.pixels.shape == (2143, 2856, 3) and np.allclose(image.pixels, np.array([200, 40, 90]) / 255, atol=0.03)
    assert notes(image) == ["Reduced from 5712 x 4285 to 2856 x 2143 pixels."]


def test_the_chain_of_pages_may_bite_its_tail():
    data = make_tiff(page_tags(10, 10), bytes(300), following=8)
    assert load_image(data).pages == 1


def test_nothing_of_the_process_is_changed():
    before = (Image.MAX_IMAGE_PIXELS, list(warnings.filters))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for make, _ in BOMBS.values():
            with pytest.raises(ImageError):
                load_image(make())
    assert caught == []
    assert (Image.MAX_IMAGE_PIXELS, list(warnings.filters)) == before


# --- fuzzing ---


def fuzz_files() -> dict[str, bytes]:
    frames = [Image.fromarray(COLOUR), Image.fromarray(255 - COLOUR)]
    animated = {"save_all": True, "append_images": frames[1:]}
    exif = Image.Exif()
    exif[274], exif[271] = 6, "camera"
    return {
        "png": saved(COLOUR, "PNG", exif=exif.tobytes()),
        "png palette": saved(palette_image(), "PNG", transparency=1),
        "png 16": saved(WIDE, "PNG"),
        "apng": saved(frames[0], "PNG", **animated),
        "jpeg": saved(COLOUR, "JPEG", exif=exif.tobytes()),
        "jpeg progressive": saved(COLOUR, "JPEG", progressive=True),
        "jpeg cmyk": saved(Image.new("CMYK", (9, 9)), "JPEG"),
        "mpo": saved(frames[0], "MPO", **animated),
        "gif": saved(frames[0], "GIF", **animated),
        "bmp": saved(COLOUR, "BMP"),
        "bmp palette": saved(palette_image(), "BMP"),
        "webp": saved(frames[0], "WEBP", **animated),
        "webp lossless": saved(COLOUR, "WEBP", lossless=True, exif=exif.tobytes()),
        "avif": saved(COLOUR, "AVIF", exif=exif.tobytes()),
        "tiff": tiff(WIDE, rowsperstrip=2),
        "tiff big": tiff(COLOUR, photometric="rgb", planarconfig="contig", bigtiff=True, byteorder=">"),
        "tiff zlib": tiff(np.stack([WIDE, WIDE]), photometric="minisblack", compression="zlib", predictor=True),
        "tiff tiles": tiff(GREY.astype(np.float32), tile=(16, 16), compression="zlib"),
        "tiff palette": saved(palette_image(), "TIFF"),
        "tiff lzw": saved(COLOUR, "TIFF", compression="tiff_lzw"),
        "tiff jpeg": saved(COLOUR, "TIFF", compression="jpeg"),
        "tiff fax": saved(Image.fromarray(GREY).convert("1"), "TIFF", compression="group4"),
        "tiff cmyk": saved(Image.new("CMYK", (9, 9)), "TIFF"),
        "tiff ome": tiff(np.stack([WIDE, WIDE]), ome=True, metadata={"axes": "CYX"}, photometric="minisblack"),
    }


def mutations(data: bytes, rng: random.Random, count: int) -> list[bytes]:
    """Cut, flipped, zeroed, doubled; mostly near the start, where the headers are."""
    mutated = []
    for _ in range(count):
        edited = bytearray(data)
        for _ in range(rng.choice((1, 1, 2, 4, 16))):
            place = int(len(edited) * rng.random() ** rng.choice((1, 3)))
            match rng.randrange(5):
                case 0:
                    edited[place] ^= 1 << rng.randrange(8)
                case 1:
                    edited[place] = rng.choice((0, 1, 127, 128, 255))
                case 2:
                    edited[place : place + 4] = rng.choice((b"\xff\xff\xff\xff", b"\0\0\0\0", rng.randbytes(4)))
                case 3:
                    edited[place:place] = edited[place : place + rng.randrange(1, 40)]
                case 4:
                    del edited[place : place + rng.randrange(1, 12)]
            edited = edited or bytearray(b"\0")
        mutated.append(bytes(edited[: rng.randrange(1, len(edited) + 1)] if rng.random() < 0.25 else edited))
    return mutated


@pytest.mark.parametrize("name", fuzz_files())
def test_damaged_files_give_an_image_or_a_sentence(name):
    rng = random.Random(name)
    for data in mutations(fuzz_files()[name], rng, 150):
        try:
            image = load_image(data, rng.choice((0, 0, 1)))
        except ImageError as error:
            assert str(error).endswith((".", ")."))
        else:
            assert image.pixels.dtype == np.float32 and image.pixels.shape[2] in (1, 3)
            assert image.pixels.min() >= 0 and image.pixels.max() <= 1  # false for NaN too
            assert image.pages >= 1 and all(isinstance(note, str) for note in notes(image))


def test_random_bytes_behind_every_signature():
    rng = random.Random(2)
    starts = [start for start, _ in images._SIGNATURES] + [b"RIFF\x40\0\0\0WEBPVP8 ", b"\0\0\0\x18ftypavif", b""]
    for start in starts * 20:
        with pytest.raises(ImageError):
            load_image(start + rng.randbytes(rng.randrange(200)))


def test_threads_do_not_disturb_each_other():
    files = list(fuzz_files().values())
    expected = [load_image(data).pixels for data in files]
    wrong: list[int] = []

    def work() -> None:
        for k, data in enumerate(files):
            if not np.array_equal(load_image(data).pixels, expected[k]):
                wrong.append(k)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


# --- encoders ---


def test_encoded_png_comes_back():
    for array in (GREY, COLOUR, np.dstack([COLOUR, GREY])):
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(encode_png(array)))), array)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(encode_png(COLOUR[:, ::-1])))), COLOUR[:, ::-1])


@pytest.mark.parametrize("array", [GREY / 255, COLOUR[..., :2], GREY[0], COLOUR[None]], ids=str)
def test_encode_png_says_what_it_takes(array):
    with pytest.raises(ValueError, match="pixels must be uint8"):
        encode_png(array)


@pytest.mark.parametrize("classes", [2, 3, 17, 256])
def test_indexed_png_keeps_classes_and_colours(classes):
    palette = np.random.default_rng(classes).integers(0, 256, (classes, 3))
    mask = np.arange(5 * 53).reshape(5, 53) % classes
    data = indexed_png(mask, palette)
    image = Image.open(io.BytesIO(data))
    assert image.mode == "P" and np.array_equal(np.asarray(image), mask)
    assert np.array_equal(np.asarray(image.convert("RGB")), palette[mask])
    assert data == indexed_png(mask.astype(np.uint8), palette.tolist())


def test_indexed_png_says_what_it_takes():
    for mask in (np.array([[0, 3]]), np.array([[-1, 0]]), np.zeros((2, 2)), np.zeros((0, 2), int), np.zeros(4, int)):
        with pytest.raises(ValueError, match=r"classes 0\.\.2"):
            indexed_png(mask, np.zeros((3, 3), int))
    with pytest.raises(ValueError, match=r"1\.\.256 rows"):
        indexed_png(np.zeros((2, 2), int), np.zeros((257, 3), int))
    for palette in ([[0.5, 0.5, 0.5]], [[0, 0, 256]], [[-1, 0, 0]]):
        with pytest.raises(ValueError, match=r"integers 0\.\.255"):
            indexed_png(np.zeros((2, 2), int), palette)


def test_encoders_are_bounded():
    with pytest.raises(ImageError):
        encode_png(np.broadcast_to(np.uint8(0), (1, images.MAX_SIDE + 1)))
