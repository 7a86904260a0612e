"""Images and their truth as tensors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from unet_core.data.samples import Sample
from unet_core.segment import normalise
from unet_core.settings import TrainingError


@dataclass(frozen=True, eq=False)
class Pairs:
    """Images and their truth: float32 (N, C, H, W), normalised as the model wants it, and int64 classes (N, H, W).

    `weights`, float32 (N, H, W), say how much each pixel counts for the loss "unet-2015"; others don't read them.
    """

    images: Tensor
    classes: Tensor
    weights: Tensor | None = None

    def __post_init__(self) -> None:
        images, classes = tuple(self.images.shape), tuple(self.classes.shape)
        if len(images) != 4 or not len(self.images) or (images[0], *images[2:]) != classes:
            raise TrainingError(
                "images must be (N, C, H, W) and classes (N, H, W) of the same N, H and W, got {images} and {classes}",
                images=images, classes=classes,
            )  # fmt: skip
        if self.weights is not None and tuple(self.weights.shape) != classes:
            raise TrainingError("weights must have the shape of the classes, {classes}, got {weights}",
                                classes=classes, weights=tuple(self.weights.shape))  # fmt: skip

    def tensors(self) -> list[Tensor]:
        """Images, classes and, where there are any, weights."""
        return [self.images, self.classes, *([] if self.weights is None else [self.weights])]

    def to(self, device: torch.device) -> "Pairs":
        """The same on another device; itself where it is there already."""
        return Pairs(*(tensor.to(device) for tensor in self.tensors()))


def pairs_of(samples: Sequence[Sample], normalisation: Mapping[str, Any], masks: bool = False) -> Pairs:
    """Samples of one size, each normalised by itself, as it would be when a visitor brought it.

    The truth are their classes, or with `masks` only what is foreground.
    """
    images = np.stack([normalise(sample.image.transpose(2, 0, 1), normalisation) for sample in samples])
    truths = np.stack([sample.mask if masks else sample.classes for sample in samples])
    return Pairs(torch.from_numpy(images), torch.from_numpy(truths.astype(np.int64)))
