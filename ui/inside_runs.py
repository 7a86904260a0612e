"""What a network computed for an image, kept for a while for everybody: all blocks of one run, and how much the mask
loses with each channel of a block."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ui.answers import answer_key
from ui.kept import kept
from ui.models import model
from ui.seen import Seen
from ui.turns import pass_on, turn
from unet_core.inside.activations import Activations, side_with_room, watched
from unet_core.inside.answer import Answer
from unet_core.inside.effects import effects
from unet_core.inside.places import carried
from unet_core.inside.subject import Subject, subject
from unet_core.messages import Message
from unet_core.scale import Rescaled, rescaled, resize
from unet_core.segment import MAX_SIDE

LONG = 60  # minutes that an effect is kept: it took long, and is a few numbers


@dataclass(frozen=True, eq=False)
class Run:
    """`found`, the answer included, is of the image as the network saw it; `notes` says in what that differs from the
    image as it came."""

    key: str
    found: Activations
    whole: tuple[int, int]  # (height, width) of the image as it came
    input_size: tuple[int, int]  # of what the network was given, mirrored edges included
    notes: tuple[Message, ...]

    @property
    def resized(self) -> bool:
        return self.found.image_size != self.whole

    def seen(self, point: tuple[int, int]) -> tuple[int, int]:
        """A pixel of the image as it came -> the same of the image as the network saw it."""
        return carried(*point, self.whole, self.found.image_size)


def run_key(seen: Seen) -> str:
    return answer_key(seen.image, seen.name, seen.marked)


@kept(512, key=run_key)
def run(seen: Seen) -> Run:
    """One forward pass in a turn. Raises ScaleError, SegmentError and RoomError as the core does."""
    with turn():
        scaled, of = _subject(seen)
        found = watched(of)
    height, width = seen.image.pixels.shape[:2]
    notes = scaled.notes
    if found.image_size != scaled.pixels.shape[:2]:  # the answer came at the size before, three floats for each pixel
        found = replace(found, answer=Answer(resize(found.answer.per_class, found.image_size)))
        notes += (Message(
            "All blocks together must fit into memory: for this tab the image was reduced to {height} × {width} "
            "pixels. The mask above was made without that, so what is seen here may differ from it.",
            {"height": found.image_size[0], "width": found.image_size[1]},
        ),)  # fmt: skip
    _, *size = found["input"].shape
    return Run(run_key(seen), found, (height, width), (size[0], size[1]), notes)


def _subject(seen: Seen) -> tuple[Rescaled, Subject]:
    network, card = model(seen.name)
    pixels = seen.image.pixels
    scaled = rescaled(pixels, seen.marked, card)
    height, width = scaled.pixels.shape[:2]
    side = side_with_room(card.config, (height, width)) or MAX_SIDE  # without any room `subject` says so
    return scaled, subject(network, card, scaled.pixels, max_side=side)  # type: ignore[arg-type]


@dataclass(frozen=True, eq=False)
class Effects:
    """What changed when a channel was switched off: how many pixels went over to the other side of the threshold, and
    how far P(foreground) moved on average. Visitors share this: what one has stopped, another goes on with."""

    flipped: NDArray[np.float64]  # share of the image's pixels, 0..1; NaN as long as it is not measured
    mean: NDArray[np.float64]

    @property
    def done(self) -> int:
        return int(np.isfinite(self.flipped).sum())

    @property
    def complete(self) -> bool:
        return self.done == len(self.flipped)

    def ranked(self) -> tuple[int, ...]:
        """The measured channels, the one that the mask depends on most first."""
        order: list[int] = np.lexsort((-self.mean, -self.flipped)).tolist()
        return tuple(channel for channel in order if np.isfinite(self.flipped[channel]))


@kept(8, key=lambda seen, row, channels: (run_key(seen), row, seen.told.threshold), minutes=LONG)
def measured(seen: Seen, row: str, channels: int) -> Effects:
    """What has been measured of a layer of so many channels at the visitor's threshold; nothing at first."""
    return Effects(*(np.full(channels, np.nan) for _ in range(2)))


def measure(seen: Seen, row: str, into: Effects, on_channel: Callable[[Effects], Any]) -> None:
    """Switch off what is not measured yet, one channel after another, in turns; `on_channel` stops it by raising."""
    with turn():
        _, of = _subject(seen)
        pixels = of.pixels.shape[0] * of.pixels.shape[1]
        missing = (channel for channel in range(len(into.flipped)) if np.isnan(into.flipped[channel]))
        for effect in effects(of, row, seen.told.threshold / 256, missing):
            into.mean[effect.channel] = effect.change.mean
            into.flipped[effect.channel] = effect.change.flipped / pixels
            on_channel(into)
            pass_on()
