"""What is written in the feature maps of a nested net, in the order of its importance."""

from collections.abc import Iterator, Sequence

from unet_core.diagram.sheet import Arrow, Box, Text, size_text
from unet_core.diagram.writer import Writer


def write_texts(boxes: Sequence[Box], arrows: Sequence[Arrow], text: float, sizes: bool) -> tuple[Text, ...]:
    """First what each node makes and its name, then sizes, then the channels of the maps on the way there."""
    writer = Writer(boxes, arrows)
    nodes: dict[tuple[int, int], list[Box]] = {}
    for box in boxes:
        if box.kind == "head":
            x, y = box.middle
            writer.write(Text(box.label, x, y + 0.34 * text, text, "badge", box.id))
        else:
            nodes.setdefault(box.node, []).append(box)
    clusters = [sorted(group, key=lambda box: box.x) for group in nodes.values()]
    for group in clusters:
        writer.write(_above(group[-1], text))
    for group in clusters:
        writer.write(*_names(group, text))
    for group in clusters:
        if sizes:
            _write_sizes(writer, group, text)
    for group in clusters:
        for box in group[:-1]:
            below = Text(box.label, box.middle[0], box.bottom + text, text, "label", box.id)
            writer.write(*([_above(box, text), below] if box.kind != "copy" else [below]))
    return tuple(writer.texts)


def _above(box: Box, text: float) -> Text:
    return Text(box.label, box.middle[0], box.y - 0.25 * text - 1, text, "label", box.id)


def _names(group: Sequence[Box], text: float) -> Iterator[Text]:
    """X^{i,j} under its group, in the middle or where else there is room."""
    level, step = group[-1].node
    y = max(box.bottom for box in group) + 1.2 * text
    left, right = group[0].x, group[-1].right
    for x in ((left + right) / 2, 0.4 * left + 0.6 * right, 0.2 * left + 0.8 * right, right):
        yield Text("X", x, y, 1.1 * text, "name", group[-1].id, index=f"{level},{step}", index_height=text)


def _write_sizes(writer: Writer, group: Sequence[Box], text: float) -> None:
    """At the left of a row's first node; under the others where their maps are of several sizes, as when padding is
    valid."""
    first, last = group[0], group[-1]
    if last.node[1] == 0:
        y = first.middle[1] + 0.34 * text
        writer.write(Text(size_text(first.size), first.x - 6, y, text, "size", first.id, "end"))
    if len({box.size for box in group}) > 1:
        y = max(box.bottom for box in group) + text
        for box in (last, first):
            if writer.write(Text(size_text(box.size), box.middle[0], y, text, "size", box.id)):
                break
