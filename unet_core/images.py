"""Untrusted bytes -> one bounded image, or one sentence that says what to do instead.

Three rules keep a hostile file harmless. The size is read from the header and checked before anything is decoded.
Only the parts of a file that draw pixels reach a decoder: what describes them (EXIF, text, vendor tags, other pages)
is left behind. Nothing process-wide is touched, no warning filter and none of Pillow's limits, so threads stay apart.

TIFF is read by tifffile, because Pillow reduces 16-bit colour and refuses many scientific kinds; what tifffile cannot
unpack by itself (LZW, JPEG, fax, inks) goes to Pillow. Pillow reads every other format.
"""

import hashlib
import io
import re
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import tifffile
from numpy.typing import ArrayLike, NDArray
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from unet_core.messages import ExplainedError, Message

MAX_BYTES = 64 * 2**20  # an uncompressed 4,096 x 4,096 colour image fits
MAX_PIXELS = 4096 * 4096
MAX_SIDE = 16_384  # pixels: a long strip is fine, a line of millions is not
MAX_PAGES = 1000  # pages that can be chosen; the rest of a longer file is out of reach, and a note says so
MAX_DECODED_BYTES = 256 * 2**20  # one TIFF page as it lies in memory
MAX_WORK = 32 * MAX_PIXELS  # pixels drawn to reach one picture: frames of an animation, or passes of a JPEG
MAX_PIECES = 2**20  # blocks of a file that Python walks over one by one: about a second

ACCEPTED_FORMATS = ("PNG", "JPEG", "TIFF", "GIF", "BMP", "WEBP", "AVIF")


class ImageError(ExplainedError):
    """These bytes give no image; the sentence says what to do."""


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


def load_image(data: bytes, page: int = 0) -> LoadedImage:
    """Decode page `page` (from 0) of an image file; whatever the bytes are, the only exception is `ImageError`."""
    if not data:
        raise ImageError("This file is empty: choose another one.")
    if len(data) > MAX_BYTES:
        raise ImageError(
            "This file is {size} MB and at most {limit} MB are accepted: save the image smaller, or as JPEG.",
            size=-(-len(data) // 2**20),
            limit=MAX_BYTES // 2**20,
        )
    kind = _kind(data)
    stored = _read_tiff(data, page) if kind == "TIFF" else _read_by_pillow(kind, data, page)
    pixels = _to_unit_range(stored.samples, stored.notes)  # (H, W, C)
    if stored.zero_is_white:
        np.subtract(1, pixels, out=pixels)
        stored.notes.append(Message("In this file the value 0 means white; it is shown so."))
    if stored.alpha is not None and stored.alpha.min() < 1:
        # White is what is behind a picture on paper and in most viewers.
        pixels *= stored.alpha
        pixels += 1 - stored.alpha
        stored.notes.append(Message("Transparent parts were laid on white."))
    pixels = np.ascontiguousarray(_upright(pixels, stored.orientation, stored.notes))
    pixels.setflags(write=False)
    digest = hashlib.sha256(data).hexdigest()
    return LoadedImage(pixels, stored.pages, tuple(stored.notes), page, kind, digest)


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


# What both readers share

# What the decoders raise, found by feeding them a million damaged files. The last three were not seen, but both
# libraries count on attributes and assertions inside, and any of them may run out of memory.
_DECODER_ERRORS = (
    OSError,  # Pillow: truncated, broken data stream
    SyntaxError,  # Pillow: broken header
    ValueError,
    TypeError,  # tifffile: a tag that is missing or has another type
    LookupError,
    ArithmeticError,
    RuntimeError,
    EOFError,
    struct.error,
    zlib.error,
    tifffile.TiffFileError,
    UserWarning,  # a warning about metadata, where the process makes errors of them
    AttributeError,
    AssertionError,
    MemoryError,
)


@contextmanager
def _decoding(kind: str) -> Iterator[None]:
    """Turn what a decoder raises on damaged data into one sentence."""
    try:
        yield
    except ImageError:
        raise
    except _DECODER_ERRORS as error:
        raise ImageError(
            "This {format} file is damaged, cut off or of a rare kind: save or download it again, or save it as PNG.",
            format=kind,
        ) from error


@dataclass
class _Stored:
    """An image as it lies in the file: values not scaled, not turned, alpha apart."""

    samples: NDArray[Any]  # (H, W, C), C = 1 or 3
    alpha: NDArray[np.float32] | None = None  # (H, W, 1) in 0..1
    zero_is_white: bool = False
    orientation: int = 1
    pages: int = 1
    notes: list[Message] = field(default_factory=list)


def _check_size(width: int, height: int) -> None:
    if width > MAX_SIDE or height > MAX_SIDE or width * height > MAX_PIXELS:
        raise ImageError(
            "This image has {width} x {height} pixels; accepted are at most {pixels} pixels, and {side} on a side: "
            "save it smaller.",
            width=width,
            height=height,
            pixels=MAX_PIXELS,
            side=MAX_SIDE,
        )


def _check_work(rounds: int, width: int, height: int) -> None:
    if rounds * width * height > MAX_WORK:
        raise ImageError(
            "Drawing this image takes {rounds} rounds of {width} x {height} pixels, which is too much: choose an "
            "earlier page, or save it as PNG.",
            rounds=rounds,
            width=width,
            height=height,
        )


def _choose_page(page: int, found: int, notes: list[Message]) -> int:
    """Check the page asked for; return how many pages there are to choose from."""
    pages = min(found, MAX_PAGES)
    if not 0 <= page < pages:
        raise ImageError("There is no page {page}: choose a page from 1 to {pages}.", page=page + 1, pages=pages)
    if pages > 1:
        notes.append(Message("Page {page} of {pages} is shown.", {"page": page + 1, "pages": pages}))
    if found > pages:
        notes.append(Message("Only the first {pages} pages of this file can be chosen.", {"pages": pages}))
    return pages


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


def _upright(pixels: NDArray[np.float32], orientation: int, notes: list[Message]) -> NDArray[np.float32]:
    if orientation not in _TURNS:
        return pixels
    swap, up_down, left_right = _TURNS[orientation]
    if swap:
        pixels = pixels.transpose(1, 0, 2)
    notes.append(Message("Turned upright, as its orientation tag asks."))
    return pixels[:: -1 if up_down else 1, :: -1 if left_right else 1]


def _to_unit_range(samples: NDArray[Any], notes: list[Message]) -> NDArray[np.float32]:
    """Stored values -> 0..1: 8-bit divided by 255, floats within 0..1 kept, all others stretched from their range.

    Divided by 65,535 the 12-bit images of many microscopes would be nearly black; so the range is the image's own.
    """
    if samples.dtype == np.uint8:
        return _fraction(samples, 255)
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


def _fraction(samples: NDArray[Any], full: int) -> NDArray[np.float32]:
    fraction: NDArray[np.float32] = np.divide(samples, np.float32(full), dtype=np.float32)
    return fraction


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


# Everything but TIFF: Pillow

_PLUGINS: dict[str, Callable[[io.BytesIO], ImageFile.ImageFile]] = {
    "PNG": PngImagePlugin.PngImageFile,
    "JPEG": JpegImagePlugin.JpegImageFile,
    "GIF": GifImagePlugin.GifImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
    "WEBP": WebPImagePlugin.WebPImageFile,
    "AVIF": AvifImagePlugin.AvifImageFile,
}


def _read_by_pillow(kind: str, data: bytes, page: int) -> _Stored:
    """Each format by its own plugin class: `Image.open` warns about big images, which is ours to refuse."""
    notes: list[Message] = []
    with _decoding(kind):
        exif, pages, rounds = b"", 1, page + 1
        if kind == "JPEG":
            data, exif, rounds = _strip_jpeg(data)
        elif kind == "PNG":
            data = _strip_png(data, notes)
        elif kind == "GIF":
            pages = _count_gif_frames(data)
        elif kind == "WEBP":
            _check_size(*_webp_size(data))  # its decoder takes memory for the canvas at once
        elif kind == "AVIF":  # hide the EXIF block, which Pillow would parse; AVIF has the turn in a place of its own
            head, mark, body = data.partition(b"mdat")
            data = head.replace(b"Exif", b"none") + mark + body
        with _PLUGINS[kind](io.BytesIO(data)) as image:
            if kind in ("WEBP", "AVIF"):
                pages = getattr(image, "n_frames", 1)
            pages = _choose_page(page, pages, notes)
            _halve_large_jpeg(image, notes)
            _check_size(*image.size)
            _check_work(rounds, *image.size)  # of a halved JPEG the half: it is bounded too, at four times the work
            if kind == "BMP" and image.info.get("compression") in (1, 2):
                raise ValueError("run-length BMP: rare, and unpacked byte by byte in Python")
            if page:
                image.seek(page)
            image.load()
            samples, alpha = _split(image, notes)
            orientation = _orientation(exif or image.info.get("exif", b""))
    return _Stored(samples, alpha, orientation=orientation, pages=pages, notes=notes)


def _halve_large_jpeg(image: Image.Image, notes: list[Message]) -> None:
    """Phones take 24 and 48 megapixels; libjpeg can decode a JPEG at half its size for less than the price of all."""
    width, height = image.size
    if isinstance(image, JpegImagePlugin.JpegImageFile) and MAX_PIXELS < width * height <= 4 * MAX_PIXELS:
        image.draft(None, (width // 2, height // 2))
        sizes = {"width": width, "height": height, "new_width": image.width, "new_height": image.height}
        notes.append(Message("Reduced from {width} x {height} to {new_width} x {new_height} pixels.", sizes))


def _split(image: Image.Image, notes: list[Message]) -> tuple[NDArray[Any], NDArray[np.float32] | None]:
    """A loaded Pillow image -> samples (H, W, 1 or 3) and alpha (H, W, 1) or None."""
    mode = image.mode
    if mode in ("P", "PA"):
        notes.append(Message("The colours of its palette were filled in."))
    if mode == "CMYK":
        notes.append(Message("Printing inks (CMYK) were converted to red, green and blue without a colour profile."))
    if "transparency" in image.info and mode in ("1", "L", "RGB", "P"):
        image = image.convert("LA" if mode in ("1", "L") else "RGBA")
    elif mode not in ("1", "L", "LA", "RGB", "RGBA", "I", "I;16", "I;16B", "F"):
        image = image.convert({"PA": "RGBA", "La": "LA"}.get(mode, "RGB"))
    samples = np.atleast_3d(np.asarray(image))
    if samples.dtype == np.bool_:
        samples = samples.astype(np.uint8) * np.uint8(255)
    if samples.shape[2] in (2, 4):
        return samples[..., :-1], _fraction(samples[..., -1:], 255)
    return samples, None


# The first byte after FF: a stuffed 00, a restart mark D0..D7 and filling FF are part of the compressed pixels.
_JPEG_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")


def _strip_jpeg(data: bytes) -> tuple[bytes, bytes, int]:
    """The JPEG without what describes it; its EXIF block; how many passes over the image its scans make.

    A small file can ask for thousands of passes. A second picture (depth, gain map) behind the first is cut off.
    """
    kept, exif, scans, position = [b"\xff\xd8"], b"", 0, 2
    for _ in range(MAX_PIECES):
        match = _JPEG_MARKER.search(data, position)
        start = match.start() if match else len(data)
        if scans:
            kept.append(data[position:start])  # compressed pixels
        marker = data[start + 1 : start + 2]
        if marker in (b"", b"\xd9"):  # nothing left, or the end of the image
            return b"".join([*kept, data[start : start + 2]]), exif, scans
        if marker in (b"\x01", b"\xd8"):  # these two have no length
            position = start + 2
            continue
        position = start + 2 + int.from_bytes(data[start + 2 : start + 4])
        if marker == b"\xe1" and data[start + 4 : start + 10] == b"Exif\0\0":
            exif = exif or data[start + 4 : position]
        # Of the application segments only JFIF and Adobe say how the colours are stored.
        if not (b"\xe1" <= marker <= b"\xef" or marker == b"\xfe") or marker == b"\xee":
            kept.append(data[start:position])
        scans += marker == b"\xda"
    raise ValueError("too many segments")


def _strip_png(data: bytes, notes: list[Message]) -> bytes:
    """The PNG without what describes it; of an animated PNG this leaves the still image."""
    wide = data[24] == 16  # bits per sample
    if wide and data[25] != 0:
        notes.append(Message("16-bit colour was reduced to 8 bits, as PNG is read here: a 16-bit TIFF would keep all."))
    # Pillow would compare a 16-bit transparent colour with colours already reduced to 8 bits.
    wanted = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"eXIf"} | (set() if wide else {b"tRNS"})
    kept, position = [data[:8]], 8
    for _ in range(MAX_PIECES):
        name = data[position + 4 : position + 8]
        end = position + 12 + int.from_bytes(data[position : position + 4])
        if name in wanted:
            kept.append(data[position:end])
        if name in (b"IEND", b""):
            return b"".join(kept)
        position = end
    raise ValueError("too many chunks")


def _count_gif_frames(data: bytes) -> int:
    """Walk over the blocks, drawing nothing. Pillow would enlarge the canvas for a frame that sticks out of it."""
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    _check_size(width, height)
    position, frames, pieces = 13 + _gif_palette_bytes(flags), 0, 0
    while data[position : position + 1] in (b"!", b","):
        if data[position] == ord(","):
            left, top, wide, high, flags = struct.unpack_from("<4HB", data, position + 1)
            if left + wide > width or top + high > height:
                raise ValueError("frame larger than the canvas")
            position += 11 + _gif_palette_bytes(flags)
            frames += 1
        else:
            position += 2
        pieces += 1
        while data[position]:  # sub-blocks, each led by its length
            position += 1 + data[position]
            pieces += 1
        position += 1
        if pieces > MAX_PIECES:
            raise ValueError("too many blocks")
    if not frames:
        raise ValueError("no frame")
    return frames


def _gif_palette_bytes(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 128 else 0


def _webp_size(data: bytes) -> tuple[int, int]:
    """Width and height of the canvas, from whichever of the three headers a WebP file has."""
    if data[12:16] == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if data[12:16] == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF


# TIFF: our own walk over its directories, then tifffile or Pillow on a file of one page


class _Layout(NamedTuple):
    """How numbers are stored in a TIFF file: struct formats, and where the first directory's offset stands."""

    order: str
    number: str
    entry: str
    offset: str
    start: int


_TYPE_BYTES = {1: 1, 3: 2, 4: 4, 5: 8, 7: 1, 16: 8}  # byte, short, long, fraction, anything, 8-byte integer
_SEGMENTS = 2**18  # strips or tiles: 4,096 x 4,096 in tiles of 16 x 16, and room to spare

# The tags that say how pixels are stored, and the most values each may have.
_PIXEL_TAGS = {
    **dict.fromkeys((256, 257, 274, 277, 284, 32997), 1),  # width, height, orientation, samples, planes, depth
    **dict.fromkeys((254, 259, 262, 266, 292, 293, 317), 1),  # page, compression, meaning, bit order, fax, predictor
    **dict.fromkeys((278, 322, 323), 1),  # rows of a strip, width and height of a tile
    **dict.fromkeys((273, 279, 324, 325), _SEGMENTS),  # where the strips or tiles are, and their bytes
    **dict.fromkeys((258, 338, 339), 64),  # for every channel: bits, alpha or not, integer or float
    **{320: 3 * 2**16, 347: 2**16, 529: 3, 530: 2, 532: 6},  # palette, JPEG tables, the rest is of YCbCr
}

_DEFLATE = (8, 32946)
_TIFFFILE_BITS = (1, 8, 16, 32, 64)
_PILLOW_COMPRESSIONS = (1, 2, 3, 4, 5, 7, *_DEFLATE, 32773, 50000)  # none, fax, LZW, JPEG, PackBits, zstd


def _read_tiff(data: bytes, page: int) -> _Stored:
    notes: list[Message] = []
    with _decoding("TIFF"):
        layout = _layout(data)
        offsets = _directories(data, layout)
        pages = _choose_page(page, len(offsets), notes)
        entries = _entries(data, layout, offsets[page], _PIXEL_TAGS)
        orientation = _first_value(entries.pop(274, b""), layout)
        single = _one_page(data, layout, entries)
        with tifffile.TiffFile(io.BytesIO(single)) as file:
            described = file.pages.first
            _check_tiff(described, single)
            if described.subfiletype & 1:
                notes.append(Message("This page is a reduced copy of another one."))
            if _tifffile_can(described):
                stored = _read_by_tifffile(described, notes)
            else:
                stored = _read_tiff_by_pillow(described, single, notes)
    stored.orientation, stored.pages = orientation, pages
    return stored


def _layout(data: bytes) -> _Layout:
    order = "<" if data[:2] == b"II" else ">"
    if data[2:4] in (b"+\0", b"\0+"):  # BigTIFF
        return _Layout(order, order + "Q", order + "HHQ8s", order + "Q", 8)
    return _Layout(order, order + "H", order + "HHI4s", order + "I", 4)


def _directories(data: bytes, layout: _Layout) -> list[int]:
    """Where the directory of every page starts: a chain, followed no further than can be chosen."""
    offsets: list[int] = []
    (offset,) = struct.unpack_from(layout.offset, data, layout.start)
    while 0 < offset < len(data) and offset not in offsets and len(offsets) <= MAX_PAGES:
        offsets.append(offset)
        (count,) = struct.unpack_from(layout.number, data, offset)
        following = offset + struct.calcsize(layout.number) + count * struct.calcsize(layout.entry)
        if following + struct.calcsize(layout.offset) > len(data):
            break  # the last page may be cut off just here
        (offset,) = struct.unpack_from(layout.offset, data, following)
    return offsets


def _entries(data: bytes, layout: _Layout, offset: int, limits: Mapping[int, int]) -> dict[int, bytes]:
    """The entries of one directory whose tags are in `limits`, as stored; their values are inside the file."""
    entries: dict[int, bytes] = {}
    size = struct.calcsize(layout.entry)
    (count,) = struct.unpack_from(layout.number, data, offset)
    start = offset + struct.calcsize(layout.number)
    for position in range(start, min(start + count * size, len(data)), size):
        tag, kind, number, value = struct.unpack_from(layout.entry, data, position)
        if tag not in limits or tag in entries or kind not in _TYPE_BYTES:
            continue
        values_size = number * _TYPE_BYTES[kind]
        if not 0 < number <= limits[tag]:
            raise ValueError(f"tag {tag} has {number} values")
        if values_size > len(value) and struct.unpack(layout.offset, value)[0] + values_size > len(data):
            raise ValueError(f"the values of tag {tag} lie behind the end of the file")
        entries[tag] = data[position : position + size]
    return entries


def _first_value(entry: bytes, layout: _Layout) -> int:
    """The orientation out of its entry, or 1 where there is none."""
    if not entry:
        return 1
    value: int = struct.unpack_from(layout.order + "H", entry, len(entry) - struct.calcsize(layout.offset))[0]
    return value


def _orientation(exif: bytes) -> int:
    """An EXIF block is a small TIFF file. A damaged one is no reason to refuse the picture."""
    block = exif.removeprefix(b"Exif\0\0")
    try:
        layout = _layout(block)
        (offset,) = struct.unpack_from(layout.offset, block, layout.start)
        return _first_value(_entries(block, layout, offset, {274: 1}).get(274, b""), layout)
    except (struct.error, ValueError):
        return 1


def _one_page(data: bytes, layout: _Layout, entries: dict[int, bytes]) -> bytes:
    """The file with a new directory at its end that has these entries only, and no other page."""
    padding = b"\0" * (len(data) % 2)
    directory = struct.pack(layout.number, len(entries)) + b"".join(entries[tag] for tag in sorted(entries))
    header = data[: layout.start] + struct.pack(layout.offset, len(data) + len(padding))
    return b"".join([header, data[len(header) :], padding, directory, struct.pack(layout.offset, 0)])


def _check_tiff(page: tifffile.TiffPage, data: bytes) -> None:
    """Refuse a page whose tags promise more than fits in memory, or more than is in the file."""
    separate, depth, height, width, together = page.shaped
    _check_size(width, height)
    if page.dtype is not None and page.dtype.kind == "c":
        raise ImageError("This image holds complex numbers: save their magnitude as a TIFF of ordinary numbers.")
    if page.compression not in _PILLOW_COMPRESSIONS:
        raise ImageError(
            "This TIFF file is compressed by a method that is not read here ({method}): save it without compression.",
            method=getattr(page.compression, "name", str(page.compression)),
        )
    bits = page.bitspersample if isinstance(page.bitspersample, int) else sum(page.bitspersample)
    item = max(1, bits // 8)
    segment = int(np.prod([int(side) for side in page.chunks], dtype=object)) * item
    if max(len(page.dataoffsets) * segment, separate * height * width * together * item) > MAX_DECODED_BYTES:
        raise ImageError(
            "This page of the TIFF file takes more than {limit} MB in memory: save it with fewer bits or channels.",
            limit=MAX_DECODED_BYTES // 2**20,
        )
    if depth != 1 or not width or not height or sum(page.databytecounts) > 2 * len(data):
        raise ValueError("not a flat image, or strips on top of each other")
    for offset, count in zip(page.dataoffsets, page.databytecounts, strict=True):
        if not offset or not count or offset + count > len(data):
            raise ValueError("a strip or tile is missing")
        if page.compression in _DEFLATE:
            # Python's own zlib fills the memory with whatever comes out, so look first how much that is.
            unpacked = len(zlib.decompressobj().decompress(data[offset : offset + count], segment + 1))
            if unpacked > segment:
                raise ValueError("a strip or tile unpacks to more than its size")


def _tifffile_can(page: tifffile.TiffPage) -> bool:
    """Without its optional codecs tifffile unpacks deflate only; premultiplied alpha Pillow takes apart for us."""
    return (
        page.compression in (1, *_DEFLATE)
        and page.predictor in (1, 2)
        and page.photometric in (0, 1, 2, 3)
        and page.bitspersample in _TIFFFILE_BITS
        and 1 not in page.extrasamples
    )


def _read_by_tifffile(page: tifffile.TiffPage, notes: list[Message]) -> _Stored:
    planes = page.asarray(squeeze=False, maxworkers=1)[:, 0]  # (S, H, W, s), one of S and s is 1
    samples: NDArray[Any] = np.moveaxis(planes, 0, -1)[..., 0, :] if len(planes) > 1 else planes[0]  # (H, W, S)
    if samples.dtype == np.bool_ or page.bitspersample == 1:
        samples = samples.astype(np.uint8) * np.uint8(1 if page.photometric == 3 else 255)
    if page.photometric == 3:
        notes.append(Message("The colours of its palette were filled in."))
        table = np.asarray(page.colormap)  # (3, entries), 16-bit
        samples = (table >> 8 if table.max() > 255 else table).astype(np.uint8).T[samples[..., 0]]
        return _Stored(samples, notes=notes)
    colours = 3 if page.photometric == 2 else 1
    alpha = _alpha(samples[..., colours : colours + 1]) if page.extrasamples[:1] == (2,) else None
    channels = samples.shape[2] - (alpha is not None)
    if channels > colours == 3:
        notes.append(Message("Of {channels} channels red, green and blue are shown.", {"channels": channels}))
    elif channels > colours:
        notes.append(Message("Of {channels} channels that are not colours the first is shown.", {"channels": channels}))
    return _Stored(samples[..., :colours], alpha, zero_is_white=page.photometric == 0, notes=notes)


def _alpha(samples: NDArray[Any]) -> NDArray[np.float32]:
    """Alpha as stored -> 0..1: its full scale is that of its type, never the range it happens to have."""
    full = 1 if samples.dtype.kind == "f" else int(np.iinfo(samples.dtype).max)
    return np.nan_to_num(_fraction(samples, full), nan=1).clip(0, 1)


def _read_tiff_by_pillow(page: tifffile.TiffPage, data: bytes, notes: list[Message]) -> _Stored:
    with TiffImagePlugin.TiffImageFile(io.BytesIO(data)) as image:
        _check_size(*image.size)
        image.load()
        samples, alpha = _split(image, notes)
    if page.dtype in ("int8", "int16", "uint32"):  # Pillow holds them in uint8 and int32
        samples = samples.astype(page.dtype)
    if page.bitspersample == 16 and samples.dtype == np.uint8:
        notes.append(
            Message("16-bit colour was reduced to 8 bits, because of how it is compressed: save the TIFF without.")
        )
    # Pillow turns white-is-zero round for 8 bits and less, not for more.
    zero_is_white = page.photometric == 0 and samples.dtype != np.uint8
    return _Stored(samples, alpha, zero_is_white=zero_is_white, notes=notes)


# The other way: pictures for the page


def encode_png(pixels: NDArray[np.uint8]) -> bytes:
    """uint8 (H, W) grey, (H, W, 3) RGB or (H, W, 4) RGBA -> PNG bytes. ValueError for anything else."""
    if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3) or pixels.shape[2:] not in ((), (3,), (4,)):
        raise ValueError(f"pixels must be uint8 (H, W), (H, W, 3) or (H, W, 4), got {pixels.dtype} {pixels.shape}")
    return _png(Image.fromarray(np.ascontiguousarray(pixels)))


def indexed_png(mask: NDArray[np.integer[Any]], palette: ArrayLike) -> bytes:
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
    return _png(image)


def _png(image: Image.Image) -> bytes:
    _check_size(*image.size)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()
