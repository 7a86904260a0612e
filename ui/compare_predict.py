"""Predict first: a few questions about A and B. An answer goes in, then what was computed or measured stands beside it.

Nothing is counted and nobody is told. A teacher's link can leave the questions out: they are a control, "predict".
"""

from dataclasses import dataclass, field

import streamlit as st

from ui import teacher
from ui.compare_state import versus_of
from ui.figure import cached_trace
from ui.findings_results import all_results
from ui.language import plain
from ui.state import Workbench, t
from unet_core.pairing import Pair
from unet_core.predictions import Question, questions
from unet_core.studies import STUDIES
from unet_core.studies.points import relevant

NAME = "predict"  # among ui/controls.py
TELLS = {  # the tabs that hold the answer to a kind of question
    "work": ("cost", "report"), "deeper": (), "busiest": (), "pruned": ("prune",),
    "skip": ("quality", "image", "report"), "worth": ("quality", "report"),
}  # fmt: skip


@dataclass
class Predicting:
    """One visitor's: the answers by pair and question, which question is open, and whether they want none."""

    answers: dict[tuple[Pair, str], str] = field(default_factory=dict)
    at: dict[Pair, int] = field(default_factory=dict)
    opened: set[tuple[Pair, str]] = field(default_factory=set)  # who would rather see than guess, by pair and question
    skipped: bool = False


def show(pair: Pair, bench: Workbench) -> None:
    """One question after another, or nothing where a teacher's link has taken them away."""
    if NAME in bench.hidden:
        return
    predicting = _kept()
    if predicting.skipped:
        st.button(t("Predict first: show the questions"), key="predict_again", type="tertiary", on_click=_skip,
                  args=(False,))  # fmt: skip
        return
    asked = asked_of(pair, versus_of(bench).match)
    if asked:
        with st.container(border=True, key="predict"):
            _ask(pair, asked, _at(pair, asked), bench)


def asked_of(pair: Pair, match: str = "") -> tuple[Question, ...]:
    """The questions whose answers exist for this pair and the studies as they are now. Whoever has `match`ed B by its
    multiply-adds is not asked for them."""
    about = relevant(pair.a, pair.b)
    found = questions(pair.a, pair.b, pair.sizes[0], STUDIES, all_results()[0], cached_trace, about and about[0])
    return tuple(one for one in found if (one.id, match) != ("work", "macs"))


def veil(tab: str, pair: Pair, bench: Workbench) -> bool:
    """Whether the tab stays folded because it holds the answer to the open question; then it says so, with a way in."""
    asked = () if NAME in bench.hidden or _kept().skipped else asked_of(pair, versus_of(bench).match)
    if not asked:
        return False
    question = asked[_at(pair, asked)]
    known = (pair, question.id)
    if tab not in tells(question) or known in _kept().answers or known in _kept().opened:
        return False
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="predict_veil"):
        st.write(t("Folded up, because it holds the answer to the question above: answer it or skip it first."))
        st.button(t("Show it now"), key="predict_show", on_click=_kept().opened.add, args=(known,))
    return True


def tells(question: Question) -> tuple[str, ...]:
    """The tabs that hold its answer; of a net without any skip the switches on an image speak, too."""
    tabs = TELLS[question.id.split("-")[0]]
    return (*tabs, "image") if question.id == "worth-skips" else tabs


def waiting(pair: Pair, bench: Workbench) -> bool:
    """Whether a question about this pair has still no answer, and the visitor wants them."""
    if NAME in bench.hidden or _kept().skipped:
        return False
    asked = asked_of(pair, versus_of(bench).match)
    return any((pair, question.id) not in _kept().answers for question in asked)


def _at(pair: Pair, asked: tuple[Question, ...]) -> int:
    return min(_kept().at.get(pair, 0), len(asked) - 1)


def _kept() -> Predicting:
    kept = st.session_state.setdefault("predicting", Predicting())
    assert isinstance(kept, Predicting)
    return kept


def _skip(skipped: bool) -> None:
    _kept().skipped = skipped


def _ask(pair: Pair, asked: tuple[Question, ...], at: int, bench: Workbench) -> None:
    question = asked[at]
    answer = _kept().answers.get((pair, question.id))
    left, right = st.columns([1, 1], gap="large")
    with left:
        st.markdown(f"**{plain(t('Predict first, {number} of {all}.', number=at + 1, all=len(asked)))}** "
                    f"{plain(t(question.text))}")  # fmt: skip
        names = {option.name: t(option.text) for option in question.options}
        key = f"predict_{question.id}"
        st.session_state[key] = answer
        st.pills(t("Your answer"), list(names), format_func=names.__getitem__, key=key, on_change=_answered,
                 args=(pair, question.id, key), label_visibility="collapsed", wrap=True)  # fmt: skip
    with right:
        if answer in names:
            _found(question, names[answer], names[question.right], answer == question.right)
        else:
            st.caption(t("Say what you expect; then what is computed or measured stands here, beside it."))
        _ways_on(pair, asked, at, answer in names, bench)


def _found(question: Question, said: str, right: str, same: bool) -> None:
    st.markdown(plain(t("You said: {said}.", said=said)) if same else
                plain(t("You said: {said}. Nearest is: {right}.", said=said, right=right)))  # fmt: skip
    label = t("Measured") if question.measured else t("Computed")
    st.markdown(f"**{plain(label)}** · {plain(t(question.found))}")
    st.markdown(plain(t(question.why)))


def _answered(pair: Pair, question: str, key: str) -> None:
    """A second click on the same answer takes it back."""
    said = st.session_state[key]
    answers = _kept().answers
    if said is None:
        answers.pop((pair, question), None)
    else:
        answers[pair, question] = said


def _ways_on(pair: Pair, asked: tuple[Question, ...], at: int, answered: bool, bench: Workbench) -> None:
    with st.container(horizontal=True, gap="small", key="predict_ways"):
        last = at == len(asked) - 1
        if not last:
            st.button(t("Next question") if answered else t("Skip this one"), key="predict_next", on_click=_go,
                      args=(pair, at + 1))  # fmt: skip
        if at:
            st.button(t("Back"), key="predict_back", on_click=_go, args=(pair, at - 1))
        st.button(t("No questions"), key="predict_none", type="tertiary", on_click=_skip, args=(True,))
        _for_teachers(bench)


def _for_teachers(bench: Workbench) -> None:
    """Two links. What is folded away is not made: it would be drawn anew with every change of A or B."""
    view = st.popover(t("For teachers"), type="tertiary", on_change="rerun", key="predict_teachers")
    if not view.open:
        return
    with view:
        st.write(t("This page without the questions"))
        without = teacher.link(bench, bench.hidden | {NAME}, bench.locked)
        st.code(teacher.address(without), language=None, wrap_lines=True)
        st.write(t("With the questions, as it is here"))
        st.code(teacher.address(teacher.link(bench, bench.hidden, bench.locked)), language=None, wrap_lines=True)


def _go(pair: Pair, at: int) -> None:
    _kept().at[pair] = at
