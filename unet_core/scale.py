"""An image brought to the scale that a network was trained on, by one object that a person has marked; and back.

A network knows things of one size: of a stone ten times as large it sees no outline, only rock. So a typical object is
marked from edge to edge, and the image is resized until that object is as large as those the network learned from
(`Card.object_diameter`). What the network answers is then resized to the image as it came, so that masks, counts and
areas are in its own pixels.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from unet_core.checkpoint import Card
from unet_core.images.limits import UPLOAD
from unet_core.messages import ExplainedError, Message
from unet_core.segment import Floats, check_pixels

SHORTEST_MARK = 2.0  # pixels: a shorter drag is a click
SMALLEST, LARGEST = 1 / 16, 8.0  # of the factor
CLOSE_ENOUGH = 1.1  # factors up to this, either way, cost sharpness and gain nothing
SMALLEST_SIDE = 16  # pixels of what the network is given
LONGER_SIDE = "longer_side"  # in a card's `training`: of the picture that the network was taught, as it saw it
NARROWEST = 32  # pixels: the shorter side of what such a network is given
Point = tuple[float, float]


class ScaleError(ExplainedError):
    """A mark by which an image can't be brought to scale."""


@dataclass(frozen=True, eq=False)
class Rescaled:
    """`pixels` is float32 (H', W', C), the image itself where `factor` is 1; `notes` says openly what was done."""

    pixels: Floats
    factor: float
    notes: tuple[Message, ...]


def diameter_of(first: Point, second: Point, size: tuple[int, int]) -> float:
    """Pixels between the ends (row, column) of a drag over an image of `size` (height, width). Raises ScaleError."""
    ends = np.array([first, second], np.float64)
    if not (np.isfinite(ends).all() and (ends >= 0).all() and (ends <= np.array(size)).all()):
        raise ScaleError("The mark must lie on the image of {height} × {width} pixels: draw it again.",
                         height=size[0], width=size[1])  # fmt: skip
    diameter = float(np.hypot(*(ends[0] - ends[1])))
    if diameter < SHORTEST_MARK:
        raise ScaleError("The mark is shorter than {shortest} pixels: press at one edge of an object and drag to the "
                         "other.", shortest=int(SHORTEST_MARK))  # fmt: skip
    return diameter


def rescaled(pixels: NDArray[Any], marked_diameter: float | None, card: Card) -> Rescaled:
    """The image, float (H, W, 1 or 3) in 0..1, at the size where what was marked, in pixels, is `object_diameter`.

    Bilinear, and smoothed before where it gets smaller, so that nothing flickers. A factor close to 1 is left out;
    where nothing was marked, None, the image stays what it is, but for a network that was taught one picture: its card
    says how large it saw that (`LONGER_SIDE`), and others are reduced as that one was.
    Raises ScaleError for one that is out of bounds, SegmentError for pixels that are no image.
    """
    check_pixels(pixels)
    if marked_diameter is None:
        return _as_taught(pixels, card)
    values = {"marked": float(marked_diameter), "learned": float(card.object_diameter)}
    factor = _factor(**values)
    size = (pixels.shape[0], pixels.shape[1])
    new = (round(size[0] * factor), round(size[1] * factor))
    if 1 / CLOSE_ENOUGH <= factor <= CLOSE_ENOUGH or new == size:
        note = Message("The marked object is {marked:.0f} pixels wide, and those that the network learned from are "
                       "about {learned:.0f}: the image was left as it is.", values)  # fmt: skip
        return Rescaled(pixels.astype(np.float32), 1.0, (note,))
    _check_size(new)
    values |= {"factor": factor, "height": size[0], "width": size[1], "new_height": new[0], "new_width": new[1]}
    note = Message(
        "The marked object is {marked:.0f} pixels wide, and those that the network learned from are about "
        "{learned:.0f}: the image was resized by a factor of {factor:.2f} for the network, from {height} × {width} to "
        "{new_height} × {new_width} pixels. Its answer was resized back.",
        values,
    )
    resized = resize(pixels.astype(np.float32).transpose(2, 0, 1), new)
    return Rescaled(np.ascontiguousarray(resized.transpose(1, 2, 0)), factor, (note,))


def working_size(size: tuple[int, int], side: int) -> tuple[int, int]:
    """(height, width) of a picture of `size` whose longer side is at most `side` pixels, its shape kept.

    A long strip is reduced no further than to `NARROWEST` across; nothing is ever enlarged.
    """
    factor = min(1.0, max(side / max(size), NARROWEST / min(size)))
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def _as_taught(pixels: NDArray[Any], card: Card) -> Rescaled:
    side = card.training.get(LONGER_SIDE)
    if side is None:
        return Rescaled(pixels, 1.0, ())
    if isinstance(side, bool) or not isinstance(side, int) or not SMALLEST_SIDE <= side <= UPLOAD.side:
        raise ScaleError("the card's {name} must be a whole number of pixels in {least}..{most}", name=LONGER_SIDE,
                         least=SMALLEST_SIDE, most=UPLOAD.side)  # fmt: skip
    size = (pixels.shape[0], pixels.shape[1])
    new = working_size(size, side)
    if new == size:
        return Rescaled(pixels, 1.0, ())
    note = Message(
        "The network looked at the picture reduced from {height} × {width} to {new_height} × {new_width} pixels, as it "
        "did while it was taught. Its answer was resized back.",
        {"height": size[0], "width": size[1], "new_height": new[0], "new_width": new[1]},
    )
    resized = resize(pixels.astype(np.float32).transpose(2, 0, 1), new)
    return Rescaled(np.ascontiguousarray(resized.transpose(1, 2, 0)), new[0] / size[0], (note,))


def resize(maps: Floats, size: tuple[int, int]) -> Floats:
    """Float32 (C, H, W) -> (C, *size), one map at a time to save memory: bilinear, averaged where it gets smaller."""
    result = np.empty((len(maps), *size), np.float32)
    for target, one in zip(result, maps, strict=True):
        tensor = torch.from_numpy(np.ascontiguousarray(one))[None, None]
        target[:] = functional.interpolate(tensor, size=size, mode="bilinear", antialias=True)[0, 0].numpy()
    return result


def _factor(marked: float, learned: float) -> float:
    if not (np.isfinite(marked) and marked >= SHORTEST_MARK):
        raise ScaleError("The mark is shorter than {shortest} pixels: press at one edge of an object and drag to the "
                         "other.", shortest=int(SHORTEST_MARK))  # fmt: skip
    factor = learned / marked
    if factor > LARGEST:
        raise ScaleError(
            "the marked object is {marked:.0f} pixels wide, and the network learned from some of {learned:.0f}: made "
            "{factor:.1f} times as large, an image is only blur, and {most} times is the bound. Mark a whole object, "
            "or take a picture from nearer",
            marked=marked, learned=learned, factor=factor, most=int(LARGEST),
        )  # fmt: skip
    if factor < SMALLEST:
        raise ScaleError(
            "the marked object is {marked:.0f} pixels wide, and the network learned from some of {learned:.0f}: the "
            "image would become {factor:.1f} times smaller, and {most} times is the bound. Mark a single object, or "
            "save the image smaller",
            marked=marked, learned=learned, factor=1 / factor, most=round(1 / SMALLEST),
        )  # fmt: skip
    return factor


def _check_size(new: tuple[int, int]) -> None:
    height, width = new
    if min(new) < SMALLEST_SIDE:
        raise ScaleError(
            "at the scale of the mark the image would be {height} × {width} pixels, and {least} a side is the least "
            "that shows anything: mark a smaller object, or take an image of a larger area",
            height=height, width=width, least=SMALLEST_SIDE,
        )  # fmt: skip
    if height * width > UPLOAD.pixels or max(new) > UPLOAD.side:
        raise ScaleError(
            "at the scale of the mark the image would be {height} × {width} pixels, and {pixels:,} pixels are the "
            "bound, {side:,} a side: cut out a part of the image, or mark a larger object",
            height=height, width=width, pixels=UPLOAD.pixels, side=UPLOAD.side,
        )  # fmt: skip
