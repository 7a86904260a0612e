"""Segment: an image in, its mask out, and what any block saw on the way."""

import streamlit as st

from ui import frame, segment_controls, segment_view
from ui.figure import show_diagram
from ui.language import plain
from ui.state import t
from unet_core.images import ImageError
from unet_core.inside.features import FeatureError
from unet_core.segment import SegmentError

bench = frame.page("Segment", "What does it see?")
_, card = segment_view.model_or_stop()
data = segment_controls.chosen_file()

try:
    image = segment_controls.chosen_page(data)
    with st.spinner(t("The network is looking at the image …")):
        result = segment_view.segmented(image)
except (ImageError, SegmentError) as error:
    st.error(plain(t(error)))
    st.stop()

left, right = st.columns([1, 1.15], gap="large")
with left:
    st.write(segment_view.passport(card))
    threshold = segment_view.show_picture(image, result, bench.language, key="picture")
    segment_controls.about(card, image, result, threshold)
with right:
    looked_at = st.session_state.setdefault("looked_at", "encoder.0.relu1")
    show_diagram(
        card.config, segment_view.network_size(image), looked_at, bench.language, key="segment_diagram",
        on_pick=lambda row: st.session_state.update(looked_at=row), tallest="38vh", compact=True,
    )  # fmt: skip
    st.caption(t("Click a block to see what it computed for this image; click a channel to lay it on the image."))
    try:
        segment_view.show_channels(image, looked_at, bench.language, key="channels")
    except FeatureError as error:
        st.error(plain(t(error)))
