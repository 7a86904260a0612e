"""The tabs of Train; only the open one is computed, and the address says which it is."""

from collections.abc import Callable

import streamlit as st

from ui import race_tab, runs_tab, teach_tab, train_tab
from ui.controls import TRAIN_TABS
from ui.language import mark, plain
from ui.state import Workbench, t
from ui.tab_strip import open_tab
from unet_core.messages import ExplainedError

VIEWS: dict[str, Callable[[Workbench], None]] = {
    "teach": teach_tab.show, "train": train_tab.show, "race": race_tab.show, "runs": runs_tab.show,
}  # fmt: skip


def show(bench: Workbench) -> None:
    """The tab that the address names, or else the first. What goes wrong in one is said in it."""
    tabs = {name: text for name, text in TRAIN_TABS.items() if name in VIEWS}
    chosen = open_tab("train", mark("Ways to train"), tabs, bench.language, addressed=True)
    with st.container(key="train_panel"):
        try:
            VIEWS[chosen](bench)
        except ExplainedError as error:
            st.error(plain(t(error)))
