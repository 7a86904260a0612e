"""An experiment of many runs: begun by a button, with progress, and stopped by any other click."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import streamlit as st

from ui.kept import kept
from ui.state import t
from ui.turns import pass_on, turn

FLAG, LAST = "why_begun", "why_series"  # in the session: what was asked for just now; what is known of the last series
LONG = 60  # minutes: it took long, and is a few pictures


class State(Protocol):
    """All that is known after `done` of `of` runs."""

    @property
    def done(self) -> int: ...
    @property
    def of(self) -> int: ...


Known = TypeVar("Known", bound=State)


@dataclass(frozen=True, eq=False)
class Series:
    """`key` tells it from every other."""

    key: str
    state: Any

    @property
    def complete(self) -> bool:
        return bool(self.state.done == self.state.of)


def series(
    key: str, label: str, work: Callable[[], Iterator[Known]], at_once: bool = False
) -> Known | None:  # fmt: skip
    """What is known of it, None before it was begun by the button `label`, a text in the visitor's language.

    With `at_once` it begins by itself the first time; once stopped, it waits for the button. `work` yields all that is
    known after each run. What others have computed is taken over.
    """
    begun: set[str] = st.session_state.setdefault("why_begun_once", set())
    if at_once and key not in begun:
        begun.add(key)
        _begin(key)
    if st.session_state.pop(FLAG, None) == key:
        _run(key, work)
        st.rerun()
    mine = _mine(key)
    if mine is None or not mine.complete:
        if mine is not None:
            st.write(t("Stopped after {done} of {of} runs.", done=mine.state.done, of=mine.state.of))
        st.button(label, key="why_begin", on_click=_begin, args=(key,))
    return mine.state if mine else None


def known(key: str) -> Any | None:
    """What this visitor's last series knows, if it is this one."""
    mine = _mine(key)
    return mine.state if mine else None


def _mine(key: str) -> Series | None:
    last = st.session_state.get(LAST)
    return last if isinstance(last, Series) and last.key == key else None


def _begin(key: str) -> None:
    st.session_state[FLAG] = key


def _run(key: str, work: Callable[[], Iterator[Known]]) -> None:
    """Any click of the visitor, on Stop as on anything else, ends it at the next step."""
    bar = st.progress(0.0, t("Waiting for a turn …"))
    st.button(t("Stop"), key="why_stop")
    began = time.monotonic()

    def on_step(state: Known) -> None:
        st.session_state[LAST] = Series(key, state)
        left = (time.monotonic() - began) / state.done * (state.of - state.done)
        bar.progress(state.done / state.of, t("{done} of {of} runs, about {seconds:.0f} s left", done=state.done,
                                              of=state.of, seconds=left))  # fmt: skip

    st.session_state[LAST] = Series(key, _finished(key, work, on_step))


@kept(128, key=lambda key, work, on_step: key, minutes=LONG)
def _finished(key: str, work: Callable[[], Iterator[Known]], on_step: Callable[[Known], None]) -> Known:
    """The last state; `on_step` stops it by raising, and then nothing is kept."""
    with turn():
        for state in work():
            on_step(state)
            if state.done < state.of:
                pass_on()
    return state
