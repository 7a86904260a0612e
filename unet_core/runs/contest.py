"""One or several networks that learn the same, side by side, each for so many seconds of its own.

    contest = Contest(order)
    while (event := contest.step()) is not None:
        ...
    outcome = contest.finish()

Whoever has computed for the shortest time takes the next step, so that a machine which is busy for a while slows all of
them alike. One cycle of the learning rate needs the number of steps beforehand: a probe of each network says how many
fit into its seconds, and from then on the number stands. Nothing here knows of processes or pages.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from unet_core.data.samples import DataSet, Sample
from unet_core.messages import Message
from unet_core.runs.estimate import is_saved
from unet_core.runs.order import Order
from unet_core.runs.run import Looked, Planned, Run, Stepped, joined, parted
from unet_core.runs.task import MOST_PARTS, WATCHED, Task, task_of, windows
from unet_core.settings import TrainingError


@dataclass(frozen=True)
class Failed:
    """A network that can't be trained, or whose training broke off, and why."""

    entrant: int
    reason: Message


Event = Planned | Stepped | Looked | Failed


class Contest:
    """Raises TrainingError or DataError where the order can't be carried out. Of several networks one that can't be
    trained, or whose training breaks off, gives a Failed, and the others go on; a single one raises."""

    def __init__(self, order: Order, own: DataSet | None = None, device: str = "cpu") -> None:
        self.order = order
        self.task: Task = task_of(order.data, own)
        self.learned = _learned(self.task, order)
        self.runs = [Run(order, self.task, self.learned, number, device) for number in range(len(order.entrants))]
        self._waiting: list[Event] = []

    def step(self) -> Event | None:
        """The next thing that happened; None when all are done."""
        while not self._waiting:
            active = [run for run in self.runs if run.active]
            if not active:
                return None
            run = min(active, key=lambda run: run.seconds if run.plan else -1)
            try:
                self._waiting += run.advance() if run.plan else run.begin()
            except TrainingError as error:
                if run.plan is None and len(self.runs) == 1:
                    raise
                run.fail(error.message)
                self._waiting.append(Failed(run.number, error.message))
        return self._waiting.pop(0)

    @property
    def watched(self) -> tuple[Sample, ...]:
        """The validation images whose masks every look has."""
        return self.task.validation[:WATCHED]

    def events(self) -> Iterator[Event]:
        """All that happens, in order."""
        while (event := self.step()) is not None:
            yield event

    @property
    def seconds_left(self) -> float:
        """Of all networks together, by the speed so far."""
        return sum(run.seconds_left for run in self.runs)

    def finish(self) -> None:
        """The best weights so far into every network, and no step more."""
        for run in self.runs:
            run.close()

    def state(self) -> bytes:
        """All that is needed to go on from here; b"", which means from the beginning, where that is very much."""
        if not is_saved(sum(run.plan.estimate.parameters for run in self.runs if run.plan)):
            return b""
        return joined([run.state() for run in self.runs])

    def restore(self, state: bytes) -> None:
        """Go on from `state` of a contest of the same order."""
        if state:
            for run, part in zip(self.runs, parted(state), strict=True):
                run.restore(part)


def _learned(task: Task, order: Order) -> tuple[Sample, ...]:
    """All training images, or as many parts of them as the order says, drawn by its seed."""
    if order.images is None:
        return task.training
    parts = windows(task.training, task.crop, MOST_PARTS)
    chosen = np.random.default_rng(order.seed).permutation(len(parts))[: order.images]
    return tuple(parts[int(number)] for number in chosen)
