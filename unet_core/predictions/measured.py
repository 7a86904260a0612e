"""Questions whose answers the studies have measured: asked as soon as their comparison has an interval."""

from collections.abc import Mapping

from unet_core.messages import Message, Signed
from unet_core.predictions.question import Option, Question
from unet_core.studies import sentences
from unet_core.studies.figure_names import FIGURES
from unet_core.studies.statistics import Difference
from unet_core.studies.study import Group, Study
from unet_core.studies.summary import Summary

BETTER, SAME, WORSE, NONE = "better", "same", "worse", "none"
WORTH = {  # study -> the comparison that its question is about: group and condition
    "wiring": ("macs", "unet++-ds-7"), "depth": ("filters", "depth-5"), "by-photo": ("macs", "unet++-ds-7"),
    "kernels-and-filters": ("kernels", "kernel-5-filters-8"), "skips": ("skips", "none"),
}  # fmt: skip
WITHOUT = {level: f"without-{level}" for level in range(3)}  # conditions of the study of skips
Results = Mapping[str, Summary | None]
VERDICTS = (Option(BETTER, Message("better")), Option(SAME, Message("no difference found")),
            Option(WORSE, Message("worse")))  # fmt: skip


def worth(name: str, studies: Mapping[str, Study], results: Results) -> Question | None:
    """By photo where that is measured, because it says something about other photos; else over seeds."""
    names = ("by-photo", name) if name == "wiring" else (name,)
    for one in names:
        if (found := _comparison(studies[one], results.get(one), *WORTH[one])) is not None:
            return found
    return None


def _comparison(study: Study, summary: Summary | None, group_name: str, condition: str) -> Question | None:
    group = _group(study, group_name)
    one = summary.groups.get(group.name, {}).get(condition) if summary is not None else None
    figure = group.figures[0]
    difference = one.differences.get(figure) if one is not None else None
    if summary is None or one is None or difference is None or difference.sign is None:
        return None
    values = {"condition": study.labels[condition], "reference": study.labels[one.reference], "figure": FIGURES[figure],
              "budget": group.budget}  # fmt: skip
    text = Message("Measured, with {budget}: {condition} against {reference}. In {figure}, is it better?", values)
    right = {1: BETTER, 0: SAME, -1: WORSE}[difference.sign]
    return Question(f"worth-{study.name}", text, VERDICTS, right, sentences.comparison(study, summary, one, figure),
                    _how_sure(summary, difference.n), True)  # fmt: skip


def _how_sure(summary: Summary, pairs: int) -> Message:
    values = {"pairs": pairs, "done": summary.done, "wanted": summary.wanted}
    if not summary.complete:
        return Message("It rests on {pairs} pairs of trainings, and {done} of the {wanted} runs of this study are in: "
                       "the more pairs, the narrower the interval, and only an interval that leaves out 0 says "
                       "better or worse.", values)  # fmt: skip
    return Message("It rests on {pairs} pairs of trainings that differ in this alone; only an interval that leaves out "
                   "0 says better or worse.", values)  # fmt: skip


def skip(studies: Mapping[str, Study], results: Results) -> Question | None:
    """Which single skip costs most to lose; it is asked once every one of them has an interval."""
    study, summary = studies["skips"], results.get("skips")
    if summary is None:
        return None
    group = study.groups[0]
    figure, compared = group.figures[0], summary.groups.get(group.name, {})
    known = {level: compared[name].differences[figure] for level, name in WITHOUT.items()
             if name in compared and figure in compared[name].differences}  # fmt: skip
    if known.keys() != WITHOUT.keys() or any(one.sign is None for one in known.values()):
        return None
    lost = {level: one.mean for level, one in known.items() if one.sign == -1}
    right = str(min(lost, key=lost.__getitem__)) if lost else NONE
    options = (*(Option(str(level), Message("level {level}", {"level": level})) for level in WITHOUT),
               Option(NONE, Message("none: no loss is found")))  # fmt: skip
    text = Message("Measured: a U-Net of depth 3 is trained without one of its skips. Which costs most to lose, in "
                   "{figure}?", {"figure": FIGURES[figure]})  # fmt: skip
    found = sentences.listed([_told(study, name, known[level]) for level, name in WITHOUT.items()])
    return Question("skip", text, options, right, found, _without_all(study, summary, group), True)


def _told(study: Study, name: str, one: Difference) -> Message:
    assert one.low is not None and one.high is not None
    return Message("{condition}: {difference:+.3f} ({low:+.3f} to {high:+.3f})", {
        "condition": study.labels[name], "difference": Signed(one.mean), "low": Signed(one.low),
        "high": Signed(one.high)})  # fmt: skip


def _without_all(study: Study, summary: Summary, group: Group) -> Message:
    figure = group.figures[0]
    none = summary.groups[group.name].get("none")
    if none is None or figure not in none.differences:
        return Message("Each was trained without its skip from the start, so it could learn to do without.")
    return Message("{sentence} Where one alone is missing from the start, the others can make up for it.",
                   {"sentence": sentences.comparison(study, summary, none, figure)})  # fmt: skip


def _group(study: Study, name: str) -> Group:
    return next(one for one in study.groups if one.name == name)
