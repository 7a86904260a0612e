"""Quality: what the studies measured, as Dice against cost; a click on a network makes it A or B."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import streamlit as st

from ui.compare_chart import payload
from ui.compare_state import choose
from ui.components import component
from ui.findings_choice import choice
from ui.findings_results import all_results, stamp_of
from ui.language import plain
from ui.state import Workbench, change, t
from unet_core.config import UNetConfig
from unet_core.messages import ExplainedError, Message
from unet_core.pairing import Pair
from unet_core.predictions import WORTH
from unet_core.studies import STUDIES, sentences
from unet_core.studies.figure_names import FIGURES
from unet_core.studies.findings import findings
from unet_core.studies.points import COSTS, Measured, measured, relevant, training_seconds
from unet_core.studies.results import FOLDER, runs_file
from unet_core.studies.study import Group, Study
from unet_core.studies.summary import Summary

USUAL = ("wiring", "filters")  # where no study varies what A and B differ in
Chosen = tuple[str, str]  # study, group


def show(pair: Pair, bench: Workbench) -> None:
    """The comparison of the studies that is nearest to the pair's own question, or the one that was chosen."""
    results, damaged = all_results()
    for error in damaged:
        st.error(plain(t(error)))
    results = {name: found for name, found in results.items() if not STUDIES[name].of_strokes}  # these have a forest
    if not results:
        return
    (name, group_name), figure, cost = _controls(pair, results)
    study = STUDIES[name]
    group = next(one for one in study.groups if one.name == group_name)
    seconds, complaint = _seconds(study)
    points = measured(study, results[name], group, figure, seconds)
    for sentence in (*_fit(pair, name, points), *sentences.state(results[name])):
        st.markdown(plain(t(sentence)))
    if complaint is not None:
        st.error(plain(t(complaint)))
    known = [point for point in points if cost in point.costs]
    if known:
        key = f"{name}.{group_name}.{figure}.{cost}"
        picked = _picked(key, known, pair)
        _chart(key, known, picked, figure, cost, pair, bench)
        _card(picked)
    elif points:
        st.info(t("This study has not measured it for these networks. Choose another cost."))
    _more(study, results[name], group, figure)


def _controls(pair: Pair, results: Mapping[str, Summary | None]) -> tuple[Chosen, str, str]:
    columns = st.columns([2.1, 1.3, 1.3], gap="small")
    groups = {(name, group.name): t("{study} {group}", study=STUDIES[name].question, group=group.title)
              for name in results for group in STUDIES[name].groups}  # fmt: skip
    asked = (pair.a, pair.b)
    kept = st.session_state.get("compare_study")
    start = relevant(*asked) or USUAL
    chosen = kept[1] if kept and kept[0] == asked else start
    chosen = chosen if chosen in groups else next(iter(groups))
    st.session_state["quality_study"] = chosen
    columns[0].selectbox(t("Comparison"), list(groups), format_func=groups.__getitem__, key="quality_study",
                         on_change=_study_chosen, args=(asked,))  # fmt: skip
    group = next(one for one in STUDIES[chosen[0]].groups if one.name == chosen[1])
    figures = {name: t(FIGURES[name]) for name in group.figures}
    figure = _choose(columns[1], t("Figure"), figures, "quality_figure")
    costs = {name: t(COSTS[name]) for name in COSTS}
    return chosen, figure, _choose(columns[2], t("Against"), costs, "quality_cost")


def _study_chosen(asked: object) -> None:
    st.session_state["compare_study"] = (asked, st.session_state["quality_study"])


def _choose(place: st.delta_generator.DeltaGenerator, label: str, names: Mapping[str, str], key: str) -> str:
    """What was chosen last is kept over a change of page; what is not offered gives way to the first."""
    kept = f"{key}_kept"
    current = st.session_state.get(kept)
    current = current if current in names else next(iter(names))
    st.session_state[key] = current
    place.selectbox(label, list(names), format_func=names.__getitem__, key=key, on_change=_keep, args=(key,))
    return str(current)


def _keep(key: str) -> None:
    st.session_state[f"{key}_kept"] = st.session_state[key]


def _fit(pair: Pair, study: str, points: Sequence[Measured]) -> tuple[Message, ...]:
    """In how far the measured networks are A and B, or answer the question between them."""
    told = []
    asked = relevant(*pair.configs)
    if asked is None and not pair.same:
        told.append(Message("No study varies what A and B differ in; this one asks another question."))
    elif asked is not None and asked[0] != study:
        told.append(Message("What A and B differ in is varied by another study: “{question}”",
                            {"question": STUDIES[asked[0]].question}))  # fmt: skip
    there = {config for config in pair.configs if any(point.config == config for point in points)}
    if points and not there:
        told.append(Message("Neither A nor B was trained for this study: its networks are small, so that many could be "
                            "trained, and what they show need not hold for larger ones. Take one of them as A or B by "
                            "a click."))  # fmt: skip
    return tuple(told)


def like(one: UNetConfig, other: UNetConfig) -> bool:
    """Whether the two are wired and supervised in the same way."""
    return (one.architecture, one.deep_supervision) == (other.architecture, other.deep_supervision)


def _picked(key: str, points: Sequence[Measured], pair: Pair) -> Measured:
    """The one that was clicked; at first B, A, one that is wired like B, or the one that the study was made for."""
    by_name = {point.name: point for point in points}
    kept = st.session_state.get("quality_picked")
    if isinstance(kept, tuple) and kept[0] == key and kept[1] in by_name:
        return by_name[kept[1]]
    own = [point for config in (pair.b, pair.a) for point in points if point.config == config]
    first = [point for point in points if point.name in {condition for _, condition in WORTH.values()}]
    wired = [point for point in points if not like(pair.a, pair.b) and like(point.config, pair.b)]
    return (own or wired or first or list(points))[0]


def _chart(
    key: str, points: Sequence[Measured], picked: Measured, figure: str, cost: str, pair: Pair, bench: Workbench
) -> None:  # fmt: skip
    data = payload(key, points, FIGURES[figure], cost, picked.name, pair, bench.language)
    component("scatter")(key="quality_chart", data=data, on_picked_change=lambda: _taken(key, points))


def _taken(key: str, points: Sequence[Measured]) -> None:
    """What the browser claims was clicked must be a point of this chart."""
    said = st.session_state["quality_chart"].get("picked")
    name = said.get("id") if isinstance(said, dict) and said.get("key") == key else None
    if isinstance(name, str) and name in {point.name for point in points}:
        st.session_state["quality_picked"] = (key, name)


def _card(one: Measured) -> None:
    """The study's own sentence about the chosen network, and the way to have it drawn."""
    with st.container(border=True, key="quality_card"):
        said, taken = st.columns([3.6, 1], gap="medium", vertical_alignment="center")
        said.markdown(plain(t(one.sentence)))
        with taken.container(horizontal=True, gap="small"):
            st.button(t("Take as A"), key="quality_a", on_click=choose, args=("a", one.config))
            st.button(t("Take as B"), key="quality_b", on_click=choose, args=("b", one.config))


def _more(study: Study, results: Summary | None, group: Group, figure: str) -> None:
    """What the study says of all of them together, what it rests on, and where to see every run."""
    found = next(one for one in findings(study, results) if (one.group, one.figure) == (group.name, figure))
    for sentence in found.headlines:
        st.markdown("- " + plain(t(sentence)))
    with st.expander(t("How it was measured")):
        for text in (*study.about.values(), *found.notes):
            st.markdown("- " + plain(t(text)))
        st.markdown("- " + t("Times of trainings are those of the machine that trained them while it did other work, "
                             "too: they tell of size, not of small differences."))  # fmt: skip
    chart = choice(study.name, group.name, figure)
    if st.button(t("Every run and every interval, on Findings"), key="quality_findings", type="tertiary",
                 on_click=lambda: change(finding=chart)):  # fmt: skip
        st.switch_page("pages/findings.py")


def _seconds(study: Study) -> tuple[Mapping[str, tuple[float, ...]], ExplainedError | None]:
    path = runs_file(FOLDER, study)
    return _read_seconds(study.name, FOLDER, stamp_of(path))


@lru_cache(maxsize=4 * len(STUDIES))
def _read_seconds(
    name: str, folder: Path, stamp: object
) -> tuple[Mapping[str, tuple[float, ...]], ExplainedError | None]:  # fmt: skip
    """`stamp` is only there to be another after a change."""
    try:
        return training_seconds(STUDIES[name], folder), None
    except ExplainedError as error:
        return {}, error
