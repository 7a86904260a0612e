"""Two networks in one drawing: every node and arrow of A, of B and of what lies on the road between them, on one grid.

A node that both have stands in one place. What is not yet there waits where it will come from: a node at the bottleneck
of its own inner U-Net, X^{i+j,0}, out of which that U-Net unfolds; a skip on the nearest skip into the same node, so
that a long one slides into a short one. In between everything lies on the straight line from one stop to the next.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from unet_core.config import UNetConfig
from unet_core.diagram.blocks import Grid, blocks, grid_of
from unet_core.diagram.morph import with_points
from unet_core.diagram.sheet import TEXT, Arrow, Box, Diagram, Place, Point
from unet_core.pairing.pair import Pair
from unet_core.pairing.road import Stop, road
from unet_core.trace import Trace, trace

GONE = 0.45  # how much is seen of what only A has, once B is reached
Numbers = TypeVar("Numbers", Place, Point)
Tracing = Callable[[UNetConfig, tuple[int, int]], Trace]


@dataclass(frozen=True)
class Part:
    """A node or a head. For every stop of the road its place, how much of it is there (0..1) and its box, None where it
    is not. `whose`: "both", "a", "b", or "way" for what only stands between them. `changed`: in both, and not alike."""

    id: str
    whose: str
    changed: bool
    places: tuple[Place, ...]
    there: tuple[float, ...]
    boxes: tuple[Box | None, ...]

    @property
    def kind(self) -> str:
        return next(box.kind for box in self.boxes if box)


@dataclass(frozen=True)
class Link:
    """An arrow, from part to part; for every stop its course, of equally many points, how much of it is there, and the
    phase of its dashes (see `Arrow`)."""

    id: str
    kind: str
    whose: str
    source: str
    target: str
    courses: tuple[tuple[Point, ...], ...]
    there: tuple[float, ...]
    phases: tuple[float, ...]


@dataclass(frozen=True)
class Moment:
    """Where everything is at one t, and how much of it is there (0..1), by the ids of parts and links."""

    places: Mapping[str, Place]
    courses: Mapping[str, tuple[Point, ...]]
    there: Mapping[str, float]


@dataclass(frozen=True)
class Aligned:
    """The drawing. `stops` are the road with A first and B last, `traces` theirs; `letters` is the height of what is
    written on a node, in units."""

    stops: tuple[Stop, ...]
    traces: tuple[Trace, ...]
    parts: tuple[Part, ...]
    links: tuple[Link, ...]
    letters: float

    @cached_property
    def there(self) -> Mapping[str, tuple[float, ...]]:
        """How much of each part and link there is at every stop."""
        return {part.id: part.there for part in self.parts} | {link.id: link.there for link in self.links}

    @cached_property
    def by_id(self) -> Mapping[str, Part]:
        """The parts by their ids."""
        return {part.id: part for part in self.parts}


def aligned(pair: Pair, text: float = TEXT, tracing: Tracing = trace) -> Aligned:
    """Draw a pair. `tracing` may be a kept `trace`; `text` is the height of letters in units of the sheet."""
    stops = road(pair)
    traces = tuple(tracing(stop.config, stop.size) for stop in stops)
    grid = grid_of(traces, text)
    sheets = [blocks(run, stop.config, text, True, grid) for stop, run in zip(stops, traces, strict=True)]
    plain = not any(stop.config.nested for stop in stops)
    named = [{box.id: part_id(box, plain) for box in sheet.boxes} for sheet in sheets]
    parts = tuple(_parts(sheets, named, traces, stops, grid))
    links = _links(sheets, named, {part.id: part for part in parts})
    # What both have is drawn last: on a shared rail it would else lie hidden under what only one of them has
    return Aligned(stops, traces, parts, tuple(sorted(links, key=lambda link: link.whose == "both")),
                   grid.text)  # fmt: skip


def part_id(box: Box, plain: bool) -> str:
    """Its cell, "0,3", and of a head "L3". In plain U-Nets of unequal depth, what belongs together is the level of the
    decoder, "0,d", wherever it stands."""
    level, step = box.node
    if box.kind == "head":
        return "L" if plain else f"L{step}"
    return f"{level},d" if plain and step else f"{level},{step}"


def moment(drawing: Aligned, t: float) -> Moment:
    """At t, 0 (A) to the number of steps of the road (B); at whole numbers there are the stops between them."""
    steps = len(drawing.stops) - 1
    if not 0 <= t <= steps:
        raise ValueError(f"t must be 0..{steps}, got {t}")
    k = min(int(t), steps - 1)
    share = t - k
    return Moment(
        {part.id: _mixed(part.places[k], part.places[k + 1], share) for part in drawing.parts},
        {link.id: tuple(_mixed(one, other, share) for one, other in zip(link.courses[k], link.courses[k + 1],
                                                                        strict=True)) for link in drawing.links},
        {name: (1 - share) * there[k] + share * there[k + 1] for name, there in drawing.there.items()},
    )  # fmt: skip


def _mixed(one: Numbers, other: Numbers, share: float) -> Numbers:
    return tuple((1 - share) * a + share * b for a, b in zip(one, other, strict=True))  # type: ignore[return-value]


def _parts(
    sheets: Sequence[Diagram], named: Sequence[Mapping[str, str]], traces: Sequence[Trace], stops: Sequence[Stop],
    grid: Grid,
) -> Iterator[Part]:  # fmt: skip
    found: dict[str, list[Box | None]] = {}
    for index, sheet in enumerate(sheets):
        for box in sheet.boxes:
            found.setdefault(named[index][box.id], [None] * len(sheets))[index] = box
    for name, boxes in found.items():
        whose, there = _whose(boxes)
        places = [box.place if box else _waiting(boxes, stop.config, grid) for box, stop in
                  zip(boxes, stops, strict=True)]  # fmt: skip
        if whose == "a":
            places[-1] = places[0]  # what only A has stays in sight
        changed = whose == "both" and _cost(boxes[0], traces[0]) != _cost(boxes[-1], traces[-1])
        yield Part(name, whose, changed, tuple(places), there, tuple(boxes))


def _whose(found: Sequence[object | None]) -> tuple[str, tuple[float, ...]]:
    first, last = found[0] is not None, found[-1] is not None
    there = [float(one is not None) for one in found]
    if first and not last:
        there[-1] = GONE
    return {(True, True): "both", (True, False): "a", (False, True): "b", (False, False): "way"}[first, last], tuple(
        there
    )


def _waiting(boxes: Sequence[Box | None], config: UNetConfig, grid: Grid) -> Place:
    """Where a part is that a stop does not have: at the bottleneck of its inner U-Net, as deep as the stop is."""
    box = next(one for one in boxes if one)
    level, step = box.node
    x, y, width, height = grid.node(*((0, step) if box.kind == "head" else (min(level + step, config.depth), 0)))
    if box.kind == "head":
        if step > config.depth:
            x, y, width, height = grid.node(config.depth, 0)
        return x + (width - box.width) / 2, y + (height - box.height) / 2, box.width, box.height
    return x, y, width, height


def _cost(box: Box | None, run: Trace) -> tuple[object, ...]:
    """What is compared of a part: its channels, its size, its parameters and its work."""
    assert box is not None
    rows = [run[name] for name in box.rows]
    return box.channels, box.size, sum(row.parameters for row in rows), sum(row.macs for row in rows)


def _links(sheets: Sequence[Diagram], named: Sequence[Mapping[str, str]], parts: Mapping[str, Part]) -> Iterator[Link]:
    found: dict[tuple[str, str, str], list[Arrow | None]] = {}
    for index, sheet in enumerate(sheets):
        for arrow in sheet.arrows:
            key = (arrow.kind, named[index][arrow.source], named[index][arrow.target])
            found.setdefault(key, [None] * len(sheets))[index] = arrow
    for (kind, source, target), arrows in found.items():
        whose, there = _whose(arrows)
        courses = [arrow.points if arrow else _course(index, kind, parts[source], parts[target], found)
                   for index, arrow in enumerate(arrows)]  # fmt: skip
        if whose == "a":
            courses[-1] = courses[0]
        phases = [arrow.phase if arrow else 0.0 for arrow in arrows]
        phases[-1] = phases[0] if whose == "a" else phases[-1]
        most = max(map(len, courses))
        yield Link(f"{kind} {source}>{target}", kind, whose, source, target,
                   tuple(with_points(course, most) for course in courses), there, tuple(phases))  # fmt: skip


def _course(
    index: int, kind: str, source: Part, target: Part, found: Mapping[tuple[str, str, str], Sequence[Arrow | None]]
) -> tuple[Point, ...]:
    """Where an arrow is that a stop does not have."""
    beside = [arrows[index] for (other, _, end), arrows in found.items() if (other, end) == (kind, target.id)]
    there = [arrow for arrow in beside if arrow]
    if kind == "skip" and there:
        return max((arrow.points for arrow in there), key=lambda points: points[0][0])  # the nearest
    return _middle(source.places[index]), _middle(target.places[index])


def _middle(place: Place) -> Point:
    x, y, width, height = place
    return x + width / 2, y + height / 2
