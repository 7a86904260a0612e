"""The U of the 2015 figure: a box per feature map, its height by the side, its width by the channels, both as log2."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from math import log2

from unet_core import says
from unet_core.config import UNetConfig
from unet_core.diagram.sheet import (
    BOTTOM,
    GAP,
    HEIGHT,
    LETTER,
    LOWEST,
    MARGIN,
    TALLEST_DOUBLING,
    WIDTH,
    Arrow,
    Box,
    Diagram,
    Word,
    size_text,
)
from unet_core.messages import Message
from unet_core.trace import LayerRow, Trace


def feature_maps(trace: Trace, config: UNetConfig, text: float) -> Diagram:
    boxes = _placed(list(_maps(trace, config)), config, text)
    arrows = tuple(_map_arrows(trace, boxes, text))
    return Diagram(
        tuple(boxes), arrows, _names(boxes, config, text), says.legend(config, nested=False),
        Message("Scale of this drawing: each doubling of the side adds the same height, each of the channels the same "
                "width."),
    )  # fmt: skip


def _maps(trace: Trace, config: UNetConfig) -> Iterator[Box]:
    """The rows gathered as the paper draws them, in order, without a place yet."""
    for _, group in groupby(trace.rows, key=lambda row: _map_of(row, config)):
        rows = tuple(group)
        channels, height, width = rows[-1].out_shape
        kind = _kind_of_map(rows)
        if kind == "copy":  # its own half: what came along the skip, not the whole of the concatenation
            channels = next(row for row in rows if row.kind == "concat").in_shapes[-1][0]
        yield Box(
            id=rows[-1].name, kind=kind, rows=tuple(row.name for row in rows), x=0, y=0, width=0, height=0,
            channels=channels, size=(height, width), node=rows[0].node or (0, 0), label=f"{channels}",
            says=says.card(rows, config),
        )  # fmt: skip


def _map_of(row: LayerRow, config: UNetConfig) -> str:
    """A name that neighbouring rows of one feature map share: a convolution with its padding, norm and ReLU."""
    part, _, leaf = row.name.rpartition(".")
    if row.kind == "dropout":
        return f"{part}.{config.convs_per_block}"
    if part.startswith("up.") or part.startswith("skip."):
        level = part.split(".")[1]
        return f"up.{level}" if part.startswith("up.") or config.skip == "add" else f"skip.{level}"
    return f"{part}.{leaf[-1]}" if part.startswith(("encoder", "decoder", "bottleneck")) else row.name


def _kind_of_map(rows: Sequence[LayerRow]) -> str:
    kinds = {row.kind for row in rows}
    for kind, name in (("concat", "copy"), ("add", "sum"), ("upconv", "up"), ("resize", "up"), ("input", "input"),
                       ("head", "head"), ("pool", "pool")):  # fmt: skip
        if kind in kinds:
            return name
    return "map"


def _placed(boxes: list[Box], config: UNetConfig, text: float) -> list[Box]:
    columns = _columns(boxes, shallow=config.convs_per_block == 1)
    pitch = (WIDTH - 2 * MARGIN) / max(columns)
    middles, lowest, unit, smallest = _rows_of_boxes(boxes, config.depth, text)
    most = max(box.channels for box in boxes)
    widest = min(54.0, 0.66 * pitch)
    placed: list[Box] = []
    for box, column in zip(boxes, columns, strict=True):
        width = 5 + (widest - 5) * log2(box.channels) / max(1, log2(most))
        height = lowest + unit * log2(max(box.size) / smallest)
        x, y = MARGIN + column * pitch - width / 2, middles[box.node[0]] - height / 2
        if box.kind == "copy":  # the skip's half stands at the left of the up-sampled half, which came just before
            x = placed[-1].x - width
        placed.append(replace(box, x=x, y=y, width=width, height=height))
    return [_with_labels(box, index, placed, pitch, text * LETTER) for index, box in enumerate(placed)]


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
    top, smallest_gap = text + 12, text + GAP
    room = HEIGHT - top - BOTTOM - smallest_gap * depth
    lowest = min(max(0.3 * room / (depth + 1), LOWEST[0]), LOWEST[1])
    unit = min(TALLEST_DOUBLING, (room - lowest * (depth + 1)) / max(1.0, sum(doublings)))
    heights = [lowest + unit * doubling for doubling in doublings]
    gap = min((HEIGHT - top - BOTTOM - sum(heights)) / depth, 2.2 * smallest_gap)
    y = top + (HEIGHT - top - BOTTOM - sum(heights) - gap * depth) / 2
    middles = []
    for height in heights:
        middles.append(y + height / 2)
        y += height + gap
    return middles, lowest, unit, smallest


def _with_labels(box: Box, index: int, boxes: Sequence[Box], pitch: float, letter: float) -> Box:
    """Decide by rule what can be written without a collision; the rest is in the hover card."""
    following = boxes[index + 1] if index + 1 < len(boxes) else None
    label = box.label
    if following is not None and following.kind == "copy":
        label = ""  # the pair has one label, above its copied half
    elif box.kind == "copy":
        label = f"{box.channels}+{boxes[index - 1].channels}"
        beside = len(following.label) if following else 0
        room = (
            pitch + boxes[index - 1].width / 2 - (len(label) + beside) * letter / 2
        )  # to the next label, at its right
        label = label if room > 2 else ""
    elif len(label) * letter > pitch and not _ends_its_run(following):
        label = ""
    return replace(box, label=label, size_place=_size_place(box, boxes, pitch, letter))


def _ends_its_run(following: Box | None) -> bool:
    """The last map at a level has room at its right, and stands for the channels of those before it."""
    return following is None or following.kind in ("pool", "up", "sum", "head")


def _size_place(box: Box, boxes: Sequence[Box], pitch: float, letter: float) -> str:
    length = len(size_text(box.size)) * letter
    if box.width >= 1.8 * letter and length + 4 <= box.height:
        return "inside"
    lowest = box.node[0] == max(other.node[0] for other in boxes)
    if lowest and length < pitch:  # no arrow leads down from there
        return "below"
    same_side = [
        other for other in boxes if other.node[0] == box.node[0] and (other.node[1] == 0) == (box.node[1] == 0)
    ]
    if box.node[1] == 0 and box is same_side[0]:
        return "left"
    return "right" if box.node[1] and box is same_side[-1] else "none"


def _map_arrows(trace: Trace, boxes: Sequence[Box], text: float) -> Iterator[Arrow]:
    owner = {row: box for box in boxes for row in box.rows}
    ups = {box.node: box for box in boxes if box.kind == "up"}
    for source, target in trace.edges:
        before, after = owner[source], owner[target]
        row = trace[target]
        if before is after or (before.kind == "up" and after.kind == "copy"):
            continue  # inside a box, or the two halves of a concatenation, which touch
        if after.kind in ("copy", "sum") and before.node[1] == 0 and before.node[0] == after.node[0]:
            yield _skip_arrow(before, after, trace, text * LETTER)
        elif row.kind in ("pool", "upconv", "resize"):
            yield _level_arrow("pool" if row.kind == "pool" else "up", before, after, text)
        else:
            start = ups[before.node] if before.kind == "copy" else before
            yield _straight("head" if row.kind == "head" else "conv", start, after)


def _straight(kind: str, before: Box, after: Box) -> Arrow:
    y = before.middle[1]
    return Arrow(kind, before.id, after.id, ((before.right + 2, y), (after.x - 2, y)))


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


def _skip_arrow(before: Box, after: Box, trace: Trace, letter: float) -> Arrow:
    y = after.middle[1]
    length = after.x - before.right - 4
    label = _fitting(_skip_labels(after, trace), length, letter)
    return Arrow("skip", before.id, after.id, ((before.right + 2, y), (after.x - 2, y)), label)


def _skip_labels(after: Box, trace: Trace) -> list[Message]:
    """From the longest to the shortest way to say what the skip does."""
    crops = [trace[row] for row in after.rows if trace[row].kind == "crop"]
    if not crops:
        return [Message("copy")]
    pixels = says.cropped_pixels(crops[0])
    return [
        Message("copy, crop {pixels} px per side", {"pixels": pixels}),
        Message("crop {pixels} px", {"pixels": pixels}),
        Message("−{pixels}", {"pixels": pixels}),
    ]


def _fitting(labels: Sequence[Message], length: float, letter: float) -> Message | None:
    return next((label for label in labels if len(str(label)) * letter * 0.86 < length - 8), None)


def _names(boxes: Sequence[Box], config: UNetConfig, text: float) -> tuple[Word, ...]:
    """Encoder at the lower left, decoder at the lower right, and the bottleneck under its boxes."""
    deepest = [box for box in boxes if box.node[0] == config.depth]
    centre = (deepest[0].x + deepest[-1].right) / 2
    below = any(box.size_place == "below" for box in deepest)
    lowest = max(box.bottom for box in deepest)
    under, side = lowest + (text + 17 if below else text + 5), lowest - 4
    return (
        Word(Message("Encoder"), max(70.0, centre * 0.42), side),
        Word(Message("Decoder"), min(WIDTH - 70, WIDTH - (WIDTH - centre) * 0.42), side),
        Word(Message("Bottleneck"), centre, under),
    )
