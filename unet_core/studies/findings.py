"""What was found: for each study its charts, and sentences that are made from the results and from nothing else.

    for study in STUDIES.values():
        for finding in findings(study, load(study)):
            ...

Change a number in the results and the sentence changes. A study that is still running says how far it is.
"""

from dataclasses import dataclass
from pathlib import Path

from unet_core.messages import Message
from unet_core.studies import sentences, summary
from unet_core.studies.figure_names import FIGURES
from unet_core.studies.results import FOLDER
from unet_core.studies.statistics import Difference
from unet_core.studies.study import Group, Study
from unet_core.studies.summary import Summary

TOPMOST = "without-0"


@dataclass(frozen=True)
class Point:
    """One condition in a chart: the mean of n repeats, the lowest and the highest of them, and each by itself.

    `repeats` are the seeds of the values, or the photos that were held out. `milliseconds` is the time of one photo,
    where it was measured. `difference` is from the condition `against`, where this one is compared; `reference` says
    whether others are compared with it.
    """

    name: str
    label: Message
    mean: float
    low: float
    high: float
    n: int
    values: tuple[float, ...]
    repeats: tuple[int, ...]
    milliseconds: float | None = None
    reference: bool = False
    difference: Difference | None = None
    against: Message | None = None


@dataclass(frozen=True)
class Chart:
    """Points in the order of the study; none where nothing was measured."""

    axis: Message
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Finding:
    """One group of a study in one figure; `main` says whether it is the one that the study was planned for.

    `state` says how far an unfinished study is, `headlines` what was found in plain words, `details` every comparison
    with its interval, `notes` what the numbers don't say by themselves.
    """

    study: str
    group: str
    figure: str
    main: bool
    question: Message
    title: Message
    budget: Message
    chart: Chart
    state: tuple[Message, ...]
    headlines: tuple[Message, ...]
    details: tuple[Message, ...]
    notes: tuple[Message, ...]

    @property
    def sentences(self) -> tuple[Message, ...]:
        """All of them, in the order in which they are read."""
        return (*self.state, *self.headlines, *self.details, *self.notes)


def load(study: Study, folder: Path = FOLDER) -> Summary | None:
    """The results of a study; None where nothing was measured yet. Raises ResultsError for a damaged file."""
    return summary.load(summary.summary_file(folder, study), study)


def findings(study: Study, results: Summary | None) -> tuple[Finding, ...]:
    """One for each group and figure of the study, whether measured or not."""
    return tuple(_finding(study, results, group, figure) for group in study.groups for figure in group.figures)


def _finding(study: Study, results: Summary | None, group: Group, figure: str) -> Finding:
    state, main = sentences.state(results), figure == group.figures[0]
    if results is None or not results.done:
        return Finding(study.name, group.name, figure, main, study.question, group.title, group.budget,
                       Chart(FIGURES[figure], ()), state, (), (), ())  # fmt: skip
    compared = [one for one in results.groups.get(group.name, {}).values() if figure in one.differences]
    details = tuple(sentences.comparison(study, results, one, figure) for one in compared)
    headlines = sentences.headlines(study, results, group, figure) + _topmost(results, group, figure)
    notes = (sentences.speeds(study, results, group) + _lessons(study, results, group) + sentences.by_chance(results)
             + sentences.provenance(results))  # fmt: skip
    chart = Chart(FIGURES[figure], _points(study, results, group, figure))
    return Finding(study.name, group.name, figure, main, study.question, group.title, group.budget, chart, state,
                   headlines, details, notes)  # fmt: skip


def _points(study: Study, results: Summary, group: Group, figure: str) -> tuple[Point, ...]:
    references = {reference for _, reference in group.compared}
    points = []
    for name in group.members:
        one = results.conditions.get(name)
        if one is not None and figure in one.figures:
            whole, each = one.figures[figure], one.values[figure]
            compared = results.groups.get(group.name, {}).get(name)
            points.append(Point(
                name, study.labels[name], whole.mean, whole.low, whole.high, whole.n, tuple(each.values()), tuple(each),
                one.milliseconds, name in references,
                None if compared is None else compared.differences.get(figure),
                None if compared is None else study.labels[compared.reference],
            ))  # fmt: skip
    return tuple(points)


def _topmost(results: Summary, group: Group, figure: str) -> tuple[Message, ...]:
    """The answer to the paper that finds it better to remove the skip at full resolution (see `skips`)."""
    one = results.groups.get(group.name, {}).get(TOPMOST)
    if one is None or figure not in one.differences or (sign := one.differences[figure].sign) is None:
        return ()
    answers = {
        1: Message("A recent paper finds that removing the topmost skip helps: here it does too, in {figure}."),
        -1: Message("A recent paper finds that removing the topmost skip helps: here it hurts, in {figure}."),
        0: Message("A recent paper finds that removing the topmost skip helps: here no difference is found in "
                   "{figure}."),
    }  # fmt: skip
    return (Message(answers[sign].template, {"figure": FIGURES[figure]}),)


def _lessons(study: Study, results: Summary, group: Group) -> tuple[Message, ...]:
    """How long a lesson by strokes took, beside what it is compared with (see `by_strokes`)."""
    if not study.of_strokes or group.reference not in results.conditions:
        return ()
    reference = results.conditions[group.reference]
    return tuple(
        Message("{condition}: {seconds:.0f} s for a photo; {reference}: {others:.0f} s.",
                {"condition": study.labels[name], "seconds": results.conditions[name].seconds,
                 "reference": study.labels[group.reference], "others": reference.seconds})
        for name in group.members if name != group.reference and name in results.conditions
    )  # fmt: skip
