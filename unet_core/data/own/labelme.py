"""Outlines drawn with labelme, as its JSON files hold them -> a class for each pixel.

A shape that comes later lies on top, as in labelme. Labels that begin with "_" are background.
"""

import json
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from unet_core.data.own.archive import File
from unet_core.data.samples import DataError

MOST_BYTES = 32 * 2**20
MOST_SHAPES, MOST_POINTS = 5000, 100_000
MOST_WORK = 2 * 10**9  # pixels times shapes: each may be as large as the image
FAR = 1e6  # pixels; a point may lie outside of the image, but nothing may overflow
LONGEST_LABEL = 40
Point = tuple[float, float]


@dataclass(frozen=True)
class Shape:
    label: str
    kind: str
    points: tuple[Point, ...]  # (x, y)


@dataclass(frozen=True)
class Drawing:
    """What one file holds, `size` (height, width) where it says for which image it was drawn."""

    shapes: tuple[Shape, ...]
    size: tuple[int, int] | None


def read_drawing(file: File) -> Drawing:
    """Raises DataError."""
    if len(file.data) > MOST_BYTES:
        raise DataError("{file} is larger than {most} MB: save it without the image inside", file=file.name,
                        most=MOST_BYTES // 2**20)  # fmt: skip
    try:
        told = json.loads(file.data)
    except (ValueError, RecursionError) as error:
        raise DataError("{file} is no JSON that can be read: save it again in labelme", file=file.name) from error
    shapes = told.get("shapes") if isinstance(told, dict) else None
    if not isinstance(shapes, list):
        raise DataError("{file} has no list of shapes, as labelme's files have: take it out of the ZIP", file=file.name)
    read = tuple(_shape(one, file) for one in shapes[: MOST_SHAPES + 1])
    if len(read) > MOST_SHAPES or sum(len(shape.points) for shape in read) > MOST_POINTS:
        raise DataError("{file} has more than {shapes:,} shapes or {points:,} points: draw fewer", file=file.name,
                        shapes=MOST_SHAPES, points=MOST_POINTS)  # fmt: skip
    return Drawing(read, _size(told.get("imageHeight"), told.get("imageWidth")))


def _size(height: object, width: object) -> tuple[int, int] | None:
    sides = [side for side in (height, width) if isinstance(side, int) and not isinstance(side, bool) and side > 0]
    return (sides[0], sides[1]) if len(sides) == 2 else None


def _shape(told: Any, file: File) -> Shape:
    if not isinstance(told, dict) or not isinstance(told.get("label"), str) or not told["label"].strip():
        raise DataError("{file} has a shape without a label: give it one in labelme", file=file.name)
    label, kind = " ".join(told["label"].split())[:LONGEST_LABEL], told.get("shape_type", "polygon")
    fewest = {"polygon": 3, "rectangle": 2, "circle": 2}
    if kind not in fewest:
        raise DataError("{file} has the shape {kind}; outlines must be polygon, rectangle or circle", file=file.name,
                        kind=str(kind)[:LONGEST_LABEL])  # fmt: skip
    points = told.get("points")
    if not isinstance(points, list) or not fewest[kind] <= len(points) <= MOST_POINTS or not all(
        map(_is_point, points)
    ):
        raise DataError("{file} has an outline “{label}” of fewer than {fewest} points, or one that is no point: draw "
                        "it again", file=file.name, label=label, fewest=fewest[kind])  # fmt: skip
    return Shape(label, kind, tuple((_within(x), _within(y)) for x, y in points))


def _is_point(told: object) -> bool:
    return isinstance(told, list) and len(told) == 2 and all(
        isinstance(part, int | float) and not isinstance(part, bool) and math.isfinite(part) for part in told
    )  # fmt: skip


def _within(value: float) -> float:
    return min(max(float(value), -FAR), FAR)


def drawn(drawing: Drawing, numbers: dict[str, int], size: tuple[int, int], file: File) -> NDArray[np.uint8]:
    """The class of each pixel, uint8 (H, W); `numbers` are those of the labels. Raises DataError."""
    if drawing.size not in (None, size):
        height, width = drawing.size or size
        raise DataError("{file} was drawn on an image of {height} × {width} pixels, and the image has {image_height} × "
                        "{image_width}: put that image into the ZIP", file=file.name, height=height, width=width,
                        image_height=size[0], image_width=size[1])  # fmt: skip
    if len(drawing.shapes) * size[0] * size[1] > MOST_WORK:
        raise DataError("{file} has too many shapes for an image of this size: draw fewer", file=file.name)
    picture = Image.new("L", (size[1], size[0]))
    pen = ImageDraw.Draw(picture)
    for shape in drawing.shapes:
        _draw(pen, shape, numbers[shape.label])
    classes: NDArray[np.uint8] = np.array(picture)
    return classes


def _draw(pen: ImageDraw.ImageDraw, shape: Shape, number: int) -> None:
    """labelme's (0, 0) is the corner of the first pixel, Pillow's its middle."""
    points = [(x - 0.5, y - 0.5) for x, y in shape.points]
    if shape.kind == "polygon":
        pen.polygon(points, fill=number)
        return
    (x0, y0), (x1, y1) = points[:2]
    if shape.kind == "circle":  # its middle, and a point on it
        reach = min(math.hypot(x1 - x0, y1 - y0), FAR)
        (x0, y0), (x1, y1) = (x0 - reach, y0 - reach), (x0 + reach, y0 + reach)
        pen.ellipse((x0, y0, x1, y1), fill=number)
        return
    pen.rectangle((min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)), fill=number)
