"""Kernels of 1 x 1 to 7 x 7 side by side, each as a real block of convolutions that is traced and run."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor, nn

from unet_core.blocks import ConvBlock
from unet_core.config import UNetConfig
from unet_core.receptive_field import receptive_field
from unet_core.trace import Trace, trace_model

KERNELS = (1, 2, 3, 4, 5, 7)
LAYERS = (1, 2, 3, 4)
CHANNELS = 16  # in and out, where parameters are counted
COMPARED = (((3, 2), (5, 1)), ((3, 3), (7, 1)))  # (kernel, layers) that see equally far
DOT_SIDE = 27  # pixels of the image with one bright dot in its middle


@dataclass(frozen=True)
class SizeRow:
    """What one kernel size costs and sees. `fields` is the side of the receptive field after each of LAYERS."""

    kernel: int
    valid_side: int  # of the output of one layer for the side that was asked for
    same_side: int
    fields: tuple[int, ...]
    weights: int  # for each pair of an input and an output channel
    parameters: int  # CHANNELS to CHANNELS, biases included


@dataclass(frozen=True)
class Stack:
    """`layers` convolutions of one size after each other, each with its ReLU."""

    kernel: int
    layers: int
    field: int
    weights: int  # for each pair of an input and an output channel
    relus: int


@dataclass(frozen=True, eq=False)
class Blurred:
    """An image (H, W) after `layers` blurs with same padding, and how far its centre of mass moved, in pixels:
    down and to the right are above 0."""

    image: Tensor
    up_down: float
    left_right: float


@cache
def size_row(kernel: int, side: int) -> SizeRow:
    """One row for an image of `side` x `side` pixels."""
    valid = _traced(kernel, 1, "valid", CHANNELS, side)
    same = _traced(kernel, 1, "same", CHANNELS, side)
    (convolution,) = (row for row in valid.rows if row.kind == "conv")
    fields = tuple(stack(kernel, layers).field for layers in LAYERS)
    return SizeRow(kernel, valid.rows[-1].out_shape[-1], same.rows[-1].out_shape[-1], fields,
                   stack(kernel, 1).weights, convolution.parameters)  # fmt: skip


@cache
def stack(kernel: int, layers: int) -> Stack:
    """`layers` convolutions of `kernel` x `kernel` from one channel to one."""
    traced = _traced(kernel, layers, "valid", 1, 64)
    last = traced.rows[-1]
    field = receptive_field(traced, last.name, (last.out_shape[1] // 2, last.out_shape[2] // 2))
    weights = sum(part.weight.numel() for part in _block(kernel, layers, "valid", 1) if isinstance(part, nn.Conv2d))
    return Stack(kernel, layers, field.height, weights, sum(row.kind == "relu" for row in traced.rows))


def blur(image: Tensor, kernel: int, layers: int) -> Blurred:
    """Run an image (H, W), nowhere negative, through the network's own block with the mean of `kernel` x `kernel`."""
    block = _block(kernel, layers, "same", 1).double()
    for part in block:
        if isinstance(part, nn.Conv2d):
            nn.init.constant_(part.weight, 1 / kernel**2)
            nn.init.zeros_(part.bias)  # type: ignore[arg-type]
    with torch.inference_mode():
        result = block(image.double()[None, None])[0, 0]
    before, after = centre_of_mass(image.double()), centre_of_mass(result)
    return Blurred(result, after[0] - before[0], after[1] - before[1])


def dot(side: int = DOT_SIDE) -> Tensor:
    """Black, with one white pixel in the middle."""
    image = torch.zeros(side, side)
    image[side // 2, side // 2] = 1
    return image


def centre_of_mass(image: Tensor) -> tuple[float, float]:
    """(row, column) of the balance point of an image that is nowhere negative; its middle where it is all zero."""
    total = image.sum()
    if total <= 0:
        return (image.shape[0] - 1) / 2, (image.shape[1] - 1) / 2
    rows, columns = (torch.arange(side, dtype=image.dtype) for side in image.shape)
    return float((image.sum(dim=1) @ rows) / total), float((image.sum(dim=0) @ columns) / total)


def _block(kernel: int, layers: int, padding: str, channels: int) -> ConvBlock:
    config = UNetConfig(kernel_size=kernel, convs_per_block=layers, padding=padding)
    return ConvBlock(config, channels, channels)


def _traced(kernel: int, layers: int, padding: str, channels: int, side: int) -> Trace:
    with torch.device("meta"):
        block = _block(kernel, layers, padding, channels)
    return trace_model(block, (channels, side, side))


def all_rows(side: int, kernels: Sequence[int] = KERNELS) -> tuple[SizeRow, ...]:
    """A row for every size."""
    return tuple(size_row(kernel, side) for kernel in kernels)
