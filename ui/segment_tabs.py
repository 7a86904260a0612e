"""The tabs under the mask of Segment; only the open one is computed."""

from collections.abc import Callable

import streamlit as st

from ui import batch_tab, glossary, inside_tab, measure_tab, why_tab
from ui.language import mark, plain
from ui.seen import Seen
from ui.state import Workbench, t
from ui.tab_strip import open_tab
from unet_core.messages import ExplainedError

TABS = {"inside": mark("Inside"), "why": mark("Why"), "measure": mark("Measure"), "batch": mark("Batch")}
VIEWS: dict[str, Callable[[Seen], None]] = {
    "inside": inside_tab.show, "why": why_tab.show, "measure": measure_tab.show, "batch": batch_tab.show,
}  # fmt: skip
WORDS = {
    "inside": ("Feature map", "Channel", "Encoder", "Bottleneck", "Decoder", "Skip connection"),
    "why": ("Skip connection", "Bottleneck", "Receptive field", "Deep supervision", "Logit and probability", "Dice"),
    "measure": ("Dice", "IoU", "Boundary F-score", "F1 of objects", "Watershed", "Otsu's method"),
}


def show(bench: Workbench, seen: Seen) -> None:
    """The tab chosen last, or else the first. What goes wrong in one is said in it."""
    chosen = open_tab("segment", mark("More about this mask"), TABS, bench.language)
    with st.container(key="segment_panel"):
        try:
            VIEWS[chosen](seen)
        except ExplainedError as error:
            st.error(plain(t(error)))
        if chosen in WORDS:
            glossary.words(*WORDS[chosen])
