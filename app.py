"""Home: what segmentation is, what a U-Net is, and the doors to the pages."""

import streamlit as st

from ui import frame, glossary, models
from ui.figure import cached_trace, show_diagram
from ui.home_view import SIDE, pictures
from ui.state import t

bench = frame.page("U-Net Explorer", "every pixel gets a class")
_, card = models.model_or_stop()
shown = pictures(models.weights_digest())

left, middle, right = st.columns([1, 2.3, 1], gap="medium")
with left:
    st.image(shown.image, width="stretch", alt=t("A microscope image of cell nuclei"))
    st.write(t("**An image goes in.** Cell nuclei under a microscope, {side} × {side} pixels.", side=SIDE))
with middle:
    show_diagram(card.config, (SIDE, SIDE), None, bench.language, key="home_diagram", tallest="38vh", compact=True)
with right:
    st.image(shown.mask, width="stretch", alt=t("The same image with the mask in orange"))
    st.write(t("**A mask comes out.** {percent:.1f} % of the pixels are “nucleus”, says the network between, which has "
               "{parameters:,} parameters.", percent=shown.percent,
               parameters=cached_trace(card.config, (SIDE, SIDE)).params))  # fmt: skip

one, two, three, doors = st.columns([0.55, 0.55, 0.55, 1.6], gap="medium")
with one:
    st.image(shown.image, width="stretch", alt=t("A microscope image of cell nuclei"))
    st.write(t("**Classification**: one answer for the whole image, “nuclei”."))
with two:
    st.image(shown.boxes, width="stretch", alt=t("The same image with a box around every object"))
    st.write(
        t("**Detection**: a box for each object, here {objects}; nuclei that touch share one.", objects=shown.objects)
    )
with three:
    st.image(shown.mask, width="stretch", alt=t("The same image with the mask in orange"))
    st.write(t("**Segmentation**: a class for each of {pixels:,} pixels.", pixels=SIDE * SIDE))
with doors:
    with st.container(key="entrances", horizontal=True):
        st.page_link("pages/build.py", label=t("**Build** · How is it made?"))
        st.page_link("pages/walk.py", label=t("**Walk** · What happens to an image?"))
        st.page_link("pages/kernel.py", label=t("**Kernel** · What does one number cost?"))
        st.page_link("pages/segment.py", label=t("**Segment** · What does it see?"))
        st.page_link("pages/train.py", label=t("**Train** · Where do the values come from?"))
        st.page_link("pages/compare.py", label=t("**Compare** · Is U-Net++ worth it?"))
        st.page_link("pages/findings.py", label=t("**Findings** · What did we measure?"))
    st.write(
        t(
            "Slide the depth and the filters and watch every shape follow; travel with an image through a trained "
            "network; work out a single value by hand; give the network your own image and judge its mask; "
            "watch a network learn; read what trained networks showed when we measured."
        )
    )
    glossary.words()
