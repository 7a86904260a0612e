"""The tab of the studies: choose a study, one of its charts and a figure; the chart, and what was found, in words."""

from collections.abc import Mapping

import streamlit as st

from ui.components import component
from ui.findings_chart import chart_payload
from ui.findings_choice import Choice, choice, group_of
from ui.language import mark, plain
from ui.state import change, t, workbench
from unet_core.messages import Message
from unet_core.studies import STUDIES
from unet_core.studies.figure_names import FIGURES
from unet_core.studies.findings import Finding, findings
from unet_core.studies.study import Study
from unet_core.studies.summary import Summary

PARTS = {  # of what a study rests on
    "task": mark("Task"), "learned_from": mark("Learned from"), "measured_on": mark("Measured on"),
    "every_photo": mark("Photos"), "fixed": mark("Kept the same"), "figure": mark("Figure"),
    "interval": mark("Interval"), "does_not_say": mark("What it does not say"),
}  # fmt: skip


def show(results: Mapping[str, Summary | None], language: str) -> None:
    """`results` lacks a study whose file is damaged; the page has said so, and here it can't be chosen."""
    if not results:
        return
    chosen = _controls(results)
    study, group = STUDIES[chosen.study], group_of(chosen)
    found = next(one for one in findings(study, results[study.name]) if (one.group, one.figure) == chosen[1:])
    st.header(t(study.question), anchor=False)
    for sentence in found.state:
        st.markdown(f"**{plain(t(sentence))}**")
    component("dots")(key="findings_chart", data=chart_payload(study, group, found, language))
    _bullets(found.headlines + found.notes)
    if found.details:
        with st.expander(t("Every comparison in a sentence")):
            _bullets(found.details)
    with st.expander(t("How it was measured")):
        _how(study, found, results[study.name])


def _controls(results: Mapping[str, Summary | None]) -> Choice:
    chosen = _chosen(results)
    columns = st.columns([1.35, 1.2, 1], gap="small")
    with columns[0]:
        _select(t("Study"), {name: t(STUDIES[name].question) for name in results}, chosen.study, "study")
    with columns[1]:
        groups = STUDIES[chosen.study].groups
        _select(t("Comparison"), {one.name: t(one.title) for one in groups}, chosen.group, "group")
    with columns[2]:
        figures = group_of(chosen).figures
        _select(t("Figure"), {name: t(FIGURES[name]) for name in figures}, chosen.figure, "figure")
    return chosen


def _chosen(results: Mapping[str, Summary | None]) -> Choice:
    """At first a study of which something is known; the same where the chosen one's file is damaged."""
    kept = workbench().finding
    if kept and kept.study in results:
        return kept
    measured = [name for name, one in results.items() if one is not None and one.done]
    return choice((measured or list(results))[0])


def _select(label: str, names: Mapping[str, str], current: str, part: str) -> None:
    key = f"findings_{part}"
    st.session_state[key] = current
    st.selectbox(label, list(names), format_func=names.__getitem__, key=key, on_change=_selected)


def _selected() -> None:
    study, group, figure = (st.session_state[f"findings_{part}"] for part in Choice._fields)
    change(finding=choice(study, group, figure))


def _bullets(sentences: tuple[Message, ...]) -> None:
    st.markdown("\n".join(f"- {plain(t(sentence))}" for sentence in sentences))


def _how(study: Study, found: Finding, results: Summary | None) -> None:
    """What the finding rests on: what was planned, and, as far as there are runs, where they ran."""
    lines = [t("**{part}**: {text}", part=t(name), text=plain(t(study.about[key])))
             for key, name in PARTS.items() if key in study.about]  # fmt: skip
    repeats = ", ".join(map(str, study.repeats))
    if study.of_strokes:
        lines.append(t("**Photos by number**: {repeats}", repeats=repeats))
    else:
        lines.append(t("**Photos held out**: {repeats}", repeats=repeats) if study.by_photo
                     else t("**Seeds**: {repeats}", repeats=repeats))  # fmt: skip
    lines.append(t("**In common**: {budget}", budget=plain(t(found.budget))))
    if results is not None and results.done:
        ran = {name: plain("; ".join(results.provenance[name])) for name in ("devices", "torch", "commits")}
        lines.append(t("**Device**: {devices}; PyTorch {torch}", devices=ran["devices"], torch=ran["torch"]))
        lines.append(t("**Commit**: {commits}", commits=ran["commits"]))
    lines.append(t("**Command**: `{command}`", command=f"python -m unet_core study {study.name}"))
    st.markdown("\n".join(f"- {line}" for line in lines))
