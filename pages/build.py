"""Build: how is a U-Net made? Slide, and watch every shape and count."""

import streamlit as st

from ui import block_card, build_choices, build_sliders, build_tabs, frame
from ui.figure import show_diagram
from ui.state import refusal, select, workbench, write_address
from unet_core.diagram import default_view

frame.page("Build", "How is it made?")
build_choices.preset_and_more()


@st.fragment
def live() -> None:
    """What follows a slider while it is dragged; the rest of the page waits for its release."""
    released = build_sliders.sliders()
    bench = workbench()
    show_diagram(
        bench.config, bench.size, bench.selected, bench.language, key="build_diagram", on_pick=select,
        stale=refusal() is not None, view=default_view(bench.config) if "view" in bench.hidden else None,
    )  # fmt: skip
    block_card.show(bench)
    build_tabs.show(bench)
    if not build_sliders.dragging():
        write_address()  # after what it describes is on its way: the browser draws first
    if released:
        st.rerun()


live()
