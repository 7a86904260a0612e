"""Receptive field: what a pixel of the mask can see of the image, and what it does look at."""

from dataclasses import dataclass

import streamlit as st

from ui import why_figures, why_words
from ui.answers import answer, answer_key
from ui.kept import kept
from ui.language import joined, plain, translated
from ui.models import model
from ui.seen import Seen
from ui.state import t
from ui.turns import turn
from ui.uploads import chosen_name
from ui.why_figures import Figure, Levels
from ui.why_point import ask_point, picked
from ui.why_ripples import name_of
from ui.why_subject import chosen_truth, ready
from unet_core.experiments.field import Field, field_of
from unet_core.experiments.object_size import field_says
from unet_core.inside.places import carried
from unet_core.messages import Message
from unet_core.receptive_field import Box
from unet_core.trace import LayerRow

MARGIN = 0.1  # of the box's sides, shown around it
NOTICED = 0.005  # of all influence: less outside is not worth a sentence


@dataclass(frozen=True, eq=False)
class Looked:
    """A pixel's field, in an image of `size` as the network saw it; `blocks` are the rows of the feature maps."""

    key: str
    size: tuple[int, int]
    field: Field
    blocks: tuple[tuple[str, LayerRow], ...]
    says: tuple[Message, ...]
    notes: tuple[Message, ...]


def show(seen: Seen) -> None:
    point = ask_point(seen)
    with st.spinner(t("The gradient of this pixel goes back to the image …")):
        done = _looked(seen, point, chosen_name())
        data = _payload(seen, done)
    why_figures.show(data, "why_field", done.size, lambda row, column: picked(seen, done.size, row, column))
    st.write(joined(plain(t(sentence)) for sentence in (*done.says, *_about(done.field))))
    with st.expander(t("The cell of each block that covers this pixel, and the cells that reach it")):
        st.markdown(_table(seen, done))
    why_words.notes(done.notes)


def _key(seen: Seen, point: tuple[int, int], sample: str) -> str:
    return f"{answer_key(seen.image, seen.name, seen.marked)}/field/{point}/{sample}"


@kept(64, key=_key)
def _looked(seen: Seen, point: tuple[int, int], sample: str) -> Looked:
    """The truth of a sample tells how large objects are."""
    with turn():
        of, notes = ready(seen)
        height, width = of.pixels.shape[:2]
        field = field_of(of, *carried(*point, seen.image.pixels.shape[:2], (height, width)))
    says = field_says(of, field, chosen_truth((height, width)))
    return Looked(_key(seen, point, sample), of.size, field, tuple(of.drawn.values()), says, notes)


@kept(32, key=lambda seen, done: (done.key, seen.language, seen.told.threshold))
def _payload(seen: Seen, done: Looked) -> bytes:
    """All of the mask, and twice the part around the box: what lies in it, and how much each pixel counts."""
    field, language = done.field, seen.language
    mask = why_figures.mask_levels(seen.image.pixels, answer(seen.image, seen.name, seen.marked).per_class,
                                   seen.told.threshold / 256)  # fmt: skip
    part = _part(field.box, done.size)
    size, inner = (part.height, part.width), field.influence[part.top : part.bottom, part.left : part.right]
    point = field.pixel[0] - part.top, field.pixel[1] - part.left
    near = tuple((_moved(box, part), kind) for box, kind in _boxes(field))
    figures = [
        Figure("mask", translated("The mask, and the pixel", language),
               translated("Point somewhere else to ask another pixel.", language), mask, done.size,
               boxes=_boxes(field), points=(field.pixel,), pick=True),
        Figure("part", translated("What it can see", language),
               translated("blue: the box of all pixels that are wired to it; orange: around 50 % and, dashed, around "
                          "95 % of the influence", language),
               _cut(mask, part, done.size), size, boxes=near, points=(point,)),
        Figure("influence", translated("How much each pixel counts", language),
               translated("size of the gradient by its square root; dark: nothing", language),
               why_figures.root_levels(inner), size, "rising", near),
    ]  # fmt: skip
    return why_figures.payload(figures, translated("The receptive field of one pixel of the mask", language), language,
                               columns=len(figures))  # fmt: skip


def _boxes(field: Field) -> tuple[tuple[Box, str], ...]:
    row, column = field.pixel
    squares = [Box(row - radius, column - radius, row + radius + 1, column + radius + 1)
               for radius in (field.radius_50, field.radius_95)]  # fmt: skip
    return (field.box, "outer"), (squares[0], "inner"), (squares[1], "inner dashed")


def _part(box: Box, size: tuple[int, int]) -> Box:
    more = round(MARGIN * max(box.height, box.width)) + 1
    return Box(max(0, box.top - more), max(0, box.left - more), min(size[0], box.bottom + more),
               min(size[1], box.right + more))  # fmt: skip


def _moved(box: Box, part: Box) -> Box:
    return Box(box.top - part.top, box.left - part.left, box.bottom - part.top, box.right - part.left)


def _cut(levels: Levels, part: Box, size: tuple[int, int]) -> Levels:
    """The part of a picture of the image as it came."""
    whole = (levels.shape[0], levels.shape[1])
    top, left = carried(part.top, part.left, size, whole)
    bottom, right = carried(part.bottom, part.right, size, whole)
    return levels[top : max(bottom, top + 1), left : max(right, left + 1)]


def _about(field: Field) -> list[Message]:
    """What the gradient is, and where it leaves the box or the image."""
    said = []
    if not field.exact:
        said.append(Message("The box does not hold here, since the normalisation measures the whole image: "
                            "{percent:.1f} % of the influence comes from inside it.",
                            {"percent": 100 * field.inside}))  # fmt: skip
    if field.mirrored > NOTICED:
        said.append(Message("{percent:.1f} % of the influence lies on edges that were mirrored.",
                            {"percent": 100 * field.mirrored}))  # fmt: skip
    said.append(Message("The gradient holds for this pixel of this image: it says what a very small change would do, "
                        "and not what a large one does."))  # fmt: skip
    return said


def _table(seen: Seen, done: Looked) -> str:
    config = model(seen.name)[1].config
    heads = (t("Block"), t("Height × width"), t("Cell (row, column)"), t("Cells that reach the pixel"))
    lines = [f"| {' | '.join(heads)} |", "|---|---:|---:|---:|"]
    for kind, row in done.blocks:
        cell, box = done.field.cells[row.name], done.field.feeds.get(row.name)
        if kind in ("map", "input") and box is not None and row.node is not None:
            _, height, width = row.out_shape
            at = "–" if cell is None else f"{cell[0]}, {cell[1]}"
            name = plain(name_of(row.name, row.node, config, seen.language))
            lines.append(f"| {name}: `{row.name}` | {height} × {width} | {at} | {box.height} × {box.width} |")
    return "\n".join(lines)
