"""A trained model and an image -> the probability of foreground at every pixel, and what was done on the way.

The road: grey if the model wants grey -> smaller if the image is too large -> normalised as the card says -> mirrored
at its edges up to a size that fits -> the network -> 1 - P(background) -> cut back to the image, at its own size.
"""

import copy
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

from unet_core.blocks import ConvBlock
from unet_core.checkpoint import Card
from unet_core.config import UNetConfig
from unet_core.messages import ExplainedError, Message
from unet_core.models import mean_of_heads
from unet_core.probabilities import foreground
from unet_core.sizes import nearest_legal, output_side, smallest_legal

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

    def mask(self, threshold: float = 0.5) -> NDArray[np.bool_]:
        """Where the probability reaches the threshold, (H, W)."""
        return self.probability >= threshold


@dataclass(frozen=True, eq=False)
class Prepared:
    """What the network is given: (1, C, I_h, I_w). The image begins at the first pixel that the mask covers."""

    tensor: Tensor
    size: tuple[int, int]  # of the image before it was padded, perhaps reduced
    notes: tuple[Message, ...]


def segment(
    model: nn.Module, card: Card, pixels: NDArray[Any], device: str | torch.device | None = None
) -> Segmentation:  # fmt: skip
    """Segment one image: float (H, W, C) in 0..1, C = 1 or 3, any size from 1 x 1. Raises SegmentError.

    The model itself is not changed, so threads may share it. `device` is where to compute, by default where it is.
    """
    began = time.perf_counter()
    prepared = prepare(card, pixels)
    where = torch.device(device) if device is not None else next(model.parameters()).device
    with torch.inference_mode():
        logits = mean_of_heads(_on(where, for_inference(model))(prepared.tensor.to(where)))
        probability = foreground(logits)[:, None]  # (1, 1, O_h, O_w)
        probability = probability[..., : prepared.size[0], : prepared.size[1]]  # `_pad` put the image's corner there
        if prepared.size != pixels.shape[:2]:
            probability = functional.interpolate(probability, size=pixels.shape[:2], mode="bilinear")
        result: Floats = probability[0, 0].cpu().numpy().copy()
    if not np.isfinite(result).all():
        raise SegmentError("the network answered with values that are no numbers: its weights are damaged")
    return Segmentation(result, prepared.notes, time.perf_counter() - began, str(where), card.classes)


def prepare(card: Card, pixels: NDArray[Any], max_side: int = MAX_SIDE) -> Prepared:
    """Everything before the network. The image is reduced when one of its sides is longer than `max_side`."""
    _check(pixels)
    notes: list[Message] = []
    channels = _to_channels(pixels, card.config.in_channels, notes)  # (C, H, W)
    channels = _reduce(channels, max_side, notes)
    normalised = normalise(channels, card.normalisation)
    padded = _pad(normalised, card.config, notes)
    tensor = torch.from_numpy(np.ascontiguousarray(padded))[None].to(memory_format=torch.channels_last)
    return Prepared(tensor, (channels.shape[1], channels.shape[2]), tuple(notes))


def input_size(config: UNetConfig, size: tuple[int, int]) -> tuple[int, int]:
    """(height, width) of what the network is given for an image of `size`, as `prepare` makes it."""
    height, width = (side + sum(_mirrored(config, side)) for side in _reduced(size, MAX_SIDE))
    return height, width


def normalise(channels: Floats, how: Mapping[str, Any]) -> Floats:
    """Float (C, H, W) -> float32 (C, H, W), each channel by itself, the same at any gain and offset of the camera.

    `how` is {"name": "percentile", "low": 1, "high": 99.8, "clip": [-1, 4]}: the two percentiles become 0 and 1 and
    what lies far outside is clipped. A channel of one value becomes 0. SegmentError for another `how`.
    """
    try:
        known, (low, high), (least, most) = how["name"] == "percentile", (how["low"], how["high"]), how["clip"]
    except (KeyError, TypeError, ValueError):
        known = False
    if not known:
        raise SegmentError("the card asks for a normalisation that is not known here: {how}", how=str(dict(how))[:100])
    result = np.zeros(channels.shape, np.float32)
    for channel, target in zip(channels, result, strict=True):
        dark, bright = np.percentile(channel, (low, high))
        if bright - dark > SMALLEST_CONTRAST:
            target[:] = ((channel - dark) / (bright - dark)).clip(least, most)
    return result


def for_inference(model: nn.Module) -> nn.Module:
    """A copy in eval that computes the same faster: each batch norm is folded into the convolution before it.

    Everything else shares its numbers with the model, which stays as it is.
    """
    tensors = [*model.parameters(), *model.buffers()]
    memo: dict[int, Any] = {id(tensor): tensor for tensor in tensors}  # copies the modules, not the numbers
    fast = copy.deepcopy(model, memo).eval()
    for block in fast.modules():
        if isinstance(block, ConvBlock):
            _fold(block)
    return fast


def _on(device: torch.device, fast: nn.Module) -> nn.Module:
    """`Module.to` moves the parameters themselves, and these may be shared: so move a full copy."""
    return fast if next(fast.parameters()).device == device else copy.deepcopy(fast).to(device)


def _fold(block: ConvBlock) -> None:
    for name, part in list(block.named_children()):
        if isinstance(part, nn.BatchNorm2d):
            conv = name.replace("norm", "conv")
            setattr(block, conv, fuse_conv_bn_eval(getattr(block, conv), part))
            setattr(block, name, nn.Identity())
        elif isinstance(part, nn.ReLU):
            setattr(block, name, nn.ReLU(inplace=True))  # its input is nobody else's: half the memory


def _check(pixels: NDArray[Any]) -> None:
    if pixels.ndim != 3 or pixels.shape[2] not in (1, 3) or not pixels.size or pixels.dtype.kind != "f":
        raise SegmentError("an image must be float (height, width, 1 or 3), got {kind} {shape}",
                           kind=str(pixels.dtype), shape=pixels.shape)  # fmt: skip
    if not np.isfinite(pixels).all():
        raise SegmentError("the image holds values that are no numbers")


def _to_channels(pixels: NDArray[Any], wanted: int, notes: list[Message]) -> Floats:
    """(H, W, C) -> float32 (wanted, H, W)."""
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


def _reduced(size: tuple[int, int], max_side: int) -> tuple[int, int]:
    scale = min(1.0, max_side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _mirrored(config: UNetConfig, side: int) -> tuple[int, int]:
    """Pixels to add before and after a side: before it only what valid convolutions lose there."""
    smallest = smallest_legal(config)
    lost = smallest - output_side(config, smallest)  # the same for every size
    return lost // 2, nearest_legal(config, side + lost)[1] - side - lost // 2


def _reduce(channels: Floats, max_side: int, notes: list[Message]) -> Floats:
    height, width = channels.shape[1:]
    size = _reduced((height, width), max_side)
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
    widths = [(0, 0), *(_mirrored(config, side) for side in channels.shape[1:])]
    rows, columns = map(sum, widths[1:])
    if not rows + columns:
        return channels
    notes.append(
        Message(
            "{rows} rows and {columns} columns were added by mirroring the edges, so that {depth} poolings fit; "
            "they are cut off again.",
            {"rows": rows, "columns": columns, "depth": config.depth},
        )
    )
    return np.pad(channels, widths, mode="reflect")
