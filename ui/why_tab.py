"""Why: small experiments on the network and the image in use, of which only the chosen one is computed."""

from collections.abc import Callable

import streamlit as st

from ui import why_field, why_heads, why_poke, why_shift, why_switch_off, why_transplant
from ui.language import mark, plain
from ui.seen import Seen
from ui.state import t
from ui.why_state import asking, take_over
from unet_core.messages import ExplainedError

EXPERIMENTS = {
    "switch_off": mark("Switch it off"), "transplant": mark("Transplant"), "poke": mark("Poke"), "shift": mark("Shift"),
    "field": mark("Receptive field"), "heads": mark("Deep supervision"),
}  # fmt: skip
QUESTIONS = {
    "switch_off": mark("What becomes of the mask when one part of the network says nothing?"),
    "transplant": mark("The skips of one image, the bottleneck of another: whose mask comes out?"),
    "poke": mark("How far does one dot on the image reach?"),
    "shift": mark("The image moves by a few pixels: does the mask move along?"),
    "field": mark("How much of the image does one pixel of the mask see, and what of it does it look at?"),
    "heads": mark("How good is the mask already where the network could end?"),
}
VIEWS: dict[str, Callable[[Seen], None]] = {
    "switch_off": why_switch_off.show, "transplant": why_transplant.show, "poke": why_poke.show,
    "shift": why_shift.show, "field": why_field.show, "heads": why_heads.show,
}  # fmt: skip


def show(seen: Seen) -> None:
    """The choice, its question, and the experiment; what goes wrong in one is said in it."""
    chosen = _choose()
    st.markdown(f"**{t(QUESTIONS[chosen])}**")
    with st.container(key="why_panel"):
        try:
            VIEWS[chosen](seen)
        except ExplainedError as error:
            st.error(plain(t(error)))


def _choose() -> str:
    chosen = asking().experiment
    chosen = chosen if chosen in VIEWS else next(iter(VIEWS))
    names = {name: t(text) for name, text in EXPERIMENTS.items()}
    st.session_state["why_experiment"] = chosen
    st.segmented_control(t("Experiment"), list(names), format_func=names.__getitem__, key="why_experiment",
                         on_change=take_over, args=("experiment",))  # fmt: skip
    return chosen
