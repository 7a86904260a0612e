"""What is written on the sheet of a walk: labels over the boxes, sizes in them, and the names of the U's parts."""

from collections.abc import Iterator, Mapping, Sequence

from unet_core.diagram.sheet import MARGIN, WIDTH, Arrow, Box, Text, length_of, size_text
from unet_core.messages import Message
from unet_core.says import cropped_pixels
from unet_core.trace import LayerRow

RISE = 6.0  # of a label over its box, in units
LEADING = 1.2  # from line to line in a box, as a share of the height of its letters


def texts(
    boxes: Mapping[str, Box], arrows: Sequence[Arrow], text: float, rows: Mapping[str, LayerRow]
) -> Iterator[Text]:
    """Labels, copies and words, `text` units high; `boxes` by their parts, as in 'encoder.0', `rows` by their names."""
    for box in boxes.values():
        if box.label:
            x = box.right if box.kind == "copy" else box.middle[0]
            yield Text(box.label, x, box.y - RISE, text, "label", box.id)
    for arrow in arrows:
        if arrow.kind == "skip":
            box = next(box for box in boxes.values() if box.id == arrow.target)
            yield from _copy(arrow, [rows[name] for name in box.rows], text)
    yield from _words(boxes, text)


def inside(box: Box, rows: Sequence[LayerRow], text: float) -> Iterator[Text]:
    """The sizes that pass through a box, from top to bottom: as many of the last ones as there is room for."""
    sizes = [row.out_shape[1:] for row in rows]
    if box.kind == "copy":  # it comes as large as the encoder's map
        sizes.insert(0, rows[0].in_shapes[-1 if rows[0].kind == "concat" else 0][1:])
    lines = list(dict.fromkeys(size_text((height, width)) for height, width in sizes))
    lines = [line for line in lines if length_of(line, text) <= box.width - 4]
    lines = lines[-int(box.height / (LEADING * text)) :]
    first = box.middle[1] - (len(lines) - 1) * LEADING * text / 2 + 0.36 * text
    for index, line in enumerate(lines):
        yield Text(line, box.middle[0], first + index * LEADING * text, text, "size in", box.id)


def _copy(arrow: Arrow, rows: Sequence[LayerRow], text: float) -> Iterator[Text]:
    """What a skip does, over its arrow, in as many words as there is room for; the legend says it too."""
    (x1, y), (x2, _) = arrow.points
    words = [Message("copy")]
    for row in rows:
        if row.kind == "crop":
            pixels = {"pixels": cropped_pixels(row)}
            words = [Message("copy, crop {pixels} px per side", pixels), Message("crop {pixels} px", pixels)]
    for word in words:
        if x2 - x1 > length_of(str(word), text) + 2 * text:
            yield Text(word, (x1 + x2) / 2, y - RISE, text, "skip", arrow.id)
            return


def _words(boxes: Mapping[str, Box], text: float) -> Iterator[Text]:
    """Encoder and decoder outside the U, at its lowest level, and the bottleneck under its box."""
    bottleneck = boxes["bottleneck"]
    outside = (MARGIN + boxes["pool.0"].x) / 2
    yield Text(Message("Encoder"), outside, bottleneck.y, 1.2 * text, "word")
    yield Text(Message("Decoder"), WIDTH - outside, bottleneck.y, 1.2 * text, "word")
    yield Text(Message("Bottleneck"), bottleneck.middle[0], bottleneck.bottom + text + RISE, 1.2 * text, "word")
