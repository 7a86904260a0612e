"""One image through a trained network in one pass: of every row a picture, of the end the real maps.

Each layer's output is reduced as soon as it is there, so a journey keeps a picture and a few numbers for each row,
not the maps themselves. They are the numbers of `unet_core.inside.features`, whose first map is the channel shown here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from unet_core.blocks import level_of
from unet_core.checkpoint import Card
from unet_core.inference import private
from unet_core.inside.features import INPUT, cut_to_image
from unet_core.inside.instrument import Compute, instrumented
from unet_core.models import mean_of_heads
from unet_core.segment import Floats, Prepared, prepare

LONGEST = 128  # pixels of a picture's longer side: half of a 256 pixel map, so that each is the mean of four values


@dataclass(frozen=True, eq=False)
class Stop:
    """What a row computed: its channel that varies most, as a picture.

    `picture` is uint8 (h, w), 0 for `low` and 255 for `high`, the channel's smallest and largest value; a map whose
    longer side is over LONGEST is reduced by means. `zeros` is the share of exact zeros among all values of the row.
    """

    name: str
    shape: tuple[int, ...]  # of all that was computed, (C, H, W), mirrored edges included
    channel: int
    low: float
    high: float
    zeros: float
    picture: NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Journey:
    """All stops by the name of their row, and what the network answered, cut to the image.

    `image` is what the network got, float32 (C, H, W). `logits` is float32 (classes, H, W) with at least two classes:
    where the network has one logit, the background's counts as 0. `probabilities` is their softmax, `mask` uint8 (H, W)
    the class with the largest, 0 for background.
    """

    stops: Mapping[str, Stop]
    image: Floats
    logits: Floats
    probabilities: Floats
    mask: NDArray[np.uint8]


def journey(model: nn.Module, card: Card, pixels: NDArray[Any]) -> Journey:
    """Run `model` once on an image, float (H, W, C) in 0..1. Raises SegmentError for an image that can't be used.

    The model is not changed, so threads may share it.
    """
    prepared = prepare(card, pixels)
    image = cut_to_image(prepared.tensor[0], card.config, prepared.size, 1)
    stops = {INPUT: _stop(INPUT, image, tuple(prepared.tensor.shape[1:]))}
    with torch.inference_mode():
        private = _watched(model, prepared, card, stops)
        logits = mean_of_heads(private(prepared.tensor.to(next(private.parameters()).device)))[0]
        logits = logits[:, : prepared.size[0], : prepared.size[1]]
        if len(logits) == 1:
            logits = torch.cat([torch.zeros_like(logits), logits])
        probabilities = logits.softmax(dim=0)
        mask = probabilities.argmax(dim=0).to(torch.uint8)
    return Journey(stops, image.numpy(), logits.cpu().numpy(), probabilities.cpu().numpy(), mask.cpu().numpy())


def _watched(model: nn.Module, prepared: Prepared, card: Card, stops: dict[str, Stop]) -> nn.Module:
    """A copy of the model that shares its numbers and writes a stop for each layer that runs."""
    network = private(model)
    layers = dict(network.named_modules())

    def around(name: str, compute: Compute, inputs: tuple[Tensor, ...]) -> Tensor:
        output = compute(*inputs)
        cut = cut_to_image(output[0], card.config, prepared.size, 2 ** level_of(layers[name]))
        stops[name] = _stop(name, cut, tuple(output.shape[1:]))
        return output

    return instrumented(network, around)


def _stop(name: str, values: Tensor, shape: tuple[int, ...]) -> Stop:
    spread = values.std(dim=(1, 2), correction=0)
    channel = int(spread.argsort(descending=True, stable=True)[0])
    shown = values[channel].to(torch.float32)
    low, high = float(shown.min()), float(shown.max())
    scaled = (shown - low) / max(high - low, 1e-12) * 255
    return Stop(
        name, shape, channel, low, high, float((values == 0).float().mean()),
        _reduced(scaled).round().to(torch.uint8).cpu().numpy(),
    )  # fmt: skip


def _reduced(values: Tensor) -> Tensor:
    """(H, W) -> at most LONGEST a side, each value the mean of those it stands for."""
    longest = max(values.shape)
    if longest <= LONGEST:
        return values
    height, width = (max(1, round(side * LONGEST / longest)) for side in values.shape)
    return functional.adaptive_avg_pool2d(values[None, None], (height, width))[0, 0]
