"""The tabs under the drawing of Build; only the open one is computed, and it follows the sliders."""

import streamlit as st

from ui import costs_tab, sizes_tab, table_tab, takeaway_tab
from ui.controls import TABS
from ui.language import mark
from ui.state import Workbench
from ui.tab_strip import open_tab

VIEWS = {"table": table_tab.show, "sizes": sizes_tab.show, "costs": costs_tab.show, "takeaway": takeaway_tab.show}


def show(bench: Workbench) -> None:
    """The tabs that a teacher's link has left, the one chosen last or else the first open."""
    tabs = {name: text for name, text in TABS.items() if name not in bench.hidden}
    if tabs:
        chosen = open_tab("build", mark("More about this network"), tabs, bench.language)
        with st.container(key="build_panel"):
            VIEWS[chosen](bench)
