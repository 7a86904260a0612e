"""Teaching as a job beside the pages: it shows a mask about every second and takes strokes while it learns.

The picture travels reduced to what the network sees, and strokes in the pixels of that; the mask at the picture's own
size is made afterwards, by whoever has the picture (`unet_core.answer`).
"""

import json
import struct
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unet_core import zoo
from unet_core.checkpoint import load, load_weights, packed, weights_of
from unet_core.jobs import Bounds, Command, Commands, Report, obeying
from unet_core.models import NestedUNet, UNet
from unet_core.scale import resize, working_size
from unet_core.segment import Floats
from unet_core.strokes import Stroke
from unet_core.teach.lesson import Choices, Labels, TeachError, check_labels, check_picture, labels_of
from unet_core.teach.net import net_from, new_net
from unet_core.teach.result import card_of
from unet_core.teach.training import Progress, teach

STROKES = "strokes"  # the command that brings others, a tuple of Stroke
TELL_EVERY = 0.2  # seconds of work between two words to the page
THINNEST = 0.75  # pixels: the radius of a reduced stroke, so that it has no gaps
LATEST_STROKES = 10  # times the seconds of the choices: from then on new strokes give no new time
MEMORY = 700 * 2**20  # bytes


@dataclass(frozen=True, eq=False)
class Seen:
    """A picture as a network is shown it, uint8 (h, w, C), and how much of its own size that is."""

    pixels: NDArray[np.uint8]
    factor: float

    @classmethod
    def of(cls, pixels: NDArray[Any], side: int) -> "Seen":
        """Of float (H, W, 1 or 3) in 0..1. Raises as `check_picture`."""
        check_picture(pixels)
        size = working_size((pixels.shape[0], pixels.shape[1]), side)
        reduced = pixels.astype(np.float32).transpose(2, 0, 1)
        reduced = reduced if reduced.shape[1:] == size else resize(reduced, size)
        levels: NDArray[np.uint8] = (reduced.clip(0, 1) * 255).round().astype(np.uint8)
        return cls(np.ascontiguousarray(levels.transpose(1, 2, 0)), size[0] / pixels.shape[0])

    def strokes(self, strokes: tuple[Stroke, ...]) -> tuple[Stroke, ...]:
        """Strokes on the picture, as they lie on what the network is shown."""
        return tuple(
            replace(one, radius=max(THINNEST, one.radius * self.factor),
                    points=tuple((x * self.factor, y * self.factor) for x, y in one.points))
            for one in strokes
        )  # fmt: skip


@dataclass(frozen=True)
class Begun:
    """The first word of a lesson, and with it the picture as its preview: for a page that knows nothing of it."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Told:
    """How it is getting on: see `training.Progress`. `strokes` is how many there are."""

    step: int
    seconds: float
    done: float
    loss: float
    right: float | None
    strokes: int


@dataclass(frozen=True, eq=False)
class Taught:
    """What came out: weights as a safetensors file, the card as `Card.to_dict` has it, the strokes it knows."""

    weights: bytes
    card: Mapping[str, Any]
    strokes: tuple[Stroke, ...]


@dataclass(frozen=True, eq=False)
class TeachJob:
    """`picture` uint8 (h, w, C) and `strokes` as `Seen` has them; `names` are those of the classes, background first.

    The network begins with random weights, or with those of the model of the zoo that `begin_from` names. With
    `weights`, a safetensors file of an earlier lesson of the same choices, it goes on from there.
    """

    picture: NDArray[np.uint8]
    strokes: tuple[Stroke, ...]
    choices: Choices
    names: tuple[str, ...]
    begin_from: str = ""
    weights: bytes | None = None
    bounds: Bounds = field(init=False)

    def __post_init__(self) -> None:
        height, width = self.picture.shape[:2]
        seconds = 600.0 if self.choices.seconds is None else LATEST_STROKES * self.choices.seconds
        object.__setattr__(self, "bounds", Bounds(self.choices.steps or 100_000, height * width, MEMORY,
                                                  min(600.0, seconds + 60)))  # fmt: skip
        self.labels(self.strokes)

    def labels(self, strokes: tuple[Stroke, ...]) -> Labels:
        """Raises StrokeError and TeachError, so that what can't be taught is refused at the click."""
        size = (self.picture.shape[0], self.picture.shape[1])
        labels = labels_of(strokes, size)
        check_labels(labels, size, self.choices.classes)
        return labels

    def run(self, report: Report, commands: Commands, checkpoint: bytes | None) -> None:
        """See unet_core.jobs."""
        report.progress(Begun(self.names), self.picture)
        lesson = _Lesson(self, checkpoint)
        steps = obeying(lesson.steps(), report, commands, lesson.save, lesson.obey)
        told = -TELL_EVERY
        for one in steps:
            if one.preview is not None or one.seconds - told >= TELL_EVERY:
                told = one.seconds
                report.progress(lesson.told(one), None if one.preview is None else as_bytes(one.preview))
        report.result(lesson.result())


def as_bytes(preview: Floats) -> NDArray[np.uint8]:
    """Probabilities (classes, h, w) in 1/255."""
    levels: NDArray[np.uint8] = (preview * 255).round().astype(np.uint8)
    return levels


class _Lesson:
    """A job at work: network, strokes, and where it stands, which a checkpoint keeps."""

    def __init__(self, job: TeachJob, checkpoint: bytes | None) -> None:
        self.job, self.pixels = job, job.picture.astype(np.float32) / 255
        self.strokes, self.news = job.strokes, False
        self.before = (0, 0.0)  # steps and seconds of an earlier try
        weights = job.weights
        if checkpoint is not None:
            self.strokes, self.before, weights = _parted(checkpoint)
        self.model: UNet | NestedUNet = (
            net_from(load(zoo.MODELS / job.begin_from)[0], job.choices) if job.begin_from
            else new_net(self.pixels, job.choices)
        )  # fmt: skip
        if weights is not None:
            self.model = load_weights(weights, self.model.config)
        self.last: Progress | None = None
        self.running: Generator[Progress, None, None]

    def steps(self) -> Iterator[Progress]:
        self.running = teach(self.model, self.pixels, self.job.labels(self.strokes), self._left(), self._newest)
        for one in self.running:
            self.last = replace(one, preview=one.preview if one.preview is not None or self.last is None
                                else self.last.preview, right=one.right)  # fmt: skip
            yield one

    def _left(self) -> Choices:
        """What is left of the budget after an earlier try."""
        choices, (steps, seconds) = self.job.choices, self.before
        return replace(choices, steps=None if choices.steps is None else max(1, choices.steps - steps),
                       seconds=None if choices.seconds is None else max(1.0, choices.seconds - seconds),
                       seed=choices.seed + steps)  # fmt: skip

    def obey(self, command: Command) -> None:
        """Take other strokes. What can't be learned from leaves those that are there."""
        if command.kind != STROKES or not isinstance(command.value, tuple):
            raise TeachError("this work knows no command {kind}", kind=command.kind)
        self.strokes, self.news = command.value, True

    def _newest(self) -> Labels | None:
        if not self.news:
            return None
        self.news = False
        return self.job.labels(self.strokes)

    def told(self, one: Progress) -> Told:
        steps, seconds = self.before
        return Told(one.step + steps, one.seconds + seconds, one.done, one.loss, one.right, len(self.strokes))

    def save(self) -> bytes:
        steps, seconds = self.before
        done = (steps, seconds) if self.last is None else (self.last.step + steps, self.last.seconds + seconds)
        return _joined(self.strokes, done, weights_of(self.model))

    def result(self) -> Taught:
        assert self.last is not None  # a job ends after a step, never before
        self.running.close()  # where it was stopped
        steps, seconds = self.before
        last = replace(self.last, step=self.last.step + steps, seconds=self.last.seconds + seconds)
        card = card_of(self.model, self.pixels, self.job.labels(self.strokes), self.job.choices, last, self.job.names,
                       self.job.begin_from)  # fmt: skip
        weights, card = packed(self.model, card)
        return Taught(weights, card.to_dict(), self.strokes)


def _joined(strokes: tuple[Stroke, ...], done: tuple[int, float], weights: bytes) -> bytes:
    told = {"done": done, "strokes": [(one.label, one.radius, one.points) for one in strokes]}
    head = json.dumps(told).encode()
    return struct.pack("<I", len(head)) + head + weights


def _parted(checkpoint: bytes) -> tuple[tuple[Stroke, ...], tuple[int, float], bytes]:
    (length,) = struct.unpack("<I", checkpoint[:4])
    head = json.loads(checkpoint[4 : 4 + length])
    strokes = tuple(Stroke(label, radius, tuple((x, y) for x, y in points))
                    for label, radius, points in head["strokes"])  # fmt: skip
    return strokes, (int(head["done"][0]), float(head["done"][1])), checkpoint[4 + length :]
