"""The U of a walk, with room in every box: a square for each block, pooling, up-sampling and copy.

As in the 2015 figure, but with one box for all the convolutions of a block, so that the squares are large enough for a
picture or for the sizes that pass through. Their side shrinks from level to level by a fixed ratio, far less than the
maps do. The sheet is WIDTH units wide and as high as it needs to be.
"""

from itertools import groupby

from unet_core import says
from unet_core.config import UNetConfig
from unet_core.diagram import WIDTH, Arrow, Box, Diagram, size_text
from unet_core.diagram.sheet import MARGIN, Point, length_of
from unet_core.messages import ExplainedError, Message
from unet_core.trace import LayerRow, Trace
from unet_core.walk.sheet_texts import RISE, inside, texts

RATIO = 0.86  # of a square's side to that of the level above
GAP = 0.3  # between two squares of a row, as a share of the uppermost square
DEEPEST = 4  # poolings of a network that fits the sheet: in deeper ones the squares are too small
Rows = tuple[LayerRow, ...]


def walk_sheet(trace: Trace, text: float, pictured: bool) -> Diagram:
    """The sheet of a traced U-Net, with texts `text` units high; not `pictured`, the boxes hold sizes instead.

    Raises ExplainedError for networks that do not fit: see `fits_sheet`.
    """
    config = trace.config
    if config is None or not fits_sheet(config):
        raise ExplainedError("the drawing of a walk holds a U-Net of depth {deepest} at most", deepest=DEEPEST)
    parts = {name: tuple(rows) for name, rows in groupby(trace.rows, key=lambda row: _part(row, config))}
    centres, sides, tops = _places(config, text)
    boxes = {
        name: _box(name, rows, config, centres, sides, tops, text if pictured else None) for name, rows in parts.items()
    }
    arrows = tuple(_arrows(boxes, config.depth, text))
    words = list(texts(boxes, arrows, text, {row.name: row for row in trace.rows}))
    if not pictured:
        words += [line for name, rows in parts.items() for line in inside(boxes[name], rows, text)]
    return Diagram(
        "maps", tuple(boxes.values()), arrows, tuple(words), says.legend(config, blocks=False),
        Message("A box stands for all the convolutions of a block; each level of boxes is drawn a little smaller."),
    )  # fmt: skip


def fits_sheet(config: UNetConfig) -> bool:
    """True for a U-Net that is not too deep; a nested net has too many blocks."""
    return not config.nested and config.depth <= DEEPEST


def height(sheet: Diagram) -> float:
    """Of a walk's sheet, in units: down to the word under the lowest box."""
    return max(text.y for text in sheet.texts) + 8


def _part(row: LayerRow, config: UNetConfig) -> str:
    """The box of a row: 'encoder.0', 'pool.0', 'bottleneck', 'up.0', 'skip.0', 'decoder.0', 'head' or 'input'."""
    part, _, rest = row.name.partition(".")
    if part in ("bottleneck", "head", "input"):
        return part
    if part == "skip" and config.skip == "add":
        part = "up"  # what is added makes no map beside the other
    return f"{part}.{rest.partition('.')[0]}"


def _places(config: UNetConfig, text: float) -> tuple[dict[str, float], list[float], list[float]]:
    """The middle of every box from left to right, and of every level the side of a square and where it begins."""
    depth = config.depth
    shares = [RATIO**level for level in range(depth + 1)]
    middle = {"input": 0.5, "encoder.0": 1.5 + GAP}
    for level in range(1, depth + 1):
        name = f"encoder.{level}" if level < depth else "bottleneck"
        middle[f"pool.{level - 1}"] = middle[f"encoder.{level - 1}"]
        middle[name] = middle[f"pool.{level - 1}"] + shares[level] + GAP
    room = middle[f"encoder.{depth - 1}"] + 2 * shares[depth - 1] + GAP  # for the copy, between encoder and decoder
    middle["bottleneck"] = max(middle["bottleneck"], room)
    below = "bottleneck"
    for level in reversed(range(depth)):
        middle[f"up.{level}"] = middle[below]
        middle[f"skip.{level}"] = middle[below] - shares[level]
        below = f"decoder.{level}"
        middle[below] = middle[f"up.{level}"] + shares[level] + GAP
    middle["head"] = middle["decoder.0"] + 1 + GAP
    wide, first, between = middle["head"] + 0.5, text + RISE, text + RISE + 24
    scale = (WIDTH - MARGIN) / wide
    sides = [scale * share for share in shares]
    tops = [first + sum(sides[:level]) + level * between for level in range(depth + 1)]
    return {name: MARGIN / 2 + scale * x for name, x in middle.items()}, sides, tops


def _box(
    name: str, rows: Rows, config: UNetConfig, centres: dict[str, float], sides: list[float], tops: list[float],
    text: float | None,
) -> Box:  # fmt: skip
    """`text` is the height of labels that name the size as well, where there is room for it."""
    part, node = name.partition(".")[0], rows[0].node or (0, 0)
    channels, height, width = rows[-1].out_shape
    label = str(channels)
    if part == "skip":  # its own half: what came along the skip, not the whole of the concatenation
        channels = rows[-1].in_shapes[-1][0]
        label = f"{channels}+{rows[-1].in_shapes[0][0]}"
    elif part == "up" and node[0] in config.connected_levels and config.skip == "concat":
        label = ""  # the pair has one label, over its seam
    side = sides[node[0]]
    whole = f"{size_text((height, width))}×" + (f"({label})" if part == "skip" else label)
    if text and label and length_of(whole, text) <= (2 if part == "skip" else 1) * side + GAP * sides[0]:
        label = whole
    kind = {"input": "input", "pool": "pool", "up": "up", "skip": "copy", "head": "head"}.get(part, "map")
    return Box(
        rows[-1].name, kind, tuple(row.name for row in rows), centres[name] - side / 2, tops[node[0]], side, side,
        channels=channels, size=(height, width), node=node, label=label, says=says.card(rows, config),
    )  # fmt: skip


def _arrows(boxes: dict[str, Box], depth: int, text: float) -> list[Arrow]:
    arrows = [_across("conv", boxes["input"], boxes["encoder.0"])]
    for level in range(depth):
        above, pool, up = boxes[f"encoder.{level}"], boxes[f"pool.{level}"], boxes[f"up.{level}"]
        inner = boxes.get(f"encoder.{level + 1}", boxes["bottleneck"])
        below = boxes.get(f"decoder.{level + 1}", boxes["bottleneck"])
        arrows += [_between_rows("pool", above, pool, text), _across("conv", pool, inner),
                   _between_rows("up", below, up, text), _across("conv", up, boxes[f"decoder.{level}"])]  # fmt: skip
        if f"skip.{level}" in boxes:
            arrows.append(_across("skip", above, boxes[f"skip.{level}"]))
    return [*arrows, _across("head", boxes["decoder.0"], boxes["head"])]


def _across(kind: str, before: Box, after: Box) -> Arrow:
    y = before.middle[1]
    return Arrow(kind, before.id, after.id, ((before.right + 3, y), (after.x - 3, y)))


def _between_rows(kind: str, before: Box, after: Box, text: float) -> Arrow:
    """Under the upper box and over the label of the lower one."""
    upper, lower = sorted((before, after), key=lambda box: box.y)
    x = before.middle[0]
    ends: tuple[Point, Point] = ((x, upper.bottom + 3), (x, lower.y - text - RISE))
    return Arrow(kind, before.id, after.id, ends if before is upper else ends[::-1])
