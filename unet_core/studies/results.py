"""The runs of a study as a file that only grows, one JSON object a line, so that a study goes on where it stopped."""

import hashlib
import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from unet_core.data.samples import ASSETS
from unet_core.messages import ExplainedError
from unet_core.studies.study import Condition, Study
from unet_core.studies.task import photos

FOLDER = ASSETS / "studies"
Figures = Mapping[str, float]


class ResultsError(ExplainedError):
    """Results that can't be read, or that belong to another study."""


@dataclass(frozen=True)
class Head:
    """One head, cut out as a network of its own: its figures, and the time of one photo in milliseconds."""

    figures: Figures
    milliseconds: float


@dataclass(frozen=True)
class Run:
    """One training that is done: what decided it, where and when it ran, and what came out.

    `fingerprint` is that of the study's plan (`fingerprint`): a run of another plan does not count. `plan` is what was
    done, which may have another precision. `seconds` is the time of the training; `macs` are those of a 96 x 96 input.
    """

    study: str
    condition: str
    repeat: int
    fingerprint: str
    plan: Mapping[str, Any]
    steps: int
    parameters: int
    macs: int
    seconds: float
    figures: Figures
    commit: str
    device: str
    torch: str
    date: str
    heads: Mapping[str, Head] = field(default_factory=dict)
    seeds: Mapping[str, Figures] = field(default_factory=dict)  # of a run that is a mean, the figures of each seed

    @property
    def precision(self) -> str:
        """In which it was computed; "" for a run of strokes, which knows one only."""
        return str(self.plan.get("settings", {}).get("precision", ""))


@dataclass(frozen=True)
class Timing:
    """Milliseconds of one training step of each condition, measured side by side before the first run."""

    milliseconds: Mapping[str, float]
    commit: str
    device: str
    torch: str
    date: str


@dataclass(frozen=True)
class Results:
    """All that a study's file holds, in the order in which it came."""

    runs: tuple[Run, ...] = ()
    timing: Timing | None = None


def plan(study: Study, condition: Condition, repeat: int) -> dict[str, Any]:
    """All that decides what a run becomes, as plain JSON."""
    if condition.by_strokes is not None:
        config = condition.config.to_dict() if condition.by_strokes.method == "unet" else None
        return {"by_strokes": asdict(condition.by_strokes), "config": config, "photo": repeat, "side": study.side}
    learned, measured = photos(study, repeat)
    settings = asdict(condition.settings) | {"seed": repeat}
    return {
        "config": condition.config.to_dict(), "settings": settings, "photos": list(learned), "measured_on": measured,
        "crops": condition.crops, "heads": list(condition.heads), "side": study.side,
    }  # fmt: skip


def fingerprint(study: Study, condition: Condition, repeat: int) -> str:
    """Of a plan, 16 hexadecimal digits."""
    text = json.dumps(plan(study, condition, repeat), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def runs_file(folder: Path, study: Study) -> Path:
    """Where the runs of a study are."""
    return folder / f"{study.name}.jsonl"


def read(path: Path) -> Results:
    """What is in the file so far; nothing where there is none. Raises ResultsError for a damaged line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return Results()
    except (OSError, UnicodeDecodeError) as error:
        raise ResultsError("{file} can't be read as text: {why}", file=path.name, why=str(error)) from error
    runs: list[Run] = []
    timing: Timing | None = None
    for number, line in enumerate(lines, start=1):
        try:
            one = _parse(line)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ResultsError("line {line} of {file} is no run, or a damaged one; remove that line, and the same "
                               "command computes it again", line=number, file=path.name) from error  # fmt: skip
        if isinstance(one, Timing):
            timing = one
        else:
            runs.append(one)
    return Results(tuple(runs), timing)


def _parse(line: str) -> Run | Timing:
    data = json.loads(line)
    if "timing" in data:
        return _checked_timing(Timing(**data["timing"]))
    heads = {name: Head(figures(head["figures"]), number(head["milliseconds"]))
             for name, head in data.pop("heads").items()}  # fmt: skip
    run = Run(**data, heads=heads)
    for value in (run.repeat, run.steps, run.parameters, run.macs, run.seconds):
        number(value)
    if not all(isinstance(text, str) for text in (run.study, run.condition, run.fingerprint, run.commit, run.device)):
        raise TypeError
    for one in (run.figures, *run.seeds.values()):
        figures(one)
    return run


def _checked_timing(timing: Timing) -> Timing:
    if not all(number(value) > 0 for value in timing.milliseconds.values()):
        raise ValueError
    return timing


def number(value: object) -> float:
    """The number itself. TypeError for anything else, ValueError for what is not finite."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError
    if not abs(value) < float("inf"):
        raise ValueError
    return value


def figures(value: Mapping[str, object]) -> dict[str, float]:
    """Figures in 0..1 by their names, checked as `number` does."""
    checked = {name: number(one) for name, one in value.items()}
    if not checked or not all(0 <= one <= 1 for one in checked.values()):
        raise ValueError
    return checked


def append(path: Path, entry: Run | Timing) -> None:
    """One line at the end, written at once and onto the disk, so that an interruption leaves no half of one."""
    data = {"timing": asdict(entry)} if isinstance(entry, Timing) else asdict(entry)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(data, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())


def of_the_plan(study: Study, runs: Sequence[Run]) -> tuple[Run, ...]:
    """The runs that belong to `study` as it is now, in any precision; of several that are alike, the last.

    Conditions that take as long as another must have their steps already (`timing.resolved`).
    """
    found = {(run.condition, run.repeat, run.fingerprint, run.precision): run for run in runs
             if run.study == study.name}  # fmt: skip
    wanted = {(condition.name, repeat): fingerprint(study, condition, repeat)
              for condition in study.conditions for repeat in study.repeats}  # fmt: skip
    return tuple(run for (name, repeat, mark, _), run in found.items() if wanted.get((name, repeat)) == mark)


def counted(study: Study, runs: Sequence[Run]) -> tuple[Run, ...]:
    """The runs that count, one for each condition and repeat, in the order of the study.

    Runs are compared within a repeat, and those must differ in nothing but their conditions. So all of a repeat are of
    one precision: the one that has most of its runs and, of two that have as many, the one that came last.
    """
    there = of_the_plan(study, runs)
    often = Counter((run.repeat, run.precision) for run in there)
    chosen: dict[int, str] = {}
    for run in there:
        if often[run.repeat, run.precision] >= often[run.repeat, chosen.get(run.repeat, "")]:
            chosen[run.repeat] = run.precision
    order = {condition.name: place for place, condition in enumerate(study.conditions)}
    return tuple(sorted((run for run in there if run.precision == chosen[run.repeat]),
                        key=lambda run: (order[run.condition], study.repeats.index(run.repeat))))  # fmt: skip
