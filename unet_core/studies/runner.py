"""Running a study: what is missing, one run after another, each written down as soon as it is done."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from unet_core.studies import summary, timing
from unet_core.studies.parity import macs
from unet_core.studies.results import FOLDER, Run, append, counted, of_the_plan, read, runs_file
from unet_core.studies.study import Condition, Study
from unet_core.studies.summary import Summary
from unet_core.studies.timing import conditions_to_time, resolved
from unet_core.studies.training_run import run


@dataclass(frozen=True)
class Done:
    """One run is done and written down; `seconds_left` is a guess from the runs so far."""

    run: Run
    done: int
    wanted: int
    seconds_left: float


def missing(study: Study, runs: Sequence[Run], precision: str | None = None) -> tuple[tuple[Condition, int], ...]:
    """What is to be run: every condition of the first repeat before any of the second, so that pairs come early.

    A repeat that is whole in another precision is done; one that was only begun in another is done anew in this one.
    """
    whole = Counter(one.repeat for one in counted(study, runs))
    there = {(one.condition, one.repeat, one.precision) for one in of_the_plan(study, runs)}
    return tuple((condition, repeat) for repeat in study.repeats if whole[repeat] < len(study.conditions)
                 for condition in study.conditions
                 if (condition.name, repeat, _precision(condition, precision)) not in there)  # fmt: skip


def _precision(condition: Condition, precision: str | None) -> str:
    return "" if condition.by_strokes is not None else precision or condition.settings.precision


def go(
    study: Study, folder: Path = FOLDER, device: str = "auto", repeats: Sequence[int] | None = None,
    rounds: int = timing.ROUNDS, precision: str | None = None,
) -> Iterator[Done]:  # fmt: skip
    """Run what is missing of a study, or of some of its repeats. It can be stopped at any time and goes on from there.

    Runs go to NAME.jsonl in `folder`; after each, NAME.json is computed anew. A `precision` other than the study's is
    for machines that are slow in that one. Raises ResultsError for damaged files.
    """
    path = runs_file(folder, study)
    steady = _with_equal_times(study, path, device, rounds)
    left = [one for one in missing(steady, read(path).runs, precision) if repeats is None or one[1] in repeats]
    refresh(study, folder)
    done: list[Run] = []
    for number, (condition, repeat) in enumerate(left):
        done.append(run(steady, condition, repeat, device, precision))
        append(path, done[-1])
        now = refresh(study, folder)
        yield Done(done[-1], now.done, now.wanted, seconds_left(left[number + 1 :], done))


def _with_equal_times(study: Study, path: Path, device: str, rounds: int) -> Study:
    """The study with all its steps. They are measured once, before its first run, and then stay what they are."""
    timed = conditions_to_time(study)
    if not timed:
        return study
    known = read(path).timing
    if known is None or not {condition.name for condition in timed} <= known.milliseconds.keys():
        known = timing.measure(timed, device, rounds)
        append(path, known)
    return resolved(study, known.milliseconds)


def refresh(study: Study, folder: Path = FOLDER) -> Summary:
    """Compute the summary from the runs, write it and return it."""
    made = summary.summarise(study, read(runs_file(folder, study)))
    summary.write(summary.summary_file(folder, study), made)
    return made


def seconds_left(left: Sequence[tuple[Condition, int]], done: Sequence[Run]) -> float:
    """A condition takes as long as before, or, the first time, as long as its multiply-adds let expect.

    Of a study of strokes, whose forest has none, it takes then as long as the others so far.
    """
    known: dict[str, list[float]] = {}
    for one in done:
        known.setdefault(one.condition, []).append(one.seconds)
    if any(condition.by_strokes is not None for condition, _ in left):
        mean = fmean(one.seconds for one in done)
        return sum(fmean(known.get(condition.name, [mean])) * len(condition.by_strokes.seeds)
                   for condition, _ in left if condition.by_strokes is not None)  # fmt: skip
    speed = sum(one.seconds for one in done) / sum(_work(one) for one in done) if left else 0.0
    times = {name: fmean(seconds) for name, seconds in known.items()}
    return sum(times.get(condition.name, speed * _work_of(condition)) for condition, _ in left)


def _work(one: Run) -> float:
    settings = one.plan["settings"]
    return float(one.macs * one.steps * settings["batch_size"] * settings["crop"] ** 2)


def _work_of(condition: Condition) -> float:
    how = condition.settings
    return float(macs(condition.config) * how.steps * how.batch_size * how.crop**2)
