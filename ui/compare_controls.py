"""The controls of Compare: A, B, and what B's width is set by; and under them, in words, in what the two differ."""

import streamlit as st

from ui.build_choices import PRESET_NAMES
from ui.compare_choice import BUILD, MATCHES, MODEL
from ui.compare_state import choose, match_by, versus_of, words
from ui.language import mark, plain
from ui.state import Workbench, t
from unet_core import says
from unet_core.pairing import Pair
from unet_core.pairing.differences import sentence

MATCH_NAMES = {"": mark("nothing: B as it is"), "parameters": mark("parameters"), "macs": mark("multiply-adds"),
               "time": mark("measured time")}  # fmt: skip


def show(bench: Workbench) -> None:
    """Three widgets; the fourth control is the drawing's own slider."""
    chosen = versus_of(bench)
    names = {word: name_of(word, bench) for word in words(bench)}
    columns = st.columns([1.2, 1.2, 1], gap="small")
    for column, which, label in zip(columns, "ab", ("A", "B"), strict=False):
        with column:
            key = f"compare_{which}"
            st.session_state[key] = getattr(chosen, which)
            st.selectbox(label, list(names), format_func=names.__getitem__, key=key, on_change=_chosen, args=(which,))
    with columns[2]:
        shown = {name: t(MATCH_NAMES[name]) for name in MATCHES}
        st.session_state["compare_match"] = chosen.match.partition(".")[0]
        st.selectbox(t("Set B's filters so that it equals A in"), MATCHES, format_func=shown.__getitem__,
                     key="compare_match", on_change=_matched)  # fmt: skip


def _chosen(which: str) -> None:
    choose(which, st.session_state[f"compare_{which}"])


def _matched() -> None:
    match_by(st.session_state["compare_match"])


def name_of(word: str, bench: Workbench) -> str:
    """What a list calls a network."""
    if word in PRESET_NAMES:
        return t(PRESET_NAMES[word])
    if word == BUILD:
        built = says.title(bench.config)
        return t("From Build: {network}", network=built)
    if word.startswith(MODEL):
        return t("Trained: {name}", name=word.removeprefix(MODEL))
    return t("Your own: {choices}", choices=word.replace(",", ", "))


def differences(pair: Pair) -> None:
    """One line, so that nobody takes a difference for another."""
    told = sentence(pair.a, pair.b)
    st.markdown(plain(t(told)))
