"""Compare: is U-Net++ worth it? Two networks in one drawing, and what the one costs and brings beside the other."""

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

bench = frame.page("Compare", "Is U-Net++ worth it?")


def live(by_itself: bool) -> None:
    """What another A or B changes. `by_itself`, as a fragment, title and doors are not sent and drawn anew with it."""
    bench = workbench()
    if by_itself and compare_tabs.works(bench):
        st.rerun()
    compare_controls.show(bench)
    pair = pair_of(bench)
    compare_controls.differences(pair)
    compare_clock.matching(bench)
    compare_drawing.show(pair, bench.language)
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
