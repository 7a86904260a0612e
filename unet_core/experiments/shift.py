"""Shift: move the image by 1 .. 2**depth pixels. Does the mask follow?

A pooling looks at fixed pairs of rows. Moved by one pixel, the image falls into other pairs: only a shift by a multiple
of 2**depth puts every pixel back into the same place of every pooling. Both images are windows of a larger one, and the
masks are compared where no border of either is in sight, so that nothing but the shift differs.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from unet_core.config import UNetConfig
from unet_core.inside.subject import Subject
from unet_core.messages import ExplainedError, Message
from unet_core.probabilities import foreground
from unet_core.receptive_field import Box
from unet_core.segment import Floats
from unet_core.sizes import lost_pixels, nearest_legal
from unet_core.tiles.halo import halo, tileable

AXES = {"rows": (1, 0), "columns": (0, 1), "both": (1, 1)}
SIDE = 512  # pixels of a window, about: more take longer and show nothing new


@dataclass(frozen=True, eq=False)
class Shift:
    """The mask of the image moved by `shift` (rows, columns), moved back, against the mask of the image as it was.

    `difference` is float32 (h, w), the absolute difference of P(foreground) over `region`, a box of the image as the
    network saw it; `mean` and `largest` are its figures, `flipped` how many of its pixels changed sides of the
    threshold. `aligned` is True at multiples of 2**depth. `done` of `of` shifts are through.
    """

    shift: tuple[int, int]
    aligned: bool
    mean: float
    largest: float
    flipped: int
    difference: Floats
    region: Box
    done: int
    of: int


def shifts(of: Subject, axis: str = "both", threshold: float = 0.5) -> Iterator[Shift]:
    """By 1, 2, .. 2**depth pixels along "rows", "columns" or "both", one after another; stop at any time.

    Raises ExplainedError for another axis, and for an image so small that borders are in sight everywhere.
    """
    if axis not in AXES:
        raise ExplainedError("an image is moved along {axes}, got {axis}", axes=", ".join(AXES), axis=repr(axis)[:60])
    config, step = of.config, 2**of.config.depth
    windows = [_window(config, side) for side in of.prepared.tensor.shape[-2:]]
    still = _probability(of, windows, (0, 0))
    first, last = halo(config).before, [side - halo(config).after - step for side in still.shape]
    top, left = (start for start, _ in windows)  # of a window, and of its mask on the image: both lose as much
    region = Box(top + first, left + first, top + last[0], left + last[1])
    for pixels in range(1, step + 1):
        down, across = AXES[axis][0] * pixels, AXES[axis][1] * pixels
        moved = _probability(of, windows, (down, across))[first : last[0], first : last[1]]
        kept = still[first + down : last[0] + down, first + across : last[1] + across]
        difference = np.abs(moved - kept)
        flipped = int(np.count_nonzero((moved >= threshold) != (kept >= threshold)))
        yield Shift((down, across), pixels % step == 0, float(difference.mean()), float(difference.max()), flipped,
                    difference, region, pixels, step)  # fmt: skip


def shift_says(config: UNetConfig) -> tuple[Message, ...]:
    """What to expect, and why."""
    step = 2**config.depth
    told = [Message("This network halves the image {depth} times. Only a shift by a multiple of {step} pixels puts "
                    "every pixel back into the same place of every pooling, and only then does the mask follow "
                    "exactly, but for rounding.", {"depth": config.depth, "step": step})]  # fmt: skip
    if not tileable(config):
        told.append(
            Message(
                "With {norm} norm it does not follow exactly even then: the network measures the whole "
                "window, and a moved window shows other pixels at its border.",
                {"norm": config.norm},
            )
        )
    return tuple(told)


def _window(config: UNetConfig, side: int) -> tuple[int, int]:
    """Where the window of the image that is not moved begins, and its side: legal, and 2**depth short of `side`."""
    step, around = 2**config.depth, halo(config)
    needed = nearest_legal(config, lost_pixels(config) + around.before + around.after + 2 * step)[1]
    if side - step < needed:
        raise ExplainedError(
            "this network looks so far that a border is in sight everywhere: choose an image of at least {side} pixels "
            "a side",
            side=needed + step - lost_pixels(config),
        )  # fmt: skip
    window = min(side - step, max(needed, nearest_legal(config, SIDE)[1]))
    return (side - step - window) // 2, window


@torch.inference_mode()
def _probability(of: Subject, windows: list[tuple[int, int]], shift: tuple[int, int]) -> Floats:
    """P(foreground), (h, w), of the windows `shift` further on: there the image stands as much further back."""
    (top, height), (left, width) = windows
    top, left = top + shift[0], left + shift[1]
    part: Tensor = of.prepared.tensor[..., top : top + height, left : left + width]
    found: Floats = foreground(of.logits(tensor=part))[0].cpu().numpy()
    return found
