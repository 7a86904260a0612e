"""Segment: an image in, its mask out, and what any block saw on the way."""

import streamlit as st

from ui import downloads, frame, pixel_view, segment_controls, segment_tabs, segment_view, uploads, viewer
from ui.language import plain
from ui.models import model_or_stop
from ui.seen import Seen
from ui.state import t
from unet_core.images import ImageError
from unet_core.messages import ExplainedError

bench = frame.page("Segment", "What does it see?")
model_or_stop()
data = uploads.chosen_file()
try:
    image = uploads.chosen_page(data)
except ImageError as error:
    st.error(plain(t(error)))
    st.stop()

left, right = st.columns([1.25, 1], gap="large")
with right:
    subject = segment_controls.ask_subject(image)
    names = segment_controls.ask_networks(subject) if subject else []
    if names:
        segment_controls.ask_scale(image)
with left:
    try:
        panes = segment_view.answered(image, names)
    except ExplainedError as error:
        st.error(plain(t(error)))
        panes = []
    segment_view.passports_of(panes)
    told, line = viewer.show(image, panes, bench.language, key="viewer", markable=bool(names))
segment_controls.marked_now(image, line)
with right:
    if panes:
        segment_view.warn(image, panes)
        segment_view.about(image, panes)
        downloads.show(image, panes, told.threshold, bench.language)
        seen = Seen(image, panes[0].title, segment_view.mark_of(image), told, bench.language)
        pixel_view.show(seen)
if panes:
    segment_tabs.show(bench, seen)
