"""Untrusted bytes -> one bounded image, or one sentence that says what to do instead.

Three rules keep a hostile file harmless. The size is read from the header and checked before anything is decoded.
Only the parts of a file that draw pixels reach a decoder: what describes them (EXIF, text, vendor tags, other pages)
is left behind. Nothing process-wide is touched, no warning filter and none of Pillow's limits, so threads stay apart.

TIFF is read by tifffile, because Pillow reduces 16-bit colour and refuses many scientific kinds; what tifffile cannot
unpack by itself (LZW, JPEG, fax, inks) goes to Pillow. Pillow reads every other format.
"""

import hashlib
import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from unet_core.images.limits import (
    ACCEPTED_FORMATS,
    MAX_BYTES,
    MAX_DECODED_BYTES,
    MAX_PAGES,
    MAX_PIXELS,
    MAX_SIDE,
    UPLOAD,
    Bounds,
    ImageError,
    Stored,
    check_bytes,
    check_size,
    fraction,
)
from unet_core.images.pillow_reader import read_by_pillow
from unet_core.images.tiff_reader import read_tiff
from unet_core.messages import Message

__all__ = [
    "ACCEPTED_FORMATS", "MAX_BYTES", "MAX_DECODED_BYTES", "MAX_PAGES", "MAX_PIXELS", "MAX_SIDE", "UPLOAD", "Bounds",
    "ImageError", "LoadedImage", "Stored", "check_bytes", "encode_png", "indexed_png", "load_image",
    "read_stored", "upright",
]  # fmt: skip


@dataclass(frozen=True, eq=False)
class LoadedImage:
    """One page of an image file.

    `pixels` is float32 in 0..1 of shape (H, W, C), C = 1 grey or 3 red, green, blue; contiguous, and not writeable.
    `page` counts from 0, as it was asked for; `pages` is how many can be asked for. `notes` says what was done to the
    image, in order. `format` is one of `ACCEPTED_FORMATS`; `digest` is the SHA-256 of the file's bytes in hexadecimal.
    """

    pixels: NDArray[np.float32]
    pages: int
    notes: tuple[Message, ...]
    page: int
    format: str
    digest: str


def load_image(data: bytes, page: int = 0, bounds: Bounds = UPLOAD) -> LoadedImage:
    """Decode page `page` (from 0) of an image file; whatever the bytes are, the only exception is `ImageError`."""
    kind, stored = read_stored(data, page, bounds)
    pixels = _to_unit_range(stored.samples, stored.notes)  # (H, W, C)
    if stored.zero_is_white:
        np.subtract(1, pixels, out=pixels)
        stored.notes.append(Message("In this file the value 0 means white; it is shown so."))
    if stored.alpha is not None and stored.alpha.min() < 1:
        # White is what is behind a picture on paper and in most viewers.
        pixels *= stored.alpha
        pixels += 1 - stored.alpha
        stored.notes.append(Message("Transparent parts were laid on white."))
    pixels = np.ascontiguousarray(upright(pixels, stored))
    pixels.setflags(write=False)
    digest = hashlib.sha256(data).hexdigest()
    return LoadedImage(pixels, stored.pages, tuple(stored.notes), page, kind, digest)


def read_stored(
    data: bytes, page: int = 0, bounds: Bounds = UPLOAD, indices: bool = False
) -> tuple[str, Stored]:  # fmt: skip
    """One of `ACCEPTED_FORMATS`, and the values as they lie in the file; of a palette PNG, GIF or BMP the `indices`.

    Raises ImageError.
    """
    if not data:
        raise ImageError("This file is empty: choose another one.")
    check_bytes(len(data), bounds)
    kind = _kind(data)
    if kind == "TIFF":
        return kind, read_tiff(data, page, bounds)
    return kind, read_by_pillow(kind, data, page, bounds, indices)


# Which kind of file is it?

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),  # BigTIFF
    (b"MM\0+", "TIFF"),
)


def _kind(data: bytes) -> str:
    """The format by the first bytes, never by a file name."""
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp" and any(brand in data[8:64] for brand in (b"avif", b"avis")):
        return "AVIF"
    raise _foreign(data)


def _foreign(data: bytes) -> ImageError:
    head = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if data[4:8] == b"ftyp" and any(brand in data[8:64] for brand in (b"hei", b"hev", b"mif1", b"msf1")):
        return ImageError(
            "This is a HEIC photo, which cannot be read here: open it on the phone or computer, export it as JPEG and "
            "choose that file (on an iPhone, Settings > Camera > Formats > Most Compatible takes JPEG photos)."
        )
    if head.startswith(b"<") and b"<svg" in head and b"<html" not in head:
        return ImageError("This is an SVG drawing, made of shapes and not of pixels: export it as PNG.")
    if head.startswith(b"%pdf-"):
        return ImageError("This is a PDF document: export the picture you need from it as PNG.")
    if data.startswith(b"PK\x03\x04"):
        return ImageError("This is a ZIP archive or an office document: take one picture out of it and choose that.")
    return ImageError(
        "This is not an image that can be read here: choose a {formats} file.", formats=", ".join(ACCEPTED_FORMATS)
    )


# From what is stored to what is shown

# EXIF and TIFF number the eight ways to hold a camera: swap rows and columns, then flip up-down, then left-right.
_TURNS = {
    2: (False, False, True),
    3: (False, True, True),
    4: (False, True, False),
    5: (True, False, False),
    6: (True, False, True),
    7: (True, True, True),
    8: (True, True, False),
}


def upright(pixels: NDArray[Any], stored: Stored) -> NDArray[Any]:
    """(H, W, C) of what is stored, turned as its orientation asks, with a note."""
    if stored.orientation not in _TURNS:
        return pixels
    swap, up_down, left_right = _TURNS[stored.orientation]
    if swap:
        pixels = pixels.transpose(1, 0, 2)
    stored.notes.append(Message("Turned upright, as its orientation tag asks."))
    return pixels[:: -1 if up_down else 1, :: -1 if left_right else 1]


def _to_unit_range(samples: NDArray[Any], notes: list[Message]) -> NDArray[np.float32]:
    """Stored values -> 0..1: 8-bit divided by 255, floats within 0..1 kept, all others stretched from their range.

    Divided by 65,535 the 12-bit images of many microscopes would be nearly black; so the range is the image's own.
    """
    if samples.dtype == np.uint8:
        return fraction(samples, 255)
    finite = np.isfinite(samples)
    missing = finite.size - int(np.count_nonzero(finite))
    if missing == finite.size:
        raise ImageError("No value in this image is a number: save it again with numbers in it.")
    if missing:
        notes.append(Message("{count} values that are not finite numbers are shown as the lowest.", {"count": missing}))
        samples = np.where(finite, samples, samples.min(where=finite, initial=np.inf))
    low, high = samples.min().item(), samples.max().item()
    if samples.dtype.kind == "f" and low >= 0 and high <= 1:
        return samples.astype(np.float32)
    values = {"bits": samples.dtype.itemsize * 8, "low": _short(low), "high": _short(high)}
    if low == high:
        notes.append(Message("Every pixel has the value {low}; the image is shown black.", values))
        return np.zeros(samples.shape, np.float32)
    notes.append(Message("{bits}-bit values from {low} to {high} were stretched to 0..1.", values))
    return _stretch(samples, low, high)


def _short(value: float) -> float:
    """For a note: integers as they are, other numbers to six digits."""
    return value if isinstance(value, int) else float(f"{value:.6g}")


def _stretch(samples: NDArray[Any], low: float, high: float) -> NDArray[np.float32]:
    """`low`..`high` -> 0..1 in float64, a few rows at a time to save memory; halved so that no difference overflows."""
    pixels = np.empty(samples.shape, np.float32)
    rows = max(1, 2**18 // samples[0].size)
    for start in range(0, len(samples), rows):
        block = samples[start : start + rows].astype(np.float64)
        pixels[start : start + rows] = (block / 2 - low / 2) / (high / 2 - low / 2)
    return pixels


# The other way: pictures for the page


def encode_png(pixels: NDArray[np.uint8], bounds: Bounds = UPLOAD) -> bytes:
    """uint8 (H, W) grey, (H, W, 3) RGB or (H, W, 4) RGBA -> PNG bytes. ValueError for anything else."""
    if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3) or pixels.shape[2:] not in ((), (3,), (4,)):
        raise ValueError(f"pixels must be uint8 (H, W), (H, W, 3) or (H, W, 4), got {pixels.dtype} {pixels.shape}")
    return _png(Image.fromarray(np.ascontiguousarray(pixels)), bounds)


def indexed_png(mask: NDArray[np.integer[Any]], palette: ArrayLike, bounds: Bounds = UPLOAD) -> bytes:
    """Classes (H, W) and their colours (N, 3), N at most 256 -> PNG bytes whose pixel values are the classes.

    Colours are integers 0..255. ValueError where a class has none. The same mask and palette give the same bytes.
    """
    colours = np.asarray(palette)
    if colours.ndim != 2 or colours.shape[1] != 3 or not 1 <= len(colours) <= 256:
        raise ValueError(f"palette must have 1..256 rows of red, green and blue, got shape {colours.shape}")
    if colours.dtype.kind not in "iu" or colours.min() < 0 or colours.max() > 255:
        raise ValueError(f"palette must hold integers 0..255, got {colours.dtype} up to {colours.max()}")
    if mask.ndim != 2 or mask.dtype.kind not in "iu" or not mask.size or mask.min() < 0 or mask.max() >= len(colours):
        raise ValueError(f"mask must be a (H, W) array of classes 0..{len(colours) - 1}, got {mask.dtype} {mask.shape}")
    image = Image.frombytes("P", (mask.shape[1], mask.shape[0]), mask.astype(np.uint8).tobytes())
    image.putpalette(colours.astype(np.uint8).tobytes())
    return _png(image, bounds)


def _png(image: Image.Image, bounds: Bounds) -> bytes:
    check_size(*image.size, bounds)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()
