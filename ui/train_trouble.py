"""Two things that go wrong, on purpose: one click starts a run with what makes it go wrong."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from ui import jobs, train_data, train_start, train_watch
from ui.state import t
from ui.train_start import TRAIN
from ui.train_state import ONE_IMAGE, TOO_HIGH, trouble_of, wanted
from unet_core.runs.order import RATE, RATE_TOO_HIGH

SOUND: Mapping[str, Any] = {"learning_rate": RATE, "images": None, "flips": True}  # fields of Wanted
WRONG: Mapping[str, Mapping[str, Any]] = {
    TOO_HIGH: {"learning_rate": RATE_TOO_HIGH}, ONE_IMAGE: {"images": 1, "flips": False},
}  # fmt: skip


def show() -> None:
    """The two buttons; under a run that went wrong on purpose, what there is to see in it."""
    seen = jobs.latest(TRAIN)
    found = train_watch.told(seen) if seen else None
    trouble = trouble_of(found.opened.order) if found and found.opened else ""
    if found and found.opened and trouble == TOO_HIGH:
        st.info(t("**What you see**: at a learning rate of {rate} each step goes so far that it overshoots. The loss "
                  "jumps up, and the masks turn from one nonsense to another. Only as the rate falls towards the end "
                  "it may still learn something, or nothing at all. The usual rate here is {usual}: press Start, and "
                  "compare how far it gets.",
                  rate=found.opened.order.learning_rate, usual=RATE))  # fmt: skip
    elif trouble == ONE_IMAGE:
        st.info(t("**What you see**: on its one training image the Dice climbs, on validation it stays behind or "
                  "falls. It has learned that image by heart. This is why the moment whose network is kept is "
                  "chosen by images it does not learn from, and never by its training accuracy. Press Start, and "
                  "compare with all images."))  # fmt: skip
    alive = train_start.going_on(TRAIN) or train_data.task(wanted().data) is None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.write(t("Two things that go wrong, on purpose"))
        st.button(t("Learning rate too high"), key="train_too_high", disabled=alive, on_click=_begin, args=(TOO_HIGH,))
        st.button(t("One training image, never turned over"), key="train_one_image", disabled=alive, on_click=_begin,
                  args=(ONE_IMAGE,))  # fmt: skip
        if trouble_of(wanted()):
            st.button(t("Back to what works"), key="train_back", on_click=_back)


def _begin(trouble: str) -> None:
    """For this one run: what the visitor has chosen stays, so that the next one can be compared with it."""
    train_start.start(TRAIN, [train_start.chosen_entrant()], chosen=replace(wanted(), **{**SOUND, **WRONG[trouble]}))


def _back() -> None:
    for name, value in SOUND.items():
        setattr(wanted(), name, value)
