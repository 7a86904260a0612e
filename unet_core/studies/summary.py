"""The results of a study in one small file: means, spreads and paired differences, computed from its runs.

Sentences and charts read this file and nothing else.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean, median
from typing import Any

from unet_core.studies.results import Results, ResultsError, Run, counted, number
from unet_core.studies.statistics import Difference, Estimate, estimate, paired
from unet_core.studies.study import Group, Study
from unet_core.studies.timing import conditions_to_time, resolved
from unet_core.whole_file import write_whole

DIGITS = 6


@dataclass(frozen=True)
class ConditionSummary:
    """A condition, or one head of it. `milliseconds`, the time of one photo, is None but for heads."""

    name: str
    steps: int
    parameters: int
    macs: int
    seconds: float  # of a training, on average
    milliseconds: float | None
    figures: Mapping[str, Estimate]
    values: Mapping[str, Mapping[int, float]]  # figure -> repeat -> value


@dataclass(frozen=True)
class Comparison:
    """A condition against a reference, in each figure of their group."""

    condition: str
    reference: str
    differences: Mapping[str, Difference]


@dataclass(frozen=True)
class Summary:
    """All that is known of a study so far."""

    study: str
    done: int
    wanted: int
    about: Mapping[str, Any]
    provenance: Mapping[str, Any]  # commits, devices and versions of the runs, and their time together
    conditions: Mapping[str, ConditionSummary]
    groups: Mapping[str, Mapping[str, Comparison]]  # group -> condition -> comparison

    @property
    def complete(self) -> bool:
        """Whether every run is in."""
        return self.done >= self.wanted


@dataclass(frozen=True)
class _Row:
    """The figures of one condition or head in one repeat."""

    name: str
    run: Run
    figures: Mapping[str, float]
    milliseconds: float | None = None


def summarise(study: Study, results: Results) -> Summary:
    """From the runs that belong to the study as it is now; others are left out."""
    if results.timing is not None and conditions_to_time(study):
        study = resolved(study, results.timing.milliseconds)
    runs = counted(study, results.runs)
    rows = [row for run in runs for row in _rows(run)]
    conditions = {name: _condition(name, [row for row in rows if row.name == name])
                  for name in dict.fromkeys(row.name for row in rows)}  # fmt: skip
    groups = {group.name: {one.condition: one for one in _compare(conditions, group)} for group in study.groups}
    about = {name: str(text) for name, text in study.about.items()}
    return Summary(study.name, len(runs), study.wanted, about, _provenance(runs, results), conditions, groups)


def _rows(run: Run) -> Iterable[_Row]:
    yield _Row(run.condition, run, run.figures)
    for name, head in run.heads.items():
        yield _Row(name, run, head.figures, head.milliseconds)


def _condition(name: str, rows: Sequence[_Row]) -> ConditionSummary:
    run, timed = rows[0].run, [row.milliseconds for row in rows if row.milliseconds is not None]
    values = {figure: {row.run.repeat: row.figures[figure] for row in rows if figure in row.figures}
              for figure in rows[0].figures}  # fmt: skip
    return ConditionSummary(name, run.steps, run.parameters, run.macs, round(fmean(row.run.seconds for row in rows), 2),
                            round(median(timed), 3) if timed else None,
                            {figure: estimate(list(by.values())) for figure, by in values.items()}, values)  # fmt: skip


def _compare(conditions: Mapping[str, ConditionSummary], group: Group) -> Iterable[Comparison]:
    """Those of a group for which both sides have a repeat in common."""
    for name, reference in group.compared:
        if name not in conditions or reference not in conditions:
            continue
        found = {figure: paired(conditions[name].values[figure], conditions[reference].values[figure])
                 for figure in group.figures}  # fmt: skip
        there = {figure: difference for figure, difference in found.items() if difference is not None}
        if there:
            yield Comparison(name, reference, there)


def _provenance(runs: Sequence[Run], results: Results) -> dict[str, Any]:
    return {
        "commits": sorted({run.commit for run in runs}),
        "devices": sorted({", ".join(filter(None, (run.device, run.precision))) for run in runs}),
        "torch": sorted({run.torch for run in runs}),
        "seconds": round(sum(run.seconds * max(1, len(run.seeds)) for run in runs), 1),
        "step_milliseconds": dict(results.timing.milliseconds) if results.timing else {},
    }


# --- as a file ---


def summary_file(folder: Path, study: Study) -> Path:
    """Where the summary of a study is."""
    return folder / f"{study.name}.json"


def write(path: Path, summary: Summary) -> None:
    """Whole or not at all."""
    text = json.dumps(_rounded(asdict(summary)), indent=1, ensure_ascii=False) + "\n"
    write_whole(path, text.encode())


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _rounded(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(one) for one in value]
    return round(value, DIGITS) if isinstance(value, float) else value


def load(path: Path, study: Study) -> Summary | None:
    """The summary of a study; None where nothing was measured yet. Raises ResultsError for a damaged file."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        summary = _from_json(data)
        if summary.study != study.name or not _known(summary, study):
            raise ValueError
    except FileNotFoundError:
        return None
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ResultsError(
            "{file} is no summary of the study {study}, or a damaged one; `python -m unet_core study {study}` computes "
            "it again from the runs", file=path.name, study=study.name,
        ) from error  # fmt: skip
    return summary


def _known(summary: Summary, study: Study) -> bool:
    """Whether nothing in it is foreign to the study, and everything that a sentence or a chart needs is there."""
    groups, conditions = {group.name: group for group in study.groups}, summary.conditions
    if any(one.figures.keys() != one.values.keys() for one in conditions.values()):
        return False
    return conditions.keys() <= study.labels.keys() and all(
        (one.condition, one.reference) in groups[name].compared and one.differences.keys() <= set(groups[name].figures)
        and {one.condition, one.reference} <= conditions.keys()
        and one.differences.keys() <= conditions[one.condition].figures.keys()
        for name, compared in summary.groups.items() for one in compared.values()
    )  # fmt: skip


def _from_json(data: Mapping[str, Any]) -> Summary:
    conditions = {name: _condition_from(one) for name, one in data["conditions"].items()}
    groups = {
        group: {name: Comparison(one["condition"], one["reference"], {figure: _difference(difference)
                                                    for figure, difference in one["differences"].items()})
                for name, one in compared.items()}
        for group, compared in data["groups"].items()
    }  # fmt: skip
    done, wanted = (int(number(data[name])) for name in ("done", "wanted"))
    return Summary(str(data["study"]), done, wanted, dict(data["about"]), _checked_provenance(data["provenance"]),
                   conditions, groups)  # fmt: skip


def _checked_provenance(told: Mapping[str, Any]) -> dict[str, Any]:
    number(told["seconds"])
    if not all(isinstance(one, str) for name in ("commits", "devices", "torch") for one in told[name]):
        raise TypeError
    return dict(told)


def _condition_from(one: Mapping[str, Any]) -> ConditionSummary:
    steps, parameters, macs = (int(number(one[name])) for name in ("steps", "parameters", "macs"))
    estimates = {figure: _estimate(value) for figure, value in one["figures"].items()}
    values = {figure: {int(repeat): number(value) for repeat, value in by.items()}
              for figure, by in one["values"].items()}  # fmt: skip
    milliseconds = None if one["milliseconds"] is None else number(one["milliseconds"])
    return ConditionSummary(str(one["name"]), steps, parameters, macs, number(one["seconds"]), milliseconds,
                            estimates, values)  # fmt: skip


def _estimate(one: Mapping[str, Any]) -> Estimate:
    deviation = None if one["deviation"] is None else number(one["deviation"])
    return Estimate(int(number(one["n"])), number(one["mean"]), deviation, number(one["low"]), number(one["high"]))


def _difference(one: Mapping[str, Any]) -> Difference:
    low, high = (None if one[end] is None else number(one[end]) for end in ("low", "high"))
    return Difference(int(number(one["n"])), number(one["mean"]), low, high)
