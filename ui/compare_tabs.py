"""The tabs under the drawing of Compare; only the open one is computed, and the address says which it is."""

from collections.abc import Callable

import streamlit as st

from ui import (
    compare_challenge,
    compare_cost,
    compare_image,
    compare_predict,
    compare_prune,
    compare_quality,
    compare_report,
)
from ui.compare_state import open_part, versus_of
from ui.components import component, packed
from ui.language import mark, plain
from ui.state import Workbench, t
from unet_core.messages import ExplainedError
from unet_core.pairing import Pair

TABS = {"cost": mark("Cost"), "quality": mark("Quality"), "image": mark("On an image"), "prune": mark("Prune"),
        "report": mark("Report"), "challenge": mark("Challenge")}  # fmt: skip
VIEWS: dict[str, Callable[[Pair, Workbench], None]] = {
    "cost": compare_cost.show, "quality": compare_quality.show, "image": compare_image.show,
    "prune": compare_prune.show, "report": compare_report.show, "challenge": compare_challenge.show,
}  # fmt: skip
AT_WORK = {"image", "prune"}  # here networks run while the page is made


def works(bench: Workbench) -> bool:
    """Whether the open tab runs networks. A click has to stop them, and one in a fragment would wait for them."""
    return versus_of(bench).part in AT_WORK


def show(pair: Pair, bench: Workbench) -> None:
    """The tab that the address names, or else the first. What goes wrong in one is said in it."""
    wanted = versus_of(bench).part
    chosen = wanted if wanted in TABS else next(iter(TABS))
    payload = {"language": bench.language, "label": t("More about these two networks"), "open": chosen,
               "tabs": [{"id": name, "text": t(text)} for name, text in TABS.items()]}  # fmt: skip
    component("tabs")(key="compare_tabs", data=packed(payload), on_chosen_change=_taken)
    with st.container(key="compare_panel"):
        try:
            if not compare_predict.veil(chosen, pair, bench):
                VIEWS[chosen](pair, bench)
        except ExplainedError as error:
            st.error(plain(t(error)))


def _taken() -> None:
    """What the browser sends is only taken when it names a tab."""
    name = st.session_state["compare_tabs"].get("chosen")
    if isinstance(name, str) and name in TABS:
        open_part(name)
