"""What a trained network holds at one small place of an image: all channels of a few layers, on the pixels of a part.

Only as much of the image is run as can reach the part, so a large image costs no more than a small one.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn

from unet_core.config import UNetConfig
from unet_core.kernel.part import SIDE, Place, inside
from unet_core.models import UNet
from unet_core.receptive_field import receptive_field
from unet_core.trace import trace

BELOW, SKIP, JOINED = "up.0.upconv", "encoder.0.relu2", "skip.0.join"
LAST, HEAD = "decoder.0.relu2", "head"


@dataclass(frozen=True, eq=False)
class Joined:
    """A concatenation on a part: what came from below and along the skip, and both stacked. (C, h, w) each."""

    below: Tensor
    skip: Tensor
    joined: Tensor


@dataclass(frozen=True, eq=False)
class Mixed:
    """A 1 x 1 convolution on a part: channels (C, h, w) times weights (C), and the logits (h, w) with the bias."""

    values: Tensor
    weights: Tensor
    products: Tensor
    bias: float
    logits: Tensor


def concatenation(model: UNet, image: Tensor, place: Place, side: int = SIDE) -> Joined:
    """The last concatenation of a U-Net, on a part of the image (H, W) as the network receives it."""
    maps = layers_at(model, image, place, (BELOW, SKIP, JOINED), side)
    return Joined(maps[BELOW], maps[SKIP], maps[JOINED])


def mixing(model: UNet, image: Tensor, place: Place, side: int = SIDE) -> Mixed:
    """The head of a U-Net with one class, on a part of the image (H, W) as the network receives it."""
    maps = layers_at(model, image, place, (LAST, HEAD), side)
    assert model.head.bias is not None
    weights = model.head.weight.detach()[0, :, 0, 0]
    products = maps[LAST] * weights[:, None, None]
    return Mixed(maps[LAST], weights, products, float(model.head.bias.detach()[0]), maps[HEAD][0])


def layers_at(
    model: UNet, image: Tensor, place: Place, names: Sequence[str], side: int = SIDE
) -> dict[str, Tensor]:  # fmt: skip
    """Name of a layer at the image's own size -> its channels on the part, (C, side, side).

    The same as of the whole image: the network is given the part with everything that reaches it. It is not changed,
    so threads may share it.
    """
    top, left = inside(image, place, side)
    margin, step = reach(model.config), 2**model.config.depth
    first = [max(0, (start - margin) // step * step) for start in (top, left)]
    crop = image[first[0] : top + side + margin + step, first[1] : left + side + margin + step]
    crop = crop[: crop.shape[0] // step * step, : crop.shape[1] // step * step]
    found = _outputs(model, crop[None, None], names)
    row, column = top - first[0], left - first[1]
    return {name: output[0, :, row : row + side, column : column + side].cpu() for name, output in found.items()}


@cache
def reach(config: UNetConfig) -> int:
    """Pixels, the most to any side, that a logit looks away from its own place; asked of the trace."""
    step = 2**config.depth
    middle = 16 * step
    traced = trace(config, (2 * middle, 2 * middle))
    boxes = [(at, receptive_field(traced, HEAD, (at, at))) for at in range(middle, middle + step)]
    return max(max(at - box.top, box.bottom - 1 - at) for at, box in boxes)


def _outputs(model: nn.Module, image: Tensor, names: Sequence[str]) -> dict[str, Tensor]:
    tensors = [*model.parameters(), *model.buffers()]
    memo: dict[int, Any] = {id(tensor): tensor for tensor in tensors}  # the modules are ours alone, the numbers not
    private = copy.deepcopy(model, memo).eval()
    found: dict[str, Tensor] = {}

    def keeper(name: str) -> Any:
        return lambda _layer, _inputs, output: found.__setitem__(name, output)

    for name in names:
        private.get_submodule(name).register_forward_hook(keeper(name))
    with torch.inference_mode():
        private(image.to(next(private.parameters()).device))
    return found
