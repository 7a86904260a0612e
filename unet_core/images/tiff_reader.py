"""TIFF: one page at a time, by tifffile where it can, else by Pillow, from a file cut down to that page."""

import io
import zlib
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import TiffImagePlugin

from unet_core.images.limits import Bounds, ImageError, Stored, check_size, choose_page, decoding, fraction
from unet_core.images.pillow_reader import split
from unet_core.images.tiff_directory import PIXEL_TAGS, directories, entries_of, first_value, layout_of, one_page
from unet_core.messages import Message

_DEFLATE = (8, 32946)
_TIFFFILE_BITS = (1, 8, 16, 32, 64)
_PILLOW_COMPRESSIONS = (1, 2, 3, 4, 5, 7, *_DEFLATE, 32773, 50000)  # none, fax, LZW, JPEG, PackBits, zstd


def read_tiff(data: bytes, page: int, bounds: Bounds) -> Stored:
    notes: list[Message] = []
    with decoding("TIFF"):
        layout = layout_of(data)
        offsets = directories(data, layout)
        pages = choose_page(page, len(offsets), notes)
        entries = entries_of(data, layout, offsets[page], PIXEL_TAGS)
        orientation = first_value(entries.pop(274, b""), layout)
        single = one_page(data, layout, entries)
        with tifffile.TiffFile(io.BytesIO(single)) as file:
            described = file.pages.first
            _check_tiff(described, single, bounds)
            if described.subfiletype & 1:
                notes.append(Message("This page is a reduced copy of another one."))
            if _tifffile_can(described):
                stored = _read_by_tifffile(described, notes)
            else:
                stored = _read_tiff_by_pillow(described, single, notes, bounds)
    stored.orientation, stored.pages = orientation, pages
    return stored


def _check_tiff(page: tifffile.TiffPage, data: bytes, bounds: Bounds) -> None:
    """Refuse a page whose tags promise more than fits in memory, or more than is in the file."""
    separate, depth, height, width, together = page.shaped
    check_size(width, height, bounds)
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
    if max(len(page.dataoffsets) * segment, separate * height * width * together * item) > bounds.decoded_bytes:
        raise ImageError(
            "This page of the TIFF file takes more than {limit} MB in memory: save it with fewer bits or channels.",
            limit=bounds.decoded_bytes // 2**20,
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


def _read_by_tifffile(page: tifffile.TiffPage, notes: list[Message]) -> Stored:
    planes = page.asarray(squeeze=False, maxworkers=1)[:, 0]  # (S, H, W, s), one of S and s is 1
    samples: NDArray[Any] = np.moveaxis(planes, 0, -1)[..., 0, :] if len(planes) > 1 else planes[0]  # (H, W, S)
    if samples.dtype == np.bool_ or page.bitspersample == 1:
        samples = samples.astype(np.uint8) * np.uint8(1 if page.photometric == 3 else 255)
    if page.photometric == 3:
        notes.append(Message("The colours of its palette were filled in."))
        table = np.asarray(page.colormap)  # (3, entries), 16-bit
        samples = (table >> 8 if table.max() > 255 else table).astype(np.uint8).T[samples[..., 0]]
        return Stored(samples, notes=notes)
    colours = 3 if page.photometric == 2 else 1
    alpha = _alpha(samples[..., colours : colours + 1]) if page.extrasamples[:1] == (2,) else None
    channels = samples.shape[2] - (alpha is not None)
    if channels > colours == 3:
        notes.append(Message("Of {channels} channels red, green and blue are shown.", {"channels": channels}))
    elif channels > colours:
        notes.append(Message("Of {channels} channels that are not colours the first is shown.", {"channels": channels}))
    return Stored(samples[..., :colours], alpha, zero_is_white=page.photometric == 0, notes=notes)


def _alpha(samples: NDArray[Any]) -> NDArray[np.float32]:
    """Alpha as stored -> 0..1: its full scale is that of its type, never the range it happens to have."""
    full = 1 if samples.dtype.kind == "f" else int(np.iinfo(samples.dtype).max)
    return np.nan_to_num(fraction(samples, full), nan=1).clip(0, 1)


def _read_tiff_by_pillow(page: tifffile.TiffPage, data: bytes, notes: list[Message], bounds: Bounds) -> Stored:
    with TiffImagePlugin.TiffImageFile(io.BytesIO(data)) as image:
        check_size(*image.size, bounds)
        image.load()
        samples, alpha = split(image, notes)
    if page.dtype in ("int8", "int16", "uint32"):  # Pillow holds them in uint8 and int32
        samples = samples.astype(page.dtype)
    if page.bitspersample == 16 and samples.dtype == np.uint8:
        notes.append(
            Message("16-bit colour was reduced to 8 bits, because of how it is compressed: save the TIFF without.")
        )
    # Pillow turns white-is-zero round for 8 bits and less, not for more.
    zero_is_white = page.photometric == 0 and samples.dtype != np.uint8
    return Stored(samples, alpha, zero_is_white=zero_is_white, notes=notes)
