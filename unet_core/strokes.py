"""Strokes of a brush on an image: what a browser says of them, checked, and the pixels that they cover."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeGuard

import numpy as np
from numpy.typing import NDArray

from unet_core.messages import ExplainedError

MAX_STROKES = 500
MAX_POINTS = 20_000  # of all strokes together
MAX_RADIUS = 512.0  # pixels
UNPAINTED = -1
MAX_LABEL = 254
MAX_WORK = 10**8  # pixels that are looked at: about two seconds
Point = tuple[float, float]


class StrokeError(ExplainedError):
    """Strokes that can't be used."""


@dataclass(frozen=True)
class Stroke:
    """A round brush of `radius` pixels drawn through `points`, (x, y) in pixels: (0, 0) is the image's upper left
    corner, (0.5, 0.5) the middle of its first pixel."""

    label: int
    radius: float
    points: tuple[Point, ...]


def read_strokes(told: object, labels: Collection[int]) -> tuple[Stroke, ...]:
    """From [{"class": 1, "radius": 8, "points": [[x, y], ...]}, ...] as a browser sends it, whatever that is.

    Raises StrokeError for anything else, for a class that is not among `labels`, and for more than can be drawn.
    """
    if not isinstance(told, list):
        raise StrokeError("the strokes could not be read: paint them again")
    if len(told) > MAX_STROKES:
        raise StrokeError("there are {count} strokes, at most {most} are possible: take some away", count=len(told),
                          most=MAX_STROKES)  # fmt: skip
    strokes = tuple(_read(one, labels) for one in told)
    count = sum(len(stroke.points) for stroke in strokes)
    if count > MAX_POINTS:
        raise StrokeError("the strokes have {count} points, at most {most} are possible: take some away", count=count,
                          most=MAX_POINTS)  # fmt: skip
    return strokes


def _read(one: object, labels: Collection[int]) -> Stroke:
    unreadable = StrokeError("the strokes could not be read: paint them again")
    if not isinstance(one, dict) or not isinstance(one.get("points"), list):
        raise unreadable
    label, radius, points = one.get("class"), one.get("radius"), one["points"]
    if isinstance(label, bool) or not isinstance(label, int) or label not in labels or not 0 <= label <= MAX_LABEL:
        raise unreadable
    if not _number(radius) or not 0 < radius <= MAX_RADIUS or not points or len(points) > MAX_POINTS:
        raise unreadable
    if not all(isinstance(point, list) and len(point) == 2 and all(map(_number, point)) for point in points):
        raise unreadable
    far = 1e6  # pixels; a stroke may begin outside the image, but no number here may overflow
    return Stroke(label, float(radius), tuple((_within(x, far), _within(y, far)) for x, y in points))


def _number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _within(value: float, most: float) -> float:
    return min(max(float(value), -most), most)


def painted(strokes: Sequence[Stroke], size: tuple[int, int]) -> NDArray[np.int16]:
    """The label of each pixel, int16 (height, width), `UNPAINTED` where no stroke went; later strokes lie on top.

    A pixel belongs to a stroke when its middle is within the radius of the line. StrokeError where that is too much.
    """
    found = np.full(size, UNPAINTED, np.int16)
    left = MAX_WORK
    for stroke in strokes:
        for one, other in pairwise(stroke.points) if len(stroke.points) > 1 else [stroke.points * 2]:
            left -= _draw(found, stroke, one, other)
            if left < 0:
                raise StrokeError("the strokes are too long and too broad to be drawn: take some away")
    return found


def _draw(found: NDArray[np.int16], stroke: Stroke, one: Point, other: Point) -> int:
    """One piece of the line. Returns how many pixels were looked at."""
    (x0, y0), (x1, y1), reach = one, other, stroke.radius
    (top, bottom), (left, right) = (
        (max(0, math.floor(min(ends) - reach)), min(side, math.ceil(max(ends) + reach)))
        for ends, side in (((y0, y1), found.shape[0]), ((x0, x1), found.shape[1]))
    )
    if top >= bottom or left >= right:
        return 0
    y, x = np.ogrid[top + 0.5 : bottom, left + 0.5 : right]
    across, down = x1 - x0, y1 - y0
    length = across**2 + down**2
    along = np.clip(((x - x0) * across + (y - y0) * down) / length, 0, 1) if length else 0.0
    inside = (x - x0 - along * across) ** 2 + (y - y0 - along * down) ** 2 <= reach**2
    found[top:bottom, left:right][inside] = stroke.label
    return inside.size
