"""A trained model and an image -> the probability of foreground at every pixel, and what was done on the way.

The road: grey if the model wants grey -> smaller if the image is too large -> normalised as the card says -> mirrored
at its edges up to a size that fits -> the network -> 1 - P(background) -> cut back to the image, at its own size.
`unet_core.tiles` takes the same road piece by piece, and reduces nothing.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from unet_core.checkpoint import Card
from unet_core.config import UNetConfig
from unet_core.inference import placed
from unet_core.messages import ExplainedError, Message
from unet_core.models import mean_of_heads
from unet_core.probabilities import foreground
from unet_core.sizes import lost_pixels, nearest_legal

Floats = NDArray[np.float32]
MAX_SIDE = 2048  # pixels: a longer image is reduced, so MAX_PIXELS bounds the memory whatever comes
MAX_PIXELS = MAX_SIDE**2
GREY = (0.299, 0.587, 0.114)  # of red, green and blue, as the eye weighs them (ITU-R BT.601)
SMALLEST_CONTRAST = 1e-6  # between the percentiles; less is no image but rounding


class SegmentError(ExplainedError):
    """Pixels, a card or weights from which no mask can come."""


@dataclass(frozen=True, eq=False)
class Segmentation:
    """`probability` is float32 (H, W): P(foreground) = 1 - P(background) at every pixel of the image as it came.

    `notes` says in order what was done to the image; `seconds` is the time of all of it.
    """

    probability: Floats
    notes: tuple[Message, ...]
    seconds: float
    device: str
    classes: tuple[str, ...]
    per_class: Floats | None = None  # (classes, H, W) as `probabilities` has them, where `segment_tiled` was asked to

    def mask(self, threshold: float = 0.5) -> NDArray[np.bool_]:
        """Where the probability reaches the threshold, (H, W)."""
        return self.probability >= threshold


@dataclass(frozen=True, eq=False)
class Prepared:
    """What the network is given: (1, C, I_h, I_w). The image begins at the first pixel that the mask covers."""

    tensor: Tensor
    size: tuple[int, int]  # of the image before it was padded, perhaps reduced
    notes: tuple[Message, ...]
    levels: "Levels"  # what became 0 and 1


def segment(
    model: nn.Module, card: Card, pixels: NDArray[Any], device: str | torch.device | None = None
) -> Segmentation:  # fmt: skip
    """Segment one image: float (H, W, C) in 0..1, C = 1 or 3, any size from 1 x 1. Raises SegmentError.

    The model itself is not changed, so threads may share it. `device` is where to compute, by default where it is.
    """
    began = time.perf_counter()
    prepared = prepare(card, pixels)
    network, where = placed(model, device)
    with torch.inference_mode():
        logits = mean_of_heads(network(prepared.tensor.to(where)))
        probability = foreground(logits)[:, None]  # (1, 1, O_h, O_w)
        probability = probability[..., : prepared.size[0], : prepared.size[1]]  # `_pad` put the image's corner there
        if prepared.size != pixels.shape[:2]:
            probability = functional.interpolate(probability, size=pixels.shape[:2], mode="bilinear")
        result: Floats = probability[0, 0].cpu().numpy().copy()
    check_answer(result)
    return Segmentation(result, prepared.notes, time.perf_counter() - began, str(where), card.classes)


def prepare(
    card: Card, pixels: NDArray[Any], max_side: int = MAX_SIDE, scale: "Levels | None" = None
) -> Prepared:  # fmt: skip
    """Everything before the network. The image is reduced when one of its sides is longer than `max_side`.

    `scale` are the levels of another image, to be used in place of its own.
    """
    check_pixels(pixels)
    notes: list[Message] = []
    channels = to_channels(pixels, card.config.in_channels, notes)  # (C, H, W)
    channels = _reduce(channels, max_side, notes)
    scale = scale or levels(channels, card.normalisation)
    padded = _pad(scale.applied(channels), card.config, notes)
    tensor = torch.from_numpy(np.ascontiguousarray(padded))[None].to(memory_format=torch.channels_last)
    return Prepared(tensor, (channels.shape[1], channels.shape[2]), tuple(notes), scale)


def input_size(config: UNetConfig, size: tuple[int, int], max_side: int = MAX_SIDE) -> tuple[int, int]:
    """(height, width) of what the network is given for an image of `size`, as `prepare` makes it."""
    height, width = (side + sum(mirrored(config, side)) for side in reduced_size(size, max_side))
    return height, width


@dataclass(frozen=True)
class Levels:
    """The values that become 0 and 1 in each channel of an image, and where what lies outside is clipped."""

    dark: tuple[float, ...]
    bright: tuple[float, ...]
    clip: tuple[float, float]

    def applied(self, channels: Floats) -> Floats:
        """Float (C, H, W), the image or a part of it -> float32 (C, H, W). A channel of one value becomes 0."""
        result = np.zeros(channels.shape, np.float32)
        for channel, target, dark, bright in zip(channels, result, self.dark, self.bright, strict=True):
            if bright - dark > SMALLEST_CONTRAST:
                target[:] = ((channel - dark) / (bright - dark)).clip(*self.clip)
        return result


def levels(channels: Floats, how: Mapping[str, Any]) -> Levels:
    """What `normalise` finds in float (C, H, W) before it changes anything. SegmentError for another `how`."""
    try:
        known, (low, high), (least, most) = how["name"] == "percentile", (how["low"], how["high"]), how["clip"]
        known = known and 0 <= low < high <= 100 and -np.inf < least < most < np.inf
    except (KeyError, TypeError, ValueError):
        known = False
    if not known:
        raise SegmentError("the card asks for a normalisation that is not known here: {how}", how=str(dict(how))[:100])
    pairs = [np.percentile(channel, (low, high)) for channel in channels]
    return Levels(tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs), (least, most))


def normalise(channels: Floats, how: Mapping[str, Any]) -> Floats:
    """Float (C, H, W) -> float32 (C, H, W), each channel by itself, the same at any gain and offset of the camera.

    `how` is {"name": "percentile", "low": 1, "high": 99.8, "clip": [-1, 4]}: the two percentiles become 0 and 1 and
    what lies far outside is clipped. A channel of one value becomes 0. SegmentError for another `how`.
    """
    return levels(channels, how).applied(channels)


def check_answer(values: Floats) -> None:
    """Raise SegmentError where a network answered with NaN or infinity."""
    if not np.isfinite(values).all():
        raise SegmentError("the network answered with values that are no numbers: its weights are damaged")


def check_pixels(pixels: NDArray[Any]) -> None:
    """Raise SegmentError unless these are float (H, W, 1 or 3) of finite numbers."""
    if pixels.ndim != 3 or pixels.shape[2] not in (1, 3) or not pixels.size or pixels.dtype.kind != "f":
        raise SegmentError("an image must be float (height, width, 1 or 3), got {kind} {shape}",
                           kind=str(pixels.dtype), shape=pixels.shape)  # fmt: skip
    if not np.isfinite(pixels).all():
        raise SegmentError("the image holds values that are no numbers")


def to_channels(pixels: NDArray[Any], wanted: int, notes: list[Message]) -> Floats:
    """(H, W, C) -> float32 (wanted, H, W); grey from colours or the other way, with a note."""
    colours = pixels.shape[2]
    if colours == 3 and wanted == 1:
        if np.ptp(pixels, axis=2).any():
            red, green, blue = GREY
            notes.append(Message("The colours were made grey: {red} red + {green} green + {blue} blue.",
                                 {"red": red, "green": green, "blue": blue}))  # fmt: skip
        grey: Floats = (pixels @ np.array(GREY, pixels.dtype))[None].astype(np.float32)
        return grey
    if colours == 1 and wanted == 3:
        notes.append(Message("The grey image was given to red, green and blue alike."))
        return np.repeat(pixels.astype(np.float32).transpose(2, 0, 1), 3, axis=0)
    if colours != wanted:
        raise SegmentError("the network wants {wanted} channels, the image has {colours}", wanted=wanted,
                           colours=colours)  # fmt: skip
    return pixels.astype(np.float32).transpose(2, 0, 1)


def reduced_size(size: tuple[int, int], max_side: int) -> tuple[int, int]:
    """(height, width) of an image of `size` whose longer side is at most `max_side`, its shape kept."""
    scale = min(1.0, max_side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def mirrored(config: UNetConfig, side: int) -> tuple[int, int]:
    """Pixels to add before and after a side: before it only what valid convolutions lose there."""
    lost = lost_pixels(config)
    return lost // 2, nearest_legal(config, side + lost)[1] - side - lost // 2


def _reduce(channels: Floats, max_side: int, notes: list[Message]) -> Floats:
    height, width = channels.shape[1:]
    size = reduced_size((height, width), max_side)
    if size == (height, width):
        return channels
    notes.append(
        Message(
            "The image was reduced from {height} × {width} to {new_height} × {new_width} pixels for the network; "
            "objects look smaller to it.",
            {"height": height, "width": width, "new_height": size[0], "new_width": size[1]},
        )
    )
    tensor = torch.from_numpy(np.ascontiguousarray(channels))[None]
    reduced: Floats = functional.interpolate(tensor, size=size, mode="bilinear", antialias=True)[0].numpy()
    return reduced


def _pad(channels: Floats, config: UNetConfig, notes: list[Message]) -> Floats:
    """Mirror the edges up to the smallest legal size whose mask covers the image.

    Before the image only what valid convolutions lose there; the rest goes below and to the right, so that with same
    padding every pooled map starts where the image does.
    """
    widths = [(0, 0), *(mirrored(config, side) for side in channels.shape[1:])]
    note_mirrored(config, channels.shape[1:], notes)
    return np.pad(channels, widths, mode="reflect") if any(map(sum, widths)) else channels


def note_mirrored(config: UNetConfig, size: tuple[int, ...], notes: list[Message]) -> None:
    """Say how many rows and columns an image of `size` (height, width) gets at its edges, where it gets any."""
    rows, columns = (sum(mirrored(config, side)) for side in size)
    if rows + columns:
        notes.append(
            Message(
                "{rows} rows and {columns} columns were added by mirroring the edges, so that {depth} poolings fit; "
                "they are cut off again.",
                {"rows": rows, "columns": columns, "depth": config.depth},
            )
        )
