"""A lesson as My runs shows it: the picture that was taught, under the mask as it was last."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui import jobs
from ui.state import t
from ui.teach_picture import enlarged, over
from unet_core.jobs import Seen
from unet_core.teach.job import Begun, Told


def watch(seen: Seen) -> None:
    """Once a second while it goes on."""
    jobs.watch([seen.link], _draw, key="runs_taught")


def _draw(runs: list[Seen]) -> None:
    for seen in runs:
        told = [noted.value for noted in seen.progress if isinstance(noted.value, Told)]
        state = jobs.STATES[seen.state]
        with st.container(horizontal=True, vertical_alignment="center"):
            if told:
                st.write(t("**{state}** after {steps} steps and {seconds:.0f} s.", state=t(state),
                           steps=f"{told[-1].step:,}", seconds=told[-1].seconds))  # fmt: skip
            jobs.buttons(seen, "runs_taught")
        jobs.say(seen)
        found = _pictures(seen)
        if found is not None:
            st.image(over(enlarged(found[0]), found[1]), alt=t("The picture that was taught, under its mask"))


def _pictures(seen: Seen) -> tuple[NDArray[np.uint8], NDArray[np.uint8]] | None:
    """The picture, uint8 (h, w, C), and the last probabilities, uint8 (classes, h, w); None before there are any."""
    begun = [noted.preview for noted in seen.progress if isinstance(noted.value, Begun)]
    masks = [noted.preview for noted in seen.progress if isinstance(noted.value, Told) and noted.preview is not None]
    if not masks or not begun or not isinstance(begun[0], np.ndarray) or not isinstance(masks[-1], np.ndarray):
        return None
    return begun[0], masks[-1]
