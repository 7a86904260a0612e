"""A run as it goes on: how it stands, its curves, masks and kernels; drawn anew once a second, by nobody's script."""

from collections.abc import Callable

import streamlit as st

from ui import jobs, learning
from ui.components import component
from ui.state import t
from unet_core.jobs import Seen
from unet_core.runs.history import History, history


def told(seen: Seen) -> History:
    """What a run has told so far."""
    return history((noted.value, noted.preview) for noted in seen.progress)


def watch(seen: Seen, language: str, key: str) -> None:
    """Draw a run, and go on drawing it until it ends."""
    jobs.watch([seen.link], _drawn(language, key), key=f"{key}_watch")


def _drawn(language: str, key: str) -> Callable[[list[Seen]], None]:
    def draw(runs: list[Seen]) -> None:
        for seen in runs:
            found = told(seen)
            with st.container(horizontal=True, vertical_alignment="center"):
                st.write(_status(seen, found))
                st.space("stretch")
                jobs.buttons(seen, key)
            jobs.say(seen)
            if found.opened is not None and any(track.looks for track in found.tracks):
                component("learning")(key=f"{key}_learning", data=learning.payload(found, seen.link, language))

    return draw


def _steps(done: int, planned: int) -> str:
    return f"{done:,}" if done == planned else f"{done:,} / {planned:,}"


def _status(seen: Seen, found: History) -> str:
    """One line: where it stands, how fast, how long still."""
    if seen.state == "waiting":
        return t("It waits for its turn.")
    name = jobs.STATES[seen.state]
    state = t(name)
    if found.opened is None or not any(track.plan for track in found.tracks):
        if seen.ended:
            return f"**{state}**"
        return t("Data and network are made ready, and a few steps are tried to see how long one takes.")
    steps = ", ".join(_steps(track.step, track.plan.steps) for track in found.tracks if track.plan)
    if seen.ended:
        return t("**{state}** after {steps} steps and {seconds:.0f} s.", state=state,
                 steps=steps, seconds=sum(track.seconds for track in found.tracks))  # fmt: skip
    return t("**{state}**: step {steps}, {speed:,.0f} images a second, about {left:.0f} s left.",
             state=state, steps=steps, speed=found.speed, left=found.left)  # fmt: skip
