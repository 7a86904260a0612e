"""Build: how is a U-Net made? Slide, and watch every shape and count."""

import streamlit as st

from ui import build_choices, build_sliders, frame, torchinfo_view
from ui.figure import cached_trace, show_diagram, show_table
from ui.state import select, t, workbench, write_address
from unet_core.export import to_csv

frame.page("Build", "How is it made?")
build_choices.preset_and_more()


@st.fragment
def live() -> None:
    """What follows a slider while it is dragged; the rest of the page waits for its release."""
    released = build_sliders.sliders()
    bench = workbench()
    shown = (bench.config, bench.size, bench.selected, bench.language)
    show_diagram(*shown, key="build_diagram", on_pick=select)
    show_table(*shown, key="build_table", on_pick=select)
    if released:
        write_address()
        st.rerun()


live()
bench = workbench()
trace = cached_trace(bench.config, bench.size)
st.download_button(t("Table as CSV"), to_csv(trace), "unet-layers.csv", "text/csv", on_click="ignore")
torchinfo_view.torchinfo_summary(bench.config, bench.size)
