"""What one layer computed for an image: its feature maps, by the layer's name in the trace."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from unet_core.blocks import level_of
from unet_core.checkpoint import Card
from unet_core.config import UNetConfig
from unet_core.inference import private
from unet_core.inside.instrument import Compute, instrumented
from unet_core.messages import ExplainedError, Message
from unet_core.segment import Floats, prepare

INPUT = "input"  # the row of the trace that is no module


class FeatureError(ExplainedError):
    """A layer or a channel that can't be looked into."""


@dataclass(frozen=True, eq=False)
class FeatureMap:
    """One channel: float32 (h, w), its smallest and largest value, and how much it varies (standard deviation)."""

    channel: int
    values: Floats
    low: float
    high: float
    spread: float


@dataclass(frozen=True, eq=False)
class Features:
    """Maps of the layer `name` in the order they were asked for: by default those that vary most over the image first.

    `shape` is what the layer computed, (C, H, W), mirrored edges included. The maps are cut to the image: one value
    covers `stride` x `stride` of its pixels from its upper left corner on, the last row and column perhaps beyond its
    edge. With valid convolutions maps lie inside the image, `stride` is still the spacing, and nothing is cut.
    `image_size` is (height, width) as the network saw the image; `notes` says what was done to it.
    """

    name: str
    maps: tuple[FeatureMap, ...]
    shape: tuple[int, int, int]
    stride: int
    image_size: tuple[int, int]
    notes: tuple[Message, ...]


def features(model: nn.Module, card: Card, pixels: NDArray[Any], name: str, top: int = 16) -> Features:
    """Run `model` on an image, float (H, W, C) in 0..1, as far as the layer `name`, and keep what that computed.

    Raises FeatureError for a name that no layer has, SegmentError for an image that can't be used. The model is not
    changed, so threads may share it.
    """
    check_top(top)
    prepared = prepare(card, pixels)  # exactly what `segment` does, so that these are the maps behind its mask
    with torch.inference_mode():
        output = _output_of(model, prepared.tensor, name)[0]  # (C, H, W)
        stride = 2 ** (0 if name == INPUT else level_of(model.get_submodule(name)))
        cut = cut_to_image(output, card.config, prepared.size, stride)
        spread = cut.std(dim=(1, 2), correction=0)
        order = spread.argsort(descending=True, stable=True)[:top].tolist()
        maps = tuple(feature_map(channel, cut[channel].float().cpu().numpy(), float(spread[channel]))
                     for channel in order)  # fmt: skip
    channels, full_height, full_width = output.shape
    return Features(name, maps, (channels, full_height, full_width), stride, prepared.size, prepared.notes)


def check_top(top: int) -> None:
    if not isinstance(top, int) or top < 1:
        raise FeatureError("top must be a whole number from 1, got {top}", top=top)


def cut_to_image(output: Tensor, config: UNetConfig, size: tuple[int, int], stride: int) -> Tensor:
    """(.., H, W) without what mirroring the edges of an image of `size` added; with valid convolutions as it is."""
    if config.padding == "valid":
        return output
    height, width = (-(-side // stride) for side in size)
    return output[..., :height, :width]


def feature_map(channel: int, values: NDArray[Any], spread: float) -> FeatureMap:
    """A record of its own numbers, float32, whatever `values` (h, w) is a part of."""
    own: Floats = np.array(values, np.float32, order="C")
    return FeatureMap(channel, own, float(np.min(own)), float(np.max(own)), spread)


class _Reached(Exception):
    """The layer has run; nothing behind it is needed."""


def _output_of(model: nn.Module, image: Tensor, name: str) -> Tensor:
    if name == INPUT:
        return image
    network = private(model)
    layer = dict(network.named_modules()).get(name)
    if layer is None or layer is network or any(True for _ in layer.children()):
        raise FeatureError("the network has no layer {name}", name=repr(name[:60]))
    found: list[Tensor] = []

    def around(row: str, compute: Compute, inputs: tuple[Tensor, ...]) -> Tensor:
        output = compute(*inputs)
        if row == name:
            found.append(output)
            raise _Reached
        return output

    try:
        instrumented(network, around)(image.to(next(network.parameters()).device))
    except _Reached:
        return found[0]
    raise FeatureError("the layer {name} did not run", name=repr(name[:60]))
