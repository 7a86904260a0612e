"""The challenge of Compare: a network for pebbles within a budget, and the trained ones that are nearest to it."""

import streamlit as st

from ui.compare_state import choose
from ui.drawing import cached_trace
from ui.figure import ARCHITECTURE_NAMES
from ui.findings_results import all_results
from ui.language import plain
from ui.models import shelf
from ui.state import Workbench, change, t
from ui.train_state import YOURS, wanted
from unet_core.config import LIMITS, ConfigError, UNetConfig
from unet_core.pairing import Pair
from unet_core.pairing.challenge import MOST_MACS, MOST_PARAMETERS, SIDE, Entry, enter, known, nearest, network
from unet_core.runs.task import PEBBLES

FIRST = ("unet", 3, 16)  # wiring, depth, filters: a little too much work, so that there is something to do


def show(pair: Pair, bench: Workbench) -> None:
    """Choose on the left; the verdict and the nearest trained networks on the right."""
    st.markdown(t("**Segment pebbles with at most {parameters} million parameters and {work:.0f} GMAC (thousand "
                  "million multiply-adds) at {side} px.** Which network would you train?",
                  parameters=f"{MOST_PARAMETERS / 1e6:g}", work=MOST_MACS / 1e9, side=SIDE))  # fmt: skip
    left, right = st.columns([1, 1.7], gap="large")
    with left:
        config = _chosen()
    with right:
        if config is None:
            return
        entry = enter(config, cached_trace)
        (st.success if entry.within else st.warning)(plain(t(entry.verdict)))
        _beside(entry)
        _send(config)


def _chosen() -> UNetConfig | None:
    names = dict(ARCHITECTURE_NAMES)
    for key, value in zip(("wiring", "depth", "filters"), FIRST, strict=True):
        st.session_state.setdefault(f"challenge_{key}", value)
        st.session_state[f"challenge_{key}"] = st.session_state[f"challenge_{key}"]  # kept while another tab is open
    wiring = st.segmented_control(t("Wiring"), list(names), format_func=names.__getitem__, key="challenge_wiring",
                                  required=True, wrap=True)  # fmt: skip
    depth = st.slider(t("Depth: poolings"), *map(int, LIMITS["depth"]), key="challenge_depth")
    filters = st.number_input(t("Filters at the top"), *map(int, LIMITS["base_channels"]), key="challenge_filters")
    try:
        return network(wiring, depth, filters)
    except ConfigError as error:
        st.error(plain(t(error)))
        return None


def _beside(entry: Entry) -> None:
    results, _ = all_results()
    found = nearest(entry, known(shelf().of("pebbles"), results, cached_trace))
    if not found:
        st.write(t("No network was measured on pebbles yet."))
        return
    same = found[0][0].config == entry.config
    st.write(t("This very network was trained and measured; below it are the nearest others." if same
               else "It was never trained here; these are the nearest that were."))  # fmt: skip
    st.table([
        {t("Network"): plain(t(one.label)), t("Parameters"): f"{one.parameters:,}",
         t("Work"): f"{one.macs / 1e9:.2f}", t("Dice"): f"{one.dice:.3f}", t("Trainings"): str(one.trainings),
         t("Steps"): "" if one.steps is None else f"{one.steps:,}"}
        for one, _ in found
    ], border="horizontal")  # fmt: skip
    st.caption(t("Dice of stone against background on validation photo 7, mean or median over the trainings; work in "
                 "GMAC at {side} px. They were trained for different times, so a difference "
                 "between two lines need not be the network's: a guess for yours, not a forecast.",
                 side=SIDE))  # fmt: skip


def _send(config: UNetConfig) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(t("Compare it: make it B"), on_click=choose, args=("b", config), key="challenge_b")
        st.button(t("Make it the network of Build"), on_click=_to_build, args=(config,), key="challenge_build")
        if st.button(t("Train it"), type="primary", key="challenge_train"):
            _to_build(config)
            change(tab="train")
            wanted().network, wanted().data = YOURS, PEBBLES
            st.switch_page("pages/train.py")


def _to_build(config: UNetConfig) -> None:
    change(config=config, height=SIDE, width=SIDE)
