"""A training as a job: what travels to a worker, and what it says while it learns."""

import time
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from unet_core.data.own import load_own
from unet_core.jobs.job import Bounds, Commands, Report, obeying
from unet_core.jobs.limits import LIMITS
from unet_core.runs.contest import Contest, Event, Failed
from unet_core.runs.estimate import Estimate, estimate
from unet_core.runs.looks import Look
from unet_core.runs.order import Order
from unet_core.runs.result import Result, trained
from unet_core.runs.run import Looked, Planned, Stepped
from unet_core.runs.task import OWN, Task
from unet_core.settings import TrainingError

EVERY = 0.25  # seconds between two reports
OVERHEAD = 512 * 2**20  # bytes beside what training keeps: images, a second network that is probed, the best weights
Bytes = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Opened:
    """What a run is about, told first: whoever finds it by its link knows nothing else. `order` is without its ZIP.

    `images` are uint8 (H, W, 1 or 3) and `truths` uint8 (H, W), those that are watched; `learned` and `validated` say
    how many images there are.
    """

    order: Order
    classes: tuple[str, ...]
    images: tuple[Bytes, ...]
    truths: tuple[Bytes, ...]
    learned: int
    validated: int


@dataclass(frozen=True)
class Told:
    """What happened since the last report. `points` are (network, step, loss, seconds), `left` seconds of all networks
    together, `speed` images a second of the network that was told of last."""

    points: tuple[tuple[int, int, float, float], ...] = ()
    left: float = 0.0
    speed: float = 0.0
    opened: Opened | None = None
    plan: Planned | None = None
    failed: Failed | None = None
    look: tuple[int, int, float, dict[str, float]] | None = None  # network, step, seconds, figures


@dataclass(frozen=True, eq=False)
class Shown:
    """The pictures of a look: see `looks.Look`."""

    masks: tuple[Bytes, ...]
    kernels: Bytes
    scale: float


@dataclass(frozen=True)
class TrainJob:
    """An order on its way; `asked` are its bounds; `job_of` makes both."""

    order: Order
    asked: Bounds

    @property
    def bounds(self) -> Bounds:
        return self.asked

    def run(self, report: Report, commands: Commands, checkpoint: bytes | None) -> None:
        """See `jobs.job.Job`."""
        own = load_own(self.order.archive).data if self.order.data == OWN else None
        contest = Contest(self.order, own)
        if checkpoint:
            contest.restore(checkpoint)
        report.progress(Told(opened=opened(contest), left=contest.seconds_left))
        teller = _Teller(contest, report)
        for event in obeying(contest.events(), report, commands, contest.state):
            teller.hear(event)
        teller.tell()
        contest.finish()
        report.result(Result(tuple(trained(run) for run in contest.runs)))


def opened(contest: Contest) -> Opened:
    """What a contest is about."""
    watched = contest.watched
    images = tuple(np.round(sample.image * 255).astype(np.uint8) for sample in watched)
    return Opened(replace(contest.order, archive=b""), contest.task.classes, images,
                  tuple(sample.classes for sample in watched), len(contest.learned),
                  len(contest.task.validation))  # fmt: skip


def job_of(order: Order, task: Task) -> TrainJob:
    """A job for an order, with bounds for its networks on a task. Raises TrainingError where none can be trained."""
    sizes, reasons = list[Estimate](), list[TrainingError]()
    for entrant in order.entrants:
        try:
            sizes.append(estimate(entrant.config, task))
        except TrainingError as error:  # of a race the others go on
            reasons.append(error)
    if not sizes:
        raise reasons[0]
    seconds = len(sizes) * order.seconds
    bounds = Bounds(
        steps=LIMITS.steps, pixels=max(size.batch * size.side**2 for size in sizes),
        memory=OVERHEAD + sum(size.bytes for size in sizes), seconds=min(LIMITS.seconds, 4 * seconds + 120),
    )  # fmt: skip
    return TrainJob(order, bounds)


class _Teller:
    """Puts what happens into few reports."""

    def __init__(self, contest: Contest, report: Report) -> None:
        self.contest, self.report = contest, report
        self.points: list[tuple[int, int, float, float]] = []
        self.last, self.told = 0, 0.0

    def hear(self, event: Event) -> None:
        if isinstance(event, Stepped):
            self.points.append((event.entrant, event.step, event.loss, event.seconds))
            self.last = event.entrant
            if time.monotonic() - self.told > EVERY:
                self.tell()
        elif isinstance(event, Looked):
            look = event.look
            self.tell(look=(event.entrant, look.step, look.seconds, look.figures), shown=_shown(look))
        elif isinstance(event, Planned):
            self.tell(plan=event)
        elif isinstance(event, Failed):
            self.tell(failed=event)

    def tell(
        self, plan: Planned | None = None, failed: Failed | None = None,
        look: tuple[int, int, float, dict[str, float]] | None = None, shown: Shown | None = None,
    ) -> None:  # fmt: skip
        speed = self.contest.runs[self.last].images_per_second
        left = self.contest.seconds_left
        self.report.progress(Told(tuple(self.points), left, speed, None, plan, failed, look), shown)
        self.points, self.told = [], time.monotonic()


def _shown(look: Look) -> Shown:
    return Shown(look.masks, look.kernels, look.scale)
