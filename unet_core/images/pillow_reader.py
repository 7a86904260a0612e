"""PNG, JPEG, GIF, BMP, WebP and AVIF by Pillow, each by its own plugin and without what does not draw pixels."""

import io
import re
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    WebPImagePlugin,
)

from unet_core.images import limits
from unet_core.images.limits import Bounds, Stored, check_size, check_work, choose_page, decoding, fraction
from unet_core.images.tiff_directory import exif_orientation
from unet_core.messages import Message

_PLUGINS: dict[str, Callable[[io.BytesIO], ImageFile.ImageFile]] = {
    "PNG": PngImagePlugin.PngImageFile,
    "JPEG": JpegImagePlugin.JpegImageFile,
    "GIF": GifImagePlugin.GifImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
    "WEBP": WebPImagePlugin.WebPImageFile,
    "AVIF": AvifImagePlugin.AvifImageFile,
}


def read_by_pillow(kind: str, data: bytes, page: int, bounds: Bounds, indices: bool = False) -> Stored:
    """Each format by its own plugin class: `Image.open` warns about big images, which is ours to refuse.

    With `indices` an image that has a palette comes as its indices, and the palette with it.
    """
    notes: list[Message] = []
    with decoding(kind):
        exif, pages, rounds = b"", 1, page + 1
        if kind == "JPEG":
            data, exif, rounds = _strip_jpeg(data)
        elif kind == "PNG":
            data = _strip_png(data, notes)
        elif kind == "GIF":
            pages = _count_gif_frames(data, bounds)
        elif kind == "WEBP":
            check_size(*_webp_size(data), bounds)  # its decoder takes memory for the canvas at once
        elif kind == "AVIF":  # hide the EXIF block, which Pillow would parse; AVIF has the turn in a place of its own
            head, mark, body = data.partition(b"mdat")
            data = head.replace(b"Exif", b"none") + mark + body
        with _PLUGINS[kind](io.BytesIO(data)) as image:
            if kind in ("WEBP", "AVIF"):
                pages = getattr(image, "n_frames", 1)
            pages = choose_page(page, pages, notes)
            _halve_large_jpeg(image, notes, bounds)
            check_size(*image.size, bounds)
            check_work(rounds, *image.size, bounds)  # of a halved JPEG the half, at four times the work
            if kind == "BMP" and image.info.get("compression") in (1, 2):
                raise ValueError("run-length BMP: rare, and unpacked byte by byte in Python")
            if page:
                image.seek(page)
            image.load()
            palette = _palette(image) if indices else None
            samples, alpha = split(image, notes) if palette is None else (np.atleast_3d(np.asarray(image)), None)
            orientation = exif_orientation(exif or image.info.get("exif", b""))
    return Stored(samples, alpha, orientation=orientation, pages=pages, notes=notes, palette=palette)


def _halve_large_jpeg(image: Image.Image, notes: list[Message], bounds: Bounds) -> None:
    """Phones take 24 and 48 megapixels; libjpeg can decode a JPEG at half its size for less than the price of all."""
    width, height = image.size
    if isinstance(image, JpegImagePlugin.JpegImageFile) and bounds.pixels < width * height <= 4 * bounds.pixels:
        image.draft(None, (width // 2, height // 2))
        sizes = {"width": width, "height": height, "new_width": image.width, "new_height": image.height}
        notes.append(Message("Reduced from {width} x {height} to {new_width} x {new_height} pixels.", sizes))


def _palette(image: Image.Image) -> NDArray[np.uint8] | None:
    """(256, 3), black where the file has no entry; None for an image without a palette."""
    if image.mode != "P":
        return None
    entries = image.getpalette("RGB") or []
    return np.array(entries + [0] * (768 - len(entries)), np.uint8).reshape(256, 3)


def split(image: Image.Image, notes: list[Message]) -> tuple[NDArray[Any], NDArray[np.float32] | None]:
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
        return samples[..., :-1], fraction(samples[..., -1:], 255)
    return samples, None


# The first byte after FF: a stuffed 00, a restart mark D0..D7 and filling FF are part of the compressed pixels.
_JPEG_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")


def _strip_jpeg(data: bytes) -> tuple[bytes, bytes, int]:
    """The JPEG without what describes it; its EXIF block; how many passes over the image its scans make.

    A small file can ask for thousands of passes. A second picture (depth, gain map) behind the first is cut off.
    """
    kept, exif, scans, position = [b"\xff\xd8"], b"", 0, 2
    for _ in range(limits.MAX_PIECES):
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
    for _ in range(limits.MAX_PIECES):
        name = data[position + 4 : position + 8]
        end = position + 12 + int.from_bytes(data[position : position + 4])
        if name in wanted:
            kept.append(data[position:end])
        if name in (b"IEND", b""):
            return b"".join(kept)
        position = end
    raise ValueError("too many chunks")


def _count_gif_frames(data: bytes, bounds: Bounds) -> int:
    """Walk over the blocks, drawing nothing. Pillow would enlarge the canvas for a frame that sticks out of it."""
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    check_size(width, height, bounds)
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
        if pieces > limits.MAX_PIECES:
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
