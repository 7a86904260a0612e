"""All that decides what a model of the zoo becomes: its network, its data, and how it learns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from unet_core.config import UNetConfig
from unet_core.data.samples import DataSet, Sample
from unet_core.models import NestedUNet, UNet, build_model
from unet_core.pairs import Pairs
from unet_core.segment import normalise
from unet_core.settings import Settings


@dataclass(frozen=True)
class Recipe:
    """One model that ships. `load` makes its data; a sigmoid net learns the foreground alone, any other the classes."""

    name: str
    description: str
    config: UNetConfig
    load: Callable[[], DataSet]
    settings: Settings
    not_for: tuple[str, ...]
    licence: str
    classes: tuple[str, ...] | None = None  # where the network tells apart others than the data set
    seeds: tuple[int, ...] = (1, 2, 3)
    finished: bool = True  # False for a miniature, which must never see the test images
    about: Mapping[str, Any] = field(default_factory=dict)  # more for the card: what it is to be compared with


def new_model(config: UNetConfig, seed: int) -> UNet | NestedUNet:
    """The network of a seed before its training; the caller's random numbers stay as they were."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build_model(config)


def pairs(samples: Sequence[Sample], normalisation: Mapping[str, Any], config: UNetConfig) -> Pairs:
    """Samples of one size as tensors, each normalised by itself, as it would be when a visitor brought it."""
    images = np.stack([normalise(sample.image.transpose(2, 0, 1), normalisation) for sample in samples])
    truths = np.stack([sample.mask if config.classes == 1 else sample.classes for sample in samples])
    return Pairs(torch.from_numpy(images), torch.from_numpy(truths.astype(np.int64)))
