"""From the blocks of a network to its feature maps: every map comes out of its block, and every arrow goes along.

At t = 0 each block is cut into as many upright slices as it has maps; at t = 1 each map is at its own place and the
block has become the space they take. In between everything lies on the straight line from one place to the other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from unet_core.diagram.rails import distance
from unet_core.diagram.sheet import Arrow, Box, Diagram, Place, Point


@dataclass(frozen=True)
class Moment:
    """What the sheet shows at one t: places of blocks and of maps by their ids, the arrows between the maps, and how
    much of the maps is there (0..1; of the blocks the rest)."""

    blocks: Mapping[str, Place]
    maps: Mapping[str, Place]
    arrows: Mapping[str, tuple[Point, ...]]
    shown: float


@dataclass(frozen=True)
class Passage:
    """An arrow between two maps with both its courses, of equally many points. `blocks` is the arrow that it becomes
    between two blocks, None for one inside a block, which shrinks to a point between two slices."""

    maps: Arrow
    blocks: Arrow | None
    start: tuple[Point, ...]
    end: tuple[Point, ...]


@dataclass(frozen=True)
class Morph:
    """Two drawings of one trace, blocks and maps, and the way from one to the other."""

    blocks: Diagram
    maps: Diagram

    @cached_property
    def home(self) -> dict[str, Box]:
        """The block of each map, by the map's id."""
        owner = {row: box for box in self.blocks.boxes for row in box.rows}
        return {box.id: owner[box.rows[-1]] for box in self.maps.boxes}

    @cached_property
    def families(self) -> dict[str, list[Box]]:
        """The maps of each block, from left to right, by the block's id."""
        families: dict[str, list[Box]] = {box.id: [] for box in self.blocks.boxes}
        for box in sorted(self.maps.boxes, key=lambda box: box.x):
            families[self.home[box.id].id].append(box)
        return families

    @cached_property
    def slices(self) -> dict[str, Place]:
        """Where each map is at t = 0: its part of its block."""
        places = {}
        for block in self.blocks.boxes:
            family = self.families[block.id]
            width = block.width / max(1, len(family))
            for index, box in enumerate(family):
                places[box.id] = (block.x + index * width, block.y, width, block.height)
        return places

    @cached_property
    def opened(self) -> dict[str, Place]:
        """Where each block is at t = 1: the space that its maps take."""
        return {name: _around(family) for name, family in self.families.items()}

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """Every arrow between maps, in the order of the drawing."""
        between = {(arrow.source, arrow.target): arrow for arrow in self.blocks.arrows}
        return tuple(self._passage(arrow, between) for arrow in self.maps.arrows)

    def _passage(self, arrow: Arrow, between: Mapping[tuple[str, str], Arrow]) -> Passage:
        source, target = self.home[arrow.source], self.home[arrow.target]
        block = None if source is target else between[source.id, target.id]
        if block is None:
            x, y, _, height = self.slices[arrow.target]
            return Passage(arrow, None, ((x, y + height / 2),) * len(arrow.points), arrow.points)
        count = max(len(block.points), len(arrow.points))
        return Passage(arrow, block, with_points(block.points, count), with_points(arrow.points, count))


def between(morph: Morph, t: float) -> Moment:
    """Where everything is at t, 0 (blocks) to 1 (maps)."""
    if not 0 <= t <= 1:
        raise ValueError(f"t must be 0..1, got {t}")
    return Moment(
        {box.id: _mixed(box.place, morph.opened[box.id], t) for box in morph.blocks.boxes},
        {box.id: _mixed(morph.slices[box.id], box.place, t) for box in morph.maps.boxes},
        {passage.maps.id: tuple(_point(one, other, t) for one, other in zip(passage.start, passage.end, strict=True))
         for passage in morph.passages},
        t,
    )  # fmt: skip


def _mixed(one: Place, other: Place, t: float) -> Place:
    x, y, width, height = ((1 - t) * a + t * b for a, b in zip(one, other, strict=True))
    return x, y, width, height


def _point(one: Point, other: Point, t: float) -> Point:
    return (1 - t) * one[0] + t * other[0], (1 - t) * one[1] + t * other[1]


def _around(boxes: Sequence[Box]) -> Place:
    x, y = min(box.x for box in boxes), min(box.y for box in boxes)
    return x, y, max(box.right for box in boxes) - x, max(box.bottom for box in boxes) - y


def with_points(points: tuple[Point, ...], count: int) -> tuple[Point, ...]:
    """The same line with `count` points: the longest stretch is cut in half until there are enough."""
    course = list(points)
    while len(course) < count:
        lengths = [distance(one, other) for one, other in pairwise(course)]
        longest = lengths.index(max(lengths))
        (x1, y1), (x2, y2) = course[longest], course[longest + 1]
        course.insert(longest + 1, ((x1 + x2) / 2, (y1 + y2) / 2))
    return tuple(course)
