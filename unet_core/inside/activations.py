"""One forward pass, and what every block of it computed, kept in bounded memory.

Kept are the feature maps that are drawn, in float16 and cut to the image: three significant digits, for looking at and
not for computing on. What is said of them in numbers (`Statistics`) comes from the float32 values. A concatenation is
kept as the maps that were joined and takes no memory of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from unet_core.checkpoint import Card
from unet_core.config import UNetConfig
from unet_core.diagram.maps import grouped
from unet_core.inside.answer import Answer
from unet_core.inside.features import (
    INPUT,
    FeatureError,
    Features,
    check_top,
    cut_to_image,
    feature_map,
)
from unet_core.inside.instrument import Compute
from unet_core.inside.places import Place
from unet_core.inside.room import check_room, largest_side
from unet_core.inside.statistics import Statistics, joined, statistics
from unet_core.inside.subject import Subject, subject
from unet_core.messages import Message
from unet_core.segment import MAX_SIDE, Floats
from unet_core.trace import LayerRow, Trace

KEPT_BYTES = 256 * 2**20  # of one image's maps
HALF_ENDS = 65_504.0  # the largest float16


@dataclass(frozen=True, eq=False)
class Layer:
    """What one drawn feature map holds: `row` is its name in the trace, `kind` what the drawing calls it.

    `shape` is what was computed, (C, H, W), mirrored edges included; the maps are cut to the image, and `place` says
    where they lie on it.
    """

    row: str
    kind: str
    node: tuple[int, int]
    shape: tuple[int, int, int]
    place: Place
    statistics: Statistics
    parts: tuple[NDArray[Any], ...]  # (Ci, h, w) each, float16, or float32 where values are beyond its range
    image_size: tuple[int, int]
    notes: tuple[Message, ...]

    def values(self, channel: int) -> Floats:
        """One channel, float32 (h, w), rounded to float16. FeatureError for a channel that there isn't."""
        one: Floats = self._stored(channel).astype(np.float32, order="C")
        return one

    def value(self, channel: int, cell: tuple[int, int]) -> float:
        """Of one channel at the cell (i, j) that `Place.cell` finds."""
        return float(self._stored(channel)[cell])

    def _stored(self, channel: int) -> NDArray[Any]:
        if not isinstance(channel, int) or not 0 <= channel < self.shape[0]:
            raise FeatureError("{row} has the channels 0 to {last}, got {channel}", row=self.row,
                               last=self.shape[0] - 1, channel=str(channel)[:20])  # fmt: skip
        for part in self.parts:
            if channel < len(part):
                one: NDArray[Any] = part[channel]
                return one
            channel -= len(part)
        raise AssertionError("the parts hold all channels")

    def features(self, top: int = 16, by: str = "variance") -> Features:
        """The first `top` channels of a ranking, as `features.features` gives them."""
        check_top(top)
        return self.maps(self.statistics.ranked(by)[:top])

    def maps(self, channels: tuple[int, ...]) -> Features:
        """These channels, in this order: for a ranking of one's own."""
        maps = tuple(feature_map(one, self.values(one), float(self.statistics.std[one])) for one in channels)
        return Features(self.row, maps, self.shape, self.place.stride, self.image_size, self.notes)


@dataclass(frozen=True, eq=False)
class Activations:
    """All layers by their row's name, in the order in which they were computed, and the network's answer."""

    layers: Mapping[str, Layer]
    answer: Answer
    image_size: tuple[int, int]  # (height, width) as the network saw the image
    notes: tuple[Message, ...]

    def __getitem__(self, row: str) -> Layer:
        """FeatureError for a row that is not kept."""
        if row not in self.layers:
            raise FeatureError("the network has no layer {name}", name=repr(row[:60]))
        return self.layers[row]

    def cells(self, row: int, column: int) -> dict[str, tuple[int, int] | None]:
        """In every layer the (i, j) of its maps that covers a pixel of the image as the network saw it."""
        return {name: layer.place.cell(row, column, layer.shape) for name, layer in self.layers.items()}


def activations(
    model: nn.Module, card: Card, pixels: NDArray[Any], device: str | torch.device | None = None,
    max_side: int = MAX_SIDE, most: int = KEPT_BYTES,
) -> Activations:  # fmt: skip
    """Run `model` once on an image, float (H, W, C) in 0..1. The model is not changed, so threads may share it.

    Raises RoomError, before anything is computed, when more than `most` bytes would be kept: reduce the image openly
    with the `max_side` that `side_with_room` finds. Raises SegmentError for an image that can't be used.
    """
    return watched(subject(model, card, pixels, device, max_side), most)  # type: ignore[arg-type]


def watched(of: Subject, most: int = KEPT_BYTES) -> Activations:
    """`activations` of a network and an image that are ready."""
    check_room(of.config, (of.pixels.shape[0], of.pixels.shape[1]), kept_bytes, most, max(of.size))
    layers: dict[str, Layer] = {}

    def around(name: str, compute: Compute, inputs: tuple[Tensor, ...]) -> Tensor:
        output = compute(*inputs)
        if name in of.drawn:
            layers[name] = _layer(of, *of.drawn[name], output[0], layers)
        return output

    with torch.inference_mode():
        layers[INPUT] = _layer(of, *of.drawn[INPUT], of.prepared.tensor[0], layers)
        answer = of.answer(of.logits(around))
    return Activations(layers, answer, of.size, of.notes)


def side_with_room(config: UNetConfig, size: tuple[int, int]) -> int:
    """The longer side at which `activations` takes an image of `size` (height, width): its `max_side`. 0 for none."""
    return min(largest_side(config, size, kept_bytes, KEPT_BYTES), largest_side(config, size))


def kept_bytes(traced: Trace) -> int:
    """What `activations` keeps, mirrored edges counted as well."""
    assert traced.config is not None
    rows = [rows[-1] for _, rows in grouped(traced, traced.config)]
    return sum(row.bytes // 2 for row in rows if not _shared(row, traced.config))


def _shared(row: LayerRow, config: UNetConfig) -> bool:
    """Cropped maps are no longer those that are kept."""
    return row.kind == "concat" and config.padding == "same"


def _layer(of: Subject, kind: str, row: LayerRow, output: Tensor, known: Mapping[str, Layer]) -> Layer:
    place = of.places[row.name]
    if _shared(row, of.config):
        sources = [known[name] for name in row.inputs]
        numbers = joined([source.statistics for source in sources])
        parts = tuple(part for source in sources for part in source.parts)
    else:
        cut = cut_to_image(output, of.config, of.size, place.stride).contiguous()
        numbers = statistics(cut)
        parts = (_stored(cut, numbers),)
    channels, height, width = row.out_shape
    return Layer(row.name, kind, row.node or (0, 0), (channels, height, width), place, numbers, parts, of.size,
                 of.notes)  # fmt: skip


def _stored(values: Tensor, numbers: Statistics) -> NDArray[Any]:
    fits = max(-numbers.low.min(), numbers.high.max()) <= HALF_ENDS
    stored: NDArray[Any] = values.to(torch.float16 if fits else torch.float32, copy=True).cpu().numpy()
    return stored
