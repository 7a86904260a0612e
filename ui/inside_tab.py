"""Inside: the image's journey through the network, the network as a drawing, and what the chosen block computed."""

import streamlit as st

from ui import inside_channels, inside_choices, inside_effects, inside_journey
from ui.figure import show_diagram
from ui.inside_runs import Run, run
from ui.language import plain
from ui.models import model
from ui.seen import Seen
from ui.state import t
from unet_core.messages import ExplainedError

FIRST_BLOCK = "encoder.0.relu2"


def show(seen: Seen) -> None:
    """A click runs this tab again and nothing above it. Not while channels are measured: a click ends a run of the
    whole page, but would wait for a run of the tab alone."""
    (_panel if inside_effects.begun() else _alone)(seen)


@st.fragment
def _alone(seen: Seen) -> None:
    if inside_effects.begun():
        st.rerun()
    _panel(seen)


def _panel(seen: Seen) -> None:
    """One forward pass serves all of it."""
    try:
        with st.spinner(t("All blocks are computed once …")):
            found = run(seen)
        for note in found.notes:
            st.write("• " + t(note))
        inside_journey.show(seen, found, _look_at)
        left, right = st.columns([1.15, 1], gap="medium")
        with left:
            _drawing(seen, found)
        with right:
            _block(seen, found)
    except ExplainedError as error:
        st.error(plain(t(error)))


def _looked_at() -> str:
    return str(st.session_state.setdefault("looked_at", FIRST_BLOCK))


def _look_at(row: str) -> None:
    st.session_state["looked_at"] = row


def _drawing(seen: Seen, found: Run) -> None:
    show_diagram(
        model(seen.name)[1].config, found.input_size, _looked_at(), seen.language, key="segment_diagram",
        on_pick=_look_at, tallest="46vh", compact=True,
    )  # fmt: skip
    st.caption(
        t(
            "Click a block to see what it computed for this image; click a channel to lay it on the "
            "image at the top of the page."
        )
    )


def _block(seen: Seen, found: Run) -> None:
    """The channels, and after them what takes long."""
    layer = found.found[_looked_at()]
    choices = inside_choices.ask()
    effects = inside_effects.ask(seen, layer) if choices.ranking == "effect" else None
    place = st.container()
    inside_channels.show(seen, found, layer, choices, effects)
    with place:
        inside_effects.go_on(seen, layer, effects)
