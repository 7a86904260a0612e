"""A network and a task brought together: channels, classes and sizes that fit, as tensors.

A net with valid convolutions is given more of each image by mirroring its edges, so that its smaller mask still covers
the image, as the original of 2015 does it.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from unet_core.config import UNetConfig
from unet_core.data.samples import Sample
from unet_core.losses import border_weights
from unet_core.pairs import Pairs
from unet_core.runs.task import Task
from unet_core.segment import mirrored, normalise


def fitted(config: UNetConfig, task: Task) -> UNetConfig:
    """The same network with as many channels in and classes out as the task has."""
    return replace(config, in_channels=task.channels, classes=len(task.classes))


def input_side(config: UNetConfig, side: int) -> int:
    """Pixels a side that the network is given so that its mask covers `side` pixels."""
    before, after = mirrored(config, side)
    return before + side + after


def pairs_for(samples: Sequence[Sample], task: Task, config: UNetConfig, weighed: bool = False) -> Pairs:
    """Samples of one size as tensors; where the network needs more, images and truth are mirrored at their edges.

    With `weighed` each pixel has the weight that the loss of 2015 wants, see `losses.border_weights`.
    """
    images = np.stack([_mirrored(normalise(sample.image.transpose(2, 0, 1), task.normalisation), config)
                       for sample in samples])  # fmt: skip
    classes = np.stack([_mirrored(sample.classes, config) for sample in samples])
    weights = None
    if weighed:
        share = float(np.mean([sample.mask.mean() for sample in samples]))
        maps = [_mirrored(border_weights(sample.instances, foreground_share=share), config) for sample in samples]
        weights = torch.from_numpy(np.stack(maps))
    return Pairs(torch.from_numpy(images), torch.from_numpy(classes.astype(np.int64)), weights)


def _mirrored(pixels: NDArray[Any], config: UNetConfig) -> NDArray[Any]:
    """(..., H, W) up to a legal size."""
    widths = [(0, 0)] * (pixels.ndim - 2) + [mirrored(config, side) for side in pixels.shape[-2:]]
    return np.pad(pixels, widths, mode="reflect") if any(map(sum, widths)) else pixels
