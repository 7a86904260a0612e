"""Inside: the network as a drawing, and what the block that was clicked computed for this image."""

import streamlit as st

from ui.channels_view import show_channels
from ui.figure import show_diagram
from ui.models import model
from ui.seen import Seen
from ui.state import t
from unet_core.segment import input_size

FIRST_BLOCK = "encoder.0.relu1"


def show(seen: Seen) -> None:
    """The drawing beside the channels."""
    config = model(seen.name)[1].config
    looked_at = st.session_state.setdefault("looked_at", FIRST_BLOCK)
    height, width = seen.image.pixels.shape[:2]
    left, right = st.columns([1, 1.15], gap="large")
    with left:
        show_diagram(
            config, input_size(config, (height, width)), looked_at, seen.language, key="segment_diagram",
            on_pick=lambda row: st.session_state.update(looked_at=row), tallest="38vh", compact=True,
        )  # fmt: skip
        st.caption(t("Click a block to see what it computed for this image; click a channel to lay it on the image."))
    with right:
        show_channels(seen.image, seen.name, looked_at, seen.language, key="channels")
