"""The tabs under the drawing of Build; only the open one is computed, and it follows the sliders.

The strip is our own component: `st.tabs` took the browser about 35 ms at every step of a slider, a third of the step.
"""

import streamlit as st

from ui import costs_tab, sizes_tab, table_tab, takeaway_tab
from ui.components import component, packed
from ui.controls import TABS
from ui.state import Workbench, t

VIEWS = {"table": table_tab.show, "sizes": sizes_tab.show, "costs": costs_tab.show, "takeaway": takeaway_tab.show}
KEY, PANEL, OPEN = "build_tabs", "build_panel", "build_tab"


def show(bench: Workbench) -> None:
    """The tabs that a teacher's link has left, the one chosen last or else the first open."""
    names = [name for name in TABS if name not in bench.hidden]
    if not names:
        return
    chosen = st.session_state.get(OPEN)
    chosen = chosen if chosen in names else names[0]
    payload = {"language": bench.language, "label": t("More about this network"), "open": chosen,
               "tabs": [{"id": name, "text": t(TABS[name])} for name in names]}  # fmt: skip
    component("tabs")(key=KEY, data=packed(payload), on_chosen_change=_chosen)
    with st.container(key=PANEL):
        VIEWS[chosen](bench)


def _chosen() -> None:
    """What the browser sends is only taken when it names a tab."""
    name = st.session_state[KEY].get("chosen")
    if isinstance(name, str) and name in TABS:
        st.session_state[OPEN] = name
