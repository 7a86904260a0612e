"""Compare: is U-Net++ worth it? Two networks in one drawing, and what the one costs and brings beside the other."""

import time

import streamlit as st

from ui import (
    compare_clock,
    compare_controls,
    compare_drawing,
    compare_predict,
    compare_tabs,
    compare_verdict,
    frame,
    glossary,
)
from ui.compare_state import pair_of
from ui.state import workbench, write_address

BREATH = 0.06  # seconds, in which a browser paints the drawing

bench = frame.page("Compare", "Is U-Net++ worth it?")


def live(by_itself: bool) -> None:
    """What another A or B changes. `by_itself`, as a fragment, title and doors are not sent and drawn anew with it.

    The drawing goes first and the rest after a breath: what reaches the browser together is rendered together, and then
    the drawing is seen when the last of it is ready.
    """
    bench = workbench()
    if by_itself and compare_tabs.works(bench):
        st.rerun()
    above, pair = st.container(), pair_of(bench)
    compare_drawing.show(pair, bench.language)
    with above:
        compare_controls.show(bench)
        compare_controls.differences(pair)
        compare_clock.matching(bench)
    if by_itself:
        time.sleep(BREATH)
    compare_predict.show(pair, bench)
    compare_verdict.show(pair, bench)
    compare_tabs.show(pair, bench)
    write_address()  # after what it describes is on its way: the browser draws first


if compare_tabs.works(bench):
    with st.container():  # where a fragment stands in one, so that the drawing stays as it is from tab to tab
        live(False)
else:
    st.fragment(live)(True)
glossary.words("Skip connection", "Channel", "Multiply-add", "Receptive field", "Deep supervision", "Pruning", "Dice",
               "Seed", "95 % interval")  # fmt: skip
