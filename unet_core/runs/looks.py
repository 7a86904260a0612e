"""How a net stands at one moment: what it says of a few fixed images, how good that is, and its first kernels."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from unet_core.models import mean_of_heads
from unet_core.probabilities import class_map, probabilities

MOST_KERNELS = 16
Bytes = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Look:
    """Of a net after `step` steps and `seconds` of training.

    `figures` are the validation's, see `validation.Validation`, and "train_dice" and "train_mean_dice" the same of a
    few fixed training images. `masks` are the classes of the watched images, uint8 (H, W) each. `kernels` are the first
    convolution's, uint8 (n, in, k, k): 128 is 0, and 1 or 255 the largest weight of them all either way, `scale`.
    """

    step: int
    seconds: float
    figures: dict[str, float]
    masks: tuple[Bytes, ...]
    kernels: Bytes
    scale: float


def classes_of(model: nn.Module, images: torch.Tensor, size: tuple[int, int]) -> tuple[Bytes, ...]:
    """What a net says of images (N, C, I_h, I_w): the classes of the `size` (height, width) that they were made from.

    The net is left in the mode that it came in.
    """
    mode = model.training
    model.eval()
    with torch.inference_mode():
        logits = mean_of_heads(model(images.to(next(model.parameters()).device, memory_format=torch.channels_last)))
        found = probabilities(logits).cpu().numpy()
    model.train(mode)
    return tuple(class_map(one)[: size[0], : size[1]].astype(np.uint8) for one in found)


def kernels_of(model: nn.Module) -> tuple[Bytes, float]:
    """The first MOST_KERNELS kernels of the first convolution as levels, and the largest of their weights, absolute."""
    first = next(part for part in model.modules() if isinstance(part, nn.Conv2d))
    weights = first.weight.detach().cpu().numpy()[:MOST_KERNELS]
    scale = float(np.abs(weights).max()) or 1.0
    levels: Bytes = np.round(128 + 127 * weights / scale).astype(np.uint8)
    return levels, scale
