"""The directories of a TIFF file, walked by ourselves, because only the tags that draw pixels may reach a decoder.

An EXIF block is a small TIFF file too: `exif_orientation` reads the one value of it that matters here.
"""

import struct
from collections.abc import Mapping
from typing import NamedTuple

from unet_core.images.limits import MAX_PAGES


class Layout(NamedTuple):
    """How numbers are stored in a TIFF file: struct formats, and where the first directory's offset stands."""

    order: str
    number: str
    entry: str
    offset: str
    start: int


_TYPE_BYTES = {1: 1, 3: 2, 4: 4, 5: 8, 7: 1, 16: 8}  # byte, short, long, fraction, anything, 8-byte integer
_SEGMENTS = 2**18  # strips or tiles: 4,096 x 4,096 in tiles of 16 x 16, and room to spare

# The tags that say how pixels are stored, and the most values each may have.
PIXEL_TAGS = {
    **dict.fromkeys((256, 257, 274, 277, 284, 32997), 1),  # width, height, orientation, samples, planes, depth
    **dict.fromkeys((254, 259, 262, 266, 292, 293, 317), 1),  # page, compression, meaning, bit order, fax, predictor
    **dict.fromkeys((278, 322, 323), 1),  # rows of a strip, width and height of a tile
    **dict.fromkeys((273, 279, 324, 325), _SEGMENTS),  # where the strips or tiles are, and their bytes
    **dict.fromkeys((258, 338, 339), 64),  # for every channel: bits, alpha or not, integer or float
    **{320: 3 * 2**16, 347: 2**16, 529: 3, 530: 2, 532: 6},  # palette, JPEG tables, the rest is of YCbCr
}


def layout_of(data: bytes) -> Layout:
    order = "<" if data[:2] == b"II" else ">"
    if data[2:4] in (b"+\0", b"\0+"):  # BigTIFF
        return Layout(order, order + "Q", order + "HHQ8s", order + "Q", 8)
    return Layout(order, order + "H", order + "HHI4s", order + "I", 4)


def directories(data: bytes, layout: Layout) -> list[int]:
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


def entries_of(data: bytes, layout: Layout, offset: int, limits: Mapping[int, int]) -> dict[int, bytes]:
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


def first_value(entry: bytes, layout: Layout) -> int:
    """The orientation out of its entry, or 1 where there is none."""
    if not entry:
        return 1
    value: int = struct.unpack_from(layout.order + "H", entry, len(entry) - struct.calcsize(layout.offset))[0]
    return value


def exif_orientation(exif: bytes) -> int:
    """An EXIF block is a small TIFF file. A damaged one is no reason to refuse the picture."""
    block = exif.removeprefix(b"Exif\0\0")
    try:
        layout = layout_of(block)
        (offset,) = struct.unpack_from(layout.offset, block, layout.start)
        return first_value(entries_of(block, layout, offset, {274: 1}).get(274, b""), layout)
    except (struct.error, ValueError):
        return 1


def one_page(data: bytes, layout: Layout, entries: dict[int, bytes]) -> bytes:
    """The file with a new directory at its end that has these entries only, and no other page."""
    padding = b"\0" * (len(data) % 2)
    directory = struct.pack(layout.number, len(entries)) + b"".join(entries[tag] for tag in sorted(entries))
    header = data[: layout.start] + struct.pack(layout.offset, len(data) + len(padding))
    return b"".join([header, data[len(header) :], padding, directory, struct.pack(layout.offset, 0)])
