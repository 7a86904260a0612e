"""The tabs under the drawing of Build; only the open one is computed, and it follows the sliders."""

import streamlit as st

from ui import costs_tab, sizes_tab, table_tab, takeaway_tab
from ui.controls import TABS
from ui.state import Workbench, t

VIEWS = {"table": table_tab.show, "sizes": sizes_tab.show, "costs": costs_tab.show, "takeaway": takeaway_tab.show}


def show(bench: Workbench) -> None:
    """The tabs that a teacher's link has left, the first open."""
    names = [name for name in TABS if name not in bench.hidden]
    if not names:
        return
    for name, tab in zip(names, st.tabs([t(TABS[name]) for name in names], key="tabs", on_change="rerun"), strict=True):
        if tab.open:
            with tab:
                VIEWS[name](bench)
