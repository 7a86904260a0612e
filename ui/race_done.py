"""After a race: who won, whether it was guessed, and how little one run says."""

import streamlit as st

from ui import findings_results, train_done, train_watch
from ui.findings_choice import choice
from ui.language import plain
from ui.state import change, t
from unet_core.jobs import Seen
from unet_core.runs.history import History
from unet_core.runs.race import RACES, Spread, ranking, spread_of, verdict
from unet_core.runs.result import Result


def say(seen: Seen) -> None:
    """The verdict, and beside it what the visitor had guessed."""
    if not isinstance(seen.result, Result):
        return  # nobody has won what was cancelled
    found = train_watch.told(seen)
    said = verdict(found, _spread(found))
    if said is None:
        return
    winner = ranking(found)[0][0]
    guess = st.session_state.get("race_guesses", {}).get(seen.link)
    words = ""
    if isinstance(guess, int) and 0 <= guess < len(found.tracks):
        label = found.tracks[guess].label
        words = (t("You had said so.") if guess == winner else t("You had said: {label}.", label=plain(t(label)))) + " "
    with st.container(border=True):
        what = t("It is the mean Dice of the classes on validation, each network at its best moment.")
        st.write(f"**{plain(t(said))}** {words}{what}")
        st.write(t("One run with one seed decides little: another seed, more time or other data may turn it round. Our "
                   "studies ask the same with several seeds, and say how sure the answer is."))  # fmt: skip


def _spread(found: History) -> Spread | None:
    """By how much the seeds of one network differ, as a study measured it: the race's own, or else another."""
    race = RACES.get(found.opened.order.race) if found.opened else None
    results = findings_results.all_results()[0]
    names = [name for name in (race.study if race else "", *results) if name in results]
    for summary in (results[name] for name in names):
        for one in summary.conditions.values() if summary is not None else ():
            spread = spread_of(one.values.get("mean_dice", {}).values())
            if spread is not None:
                return spread
    return None


def show(seen: Seen) -> None:
    """What can be taken away, and the way to the study that asks the same."""
    if not isinstance(seen.result, Result):
        return
    found = train_watch.told(seen)
    with st.container(horizontal=True):
        train_done.files(found, seen.result, "race")
        race = RACES.get(found.opened.order.race) if found.opened else None
        if race is not None:
            st.button(t("What our studies say"), key="race_to_findings", on_click=_to_findings, args=(race.study,))
    if st.session_state.pop("race_to_findings_now", False):
        st.switch_page("pages/findings.py")


def _to_findings(study: str) -> None:
    change(finding=choice(study))
    st.session_state["race_to_findings_now"] = True
