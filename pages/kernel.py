"""Kernel: what does one number cost? A window on an image, and every product under it."""

import streamlit as st

from ui import frame, kernel_controls, kernel_dense, kernel_gallery, kernel_sizes, kernel_view, models
from ui.language import plain
from ui.state import t
from unet_core.images import ImageError
from unet_core.segment import SegmentError

bench = frame.page("Kernel", "What does one number cost?")
models.model_or_stop()
try:
    image = kernel_controls.controls()
    seen, _ = kernel_view.as_seen(image)
except (ImageError, SegmentError) as error:
    st.error(plain(t(error)))
    st.stop()
kernel_view.show(image, bench.language, key="kernel_grid")

place = kernel_view.where(image, seen)
names = (t("Kernels"), t("Sizes"), t("Fully connected"))
kernels, sizes, dense = st.tabs(names, key="kernel_tabs", on_change="rerun")
if kernels.open:
    with kernels:
        kernel_gallery.show(image, seen, place, bench.language, key="kernel_gallery")
if sizes.open:
    with sizes:
        kernel_sizes.show(image, seen, place, bench.language, key="kernel_sizes")
if dense.open:
    with dense:
        kernel_dense.show(tuple(seen.shape), bench.language, key="kernel_dense")
