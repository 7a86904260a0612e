"""The heads of arrows: a shape of its own for each kind, so that no kind is told by its colour alone."""

from collections.abc import Sequence
from math import hypot

from unet_core.diagram.sheet import Point

LINE = {"conv": 1.8, "skip": 1.8, "pool": 2.8, "up": 2.6, "head": 2.0}  # width of each kind's line, in units
DASHES = {"skip": (7.0, 3.0), "up": (2.6, 1.6)}  # drawn and left out, in units; the other lines are whole
OPEN, HOLLOW = ("skip",), ("up",)  # drawn as two strokes; drawn as an outline
HEADS: dict[str, tuple[Point, ...]] = {  # corners as (back along the line, aside), the tip at (0, 0)
    "conv": ((0, 0), (7.5, 3.6), (7.5, -3.6)),
    "skip": ((7, 4), (0, 0), (7, -4)),
    "pool": ((0, 0), (9, 5.4), (6, 0), (9, -5.4)),
    "up": ((0, 0), (8, 4.6), (8, -4.6), (0, 0)),  # closed, as only its outline is drawn
    "head": ((0, 0), (4.5, 4), (9, 0), (4.5, -4)),
}
BACK = {"conv": 7.0, "skip": 0.5, "pool": 6.0, "up": 8.0, "head": 8.5}  # where the line meets its head


def headed(kind: str, points: Sequence[Point], scale: float = 1.0) -> tuple[list[Point], list[Point]]:
    """The line, cut short where its head begins, and the head's corners. A line of no length has a head of no size."""
    (x1, y1), (x2, y2) = points[-2], points[-1]
    length = hypot(x2 - x1, y2 - y1)
    if length < 1e-6:
        return list(points), [points[-1]] * len(HEADS[kind])
    scale = min(scale, 0.8 * length / max(back for back, _ in HEADS[kind]))
    dx, dy = (x2 - x1) / length, (y2 - y1) / length
    behind = BACK[kind] * scale
    corners = [(x2 - scale * (b * dx + a * dy), y2 - scale * (b * dy - a * dx)) for b, a in HEADS[kind]]
    return [*points[:-1], (x2 - behind * dx, y2 - behind * dy)], corners
