"""All that decides what a model of the zoo becomes: its network, its data, and how it learns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from unet_core.config import UNetConfig
from unet_core.data.samples import DataSet, Sample
from unet_core.pairs import Pairs, pairs_of
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


def pairs(samples: Sequence[Sample], normalisation: Mapping[str, Any], config: UNetConfig) -> Pairs:
    """Samples as tensors, with the truth that a network of `config` learns."""
    return pairs_of(samples, normalisation, masks=config.classes == 1)
