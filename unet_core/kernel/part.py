"""A small part of an image, few enough numbers to look at each, and where to take it from."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from unet_core.checkpoint import Card
from unet_core.messages import Message
from unet_core.segment import prepare

SIDE = 10  # pixels; even, so that a 2 x 2 pooling leaves nothing over
Place = tuple[int, int]  # the first row and the first column


def network_input(card: Card, pixels: NDArray[np.floating]) -> tuple[Tensor, tuple[Message, ...]]:
    """An image, float (H, W, C) in 0..1, as the network receives it: (H', W'), and what was done to it.

    Raises SegmentError for an image that can't be used.
    """
    prepared = prepare(card, pixels)
    return prepared.tensor[0, 0].contiguous(), prepared.notes


def part(image: Tensor, place: Place, side: int = SIDE) -> Tensor:
    """`side` x `side` pixels of (H, W) from `place` on; fewer where the image is smaller."""
    top, left = inside(image, place, side)
    return image[top : top + side, left : left + side]


def inside(image: Tensor, place: Place, side: int = SIDE) -> Place:
    """The nearest place at which the part lies within the image."""
    height, width = image.shape
    top, left = (max(0, min(int(first), whole - side)) for first, whole in zip(place, (height, width), strict=True))
    return top, left


def liveliest(image: Tensor, side: int = SIDE) -> Place:
    """Where the values of a part change most both downwards and across: a corner of something, rather than sky.

    Every half part is tried.
    """
    side = min(side, *image.shape)
    step = max(1, side // 2)
    smooth = functional.avg_pool2d(image.clamp(0, 1)[None, None], 3, 1, 1)  # else noise is the liveliest
    changes = [smooth.diff(dim=axis, append=smooth.narrow(axis, -1, 1)).abs() for axis in (2, 3)]
    weaker = torch.minimum(*(functional.avg_pool2d(change, side, step) for change in changes))[0, 0]
    row, column = divmod(int(weaker.flatten().argmax()), weaker.shape[1])
    return inside(image, (row * step, column * step), side)
