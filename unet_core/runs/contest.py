"""One or several networks that learn the same, side by side, each for so many seconds of its own.

    contest = Contest(order)
    while (event := contest.step()) is not None:
        ...
    outcome = contest.finish()

Whoever has computed for the shortest time takes the next step, so that a machine which is busy for a while slows all of
them alike. One cycle of the learning rate needs the number of steps beforehand: a probe of each network says how many
fit into its seconds, and from then on the number stands. Nothing here knows of processes or pages.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from torch import Tensor

from unet_core.data.samples import DataSet, Sample
from unet_core.messages import Message
from unet_core.models import new_model
from unet_core.runs.estimate import Estimate, check_budget, estimate
from unet_core.runs.fit import fitted, pairs_for
from unet_core.runs.looks import Look, classes_of, kernels_of
from unet_core.runs.order import Entrant, Order
from unet_core.runs.task import MOST_PARTS, WATCHED, Task, task_of, windows
from unet_core.settings import Settings, TrainingError
from unet_core.train import Progress, train
from unet_core.validation import validate

LOOKS = 24  # at a net while it learns: enough for a film, few enough to cost little
SHARE_OF_LOOKS = 0.25  # of the time, at most
FEWEST_LOOKS = 4
SEEN = 8  # training images that are measured on
PROBED = 2  # steps that are timed, after one that is not: the first one also makes room
LONGEST = 2.0  # times its seconds: then a run ends whatever the probe said


@dataclass(frozen=True)
class Plan:
    """What the probe says: of one network, `per_step` and `per_look` in seconds, and what follows from it."""

    per_step: float
    per_look: float
    steps: int
    look_every: int
    estimate: Estimate


@dataclass(frozen=True)
class Stepped:
    """One step of a network: the loss before it, and the seconds of training so far."""

    entrant: int
    step: int
    loss: float
    seconds: float


@dataclass(frozen=True)
class Planned:
    entrant: int
    plan: Plan


@dataclass(frozen=True)
class Looked:
    entrant: int
    look: Look


@dataclass(frozen=True)
class Failed:
    """A network whose training broke off, and why; the others go on."""

    entrant: int
    reason: Message


Event = Planned | Stepped | Looked | Failed


class Contest:
    """Raises TrainingError or DataError where the order can't be carried out; `step` raises for no single network,
    unless it is the only one and has not begun."""

    def __init__(self, order: Order, own: DataSet | None = None, device: str = "cpu") -> None:
        self.order, self.device = order, device
        self.task: Task = task_of(order.data, own)
        self.learned = _learned(self.task, order)
        self.runs = [_Run(self, entrant, number) for number, entrant in enumerate(order.entrants)]
        self._waiting: list[Event] = []
        self._unplanned = list(self.runs)

    @property
    def watched(self) -> tuple[Sample, ...]:
        """The validation images whose masks every look has."""
        return self.task.validation[:WATCHED]

    def step(self) -> Event | None:
        """The next thing that happened; None when all are done."""
        if self._waiting:
            return self._waiting.pop(0)
        if self._unplanned:
            self._waiting += self._unplanned.pop(0).begin()
            return self.step()
        active = [run for run in self.runs if run.active]
        if not active:
            return None
        self._waiting += min(active, key=lambda run: run.seconds).advance()
        return self.step()

    @property
    def seconds_left(self) -> float:
        """Of all networks together, by the speed so far."""
        return sum(run.seconds_left for run in self.runs)


class _Run:
    """One network on its way."""

    def __init__(self, contest: Contest, entrant: Entrant, number: int) -> None:
        self.order, self.task, self.number = contest.order, contest.task, number
        self.device = contest.device
        self.config = fitted(entrant.config, self.task)
        self.model = new_model(self.config, self.order.seed)
        weighed = self.order.loss == "unet-2015"
        self.data = pairs_for(contest.learned, self.task, self.config, weighed)
        self.validation = pairs_for(self.task.validation, self.task, self.config, weighed)
        seen = _seen(contest.learned, self.task)
        self.seen = pairs_for(seen, self.task, self.config, weighed)
        self.watched = pairs_for(contest.watched, self.task, self.config).images
        self.size = contest.watched[0].classes.shape
        self.seconds, self.done, self.active = 0.0, 0, True
        self.best: tuple[float, int, Mapping[str, Tensor]] = (-1.0, 0, {})
        self.plan: Plan | None = None
        self.failed: Message | None = None
        self._steps: Iterator[Progress] = iter(())

    def begin(self) -> list[Event]:
        """Probe, plan, and the look before the first step."""
        size = estimate(self.config, self.task)
        settings = Settings(batch_size=size.batch, crop=size.side, learning_rate=self.order.learning_rate,
                            seed=self.order.seed, loss=self.order.loss,
                            augmentation=self.order.augmentation)  # fmt: skip
        began = time.perf_counter()
        look = self._look({})
        per_look = time.perf_counter() - began
        self.plan = planned(self._probe(settings), per_look, self.order.seconds, size)
        self.settings = replace(settings, steps=self.plan.steps, validate_every=self.plan.look_every)
        self._steps = train(self.model, self.data, self.validation, self.settings, self.device)
        return [Planned(self.number, self.plan), Looked(self.number, look)]

    def _probe(self, settings: Settings) -> float:
        """Seconds of a step, tried on a network that is thrown away."""
        steps = train(new_model(self.config, self.order.seed), self.data, self.validation, settings, self.device)
        next(steps)
        began = time.perf_counter()
        for _ in range(PROBED):
            next(steps)
        return (time.perf_counter() - began) / PROBED

    def advance(self) -> list[Event]:
        began = time.perf_counter()
        try:
            progress = next(self._steps, None)
        except TrainingError as error:
            self.failed, self.active = error.message, False
            return [Failed(self.number, error.message)]
        if progress is None:
            self.active = False
            return []
        self.done = progress.step
        events: list[Event] = []
        look = self._look(progress.metrics) if progress.metrics is not None else None
        self.seconds += time.perf_counter() - began
        events.append(Stepped(self.number, progress.step, progress.loss, self.seconds))
        if look is not None:
            events.append(Looked(self.number, replace(look, seconds=self.seconds)))
        if self.seconds > LONGEST * self.order.seconds + 1 and look is not None:
            self.active = False
        return events

    def _look(self, metrics: Mapping[str, float]) -> Look:
        figures = dict(metrics or validate(self.model, self.validation, self.order.loss).metrics)
        trained = validate(self.model, self.seen, self.order.loss).metrics
        figures |= {f"train_{name}": trained[name] for name in ("dice", "mean_dice")}
        if figures["mean_dice"] > self.best[0]:
            weights = {name: tensor.detach().clone() for name, tensor in self.model.state_dict().items()}
            self.best = (figures["mean_dice"], self.done, weights)
        masks = classes_of(self.model, self.watched, self.size)
        return Look(self.done, self.seconds, figures, masks, *kernels_of(self.model))

    @property
    def seconds_left(self) -> float:
        if not self.active:
            return 0.0
        if not self.done or self.plan is None:
            return self.order.seconds
        return self.seconds / self.done * (self.plan.steps - self.done)

    def close(self) -> None:
        """The best weights so far into the model; no step more."""
        self.active, self._steps = False, iter(())
        if self.best[2]:
            self.model.load_state_dict(self.best[2])
        self.model.eval()


def planned(per_step: float, per_look: float, seconds: float, size: Estimate) -> Plan:
    """How many steps and looks fit into so many seconds. Raises TrainingError where it is too few."""
    looks = min(LOOKS, max(FEWEST_LOOKS, int(SHARE_OF_LOOKS * seconds / per_look)))
    steps = int((seconds - looks * per_look) / per_step)
    check_budget(seconds, per_step, steps)
    return Plan(per_step, per_look, steps, max(1, -(-steps // looks)), size)


def _learned(task: Task, order: Order) -> tuple[Sample, ...]:
    """All training images, or as many parts of them as the order says, drawn by its seed."""
    if order.images is None:
        return task.training
    parts = windows(task.training, task.crop, MOST_PARTS)
    chosen = np.random.default_rng(order.seed).permutation(len(parts))[: order.images]
    return tuple(parts[int(number)] for number in chosen)


def _seen(learned: tuple[Sample, ...], task: Task) -> tuple[Sample, ...]:
    """The training images that are measured on, parts of them where they are large."""
    side = min(task.validation[0].classes.shape[0], *learned[0].classes.shape)
    return windows(learned[: SEEN * 4], side, SEEN)
