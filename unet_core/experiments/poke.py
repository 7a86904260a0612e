"""Poke: a dot painted on the image, and the difference it makes in every block down the U, across and up again.

Around it stands the box outside which nothing can change. Batch norm in evaluation mode respects it, since it scales by
numbers learned before; group and instance norm measure the whole image, so there one dot changes everything a little.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from unet_core.inside.answer import Answer, Change, change
from unet_core.inside.features import INPUT, cut_to_image
from unet_core.inside.instrument import Compute
from unet_core.inside.places import Place
from unet_core.inside.subject import Subject, check_pixel
from unet_core.messages import ExplainedError, Message
from unet_core.ranges import check_range
from unet_core.reach import reach
from unet_core.receptive_field import Box
from unet_core.segment import Floats, prepare
from unet_core.tiles.halo import tileable

MOST_RADIUS = 64  # pixels
LEVELS_KEPT = Message(
    "Both images are scaled by the levels of the untouched one. With levels of its own a bright dot would make all the "
    "rest of the image a little darker."
)


@dataclass(frozen=True)
class Dot:
    """A filled circle at (row, column) of the image as it came: every pixel whose middle is at most `radius` away.

    `colour` holds one value in 0..1 for each of the image's channels, or one for all; it replaces what is there or,
    with `added`, is added to it (-1..1). What leaves 0..1 is cut off.
    """

    row: int
    column: int
    radius: int = 2
    colour: tuple[float, ...] = (1.0,)
    added: bool = False


@dataclass(frozen=True, eq=False)
class Ripple:
    """What the dot changed in one drawn feature map: `difference` float32 (h, w) is the largest absolute change among
    its channels, cut to the image as `activations` are, and `peak` the largest of all.

    `box` are the cells that can change by the wiring alone, of the map before it was cut; `outside` is the largest
    change beyond it, 0 where nothing changed there.
    """

    row: str
    kind: str
    node: tuple[int, int]
    shape: tuple[int, int, int]
    place: Place
    difference: Floats
    peak: float
    box: Box
    outside: float


@dataclass(frozen=True, eq=False)
class Poke:
    """Every block's ripple in the order of the run, the poked image, and both answers.

    `exact` is False where a norm looks at the whole image, so that boxes are left out of by a little.
    """

    ripples: Mapping[str, Ripple]
    pixels: Floats
    before: Answer
    after: Answer
    change: Change
    exact: bool
    notes: tuple[Message, ...]


def poke(of: Subject, dot: Dot, threshold: float = 0.5) -> Poke:
    """Run the image without and with a dot side by side. Raises ExplainedError for a dot that is not on the image."""
    painted = paint(of.pixels, dot)
    after = prepare(of.card, painted, max(of.size), scale=of.prepared.levels)
    both = torch.cat([of.prepared.tensor, after.tensor])
    differs = (both[1] != both[0]).any(dim=0)  # (H, W): mirrored edges repeat a dot near them
    boxes = reach(of.traced, *(differs.any(dim=axis).nonzero().flatten().tolist() for axis in (1, 0)))
    ripples = {INPUT: _ripple(of, INPUT, both, boxes)}

    def around(name: str, compute: Compute, inputs: tuple[Tensor, ...]) -> Tensor:
        output = compute(*inputs)
        if name in of.drawn:
            ripples[name] = _ripple(of, name, output, boxes)
        return output

    logits = of.logits(around, both)
    answers = of.answer(logits[:1]), of.answer(logits[1:])
    exact = tileable(of.config)
    notes = [*of.notes, LEVELS_KEPT] if exact else [*of.notes, LEVELS_KEPT, Message(
        "This network has {norm} norm, which measures the whole image: every value changes a little, in the box and "
        "outside it.", {"norm": of.config.norm})]  # fmt: skip
    return Poke(ripples, painted, *answers, change(*answers, threshold), exact, tuple(notes))


def paint(pixels: Floats, dot: Dot) -> Floats:
    """A copy of float (H, W, C) with a dot on it; ExplainedError for one that can't be painted."""
    check_pixel(dot.row, dot.column, (pixels.shape[0], pixels.shape[1]))
    check_range("radius", dot.radius, 0, MOST_RADIUS)
    if len(dot.colour) not in (1, pixels.shape[2]):
        raise ExplainedError("a dot on this image has 1 or {channels} values, got {count}", channels=pixels.shape[2],
                             count=len(dot.colour))  # fmt: skip
    for value in dot.colour:
        check_range("colour", value, -1 if dot.added else 0, 1)
    painted, mask = pixels.copy(), _circle(dot, (pixels.shape[0], pixels.shape[1]))
    colour = np.array(dot.colour, pixels.dtype)
    painted[mask] = (painted[mask] + colour).clip(0, 1) if dot.added else colour
    return painted


def _circle(dot: Dot, size: tuple[int, int]) -> NDArray[np.bool_]:
    rows, columns = np.ogrid[: size[0], : size[1]]
    inside: NDArray[np.bool_] = (rows - dot.row) ** 2 + (columns - dot.column) ** 2 <= dot.radius**2
    return inside


@torch.inference_mode()
def _ripple(of: Subject, name: str, both: Tensor, boxes: Mapping[str, Box]) -> Ripple:
    kind, row = of.drawn[name]
    box, place = boxes[name], of.places[name]
    difference = (both[1] - both[0]).abs().amax(dim=0)  # (H, W)
    elsewhere = difference.clone()
    elsewhere[box.top : box.bottom, box.left : box.right] = 0
    cut: Floats = cut_to_image(difference, of.config, of.size, place.stride).cpu().numpy().copy()
    channels, height, width = row.out_shape
    return Ripple(name, kind, row.node or (0, 0), (channels, height, width), place, cut, float(cut.max()), box,
                  float(elsewhere.max()))  # fmt: skip
