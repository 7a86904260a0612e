"""One network on its way: probed, planned, and then trained step by step, with a look at it now and then."""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from unet_core import training_state
from unet_core.data.samples import Sample
from unet_core.messages import Message
from unet_core.models import NestedUNet, UNet, new_model
from unet_core.runs.estimate import FEWEST_STEPS, PATIENCE, Estimate, check_budget, estimate
from unet_core.runs.fit import fitted, pairs_for
from unet_core.runs.looks import Look, classes_of, kernels_of
from unet_core.runs.order import Order
from unet_core.runs.task import WATCHED, Task, windows
from unet_core.settings import Settings
from unet_core.train import Training
from unet_core.validation import validate

LOOKS = 24  # at a net while it learns: enough for a film, few enough to cost little
SHARE_OF_LOOKS = 0.25  # of the time, at most
FEWEST_LOOKS = 4
SEEN = 4  # training images that are measured on
PROBED = 2  # steps that are timed, after one that is not: the first one also makes room
OFF = 0.1  # of its seconds: by so much a plan may be wrong before there is another
LONGEST = 2.0  # times what its plan takes: then a run ends, even before the fewest steps


@dataclass(frozen=True)
class Plan:
    """What the probe says: of one network, `per_step` and `per_look` in seconds, and what follows from it; `steps` is
    planned anew where the probe turns out to be wrong."""

    per_step: float
    per_look: float
    steps: int
    look_every: int
    estimate: Estimate


@dataclass(frozen=True)
class Planned:
    entrant: int
    plan: Plan


@dataclass(frozen=True)
class Stepped:
    """One step of a network: the loss before it, and the seconds of training so far."""

    entrant: int
    step: int
    loss: float
    seconds: float


@dataclass(frozen=True)
class Looked:
    entrant: int
    look: Look


Event = Planned | Stepped | Looked


class Run:
    """A network of an order. It begins with `begin`, and then advances as long as it is `active`."""

    def __init__(self, order: Order, task: Task, learned: tuple[Sample, ...], number: int, device: str) -> None:
        self.order, self.task, self.learned, self.number, self.device = order, task, learned, number, device
        self.config = fitted(order.entrants[number].config, task)
        self.seconds, self.active = 0.0, True
        self.best: tuple[int, dict[str, float]] = (0, {})  # after how many steps validation was best, and its figures
        self.plan: Plan | None = None
        self.failed: Message | None = None
        self.training: Training | None = None
        self.model: UNet | NestedUNet | None = None  # until it is known that it fits into memory

    @property
    def done(self) -> int:
        """Steps so far."""
        return self.training.step if self.training else 0

    def begin(self) -> list[Event]:
        """The look before the first step, the probe, and the plan. TrainingError where the network asks too much."""
        size = estimate(self.config, self.task)
        self._build()
        began = time.perf_counter()
        look = self._look({})
        per_look = time.perf_counter() - began
        per_step = self._probe(self._settings(size))
        self.plan = planned(per_step, per_look, self.order.seconds, size)
        self._prepare()
        return [Planned(self.number, self.plan), Looked(self.number, look)]

    def _build(self) -> None:
        """The network, and what it learns from, is judged by and is watched on."""
        order, task, weighed = self.order, self.task, self.order.loss == "unet-2015"
        watched = task.validation[:WATCHED]
        self.model = new_model(self.config, order.seed)
        self.data = pairs_for(self.learned, task, self.config, weighed)
        self.validation = pairs_for(task.validation, task, self.config, weighed)
        self.seen = pairs_for(_seen(self.learned, task), task, self.config, weighed)
        self.watched = pairs_for(watched, task, self.config).images
        self.size = watched[0].classes.shape

    def _settings(self, size: Estimate, **more: Any) -> Settings:
        order = self.order
        return Settings(batch_size=size.batch, crop=size.side, learning_rate=order.learning_rate, seed=order.seed,
                        loss=order.loss, augmentation=order.augmentation, **more)  # fmt: skip

    def _probe(self, settings: Settings) -> float:
        """Seconds of a step, tried on a network that is thrown away."""
        tried = Training(new_model(self.config, self.order.seed), self.data, self.validation, settings, self.device)
        tried.take_step()
        began = time.perf_counter()
        for _ in range(PROBED):
            tried.take_step()
        return (time.perf_counter() - began) / PROBED

    def _prepare(self) -> None:
        assert self.plan is not None and self.model is not None
        settings = self._settings(self.plan.estimate, steps=self.plan.steps, validate_every=self.plan.look_every)
        self.training = Training(self.model, self.data, self.validation, settings, self.device, "class_dice")

    def advance(self) -> list[Event]:
        """One step. TrainingError when the loss stops being a number."""
        assert self.training is not None
        began = time.perf_counter()
        progress = self.training.advance()
        if progress is None:
            self.active = False
            return []
        look = None if progress.metrics is None else self._look(progress.metrics)
        self.seconds += time.perf_counter() - began
        self.active = progress.step < progress.steps and self.seconds < LONGEST * self._planned_seconds
        events: list[Event] = [Stepped(self.number, progress.step, progress.loss, self.seconds)]
        if look is not None:
            events.append(Looked(self.number, replace(look, seconds=self.seconds)))
        return events + (self._plan_again() if self.active else [])

    def _plan_again(self) -> list[Event]:
        """A machine is not as fast all the time as it was in the probe. At a look, or when the seconds are used up, as
        many steps are planned as fit into them by the speed so far; the fewest that make sense stay."""
        assert self.training is not None and self.plan is not None
        steps, per_step, budget = self.training.steps, self.seconds / self.done, self.order.seconds
        looked = self.done % self.plan.look_every == 0
        if steps <= FEWEST_STEPS or not (looked or self.seconds > budget) or abs(steps * per_step / budget - 1) < OFF:
            return []
        self.training.end_after(max(FEWEST_STEPS, int(budget / per_step)))
        return [Planned(self.number, replace(self.plan, steps=self.training.steps))]

    @property
    def _planned_seconds(self) -> float:
        assert self.plan is not None
        return max(self.order.seconds, self.plan.steps * self.plan.per_step)

    def _look(self, metrics: Mapping[str, float]) -> Look:
        assert self.model is not None
        figures = dict(metrics or validate(self.model, self.validation, self.order.loss).metrics)
        trained = validate(self.model, self.seen, self.order.loss).metrics
        figures |= {f"train_{name}": trained[name] for name in ("dice", "class_dice")}
        if self.done and figures["class_dice"] > self.best[1].get("class_dice", -1.0):
            self.best = self.done, figures
        masks = classes_of(self.model, self.watched, self.size)
        return Look(self.done, self.seconds, figures, masks, *kernels_of(self.model))

    @property
    def seconds_left(self) -> float:
        """By the speed so far."""
        if not self.active or self.training is None or not self.done:
            return self.order.seconds if self.active else 0.0
        return self.seconds / self.done * (self.training.steps - self.done)

    @property
    def images_per_second(self) -> float:
        """Looks included."""
        return self.done * self.plan.estimate.batch / self.seconds if self.plan and self.seconds else 0.0

    def fail(self, reason: Message) -> None:
        self.failed, self.active = reason, False

    def close(self) -> None:
        """The best weights so far, in eval; no step more."""
        self.active = False
        if self.training is not None and self.training.best:
            self.training.load_best()
        if self.model is not None:
            self.model.eval()

    def state(self) -> bytes:
        """See `Contest.state`."""
        course = None if self.training is None else self.training.course
        failed = None if self.failed is None else [self.failed.template, dict(self.failed.values)]
        about = {"seconds": self.seconds, "active": self.active, "best": self.best, "course": course, "failed": failed,
                 "plan": None if self.plan is None else asdict(self.plan)}  # fmt: skip
        weights = b"" if self.training is None else training_state.to_bytes(self.training.state())
        return joined([json.dumps(about, default=str).encode(), weights])

    def restore(self, state: bytes) -> None:
        head, weights = parted(state)
        about = json.loads(head)
        self.seconds, self.active, self.best = about["seconds"], about["active"], tuple(about["best"])
        self.failed = None if about["failed"] is None else Message(*about["failed"])
        if about["plan"] is not None:
            self.plan = Plan(**{**about["plan"], "estimate": Estimate(**about["plan"]["estimate"])})
            self._build()
            self._prepare()
        if self.training is not None and weights:
            self.training.restore(training_state.from_bytes(weights))
            self.training.course = tuple(about["course"])


def planned(per_step: float, per_look: float, seconds: float, size: Estimate) -> Plan:
    """How many steps and looks fit into so many seconds; FEWEST_STEPS at least, if that takes no more than PATIENCE
    times as long. Raises TrainingError otherwise."""
    looks = min(LOOKS, max(FEWEST_LOOKS, int(SHARE_OF_LOOKS * seconds / per_look)))
    steps = max(0, int((seconds - looks * per_look) / per_step))
    check_budget(PATIENCE * seconds, seconds, per_step, steps)
    steps = max(FEWEST_STEPS, steps)
    return Plan(per_step, per_look, steps, max(1, -(-steps // looks)), size)


def _seen(learned: tuple[Sample, ...], task: Task) -> tuple[Sample, ...]:
    """The training images that are measured on, parts of them where they are large."""
    side = min(task.validation[0].classes.shape[0], *learned[0].classes.shape)
    return windows(learned[: 4 * SEEN], side, SEEN)


def joined(parts: list[bytes]) -> bytes:
    """Byte strings as one; `parted` is the way back."""
    return b"".join(len(part).to_bytes(8, "little") + part for part in parts)


def parted(whole: bytes) -> list[bytes]:
    parts, at = [], 0
    while at < len(whole):
        length = int.from_bytes(whole[at : at + 8], "little")
        parts.append(whole[at + 8 : at + 8 + length])
        at += 8 + length
    return parts
