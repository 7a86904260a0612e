"""What is written in the U of feature maps, in the order of its importance; see `Writer` for what has no room."""

from collections.abc import Iterator, Sequence

from unet_core import says
from unet_core.config import UNetConfig
from unet_core.diagram.sheet import BELOW, WIDTH, Arrow, Box, Text, length_of, size_text
from unet_core.diagram.writer import Writer
from unet_core.messages import Message
from unet_core.trace import Trace

ENDS = ("pool", "up", "sum", "head")  # the map before one of these is the last of its block


def write_texts(
    trace: Trace, config: UNetConfig, boxes: Sequence[Box], arrows: Sequence[Arrow], text: float, sizes: bool,
    inside: bool,
) -> tuple[Text, ...]:  # fmt: skip
    """Channels above, sizes in or beside the boxes (not `inside` where there are pictures), the skips' words, names."""
    writer = Writer(boxes, arrows)
    for label in _labels(boxes, text):
        writer.write(label)
    by_id = {box.id: box for box in boxes}
    for arrow in arrows:
        if arrow.kind == "skip":
            writer.write(*skip_texts(arrow, by_id[arrow.target], trace, text))
    if sizes:
        for run in _runs(boxes):
            _write_sizes(writer, run, text, inside, deepest=run[0].node[0] == config.depth)
    for words in _names(boxes, config, text):
        writer.write(*words)
    return tuple(writer.texts)


def _labels(boxes: Sequence[Box], text: float) -> Iterator[Text]:
    """Channel counts, first those that stand for a whole block."""
    ends: list[Text] = []
    others: list[Text] = []
    for index, box in enumerate(boxes):
        following = boxes[index + 1] if index + 1 < len(boxes) else None
        if following is not None and following.kind == "copy":
            continue  # the pair has one label, above its copied half
        pair = box.kind == "copy"
        label = Text(
            f"{box.channels}+{boxes[index - 1].channels}" if pair else box.label,
            box.right if pair else box.middle[0], box.y - 0.25 * text - 2, text, "label", box.id,
        )  # fmt: skip
        last = following is None or following.kind in ENDS or box.kind in ("input", "head")
        (ends if last else others).append(label)
    yield from ends
    yield from others


def _runs(boxes: Sequence[Box]) -> Iterator[list[Box]]:
    """The boxes that stand side by side: a level's encoder, its decoder, and the bottleneck, from left to right."""
    sides = sorted({(box.node[0], box.node[1] > 0) for box in boxes})
    for level, right in sides:
        run = [box for box in boxes if box.node[0] == level and (box.node[1] > 0) == right]
        yield sorted(run, key=lambda box: box.x)


def _write_sizes(writer: Writer, run: Sequence[Box], text: float, inside: bool, deepest: bool) -> None:
    """Once beside the run where all its maps are of one size, else in or at every box that has room."""
    first, last = run[0], run[-1]
    if len({box.size for box in run}) == 1:
        decoder = first.node[1] > 0
        writer.write(*[_beside(last, text, 1), _beside(first, text, -1)][:: 1 if decoder else -1], _under(first, text))
        return
    for box in run:
        candidates = [_in(box, text)] if inside and _fits_in(box, text) else []
        if deepest:
            candidates.append(_under(box, text))  # no arrow leads down from there
        if box is first and not first.node[1]:
            candidates.append(_beside(box, text, -1))
        if box is last:
            candidates.append(_beside(box, text, 1))
        writer.write(*candidates, _under(box, text))


def _fits_in(box: Box, text: float) -> bool:
    return box.width >= text and box.height >= length_of(size_text(box.size), text) + 4


def _in(box: Box, text: float) -> Text:
    x, y = box.middle
    return Text(size_text(box.size), x + 0.34 * text, y, text, "size in", box.id, upright=True)


def _under(box: Box, text: float) -> Text:
    return Text(size_text(box.size), box.middle[0], box.bottom + text, text, "size", box.id)


def _beside(box: Box, text: float, side: int) -> Text:
    x = box.right + 6 if side > 0 else box.x - 6
    anchor = "start" if side > 0 else "end"
    return Text(size_text(box.size), x, box.middle[1] + 0.34 * text, text, "size", box.id, anchor)


def skip_texts(arrow: Arrow, after: Box, trace: Trace, text: float) -> list[Text]:
    """From the longest to the shortest way to say what a straight skip does, each above its line if it is as short."""
    (x1, y), (x2, _) = arrow.points[0], arrow.points[-1]
    crops = [trace[row] for row in after.rows if trace[row].kind == "crop"]
    if crops:
        pixels = says.cropped_pixels(crops[0])
        words = [
            Message("copy, crop {pixels} px per side", {"pixels": pixels}),
            Message("crop {pixels} px", {"pixels": pixels}), Message("−{pixels}", {"pixels": pixels}),
        ]  # fmt: skip
    else:
        words = [Message("copy")]
    return [
        Text(word, (x1 + x2) / 2, y - BELOW * text - 2.5, text, "skip", arrow.id)
        for word in words
        if length_of(str(word), 0.86 * text) < x2 - x1 - 8  # words are narrower than figures
    ]


def _names(boxes: Sequence[Box], config: UNetConfig, text: float) -> Iterator[list[Text]]:
    """The bottleneck's name under its boxes, and encoder and decoder, at the same height at the left and right."""
    deepest = [box for box in boxes if box.node[0] == config.depth]
    centre = (deepest[0].x + deepest[-1].right) / 2
    lowest = max(box.bottom for box in deepest)
    height = 1.08 * text
    yield [Text(Message("Bottleneck"), centre, lowest + room, height, "word") for room in (text + 5, 2 * text + 5)]
    side, left, right = lowest - 3.6 * text, max(70.0, centre * 0.42), min(WIDTH - 70, WIDTH - (WIDTH - centre) * 0.42)
    yield [Text(Message("Encoder"), left, side, height, "word")]
    yield [Text(Message("Decoder"), right, side, height, "word")]
