"""Measure: how many objects, and how well the mask agrees with a truth: given, uploaded, or painted by hand."""

import streamlit as st

from ui.asked import asked
from ui.duel_view import duel
from ui.language import mark, plain
from ui.mask_upload import uploaded_truth
from ui.measure_map import Map, show_maps
from ui.measure_scores import Row, Truth, against, empty_note, network_against, objects_against, otsu_of, table
from ui.measure_truth import ANNOTATOR, DUEL, PAINTED, annotator_truth, ask_mode, paint_image, painted_truth
from ui.models import model
from ui.objects_panel import mask_key, objects_panel
from ui.pictures import brighter
from ui.seen import Seen
from ui.segment_state import image_key
from ui.state import t
from unet_core.messages import ExplainedError

MEASURE = mark("Measure on {height} × {width} pixels")


def show(seen: Seen) -> None:
    """The objects, then the mask against what the visitor chooses. What goes wrong in one part is said in it."""
    try:
        objects_panel(seen)
    except ExplainedError as error:
        st.error(plain(t(error)))
    st.header(t("The mask against a truth"), anchor=False)
    annotator = annotator_truth()
    if annotator is None:
        st.write(t("Nobody has drawn a truth for this image: bring one, or paint one."))
    mode = ask_mode(annotator is not None)
    if mode == DUEL and annotator:
        duel(seen, annotator)
    elif mode == PAINTED:
        _painted(seen, annotator)
    else:
        left, right = st.columns([1, 1.15], gap="large")
        with right:
            truth = annotator if mode == ANNOTATOR else uploaded_truth(seen.image, len(model(seen.name)[1].classes))
            if truth is None or not asked(seen.image, f"{mask_key(seen)}/{truth.key}", MEASURE):
                return
            _against(seen, truth)
        with left:
            _maps(seen, [_map(seen, truth)])


def _against(seen: Seen, truth: Truth) -> None:
    """Network and Otsu against one truth, in figures and sentences."""
    figures, (otsu, others) = network_against(seen, truth), otsu_of(seen, truth)
    table([Row(seen.name, "", figures), Row(t("Otsu's method"), "", others)])
    if note := empty_note(figures):
        st.write(t(note))
    st.write("• " + t(otsu.says))
    if truth.instances is not None:
        counts = objects_against(seen, truth)
        st.write("• " + t("Objects: the network has {found:,}, the annotator {there:,}; {matched:,} are the same, "
                          "sharing more than half of the area that they cover together: F1 {f1:.3f}.",
                          found=counts.found, there=counts.there, matched=counts.matched, f1=counts.f1))  # fmt: skip
    st.caption(t("Dice and IoU count pixels; the boundary F-score asks how much of the two outlines lies within 2 "
                 "pixels of the other one. All three are 1 where masks are equal."))  # fmt: skip


def _painted(seen: Seen, annotator: Truth | None) -> None:
    """Brush on the left, figures on the right, and below them the maps."""
    left, right = st.columns([1, 1.15], gap="large")
    with left:
        painting = paint_image(seen)
    with right:
        mine = painted_truth(painting, seen.image.pixels.shape[:2])
        if mine is None:
            st.info(t("Nothing is painted yet. Choose Object, press in the picture and drag; the figures follow after "
                      "every stroke. Rubber takes away what was too much."))  # fmt: skip
            return
        if not asked(seen.image, f"{mask_key(seen)}/{mine.key}", MEASURE):
            return
        own, network = t("your mask"), network_against(seen, mine)
        rows = [Row(seen.name, own, network), Row(t("Otsu's method"), own, otsu_of(seen, mine)[1])]
        if annotator:
            name, you = t("the annotator"), against(mine, annotator)
            rows += [Row(own, name, you), Row(seen.name, name, network_against(seen, annotator))]
        table(rows)
        st.write(t("You painted {count:,} pixels in {seconds:.1f} s.", count=int(mine.mask.sum()),
                   seconds=painting.seconds))  # fmt: skip
        st.write("• " + t("All that you did not paint counts as background, objects that you passed over too."))
        if annotator:
            st.write("• " + t("To compare a part of the image alone, choose “Can you beat the network?”."))
    maps = [_map(seen, mine)]
    if annotator:
        key = f"{image_key(seen.image)}/{mine.key}/{annotator.key}"
        maps.append(Map(key, t("Your mask against the annotator's"), you))
    _maps(seen, maps)


def _map(seen: Seen, truth: Truth) -> Map:
    figures = network_against(seen, truth)
    title = t("{name} at a threshold of {threshold:.2f}", name=seen.name, threshold=seen.told.threshold / 256)
    return Map(f"{mask_key(seen)}/{truth.key}", title, figures)


def _maps(seen: Seen, maps: list[Map]) -> None:
    show_maps(maps, seen.image.pixels, brighter(seen.image), seen.language, key="measure_maps",
              label=t("What is right and what is wrong"))  # fmt: skip
