"""Poke: a dot on the image, and the difference it makes in every block, down the U, across and up again."""

import streamlit as st

from ui import why_figures, why_words
from ui.answers import answer_key
from ui.kept import kept
from ui.language import joined, translated
from ui.models import model
from ui.seen import Seen
from ui.state import t
from ui.turns import turn
from ui.why_figures import Figure
from ui.why_point import ask_point, picked
from ui.why_ripples import Block, Poked, mask_figure, ripple_figures
from ui.why_state import asking, take_over
from ui.why_subject import ready
from unet_core.experiments import strip
from unet_core.experiments.poke import Dot, poke
from unet_core.inside.places import carried
from unet_core.ranges import check_range

LARGEST = 16  # pixels of the radius
COLUMNS = [1, 2.6]


def show(seen: Seen) -> None:
    left, right = st.columns(COLUMNS, gap="large")
    with left:
        point = ask_point(seen)
        radius = _slide("radius", t("Radius in pixels"), 0, LARGEST)
        brightness = _slide("brightness", t("Brightness in percent"), 0, 100)
    with right, st.spinner(t("The network looks at the image with the dot and without …")):
        done = _poked(seen, point, radius, brightness)
    with left:
        why_figures.show(_dot_payload(seen, done), "why_dot", done.size,
                         lambda row, column: picked(seen, done.size, row, column))  # fmt: skip
    with right:
        why_figures.show(_payload(seen, done), "why_poke")
        st.write(_says(done))
        why_words.notes(done.notes)


def _slide(name: str, label: str, low: int, high: int) -> int:
    st.session_state[f"why_{name}"] = getattr(asking(), name)
    return int(st.slider(label, low, high, key=f"why_{name}", on_change=take_over, args=(name,)))


def _key(seen: Seen, point: tuple[int, int], radius: int, brightness: int) -> str:
    return f"{answer_key(seen.image, seen.name, seen.marked)}/{point}/{radius}/{brightness}"


@kept(128, key=_key)
def _poked(seen: Seen, point: tuple[int, int], radius: int, brightness: int) -> Poked:
    """Of the ripples only what is shown is kept. Raises ExplainedError for a dot out of bounds."""
    check_range("radius", radius, 0, LARGEST)
    with turn():
        of, notes = ready(seen)
        height, width = of.pixels.shape[:2]
        row, column = carried(*point, seen.image.pixels.shape[:2], (height, width))
        found = poke(of, Dot(row, column, radius, (brightness / 100,)))
    piece = strip.piece_of(found, of.size)
    ripples = [found.ripples[row] for row in strip.blocks(found.ripples)]
    blocks = tuple(Block(one.row, one.node, one.shape, one.peak, strip.cut(one, piece)) for one in ripples)
    return Poked(
        _key(seen, point, radius, brightness), of.size, of.seen(row, column), found.pixels, piece,
        strip.mask_box(found), blocks, len(found.ripples), strip.outside(found), found.exact,
        (found.before, found.after), (*notes, *found.notes[len(of.notes) :]),
    )  # fmt: skip


@kept(32, key=lambda seen, done: (done.key, seen.language))
def _dot_payload(seen: Seen, done: Poked) -> bytes:
    figure = Figure(
        "dot", translated("The image with the dot", seen.language),
        translated("The dashed frame is what the other pictures show. Point somewhere else to move the dot.",
                   seen.language),
        why_figures.image_levels(done.painted), done.size, boxes=((done.piece, "dashed"),), points=(done.point,),
        pick=True,
    )  # fmt: skip
    return why_figures.payload([figure], figure.title, seen.language)


@kept(32, key=lambda seen, done: (done.key, seen.language, seen.told.threshold))
def _payload(seen: Seen, done: Poked) -> bytes:
    """Laid out as the U, lying: a column for each level, the way down above, the way up below it."""
    config = model(seen.name)[1].config
    figures = ripple_figures(done.blocks, config, seen.language)
    bottom = max(figure.at[0] for figure in figures if figure.at)
    figures.append(mask_figure(done, seen.told.threshold / 256, seen.language, (bottom, 0)))
    label = translated("What the dot changed, block by block", seen.language)
    return why_figures.payload(figures, label, seen.language, columns=config.depth + 2)


def _says(done: Poked) -> str:
    said = [
        t("Read the upper row to the right, down the U, and the lower rows to the left, up again; skips lead down each "
          "column. Each picture shows the same part of the image, one square for each value, in colours of its own "
          "from no change (dark) to its largest (bright).")
    ]  # fmt: skip
    if done.exact:
        said.append(t("Outside of the boxes the largest change, over all {maps} feature maps, is {outside:.3g}.",
                      maps=done.maps, outside=done.outside))  # fmt: skip
    else:
        said.append(t("The box does not hold here: outside of it the largest change is {outside:.3g}.",
                      outside=done.outside))  # fmt: skip
    said.append(t("One dot shows where this one change arrives. How much every other pixel counts it does not show."))
    return joined(said)
