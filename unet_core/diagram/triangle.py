"""The triangle of a nested net: a box per node X^{i,j} at x = level + 2 * step, y = level."""

from collections.abc import Iterator, Sequence

from unet_core import says
from unet_core.config import UNetConfig
from unet_core.diagram.sheet import HEIGHT, MARGIN, WIDTH, Arrow, Box, Diagram
from unet_core.messages import Message
from unet_core.trace import LayerRow, Trace

NODE_WIDTH, NODE_HEIGHT = 72.0, 36.0


def triangle(trace: Trace, config: UNetConfig) -> Diagram:
    boxes = tuple(_nodes(trace, config))
    return Diagram(
        boxes, tuple(_node_arrows(trace, boxes)), (), says.legend(config, nested=True),
        Message("Each box X is a block of convolutions, with its level and step; on it channels · side². "
                "Going down halves the side."),
    )  # fmt: skip


def _nodes(trace: Trace, config: UNetConfig) -> Iterator[Box]:
    pitch = (WIDTH - 2 * MARGIN - NODE_WIDTH) / (2 * config.depth)
    top = 52.0  # the rail of the first row runs above it
    rise = (HEIGHT - top - NODE_HEIGHT - 22) / config.depth
    rows_of: dict[tuple[int, int], list[LayerRow]] = {}
    heads = []
    for row in trace.rows:
        if row.kind == "head":
            heads.append(row)
        else:
            rows_of.setdefault(row.node or (0, 0), []).append(row)
    for (level, step), rows in rows_of.items():
        x, y = MARGIN + (level + 2 * step) * pitch, top + level * rise
        yield _node_box("node", rows, (level, step), (x, y, NODE_WIDTH, NODE_HEIGHT), f"X{level},{step}", config)
    for row in heads:
        level, step = row.node or (0, 0)
        x, y = MARGIN + 2 * step * pitch + NODE_WIDTH - 8, top + NODE_HEIGHT + 8
        yield _node_box("head", [row], (level, step), (x, y, 30.0, 18.0), f"L{step}", config)


def _node_box(
    kind: str, rows: Sequence[LayerRow], node: tuple[int, int], place: tuple[float, float, float, float], label: str,
    config: UNetConfig,
) -> Box:  # fmt: skip
    channels, height, width = rows[-1].out_shape
    shown = rows if kind == "head" else [row for row in rows if row.name.startswith(("encoder", "decoder"))]
    return Box(
        rows[-1].name, kind, tuple(row.name for row in rows), *place, channels=channels, size=(height, width),
        node=node, label=label, size_place="inside" if kind == "node" else "none", says=says.card(shown, config),
    )  # fmt: skip


def _node_arrows(trace: Trace, boxes: Sequence[Box]) -> Iterator[Arrow]:
    owner = {row: box for box in boxes for row in box.rows}
    seen = set()
    for source, target in trace.edges:
        before, after = owner[source], owner[target]
        looks_up_size = trace[target].kind == "crop" and trace[target].inputs[0] != source
        if before is after or looks_up_size or (before.id, after.id) in seen:
            continue
        seen.add((before.id, after.id))
        yield _node_arrow(before, after)


def _node_arrow(before: Box, after: Box) -> Arrow:
    (x1, y1), (x2, y2) = before.middle, after.middle
    if after.kind == "head":
        return Arrow(
            "head", before.id, after.id, ((after.middle[0], before.bottom + 1), (after.middle[0], after.y - 1))
        )
    if before.node[0] != after.node[0]:
        kind = "pool" if before.node[0] < after.node[0] else "up"
        start, end = (before.bottom + 2, after.y - 3) if kind == "pool" else (before.y - 2, after.bottom + 3)
        return Arrow(kind, before.id, after.id, ((x1 + 10, start), (x2 - 10, end)))
    if after.node[1] - before.node[1] == 1:
        return Arrow("skip", before.id, after.id, ((before.right + 2, y1), (after.x - 3, y2)))
    rail = before.y - 14  # longer skips share one rail above their row
    return Arrow("skip", before.id, after.id, ((x1, before.y - 1), (x1 + 14, rail), (x2 - 14, rail), (x2, after.y - 3)))
