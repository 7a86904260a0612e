"""The blocks of a network: a box per node X^{i,j} at x = level + 2 * step, y = level. A U-Net makes a V, a nested net a
triangle; a skip that passes other nodes takes the rail above its row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from unet_core import says
from unet_core.config import UNetConfig
from unet_core.diagram.map_texts import skip_texts
from unet_core.diagram.rails import on_rail
from unet_core.diagram.sheet import HEIGHT, WIDTH, Arrow, Box, Diagram, Place, Text, length_of, size_text
from unet_core.diagram.writer import Writer
from unet_core.messages import Message
from unet_core.trace import LayerRow, Trace

ASIDE = 14.0  # units left free at the left and the right
GROWN = 1.5  # how much larger than asked for the words in a node may be where there is room
STEEPEST = 240.0  # units from row to row
NAME = 1.2  # height of a node's X, as a share of its index's
SCALE = Message("Each box X is a block of convolutions, with its level and step; on it channels · side². Each pooling "
                "halves the side.")  # fmt: skip


@dataclass(frozen=True)
class Grid:
    """Where nodes stand: the upper left corner of X^{0,0}, the steps between columns and rows, the size of a node."""

    left: float
    top: float
    pitch: float
    rise: float
    width: float
    height: float
    text: float  # height of what is written on a node
    badge: tuple[float, float]

    def node(self, level: int, step: int) -> Place:
        return self.left + (level + 2 * step) * self.pitch, self.top + level * self.rise, self.width, self.height

    def head(self, step: int) -> Place:
        """A badge at the right of its node, below the skip that leaves there."""
        width, height = self.badge
        x, y, _, _ = self.node(0, step)
        return x + self.width + 13, y + self.height - height, width, height


def blocks(trace: Trace, config: UNetConfig, text: float, sizes: bool, grid: Grid | None = None) -> Diagram:
    """The nodes of `trace` and what each of them feeds; on a `grid` of several networks it may stand with them."""
    rows_of, heads = _grouped(trace)
    grid = grid or grid_of([trace], text, sizes)
    boxes = tuple(_boxes(rows_of, heads, config, grid))
    arrows = tuple(_arrows(trace, boxes))
    return Diagram("blocks", boxes, arrows, _texts(trace, config, boxes, arrows, grid, text, sizes),
                   says.legend(config, blocks=True), SCALE)  # fmt: skip


def _grouped(trace: Trace) -> tuple[dict[tuple[int, int], list[LayerRow]], list[LayerRow]]:
    """The rows of each node in the order the nodes run, and the heads."""
    rows_of: dict[tuple[int, int], list[LayerRow]] = {}
    heads = [row for row in trace.rows if row.kind == "head"]
    for row in trace.rows:
        if row.kind != "head":
            rows_of.setdefault(row.node or (0, 0), []).append(row)
    return rows_of, heads


def grid_of(traces: Sequence[Trace], text: float, sizes: bool = True) -> Grid:
    """The grid on which each of these networks, traced from a UNetConfig, has room."""
    badges, written, depth = list[str](), list[str](), 1
    for trace in traces:
        assert trace.config is not None
        rows_of, heads = _grouped(trace)
        depth = max(depth, trace.config.depth)
        badges += [_head_label(row, trace.config) for row in heads]
        written += [_figures(rows[-1]) for rows in rows_of.values()] if sizes else []
    share = NAME + 0.75 + (1.15 if sizes else 0)  # height of a node, in heights of its figures
    top = 1.6 * text + 10  # the rail of the first row runs above it
    grown = min(GROWN, max(1.0, 0.55 * (HEIGHT - top - 12) / (depth + 0.55) / (share * text)))
    figure = text * grown
    badge = (max(length_of(label, figure) for label in badges) + 8, 1.3 * figure)
    widest = (WIDTH - 2 * ASIDE - (badge[0] + 24) * (depth + 1)) / (depth + 1)  # leaves a gap of a badge between nodes
    width = min(widest, max([72.0 * grown, *(length_of(line, figure) + 10 for line in written)]))
    height = share * figure
    pitch = (WIDTH - 2 * ASIDE - width - badge[0] - 13) / (2 * depth)
    room = HEIGHT - top - height - 12
    rise = min(STEEPEST, room / depth)
    return Grid(ASIDE, top + (room - rise * depth) / 2, pitch, rise, width, height, figure, badge)


def _boxes(
    rows_of: dict[tuple[int, int], list[LayerRow]], heads: Sequence[LayerRow], config: UNetConfig, grid: Grid
) -> Iterator[Box]:
    for (level, step), rows in rows_of.items():
        yield _box("node", rows, (level, step), grid.node(level, step), f"X{level},{step}", config)
    for row in heads:
        level, step = row.node or (0, 0)
        yield _box("head", [row], (level, step), grid.head(step), _head_label(row, config), config)


def _head_label(row: LayerRow, config: UNetConfig) -> str:
    """L1 .. Ld, as the heads of the nested nets are called; a U-Net's only one by its classes."""
    return row.name.rpartition(".")[2] if config.nested else str(row.out_shape[0])


def _box(
    kind: str, rows: Sequence[LayerRow], node: tuple[int, int], place: Place, label: str, config: UNetConfig
) -> Box:
    channels, height, width = rows[-1].out_shape
    convolutions = [row for row in rows if row.name.startswith(("encoder", "decoder", "bottleneck"))]
    operations, *others = says.card(convolutions or rows, config)
    if kind == "node":
        names: dict[str, object] = {"level": node[0], "step": node[1], "operations": operations}
        operations = Message("X^({level},{step}): {operations}", names)
    return Box(
        rows[-1].name, kind, tuple(row.name for row in rows), *place, channels=channels, size=(height, width),
        node=node, label=label, says=(operations, *others),
    )  # fmt: skip


def _figures(row: LayerRow) -> str:
    channels, height, width = row.out_shape
    return f"{channels}·{size_text((height, width))}"


def _arrows(trace: Trace, boxes: Sequence[Box]) -> Iterator[Arrow]:
    owner = {row: box for box in boxes for row in box.rows}
    seen = set()
    for source, target in trace.edges:
        before, after = owner[source], owner[target]
        looks_up_size = trace[target].kind == "crop" and trace[target].inputs[0] != source
        if before is after or looks_up_size or (before.id, after.id) in seen:
            continue
        seen.add((before.id, after.id))
        yield _arrow(before, after, boxes)


def _arrow(before: Box, after: Box, boxes: Sequence[Box]) -> Arrow:
    (x1, _), (x2, y2) = before.middle, after.middle
    if after.kind == "head":
        return Arrow("head", before.id, after.id, ((before.right + 1, y2), (after.x - 1, y2)))
    aside = 0.3 * before.width
    if before.node[0] < after.node[0]:
        return Arrow("pool", before.id, after.id, ((x1 + aside, before.bottom + 2), (x2 - aside, after.y - 2)))
    if before.node[0] > after.node[0]:
        ends = (x1 + 1.35 * aside, before.y - 2), (x2 - 1.35 * aside, after.bottom + 2)
        return Arrow("up", before.id, after.id, ends)
    between = [box for box in boxes if box.node[0] == before.node[0] and before.node[1] < box.node[1] < after.node[1]]
    if not any(box.kind == "node" for box in between):
        y = before.y + 0.36 * before.height
        return Arrow("skip", before.id, after.id, ((before.right + 2, y), (after.x - 2, y)))
    rail = before.y - 12
    start, end = x1 + 0.5 * aside, x2 - 0.5 * aside
    return on_rail(
        before.id, after.id, ((start, before.y - 1), (start + 8, rail)), ((end - 8, rail), (end, after.y - 2))
    )


def _texts(
    trace: Trace, config: UNetConfig, boxes: Sequence[Box], arrows: Sequence[Arrow], grid: Grid, text: float,
    sizes: bool,
) -> tuple[Text, ...]:  # fmt: skip
    writer = Writer(boxes, arrows)
    by_id = {box.id: box for box in boxes}
    small, high = grid.text, NAME * grid.text
    for box in boxes:
        x, y = box.middle
        if box.kind == "head":
            writer.write(Text(box.label, x, y + 0.34 * small, small, "badge", box.id))
            continue
        row = trace[box.id]
        base = box.y + (0.42 * small if sizes else 0.4 * small) + 0.76 * high
        writer.write(Text("X", x, base, high, "name", box.id, index=box.label[1:], index_height=small))
        size = Text(_figures(row), x, base + 1.2 * small, small, "size in", box.id)
        if sizes and size.frame[2] < box.width:
            writer.write(size)
    for arrow in arrows:
        if arrow.kind == "skip" and not config.nested:
            writer.write(*skip_texts(arrow, by_id[arrow.target], trace, text))
    return tuple(writer.texts)
