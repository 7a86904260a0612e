"""Results of a study that nobody trained: for tests of everything that comes after a training."""

from collections.abc import Callable
from dataclasses import replace

from unet_core.studies.parity import macs
from unet_core.studies.results import Head, Results, Run, Timing, fingerprint, plan
from unet_core.studies.study import Condition, Study
from unet_core.studies.timing import conditions_to_time, resolved

FIGURES = ("dice", "mean_dice", "dice_2", "boundary_f", "object_f1", "unstroked_dice")
Quality = Callable[[str, int], float]  # of (condition, repeat)


def timing(study: Study) -> Timing | None:
    """A step of 200 ms, and of 20 less for each condition before."""
    timed = conditions_to_time(study)
    times = {condition.name: 200.0 - 20 * index for index, condition in enumerate(timed)}
    return Timing(times, "abc", "CPU", "2", "today") if timed else None


def run(
    study: Study, condition: Condition, repeat: int, quality: Quality, precision: str | None = None
) -> Run:  # fmt: skip
    def figures(name: str) -> dict[str, float]:
        return dict.fromkeys(FIGURES, quality(name, repeat))

    heads = {condition.head(level): Head(figures(condition.head(level)), 10.0 * level) for level in condition.heads}
    settings = replace(condition.settings, precision=precision or condition.settings.precision)
    done = replace(condition, settings=settings)
    return Run(study.name, condition.name, repeat, fingerprint(study, condition, repeat),
               plan(study, done, repeat), condition.settings.steps, 1000, macs(condition.config), 30.0,
               figures(condition.name), "abc", "CPU", "2", "today", heads)  # fmt: skip


def results(study: Study, quality: Quality, repeats: int = 5) -> Results:
    known = timing(study)
    steady = study if known is None else resolved(study, known.milliseconds)
    return Results(tuple(run(steady, condition, repeat, quality) for repeat in study.repeats[:repeats]
                         for condition in steady.conditions), known)  # fmt: skip
