"""Can you beat the network? A visitor paints a part of a sample; then both, and Otsu, are measured on that part."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.answers import answer
from ui.measure_map import Map, show_maps
from ui.measure_scores import Row, Truth, network_mask, otsu_of, table
from ui.measure_truth import OBJECT
from ui.objects_panel import mask_key
from ui.painting import Painting, drawn, paint, painting_of, wipe
from ui.pictures import brighter, to_bytes
from ui.seen import Seen
from ui.segment_state import image_key
from ui.state import t
from unet_core.comparison import compare
from unet_core.messages import Message
from unet_core.window import Window, balanced_window


def duel(seen: Seen, truth: Truth) -> None:
    """The truth stays hidden until the visitor is done."""
    window = balanced_window(truth.mask)
    picture = f"{image_key(seen.image)}/{window.top},{window.left}"
    done: set[str] = st.session_state.setdefault("duels_done", set())
    place = {"height": window.height, "width": window.width, "top": window.top, "left": window.left}
    if picture not in done:
        _painting(seen, window, picture, done, place)
        return
    painting = painting_of(picture)
    _result(seen, truth, window, painting, place)
    st.button(t("Paint it again"), key="duel_again", on_click=_again, args=(picture, done))


def _painting(seen: Seen, window: Window, picture: str, done: set[str], place: dict[str, int]) -> None:
    left, right = st.columns([1, 1.15], gap="large")
    with left:
        part = window.of(seen.image.pixels)
        painting = paint(picture, part.shape[:2], lambda: to_bytes(part, brighter(seen.image)), OBJECT, seen.language,
                         key="duel_brush")  # fmt: skip
    with right:
        st.write(t("Paint every object in this window of {height} × {width} pixels, row {top} and column {left} of the "
                   "image: of all windows of this size the one where object and background share the area most evenly. "
                   "The annotator's mask stays hidden until you are done. Then you, the network and Otsu's method are "
                   "measured in this window alone.", **place))  # fmt: skip
        if painting.strokes:
            st.write(t("Strokes: {count}, {seconds:.1f} s from the first to the last.",
                       count=len(painting.strokes), seconds=painting.seconds))  # fmt: skip
        else:
            st.info(t("Nothing is painted yet. The time runs from your first stroke to your last."))
        st.button(t("I am done"), key="duel_done", type="primary", on_click=done.add, args=(picture,),
                  disabled=not painting.strokes)  # fmt: skip


def _again(picture: str, done: set[str]) -> None:
    done.discard(picture)
    wipe(picture)


def _result(seen: Seen, truth: Truth, window: Window, painting: Painting, place: dict[str, int]) -> None:
    there = window.of(truth.mask)
    mine = drawn(painting.strokes, there.shape) == OBJECT[0].label
    masks: dict[str, NDArray[np.bool_]] = {
        seen.name: window.of(network_mask(seen)), t("you"): mine,
        t("Otsu's method"): window.of(otsu_of(seen, truth)[0].mask),
    }  # fmt: skip
    rows = [Row(name, "", compare(mask, there)) for name, mask in masks.items()]
    table(rows)
    said = verdict(rows[0].figures.dice, rows[1].figures.dice)
    st.write(t(said))
    st.write(t("You painted for {seconds:.1f} s; the network took {network:.2f} s for the whole image. All three "
               "were measured in the window of {height} × {width} pixels at row {top}, column {left}. Otsu's threshold "
               "is that of the whole image. The annotator's mask is one person's judgement, too.",
               seconds=painting.seconds, network=answer(seen.image, seen.name, seen.marked).seconds,
               **place))  # fmt: skip
    key = f"{mask_key(seen)}/{window}/{Truth(mine).key}"
    maps = [Map(f"{key}/{number}", row.whose, row.figures) for number, row in enumerate(rows)]
    show_maps(maps, window.of(seen.image.pixels), brighter(seen.image), seen.language, key="duel_maps",
              label=t("What is right and what is wrong"))  # fmt: skip


def verdict(network: float, you: float) -> Message:
    """Who is ahead by how much, in the digits that the table shows."""
    lead = round(round(network, 3) - round(you, 3), 3)
    if lead == 0:
        return Message("You and the network have the same Dice to three digits.")
    if lead > 0:
        return Message("The network is ahead of you by {lead:.3f} of Dice.", {"lead": lead})
    return Message("You are ahead of the network by {lead:.3f} of Dice.", {"lead": -lead})
