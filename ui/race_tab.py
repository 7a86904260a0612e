"""Race: networks that differ in one choice learn side by side. First you say who will win, then it is measured."""

from contextlib import suppress

import streamlit as st

from ui import jobs, race_done, train_choice, train_data, train_start, train_watch
from ui.language import plain
from ui.state import Workbench, t
from ui.train_start import RACE
from ui.train_state import wanted
from unet_core.runs.estimate import FEWEST_STEPS, Estimate
from unet_core.runs.order import Entrant
from unet_core.runs.race import RACES, entrants
from unet_core.runs.task import Task
from unet_core.settings import TrainingError


def show(bench: Workbench) -> None:
    """What shall differ, from what they learn and how long; the guess; and the race."""
    train_choice.ask_race()
    data = train_data.ask(wanted().data)
    runners = entrants(wanted().race, wanted().config)
    seen = jobs.latest(RACE)
    alive = train_start.going_on(RACE)
    st.write(t(RACES[wanted().race].says))
    if not alive:
        _guess(runners)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(t("Start the race"), type="primary", key="race_start", disabled=alive or data is None,
                  on_click=_start)  # fmt: skip
        train_choice.ask_more(loss=True)
        st.write(t("{count} networks, {seconds} s of training each: about {total:.0f} s. They take turns, so that a "
                   "busy machine slows all of them alike; a slow one takes longer, until it has done {fewest} steps.",
                   count=len(runners), seconds=wanted().seconds, total=len(runners) * wanted().seconds,
                   fewest=FEWEST_STEPS))  # fmt: skip
    if data is not None:
        train_start.say_saved(_costs(runners, data))
    train_start.say_refusal(RACE)
    if seen is None:
        if data is not None:
            train_data.preview(data, bench.language)
        return
    if seen.ended:
        race_done.say(seen)
    train_watch.watch(seen, bench.language, "race")
    if seen.ended:
        race_done.show(seen)


def _costs(runners: tuple[Entrant, ...], data: Task) -> list[Estimate]:
    """Of those that can be trained; of the others the race says why they can't."""
    found = []
    for runner in runners:
        with suppress(TrainingError):
            found.append(train_start.cost_of(runner.config, data))
    return found


def _guess(runners: tuple[Entrant, ...]) -> None:
    """Asked before, may be skipped."""
    labels = [t(runner.label) for runner in runners]
    st.pills(t("Which one will win? You may skip this."), list(range(len(labels))), key="race_guess",
             format_func=lambda number: plain(labels[number]), wrap=True)  # fmt: skip


def _start() -> None:
    runners = entrants(wanted().race, wanted().config)
    guess = st.session_state.get("race_guess")
    before = jobs.latest(RACE)
    train_start.start(RACE, runners, wanted().race)
    now = jobs.latest(RACE)
    if now is not None and (before is None or now.link != before.link):
        st.session_state.setdefault("race_guesses", {})[now.link] = guess
