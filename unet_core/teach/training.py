"""Teaching as a generator: a job, a test or a study takes one step after another, adds strokes, and stops any time.

    model = new_net(pixels, choices)
    for progress in teach(model, pixels, labels, choices, newest=what_was_painted_meanwhile):
        print(progress.step, progress.right)

AdamW (Loshchilov and Hutter 2019); the network that answers has the running mean of the weights (Polyak and Juditsky
1992), so a mask can be shown at any moment and does not flicker from one step to the next. Step number s draws from
(seed, s) alone: the same seed and steps give the same network.
"""

import copy
import math
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from unet_core.models import NestedUNet, UNet
from unet_core.segment import Floats
from unet_core.strokes import UNPAINTED
from unet_core.teach.lesson import Choices, Labels, TeachError, check_labels, check_picture
from unet_core.teach.loss import class_weights, smoothness, stroke_loss
from unet_core.teach.view import View, draw, reduced_labels, view_of

LEARNING_RATE, WEIGHT_DECAY, CLIP = 5e-3, 1e-2, 1.0
PULL, RAMP = 8.0, 50  # weight of the smoothness, and steps in which it grows to that
MEMORY = 0.95  # of the running mean of the weights; shorter at the beginning
SHOWN_EVERY, SHOWN_SHARE = 1.0, 0.1  # seconds between two previews, and at most this share of the time for them
Net = UNet | NestedUNet
Clock = Callable[[], float]


@dataclass(frozen=True, eq=False)
class Progress:
    """One step done; `seconds` since the beginning.

    `right` is the share of the stroked pixels, as the network sees them, that got their class when it was last looked
    at. `preview` are the probabilities then, float32 (classes, h, w) of the reduced picture: about every second, and
    at the last step.
    """

    step: int
    seconds: float
    done: float  # share of the budget, 0..1
    loss: float
    stroked: int  # pixels, as the network sees them
    right: float | None = None
    preview: Floats | None = None


def teach(
    model: Net, pixels: NDArray[Any], labels: Labels, choices: Choices,
    newest: Callable[[], Labels | None] | None = None, clock: Clock = time.perf_counter,
) -> Generator[Progress, None, None]:  # fmt: skip
    """Teach `model` in place from labels, int16 (H, W) as `labels_of` makes them, on a picture, float (H, W, 1 or 3).

    It goes on from the weights that the model has. Between two steps `newest` is asked for other labels, or None where
    there are none; with them the seconds of the budget begin anew, the steps don't. When the iterator ends or is
    closed, the model answers with what was learned so far, in eval. Raises as `check_picture` and `check_labels`, and
    TeachError when the loss is no number.
    """
    check_picture(pixels)
    lesson = _Lesson(model, pixels, labels, choices)
    watch = _Watch(clock)
    since = shown = cost = 0.0
    try:
        while True:
            other = None if newest is None else newest()
            if other is not None:
                lesson.take(other)
                since = watch.seconds()
            loss = lesson.step()
            now = watch.seconds()
            done = _done(choices, lesson.steps, now - since)
            preview = None
            if done >= 1 or lesson.steps == 1 or now - shown >= max(SHOWN_EVERY, cost / SHOWN_SHARE):
                preview = lesson.look()
                shown = watch.seconds()
                cost = shown - now
            watch.stop()
            yield Progress(lesson.steps, watch.seconds(), done, loss, lesson.stroked, lesson.right, preview)
            watch.go_on()
            if done >= 1:
                return
    except GeneratorExit:  # the caller has had enough
        lesson.look()
        raise


class _Watch:
    """Seconds of work: what passes while the caller has the word, a pause for instance, does not count."""

    def __init__(self, clock: Clock) -> None:
        self.clock, self.before, self.began, self.running = clock, 0.0, clock(), True

    def seconds(self) -> float:
        return self.before + (self.clock() - self.began if self.running else 0.0)

    def stop(self) -> None:
        self.before, self.running = self.seconds(), False

    def go_on(self) -> None:
        self.began, self.running = self.clock(), True


def _done(choices: Choices, steps: int, seconds: float) -> float:
    parts = [steps / choices.steps] if choices.steps is not None else []
    parts += [seconds / choices.seconds] if choices.seconds is not None else []
    return min(1.0, max(parts))


class _Lesson:
    """What changes while a network is taught: its weights and their running mean, the labels, the steps."""

    def __init__(self, model: Net, pixels: NDArray[Any], labels: Labels, choices: Choices) -> None:
        self.choices, self.size = choices, (pixels.shape[0], pixels.shape[1])
        self.model = model.to(memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
        self.pupil: Net = copy.deepcopy(self.model).train()
        self.view: View = view_of(pixels, model.config, choices.side)
        self.optimizer = torch.optim.AdamW(self.pupil.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
        self.steps = 0
        self.right: float | None = None
        self.take(labels)

    def take(self, labels: Labels) -> None:
        """From now on these are the strokes."""
        check_labels(labels, self.size, self.choices.classes)
        seen = self.view.images.shape[-2:]
        self.labels = reduced_labels(labels, (seen[0], seen[1]), self.choices.classes)
        self.weights = class_weights(self.labels, self.choices.classes)
        self.stroked = int((self.labels != UNPAINTED).sum())

    def step(self) -> float:
        """The loss before the step."""
        self.steps += 1
        how = self.choices
        images, labels, colours = draw(self.view, self.labels, how.batch_size, how.crop, how.seed, self.steps)
        logits = self.pupil(images.contiguous(memory_format=torch.channels_last))
        assert isinstance(logits, Tensor)
        loss = stroke_loss(logits, labels, self.weights)
        loss = loss + PULL * min(1, self.steps / RAMP) * smoothness(logits.softmax(dim=1), colours)
        value = float(loss.detach())
        if not math.isfinite(value):
            raise TeachError("teaching stopped at step {step}: the loss is {loss}, no number to learn from",
                             step=self.steps, loss=value)  # fmt: skip
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.pupil.parameters(), CLIP)
        self.optimizer.step()
        self._remember()
        return value

    @torch.no_grad()
    def _remember(self) -> None:
        """The running mean of the weights, over about the last twenty steps."""
        kept = min(MEMORY, self.steps / (self.steps + 10))
        for mean, now in zip(self.model.parameters(), self.pupil.parameters(), strict=True):
            mean.lerp_(now, 1 - kept)

    @torch.no_grad()
    def look(self) -> Floats:
        """The probabilities of the whole reduced picture, and how many of the stroked pixels are right.

        The mean of many weights has none of their statistics for batch norm: they are taken here, from the picture.
        """
        with measuring(self.model):
            logits = self.model(self.view.images.contiguous(memory_format=torch.channels_last))
        assert isinstance(logits, Tensor)
        found = logits.softmax(dim=1)[0]
        stroked = self.labels[0] != UNPAINTED
        self.right = float((found.argmax(dim=0) == self.labels[0])[stroked].float().mean())
        result: Floats = found.numpy().copy()
        return result


@contextmanager
def measuring(model: nn.Module) -> Iterator[None]:
    """What passes through meanwhile gives every batch norm its statistics; afterwards the model is in eval."""
    norms = [part for part in model.modules() if isinstance(part, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.train().momentum = 1.0
    try:
        yield
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.eval().momentum = momentum
