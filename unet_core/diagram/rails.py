"""The rail above a row: what the skips share that pass other nodes on their way."""

from itertools import pairwise

from unet_core.diagram.heads import DASHES
from unet_core.diagram.sheet import Arrow, Point


def on_rail(source: str, target: str, up: tuple[Point, ...], down: tuple[Point, ...]) -> Arrow:
    """A skip up to the rail, along it and down. Its dashes are counted from the sheet's edge, not from its start, so
    that those of all skips on one rail fall on one another."""
    before = sum(distance(one, other) for one, other in pairwise(up))
    phase = (up[-1][0] - before) % sum(DASHES["skip"])
    return Arrow("skip", source, target, (*up, *down), round(phase, 1))


def distance(one: Point, other: Point) -> float:
    return float(((one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2) ** 0.5)
