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
    run = _Run(model, data, validation, settings, choose_device(device), state)
    began, first, earlier = time.perf_counter(), run.step, run.seconds
    try:
        while run.step < settings.steps:
            loss, rate = run.take_step()
            seconds = time.perf_counter() - began
            seen: Validation | None = None
            if run.step % settings.validate_every == 0 or run.step == settings.steps:
                seen = validate(model, validation, settings.loss)
                run.keep_if_best(seen.metrics)
                run.seconds = earlier + time.perf_counter() - began
                run.save()
            speed = (run.step - first) * settings.batch_size / seconds
            yield Progress(run.step, settings.steps, loss, rate, speed, earlier + seconds,
                           None if seen is None else seen.metrics, None if seen is None else seen.preview)  # fmt: skip
    except GeneratorExit:  # the caller has had enough: leave what is needed to go on
        run.seconds = earlier + time.perf_counter() - began
        run.save()
        raise
    run.load_best()


class _Run:
    """What changes while a training runs: weights, optimizer, step, and the best so far. It can be saved."""

    def __init__(
        self, model: nn.Module, data: Pairs, validation: Pairs, settings: Settings, device: torch.device,
        path: Path | None,
    ) -> None:  # fmt: skip
        for pairs in (data, validation):
            _check(pairs, model, settings)
        self.model = model.to(device, memory_format=torch.channels_last).train()  # type: ignore[call-overload]
        self.settings, self.device, self.path = settings, device, path
        self.loss = loss_of(settings.loss)
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=1.0, weight_decay=settings.weight_decay)
        self.step, self.seconds, self.best_score = 0, 0.0, -1.0
        self.best: Mapping[str, Tensor] = {}
        self.fingerprint = fingerprint(model, data, validation, settings)
        self.data = (data if _weighs(settings) else Pairs(data.images, data.classes)).to(device)
        if path is not None and path.exists():
            self._restore(path)

    def take_step(self) -> tuple[float, float]:
        """The loss before the step and the learning rate of it."""
        self.step += 1
        rate = learning_rate(self.step, self.settings)
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
        if metrics["mean_dice"] > self.best_score:
            self.best_score = metrics["mean_dice"]
            self.best = {name: tensor.detach().clone() for name, tensor in self.model.state_dict().items()}

    def load_best(self) -> None:
        self.model.load_state_dict(self.best)
        self.model.eval()

    def save(self) -> None:
        if self.path is not None:
            training_state.write(
                self.path,
                TrainingState(self.step, self.seconds, self.best_score, self.fingerprint, self.model.state_dict(),
                              self.best, self.optimizer.state_dict()["state"]),
            )  # fmt: skip

    def _restore(self, path: Path) -> None:
        state = training_state.read(path)
        if state.fingerprint != self.fingerprint:
            raise TrainingError(
                "{file} belongs to a training with other settings, data or network; remove it to begin anew",
                file=path.name,
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
