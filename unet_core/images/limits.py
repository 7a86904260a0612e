"""What every reader of images keeps to: the bounds, the one error, and an image as it lies in its file."""

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from unet_core.messages import ExplainedError, Message

# Of what strangers send to a machine that many use: see Bounds for the files of one's own.
MAX_BYTES = 64 * 2**20  # an uncompressed 4,096 x 4,096 colour image fits
MAX_PIXELS = 4096 * 4096
MAX_SIDE = 16_384  # pixels: a long strip is fine, a line of millions is not
MAX_PAGES = 1000  # pages that can be chosen; the rest of a longer file is out of reach, and a note says so
MAX_DECODED_BYTES = 256 * 2**20  # one TIFF page as it lies in memory
ROUNDS = 32  # times the largest image may be drawn to reach one picture: frames of an animation, or passes of a JPEG
MAX_PIECES = 2**20  # blocks of a file that Python walks over one by one: about a second

BYTES_PER_PIXEL = 64  # in memory, file and mask included: 8-bit colour takes 28 at the worst moment, 16-bit colour 36
LONGEST_SIDE = 65_535  # pixels; what JPEG can have

ACCEPTED_FORMATS = ("PNG", "JPEG", "TIFF", "GIF", "BMP", "WEBP", "AVIF")


class ImageError(ExplainedError):
    """These bytes give no image; the sentence says what to do."""


@dataclass(frozen=True)
class Bounds:
    """How large an image may be that is read or written. The defaults are for uploads."""

    file_bytes: int = MAX_BYTES
    pixels: int = MAX_PIXELS
    side: int = MAX_SIDE
    decoded_bytes: int = MAX_DECODED_BYTES  # of one TIFF page in memory

    @property
    def work(self) -> int:
        """Pixels that may be drawn to reach one picture."""
        return ROUNDS * self.pixels

    @classmethod
    def within(cls, memory: int) -> "Bounds":
        """For files of the one who asks, on a machine of their own that has `memory` bytes to spare."""
        return cls(memory // 4, memory // BYTES_PER_PIXEL, LONGEST_SIDE, memory // 4)


UPLOAD = Bounds()
COMMAND_LINE = "python -m unet_core segment FILE -o masks"  # takes images as large as a machine's memory allows


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
def decoding(kind: str) -> Iterator[None]:
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
class Stored:
    """An image as it lies in the file: values not scaled, not turned, alpha apart."""

    samples: NDArray[Any]  # (H, W, C), C = 1 or 3
    alpha: NDArray[np.float32] | None = None  # (H, W, 1) in 0..1
    zero_is_white: bool = False
    orientation: int = 1
    pages: int = 1
    notes: list[Message] = field(default_factory=list)
    palette: NDArray[np.uint8] | None = None  # (N, 3), where the samples were asked for as its indices


def check_bytes(size: int, bounds: Bounds) -> None:
    """Of a file, before it is read."""
    if size > bounds.file_bytes:
        raise ImageError(
            "This file is {size} MB and at most {limit} MB are accepted: save the image smaller, or as JPEG.",
            size=-(-size // 2**20),
            limit=bounds.file_bytes // 2**20,
        )


def check_size(width: int, height: int, bounds: Bounds) -> None:
    if not (width > bounds.side or height > bounds.side or width * height > bounds.pixels):
        return
    if bounds == UPLOAD:
        raise ImageError(
            "This image has {width} x {height} pixels; accepted here are at most {pixels:,} pixels, and {side:,} on a "
            "side: save it smaller, or get its mask on your own computer with {command}.",
            width=width, height=height, pixels=bounds.pixels, side=bounds.side, command=COMMAND_LINE,
        )  # fmt: skip
    raise ImageError(
        "This image has {width} x {height} pixels; accepted are at most {pixels:,} pixels, and {side:,} on a side: "
        "save it smaller.",
        width=width, height=height, pixels=bounds.pixels, side=bounds.side,
    )  # fmt: skip


def check_work(rounds: int, width: int, height: int, bounds: Bounds) -> None:
    if rounds * width * height > bounds.work:
        raise ImageError(
            "Drawing this image takes {rounds} rounds of {width} x {height} pixels, which is too much: choose an "
            "earlier page, or save it as PNG.",
            rounds=rounds,
            width=width,
            height=height,
        )


def choose_page(page: int, found: int, notes: list[Message]) -> int:
    """Check the page asked for; return how many pages there are to choose from."""
    pages = min(found, MAX_PAGES)
    if not 0 <= page < pages:
        raise ImageError("There is no page {page}: choose a page from 1 to {pages}.", page=page + 1, pages=pages)
    if pages > 1:
        notes.append(Message("Page {page} of {pages} is shown.", {"page": page + 1, "pages": pages}))
    if found > pages:
        notes.append(Message("Only the first {pages} pages of this file can be chosen.", {"pages": pages}))
    return pages


def fraction(samples: NDArray[Any], full: int) -> NDArray[np.float32]:
    fraction: NDArray[np.float32] = np.divide(samples, np.float32(full), dtype=np.float32)
    return fraction
