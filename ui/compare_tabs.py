"""The tabs under the drawing of Compare; only the open one is computed."""

from collections.abc import Callable

import streamlit as st

from ui import compare_cost, compare_image, compare_prune, compare_quality
from ui.language import mark, plain
from ui.state import Workbench, t
from ui.tab_strip import open_tab
from unet_core.messages import ExplainedError
from unet_core.pairing import Pair

TABS = {"cost": mark("Cost"), "quality": mark("Quality"), "image": mark("On an image"), "prune": mark("Prune")}
VIEWS: dict[str, Callable[[Pair, Workbench], None]] = {
    "cost": compare_cost.show, "quality": compare_quality.show, "image": compare_image.show,
    "prune": compare_prune.show,
}  # fmt: skip


def show(pair: Pair, bench: Workbench) -> None:
    """The tab chosen last, or else the first. What goes wrong in one is said in it."""
    if not TABS:
        return
    chosen = open_tab("compare", mark("More about these two networks"), TABS, bench.language)
    with st.container(key="compare_panel"):
        try:
            VIEWS[chosen](pair, bench)
        except ExplainedError as error:
            st.error(plain(t(error)))
