"""The training loop, as a generator: a terminal, a test or a page takes one step after another and may stop any time.

    for progress in train(model, data, validation, settings):
        print(progress.step, progress.loss)

AdamW (Loshchilov and Hutter 2019) with one cycle of the learning rate (Smith 2018), gradients clipped, the weights
that did best on validation kept. Step number s draws its crops from (seed, s) alone, so a run that was stopped and
resumed is the run that was not.
"""

import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from unet_core import training_state
from unet_core.augment import crops
from unet_core.device import choose_device, computing_in, seeded
from unet_core.losses import loss_of
from unet_core.pairs import Pairs
from unet_core.settings import Settings, TrainingError, learning_rate
from unet_core.training_state import TrainingState, fingerprint, seconds_of
from unet_core.validation import Validation, validate

__all__ = ["Pairs", "Progress", "Settings", "TrainingError", "choose_device", "seconds_of", "train", "validate"]


@dataclass(frozen=True, eq=False)
class Progress:
    """One step done; `seconds` of training so far.

    `metrics` and `preview` are the validation's, where this step had one: see `validation.Validation`.
    """

    step: int
    steps: int
    loss: float
    learning_rate: float
    images_per_second: float
    seconds: float
    metrics: Mapping[str, float] | None = None
    preview: NDArray[np.float32] | None = None

    @property
    def done(self) -> float:
        """Share of the steps, 0..1."""
        return self.step / self.steps


def train(
    model: nn.Module, data: Pairs, validation: Pairs, settings: Settings, device: str = "auto",
    state: Path | None = None,
) -> Iterator[Progress]:  # fmt: skip
    """Train `model` in place, step by step. When the iterator ends, the model holds the best weights and is in eval.

    With `state`, a file: go on from it where it belongs to these settings, data and network, and write it at each
    validation and when the iterator is closed early. A training that is already done yields nothing. Raises
    TrainingError for a foreign or damaged state, for data that do not fit, and when the loss stops being a number. The
    weights to start from are the caller's: `torch.manual_seed` before `build_model`.
    """
    run = Training(model, data, validation, settings, device)
    if state is not None and state.exists():
        run.restore(training_state.read(state), state.name)
    try:
        while (progress := run.advance()) is not None:
            if state is not None and progress.metrics is not None:
                training_state.write(state, run.state())
            yield progress
    except GeneratorExit:  # the caller has had enough: leave what is needed to go on
        if state is not None:
            training_state.write(state, run.state())
        raise
    run.load_best()


class Training:
    """What changes while a training runs: weights, optimizer, step, and the best so far. It can be saved.

    Raises TrainingError as `train` does. The weights with the highest `best_by` of the metrics are kept. `seconds` are
    those spent in `advance`, those of earlier parts included.
    """

    def __init__(
        self, model: nn.Module, data: Pairs, validation: Pairs, settings: Settings, device: str = "auto",
        best_by: str = "mean_dice",
    ) -> None:  # fmt: skip
        for pairs in (data, validation):
            _check(pairs, model, settings)
        self.device = choose_device(device)
        self.model = model.to(self.device, memory_format=torch.channels_last).train()  # type: ignore[call-overload]
        self.settings, self.validation, self.best_by = settings, validation, best_by
        self.loss = loss_of(settings.loss)
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=1.0, weight_decay=settings.weight_decay)
        self.step, self.seconds, self.best_score = 0, 0.0, -1.0
        self.course = (0, 0.0, settings.steps)  # see `end_after`: from which step, there in the cycle, to which
        self.best: Mapping[str, Tensor] = {}
        self.fingerprint = fingerprint(model, data, validation, settings)
        self.data = (data if _weighs(settings) else Pairs(data.images, data.classes)).to(self.device)
        self._here = (0, 0.0)  # steps and seconds since this object was made

    @property
    def steps(self) -> int:
        """In all: those of the settings, or of the last `end_after`."""
        return self.course[2]

    def end_after(self, steps: int) -> None:
        """End after so many steps in all, one more at least: they go through what is left of the learning rate's
        cycle."""
        self.course = self.step, self._in_cycle(), max(steps, self.step + 1)

    def _in_cycle(self) -> float:
        """Which step of the cycle this one is."""
        step, begun, steps = self.course
        return begun + (self.step - step) * (self.settings.steps - begun) / (steps - step)

    def advance(self) -> Progress | None:
        """One step, and where one is due the validation; None when all steps are done."""
        if self.step >= self.steps:
            return None
        began = time.perf_counter()
        loss, rate = self.take_step()
        seen: Validation | None = None
        if self.step % self.settings.validate_every == 0 or self.step == self.steps:
            seen = validate(self.model, self.validation, self.settings.loss)
            self.keep_if_best(seen.metrics)
        took = time.perf_counter() - began
        self.seconds += took
        self._here = (self._here[0] + 1, self._here[1] + took)
        speed = self._here[0] * self.settings.batch_size / self._here[1]
        return Progress(self.step, self.steps, loss, rate, speed, self.seconds,
                        None if seen is None else seen.metrics, None if seen is None else seen.preview)  # fmt: skip

    def take_step(self) -> tuple[float, float]:
        """The loss before the step and the learning rate of it."""
        self.step += 1
        rate = learning_rate(self._in_cycle(), self.settings)
        self.optimizer.param_groups[0]["lr"] = rate
        loss = self._loss()
        value = float(loss.detach())
        if not math.isfinite(value):
            raise TrainingError(
                "training stopped at step {step}: the loss is {loss}, no number to learn from. Try a smaller "
                "learning_rate than {rate}, and look for pixels that are no numbers in the images",
                step=self.step, loss=value, rate=self.settings.learning_rate,
            )  # fmt: skip
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.model.parameters(), self.settings.clip)
        self.optimizer.step()
        return value, rate

    def _loss(self) -> Tensor:
        choices, pairs = self.settings, self.data
        images, classes, weights = crops(pairs.images, pairs.classes, pairs.weights, choices.batch_size, choices.crop,
                                         choices.augmentation, choices.seed, self.step, self.device)  # fmt: skip
        images = images.contiguous(memory_format=torch.channels_last)
        with seeded(choices.seed, self.step, self.device), computing_in(choices.precision, self.device):
            logits = self.model(images)
        logits = logits.float() if isinstance(logits, Tensor) else tuple(head.float() for head in logits)
        return self.loss(logits, classes, weights)

    def keep_if_best(self, metrics: Mapping[str, float]) -> None:
        if metrics[self.best_by] > self.best_score:
            self.best_score = metrics[self.best_by]
            self.best = {name: tensor.detach().clone() for name, tensor in self.model.state_dict().items()}

    def load_best(self) -> None:
        self.model.load_state_dict(self.best)
        self.model.eval()

    def state(self) -> TrainingState:
        """All that is needed to go on; its tensors are the training's own, so write them before the next step."""
        return TrainingState(self.step, self.seconds, self.best_score, self.fingerprint, self.model.state_dict(),
                             self.best, self.optimizer.state_dict()["state"])  # fmt: skip

    def restore(self, state: TrainingState, name: str = "this state") -> None:
        """Go on from a state of the same settings, data and network; TrainingError, by its `name`, for another."""
        if state.fingerprint != self.fingerprint:
            raise TrainingError(
                "{file} belongs to a training with other settings, data or network; remove it to begin anew", file=name
            )
        self.step, self.seconds, self.best_score, self.best = state.step, state.seconds, state.best_score, state.best
        self.model.load_state_dict(state.model)
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": state.optimizer, "param_groups": groups})


def _weighs(settings: Settings) -> bool:
    """Whether the loss reads the weights of pixels."""
    return settings.loss == "unet-2015"


def _check(pairs: Pairs, model: nn.Module, settings: Settings) -> None:
    """What would else be found out in the middle of a training, or never."""
    most, known = int(pairs.classes.max()), getattr(getattr(model, "config", None), "classes", 1)
    if known > 1 and most >= known:
        raise TrainingError("the truth has a class {most}, the network tells only 0..{last} apart", most=most,
                            last=known - 1)  # fmt: skip
    if _weighs(settings) and pairs.weights is None:
        raise TrainingError("the loss unet-2015 needs a weight for every pixel, in training and in validation; give "
                            "Pairs the maps of border_weights")  # fmt: skip
