"""The U of the 2015 figure: a box per feature map, its height by the side, its width by the channels, both as log2."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import log2

from unet_core import says
from unet_core.config import UNetConfig
from unet_core.diagram.map_texts import write_texts
from unet_core.diagram.maps import feeds, gathered
from unet_core.diagram.sheet import HEIGHT, MARGIN, WIDTH, Arrow, Box, Diagram
from unet_core.messages import Message
from unet_core.trace import Trace

GAP = 27.0  # between two rows of boxes, beside a channel count: an arrow
LOWEST, TALLEST_DOUBLING = (20.0, 56.0), 60.0  # height of the smallest feature map; most that twice the side adds
SCALE = Message("Scale of this drawing: each doubling of the side adds the same height, each of the channels the same "
                "width.")  # fmt: skip


def feature_maps(trace: Trace, config: UNetConfig, text: float, narrowest: float, sizes: bool) -> Diagram:
    """Boxes at least `narrowest` units wide, as far as there is room, so that a picture fits into each."""
    boxes = _placed(list(gathered(trace, config)), config, text, narrowest)
    arrows = tuple(_arrows(trace, boxes, text))
    texts = write_texts(trace, config, boxes, arrows, text, sizes=sizes, inside=not narrowest)
    return Diagram("maps", tuple(boxes), arrows, texts, says.legend(config, blocks=False), SCALE)


def _placed(boxes: list[Box], config: UNetConfig, text: float, narrowest: float) -> list[Box]:
    columns = _columns(boxes, shallow=config.convs_per_block == 1)
    pitch = (WIDTH - 2 * MARGIN) / max(columns)
    middles, lowest, unit, smallest = _rows_of_boxes(boxes, config.depth, text)
    most = max(box.channels for box in boxes)
    widest = min(54.0, 0.66 * pitch)
    placed: list[Box] = []
    for box, column in zip(boxes, columns, strict=True):
        width = 5 + (widest - 5) * log2(box.channels) / max(1, log2(most))
        width = max(width, min(narrowest, 0.72 * pitch))
        height = lowest + unit * log2(max(box.size) / smallest)
        x, y = MARGIN + column * pitch - width / 2, middles[box.node[0]] - height / 2
        if box.kind == "copy":  # the skip's half stands at the left of the up-sampled half, which came just before
            x = placed[-1].x - width
        placed.append(replace(box, x=x, y=y, width=width, height=height))
    return placed


def _columns(boxes: Sequence[Box], shallow: bool) -> list[float]:
    """One step to the right per convolution; poolings go straight down and up-samplings straight up."""
    column, columns = 0.0, []
    for index, box in enumerate(boxes):
        if index and box.kind in ("map", "head"):
            column += 1
        elif shallow and box.kind in ("up", "sum"):
            column += 1.2  # one convolution per block leaves no room for the skip
        columns.append(column)
    return columns


def _rows_of_boxes(boxes: Sequence[Box], depth: int, text: float) -> tuple[list[float], float, float, int]:
    """The middle of each level's row, the height of the smallest map, of one doubling of the side, and that side."""
    sides = [max(max(box.size) for box in boxes if box.node[0] == level) for level in range(depth + 1)]
    smallest = min(max(box.size) for box in boxes)
    doublings = [log2(side / smallest) for side in sides]
    top, bottom, smallest_gap = text + 12, 2 * text + 16, text + GAP
    room = HEIGHT - top - bottom - smallest_gap * depth
    lowest = min(max(0.3 * room / (depth + 1), LOWEST[0]), LOWEST[1])
    unit = min(TALLEST_DOUBLING, (room - lowest * (depth + 1)) / max(1.0, sum(doublings)))
    heights = [lowest + unit * doubling for doubling in doublings]
    gap = min((HEIGHT - top - bottom - sum(heights)) / depth, 2.2 * smallest_gap)
    y = top + (HEIGHT - top - bottom - sum(heights) - gap * depth) / 2
    middles = []
    for height in heights:
        middles.append(y + height / 2)
        y += height + gap
    return middles, lowest, unit, smallest


def _arrows(trace: Trace, boxes: Sequence[Box], text: float) -> Iterator[Arrow]:
    for kind, before, after in feeds(trace, boxes):
        if kind in ("pool", "up"):
            yield _level_arrow(kind, before, after, text)
        else:
            y = after.middle[1]
            yield Arrow(kind, before.id, after.id, ((before.right + 2, y), (after.x - 2, y)))


def _level_arrow(kind: str, before: Box, after: Box, text: float) -> Arrow:
    """From row to row; it stops short of the channel count above the lower box. Straight where columns agree."""
    lower, upper = (after, before) if kind == "pool" else (before, after)
    low, high = lower.y - text - 6, upper.bottom + 3
    (x1, _), (x2, _) = before.middle, after.middle
    start, end = (high, low) if kind == "pool" else (low, high)
    if abs(x1 - x2) < 1:
        return Arrow(kind, before.id, after.id, ((x1, start), (x2, end)))
    bend = (low + high) / 2
    return Arrow(kind, before.id, after.id, ((x1, start), (x1, bend), (x2, bend), (x2, end)))
