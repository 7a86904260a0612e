"""The pictures of the shape coach: an image, what is done to it so that it fits, and the mask it gets, all to scale.

Places are in pixels of the network's input. Each picture is kept by network, size and language.
"""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from math import ceil, floor
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ui.components import packed
from ui.figure import cached_trace
from ui.language import mark, translated
from unet_core.coach import Way, attempt, invented_reach, lost_per_side, mask_box, ways_out
from unet_core.config import UNetConfig
from unet_core.receptive_field import Box

SAMPLE = Path(__file__).parent.parent / "assets" / "nuclei" / "dsb2018.png"
SAMPLE_SIDE = 256  # pixels, as it is sent to the browser
SHOWN, CLOSE = 200, 96  # pixels on screen of a picture's longer side, and of an enlarged corner
MOST_TILES = 25  # mirrored copies of the image that are drawn
VISIBLE = 10  # pixels on screen below which a difference is shown enlarged
WORDS = {
    "input": mark("input {height} × {width}"), "image": mark("image {height} × {width}"),
    "mask": mark("mask {height} × {width}"), "expected": mark("where the centre would be"),
    "added": mark("added by mirroring"), "cut": mark("cut off"), "lost": mark("gets no mask"),
    "unread": mark("never reaches the bottleneck"), "reached": mark("reached by the zeros around"),
    "skip": mark("from the skip {height} × {width}"), "below": mark("from below {height} × {width}"),
}  # fmt: skip
Size = tuple[int, int]


@dataclass(frozen=True)
class Picture:
    """Frames and areas by their kinds, over an image or over nothing; `close` are parts to be enlarged."""

    frames: dict[str, Box]
    areas: dict[str, tuple[Box, Box]]  # what lies in one of the two boxes only
    image: Box | None
    close: tuple[Box, ...] = ()
    shown: int = SHOWN


@lru_cache(maxsize=512)
def way_picture(config: UNetConfig, size: Size, kind: str, language: str) -> bytes:
    """What one of the ways out does to an image of `size`."""
    way = next(way for way in ways_out(config, size) if way.kind == kind)
    frame = Box(0, 0, *way.size)
    frames, areas = {"mask": way.mask, "input": frame}, dict[str, tuple[Box, Box]]()
    if way.image != frame:
        frames["image"] = way.image
        areas["added" if kind == "pad" else "cut"] = (frame, way.image)
    if way.mask != frame:
        areas["lost"] = (frame, way.mask)
    return _packed(Picture(frames, areas, way.image, _corner(way)), language)


def _corner(way: Way) -> tuple[Box, ...]:
    """The lower right corner, where what is added or cut would be too narrow to be seen."""
    widest = max(map(abs, way.added))
    longest = max(*way.size, way.image.height, way.image.width)
    if not 0 < widest * SHOWN / longest < VISIBLE:
        return ()
    bottom, right = max(way.size[0], way.image.bottom), max(way.size[1], way.image.right)
    return (_square(bottom - 2 * widest, right - 2 * widest, max(8 * widest, 12)),)


@lru_cache(maxsize=512)
def silent_picture(config: UNetConfig, side: int, language: str) -> bytes | None:
    """Where the mask of a side that does not fit lies, against where one would look for it; None where none comes."""
    output = attempt(config, side).output
    start = lost_per_side(config)
    if output is None or not start:
        return None
    frame, mask = Box(0, 0, side, side), Box(start, start, start + output, start + output)
    first = (side - output) // 2
    expected = Box(first, first, first + output, first + output)
    read = output + 2 * start
    areas = {"unread": (frame, Box(0, 0, read, read)), "lost": (Box(0, 0, read, read), mask)}
    close = (_square(mask.bottom, mask.right, max(12 * (first - start), 16)),
             _square(read, read, max(4 * (side - read), 16)))  # fmt: skip
    return _packed(Picture({"mask": mask, "expected": expected, "input": frame}, areas, frame, close), language)


@lru_cache(maxsize=512)
def unfit_picture(config: UNetConfig, side: int, language: str) -> bytes | None:
    """The two maps that a join can't put on each other; None where the network does not stop at a join."""
    stop = attempt(config, side).stop
    if stop is None or stop.kind != "join":
        return None
    below = stop.sides[0]
    skip = next(other for other in stop.sides if other != below)
    frames = {"below": Box(0, 0, below, below), "skip": Box(0, 0, skip, skip)}
    close = (_square(below, below, max(12 * abs(skip - below), 6)),) if skip > 12 else ()
    return _packed(Picture(frames, {}, None, close), language)


@lru_cache(maxsize=512)
def border_picture(config: UNetConfig, size: Size, language: str) -> bytes:
    """What goes in and what comes out of a size that fits; where nothing is lost, how far the border is made up."""
    frame, mask = Box(0, 0, *size), mask_box(config, size)
    areas = {"lost": (frame, mask)} if mask != frame else {}
    reach = 0 if areas else invented_reach(cached_trace(config, size))
    if reach:
        inner = Box(reach, reach, max(reach, size[0] - reach), max(reach, size[1] - reach))
        areas["reached"] = (frame, inner)
    return _packed(Picture({"mask": mask, "input": frame}, areas, frame, shown=300), language)


def _square(y: int, x: int, side: int) -> Box:
    return Box(y - side // 2, x - side // 2, y - side // 2 + side, x - side // 2 + side)


def _packed(picture: Picture, language: str) -> bytes:
    """A picture as the component draws it: tiles of the image, areas over them, frames over all."""
    whole = _union([*picture.frames.values(), *([picture.image] if picture.image else [])])
    legend = [{"id": kind, "area": kind in picture.areas, "text": _word(kind, picture, language)}
              for kind in WORDS if kind in picture.frames or kind in picture.areas]  # fmt: skip
    everywhere = Box(whole.top - whole.height, whole.left - whole.width, whole.bottom + whole.height,
                     whole.right + whole.width)  # fmt: skip
    areas = {"outside": (everywhere, whole), **picture.areas}
    return packed(
        {
            "language": language, "image": _sample(), "legend": legend, "tiles": _tiles(picture.image, whole),
            "ground": {"id": "ground", "path": _path(whole)},
            "areas": [{"id": kind, "path": _path(*pair)} for kind, pair in areas.items()],
            "frames": [{"id": kind, "x": box.left, "y": box.top, "width": box.width, "height": box.height}
                       for kind, box in picture.frames.items()],
            "views": _views(picture, whole, ", ".join(entry["text"] for entry in legend), language),
        }
    )  # fmt: skip


def _views(picture: Picture, whole: Box, says: str, language: str) -> list[dict[str, Any]]:
    scale = picture.shown / max(whole.height, whole.width)
    views = [_view("whole", whole, 3 / scale, scale, says, "")]  # room around, so that no line is cut in half
    for number, part in enumerate(picture.close):
        enlarged = CLOSE / part.height
        caption = translated("a corner, × {factor:.0f}", language, factor=enlarged / scale)
        views.append(_view(f"close {number}", part, 0, enlarged, caption, caption))
    return views


def _view(name: str, box: Box, margin: float, scale: float, says: str, caption: str) -> dict[str, Any]:
    sides = box.left - margin, box.top - margin, box.width + 2 * margin, box.height + 2 * margin
    return {
        "id": name, "says": says, "caption": caption, "box": [round(side, 2) for side in sides],
        "width": round(sides[2] * scale, 1),
    }  # fmt: skip


def _word(kind: str, picture: Picture, language: str) -> str:
    box = picture.frames.get(kind)
    return translated(WORDS[kind], language, **({"height": box.height, "width": box.width} if box else {}))


def _union(boxes: Sequence[Box]) -> Box:
    return Box(min(box.top for box in boxes), min(box.left for box in boxes),
               max(box.bottom for box in boxes), max(box.right for box in boxes))  # fmt: skip


def _path(outer: Box, hole: Box | None = None) -> str:
    """An SVG path that leaves out the hole, by the even-odd rule."""
    return "".join(f"M{box.left} {box.top}H{box.right}V{box.bottom}H{box.left}Z" for box in (outer, hole) if box)


def _tiles(image: Box | None, whole: Box) -> list[dict[str, Any]]:
    """Copies of the image, every other one mirrored, that together cover the whole."""
    if image is None:
        return []
    rows = _range(image.top, image.height, whole.top, whole.bottom)
    columns = _range(image.left, image.width, whole.left, whole.right)
    if len(rows) * len(columns) > MOST_TILES:
        rows = columns = range(1)
    return [
        {"id": f"{row} {column}", "width": image.width, "height": image.height,
         "transform": f"translate({_origin(image.left, image.width, column)} {_origin(image.top, image.height, row)}) "
                      f"scale({1 - 2 * (column % 2)} {1 - 2 * (row % 2)})"}
        for row in rows for column in columns
    ]  # fmt: skip


def _range(start: int, side: int, low: int, high: int) -> range:
    return range(floor((low - start) / side), ceil((high - start) / side))


def _origin(start: int, side: int, tile: int) -> int:
    """Where a tile begins; one that is mirrored begins at its end."""
    return start + (tile + tile % 2) * side


@cache
def _sample() -> str:
    """A real micrograph, brightened for a projector, as an address that holds it."""
    with Image.open(SAMPLE) as image:
        grey = np.asarray(image.convert("F").resize((SAMPLE_SIDE, SAMPLE_SIDE), Image.Resampling.BOX))
    bright = np.clip(grey / np.percentile(grey, 99.5), 0, 1) ** 0.7
    file = io.BytesIO()
    Image.fromarray((255 * bright).astype(np.uint8)).save(file, "JPEG", quality=60)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode("ascii")
