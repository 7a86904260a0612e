"""What the mask is measured against: the annotator's truth of a sample, a mask that was uploaded, or a painted one."""

import numpy as np
import streamlit as st

from ui.language import mark
from ui.measure_scores import Truth
from ui.painting import Colour, Painting, drawn, paint
from ui.pictures import brighter, to_bytes
from ui.samples import MINUTES, SAMPLES
from ui.seen import Seen
from ui.segment_state import image_key
from ui.state import t
from ui.uploads import UPLOAD, chosen_name
from unet_core.images import LoadedImage

ANNOTATOR, UPLOADED, PAINTED, DUEL = "annotator", "uploaded", "painted", "duel"
MODES = {ANNOTATOR: mark("The annotator's mask"), UPLOADED: mark("A mask that you upload"),
         PAINTED: mark("A mask that you paint"), DUEL: mark("Can you beat the network?")}  # fmt: skip
OBJECT = (Colour(1, mark("Object"), "rgb(255, 165, 0)"),)


def ask_mode(known: bool) -> str:
    """Which truth, asked and kept for the session; those that need an annotator only where there is one."""
    names = {name: t(text) for name, text in MODES.items() if known or name in (UPLOADED, PAINTED)}
    chosen = st.session_state.get("measure_mode")
    chosen = chosen if chosen in names else next(iter(names))
    st.session_state["measure_control"] = chosen
    st.segmented_control(t("Measured against"), list(names), format_func=names.__getitem__, key="measure_control",
                         on_change=_chosen)  # fmt: skip
    return str(chosen)


def _chosen() -> None:
    said = st.session_state["measure_control"]
    if said is not None:  # a second click on the chosen one takes nothing away
        st.session_state["measure_mode"] = said


def annotator_truth() -> Truth | None:
    """Of the sample in use, if somebody has drawn one."""
    name = chosen_name()
    return None if name == UPLOAD or SAMPLES[name].truth is None else _truth(name)


@st.cache_resource(max_entries=4, ttl=MINUTES, show_spinner=False)
def _truth(name: str) -> Truth:
    sample = SAMPLES[name].truth
    assert sample is not None
    made = sample()
    return Truth(made.mask, made.instances)


def paint_image(seen: Seen) -> Painting:
    """Let the visitor paint objects on the whole image."""
    return paint(image_key(seen.image), seen.image.pixels.shape[:2], lambda: _levels(seen.image), OBJECT,
                 seen.language, key="measure_brush")  # fmt: skip


def _levels(image: LoadedImage) -> np.ndarray:
    return to_bytes(image.pixels, brighter(image))


def painted_truth(painting: Painting, size: tuple[int, int]) -> Truth | None:
    """The mask of what was painted, None of nothing. Raises StrokeError for more than can be drawn."""
    mask = drawn(painting.strokes, size) == OBJECT[0].label
    return Truth(mask) if mask.any() else None
