"""What a visitor of Train has chosen: data, network, loss and time; it lies in one plain session value, so that it
outlives a change of page or language."""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from ui.language import mark
from ui.state import workbench
from unet_core.augment import Augmentation
from unet_core.config import PRESETS, UNetConfig
from unet_core.messages import Message
from unet_core.runs.order import RATE, RATE_TOO_HIGH, Order
from unet_core.runs.task import NUCLEI, OWN, PEBBLES, SHAPES

SMALL, YOURS = "small", "yours"
SMALL_NET = UNetConfig(in_channels=3, classes=4, base_channels=8, depth=3, padding="same", norm="batch")
NETWORKS: Mapping[str, Message] = {
    SMALL: Message("Small U-Net: 8 filters, depth 3"), YOURS: Message("The network from Build"),
    "classroom": Message("Classroom U-Net"), "classroom++": Message("Classroom U-Net++"),
}  # fmt: skip
DATA = {SHAPES: mark("Shapes: circles, squares, triangles"), PEBBLES: mark("Pebbles: stones in photographs"),
        NUCLEI: mark("Nuclei: synthetic fluorescence"), OWN: mark("Your own images, as a ZIP")}  # fmt: skip
LOSSES = {"cross-entropy+dice": mark("cross-entropy + Dice"), "cross-entropy": mark("cross-entropy"),
          "dice": mark("Dice"), "focal": mark("focal"), "unet-2015": mark("weighted cross-entropy, 2015")}  # fmt: skip
TOO_HIGH, ONE_IMAGE = "rate", "one"  # what goes wrong on purpose


@dataclass
class Wanted:
    """One visitor's. `learning_rate` is AdamW's at its peak; `images` None for all training images."""

    data: str = SHAPES
    network: str = SMALL
    loss: str = "cross-entropy+dice"
    seconds: int = 20
    learning_rate: float = RATE
    flips: bool = True
    images: int | None = None
    seed: int = 1
    race: str = "depth"

    @property
    def config(self) -> UNetConfig:
        """The network as it was chosen, before it is fitted to the data."""
        if self.network == YOURS:
            return workbench().config
        return PRESETS.get(self.network, SMALL_NET)

    @property
    def augmentation(self) -> Augmentation:
        return Augmentation(flips=self.flips)


def trouble_of(chosen: Wanted | Order) -> str:
    """What goes wrong on purpose: TOO_HIGH, ONE_IMAGE or ""."""
    if chosen.learning_rate >= RATE_TOO_HIGH:
        return TOO_HIGH
    return ONE_IMAGE if chosen.images == 1 and not chosen.augmentation.flips else ""


def wanted() -> Wanted:
    """This visitor's."""
    kept = st.session_state.setdefault("train", Wanted())
    assert isinstance(kept, Wanted)
    return kept
