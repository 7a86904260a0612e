"""The feature maps of a nested net: every node of the triangle opened into what it joins and what it makes of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import log2

from unet_core import says
from unet_core.config import UNetConfig
from unet_core.diagram.maps import feeds, gathered
from unet_core.diagram.nested_texts import write_texts
from unet_core.diagram.rails import on_rail
from unet_core.diagram.sheet import HEIGHT, WIDTH, Arrow, Box, Diagram, Point, length_of
from unet_core.messages import Message
from unet_core.trace import Trace

LEFT, RIGHT, BETWEEN = 46.0, 12.0, 18.0  # units beside the triangle, and between two nodes at least
THINNEST, WIDEST = 3.0, 44.0  # units: a map's least and greatest width
LOWEST, TALLEST_DOUBLING = (16.0, 56.0), 60.0  # height of the smallest map; most that twice the side adds
TURN = 7.0  # units from a node to where its skips turn up to the rail
SCALE = Message("Each group is a node X with its level and step: the maps it joins, then those it makes. Height goes "
                "by the side, width by the channels.")  # fmt: skip
Node = tuple[int, int]


@dataclass(frozen=True)
class _Grid:
    pitch: float
    cell: float  # width of the widest node
    gap: float  # between two maps of a node: an arrow
    thick: float  # how much wider than THINNEST the map with the most channels is
    badge: tuple[float, float]


def nested_maps(trace: Trace, config: UNetConfig, text: float, sizes: bool) -> Diagram:
    maps = list(gathered(trace, config))
    nodes: dict[Node, list[Box]] = {}
    for box in maps:
        if box.kind != "head":
            nodes.setdefault(box.node, []).append(box)
    heads = [box for box in maps if box.kind == "head"]
    grid = _grid(nodes, heads, config, text)
    places = {box.id: box for box in _placed(nodes, heads, config, grid, text)}
    boxes = [places[box.id] for box in maps]
    arrows = tuple(_arrows(trace, boxes, text))
    texts = write_texts(boxes, arrows, text, sizes)
    return Diagram("maps", tuple(boxes), arrows, texts, says.legend(config, blocks=False), SCALE)


def _grid(nodes: dict[Node, list[Box]], heads: Sequence[Box], config: UNetConfig, text: float) -> _Grid:
    depth = config.depth
    badge = (length_of("L6", text) + 6, 1.25 * text)
    between = BETWEEN + 2 * TURN + (badge[0] if len(heads) > 1 else 0)
    cell = (WIDTH - LEFT - RIGHT - badge[0] - 2 * TURN - between * depth) / (depth + 1)
    gap = min(56.0, max(11.0, 0.13 * cell))
    most = _most(nodes)
    thick = WIDEST - THINNEST
    for boxes in nodes.values():
        arrows = gap * sum(box.kind in ("map", "sum") for box in boxes)
        shares = sum(box.parts * log2(box.channels) / most for box in boxes if box.kind != "sum")
        thinnest = THINNEST * sum(box.parts for box in boxes if box.kind != "sum")
        thick = min(thick, (cell - arrows - thinnest) / max(shares, 1e-6))
    pitch = (WIDTH - LEFT - RIGHT - badge[0] - 2 * TURN - cell) / (2 * depth)
    return _Grid(pitch, cell, gap, max(thick, 0.0), badge)


def _most(nodes: dict[Node, list[Box]]) -> float:
    return max(1.0, log2(max(box.channels for boxes in nodes.values() for box in boxes)))


def _placed(
    nodes: dict[Node, list[Box]], heads: Sequence[Box], config: UNetConfig, grid: _Grid, text: float
) -> Iterator[Box]:
    most = _most(nodes)
    middles, lowest, unit, smallest = _rows(nodes, config.depth, text)
    last: dict[Node, Box] = {}
    for (level, step), boxes in nodes.items():
        ordered = sorted(boxes, key=lambda box: box.kind != "copy")  # what came along the skips stands at the left
        widths = [box.parts ** (box.kind == "copy") * (THINNEST + grid.thick * log2(box.channels) / most)
                  for box in ordered]  # fmt: skip
        gaps = [grid.gap if index and box.kind in ("map", "sum") else 0.0 for index, box in enumerate(ordered)]
        x = LEFT + grid.cell / 2 + (level + 2 * step) * grid.pitch - (sum(widths) + sum(gaps)) / 2
        for box, width, gap in zip(ordered, widths, gaps, strict=True):
            height = lowest + unit * log2(max(box.size) / smallest)
            x += gap
            last[level, step] = replace(box, x=x, y=middles[level] - height / 2, width=width, height=height)
            x += width
            yield last[level, step]
    for head in heads:
        before, (width, height) = last[0, head.node[1]], grid.badge
        y = before.middle[1] + 5
        yield replace(head, x=before.right + 2 * TURN, y=y, width=width, height=height, label=head.id.split(".")[-1])


def _rows(nodes: dict[Node, list[Box]], depth: int, text: float) -> tuple[list[float], float, float, int]:
    """The middle of each row, the height of the smallest map, of one doubling of the side, and that side."""
    sides = [max(max(box.size) for node, boxes in nodes.items() if node[0] == level for box in boxes)
             for level in range(depth + 1)]  # fmt: skip
    smallest = min(max(box.size) for boxes in nodes.values() for box in boxes)
    doublings = [log2(side / smallest) for side in sides]
    top, bottom, between = 2 * text + 12, text + 8, 2.4 * text + 16
    room = HEIGHT - top - bottom - between * depth
    lowest = min(max(0.3 * room / (depth + 1), LOWEST[0]), LOWEST[1])
    room -= lowest * (depth + 1)
    unit = min(TALLEST_DOUBLING, room / max(1.0, sum(doublings)))
    spare = (room - unit * sum(doublings)) / (depth + 1)
    y, middles = top + spare / 2, []
    for doubling in doublings:
        height = lowest + unit * doubling
        middles.append(y + height / 2)
        y += height + between + spare
    return middles, lowest, unit, smallest


def _arrows(trace: Trace, boxes: Sequence[Box], text: float) -> Iterator[Arrow]:
    edges = list(feeds(trace, boxes))
    sources: dict[str, list[int]] = {}  # steps of what is joined, the nearest first: so the parts stand
    rails: dict[int, float] = {}
    for kind, before, after in edges:
        if kind == "skip":
            sources[after.id] = sorted([*sources.get(after.id, ()), before.node[1]], reverse=True)
    for box in boxes:
        rails[box.node[0]] = min(rails.get(box.node[0], HEIGHT), box.y - text - 9)
    for kind, before, after in edges:
        x, y = before.middle
        points: tuple[Point, ...] = (before.right + 2, y), (after.x - 2, after.middle[1])
        if kind == "skip" and after.node[1] - before.node[1] > 1:
            rail, turn = rails[after.node[0]], before.right + TURN
            part = sources[after.id].index(before.node[1]) + 0.5
            end = after.x + part * after.width / after.parts
            yield on_rail(before.id, after.id, (points[0], (turn, y), (turn, rail)), ((end, rail), (end, after.y - 2)))
            continue
        if kind == "pool":
            points = (x, before.bottom + 2), (after.middle[0], after.y - 2)
        elif kind == "up":
            points = (x, before.y - text - 5), (after.middle[0], after.bottom + 2)
        elif kind == "head":
            points = (before.right + 2, after.middle[1]), points[1]
        yield Arrow(kind, before.id, after.id, points)
