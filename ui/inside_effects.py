"""Measuring how much the mask changes without a channel: asked for, with progress, and stopped at any time.

It begins with a run of the whole page, which the next click ends: see `inside_tab.show`.
"""

import time

import streamlit as st

from ui.inside_runs import Effects, measure, measured, run_key
from ui.seen import Seen
from ui.state import t
from unet_core.inside.activations import Layer

FLAG = "inside_measuring"  # in the session: what the visitor has asked to measure


def begun() -> bool:
    """Whether this visitor has asked for a measurement that has not ended."""
    return FLAG in st.session_state


def ask(seen: Seen, layer: Layer) -> Effects | None:
    """What has been measured of a block, and where something is missing a button; None where nothing can be."""
    if layer.kind in ("input", "head"):
        st.info(t("The input and the heads can't be switched off channel by channel: choose a block between them. Here "
                  "the channels that vary most come first."))  # fmt: skip
        return None
    effects = measured(seen, layer.row, layer.shape[0])
    if not effects.complete and st.session_state.get(FLAG) != _what(seen, layer):
        st.write(t("{done} of {of} channels are measured. Each is switched off once, and the mask is computed again.",
                   done=effects.done, of=len(effects.flipped)))  # fmt: skip
        label = t("Measure the effect of each channel")
        st.button(label, key="inside_measure", on_click=_begin, args=(_what(seen, layer),))
    return effects


def go_on(seen: Seen, layer: Layer, effects: Effects | None) -> None:
    """Measure what is missing, where the visitor has asked for that; what is done when they stop it is kept."""
    if effects is None or effects.complete or st.session_state.get(FLAG) != _what(seen, layer):
        return _end()
    bar = st.progress(0.0)
    st.button(t("Stop measuring"), key="inside_stop", on_click=_end)
    began, before = time.monotonic(), effects.done

    def progress(now: Effects) -> None:
        each = (time.monotonic() - began) / max(1, now.done - before)
        of = len(now.flipped)
        bar.progress(now.done / of, t("{done} of {of} channels, about {seconds:.0f} s left", done=now.done, of=of,
                                      seconds=each * (of - now.done)))  # fmt: skip

    measure(seen, layer.row, effects, progress)
    _end()
    st.rerun()


def _what(seen: Seen, layer: Layer) -> tuple[str, str, int]:
    return run_key(seen), layer.row, seen.told.threshold


def _begin(what: tuple[str, str, int]) -> None:
    st.session_state[FLAG] = what


def _end() -> None:
    st.session_state.pop(FLAG, None)
