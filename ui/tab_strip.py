"""Tabs of which only the open one is computed.

The strip is our own component: `st.tabs` took the browser about 35 ms at every step of a slider, a third of the step.
"""

from collections.abc import Mapping

import streamlit as st

from ui.components import component, packed
from ui.state import change, t, workbench


def open_tab(page: str, label: str, tabs: Mapping[str, str], language: str, addressed: bool = False) -> str:
    """Draw the strip of a page; `label` and the texts of `tabs` are templates. Returns the one chosen last, or the
    first. An `addressed` one lies in the workbench, and so in the address, in place of the session."""
    chosen = workbench().tab if addressed else st.session_state.get(f"{page}_tab")
    chosen = chosen if chosen in tabs else next(iter(tabs))
    payload = {"language": language, "label": t(label), "open": chosen,
               "tabs": [{"id": name, "text": t(text)} for name, text in tabs.items()]}  # fmt: skip
    component("tabs")(key=f"{page}_tabs", data=packed(payload), on_chosen_change=lambda: taken(page, tabs, addressed))
    return chosen


def taken(page: str, tabs: Mapping[str, str], addressed: bool = False) -> None:
    """What the browser sends is only taken when it names a tab."""
    name = st.session_state[f"{page}_tabs"].get("chosen")
    if isinstance(name, str) and name in tabs:
        if addressed:
            change(tab=name)
        else:
            st.session_state[f"{page}_tab"] = name
