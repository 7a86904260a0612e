"""The network that is taught: small, from random weights, or from those that another network has learned."""

from dataclasses import replace
from typing import Any

import torch
from numpy.typing import NDArray

from unet_core.config import UNetConfig
from unet_core.models import NestedUNet, UNet, new_model
from unet_core.teach.lesson import Choices, TeachError


def config_for(pixels: NDArray[Any], choices: Choices) -> UNetConfig:
    """Of a U-Net for a picture (H, W, C): with its colours, and a softmax over the classes."""
    return small_config(pixels.shape[2], choices)


def small_config(channels: int, choices: Choices) -> UNetConfig:
    """The same, for pictures of so many colours."""
    return UNetConfig(in_channels=channels, classes=choices.classes, base_channels=choices.base_channels,
                      depth=choices.depth, padding="same", norm="batch")  # fmt: skip


def new_net(pixels: NDArray[Any], choices: Choices) -> UNet | NestedUNet:
    """From the random weights of `choices.seed`."""
    return new_model(config_for(pixels, choices), choices.seed)


def can_begin_from(config: UNetConfig) -> bool:
    """Whether teaching can begin from a network of this kind."""
    return config.padding == "same" and config.norm in ("batch", "none") and not config.deep_supervision


def net_from(other: UNet | NestedUNet, choices: Choices) -> UNet | NestedUNet:
    """A copy of a trained network that tells `choices.classes` apart: all that fits is kept, the head begins anew.

    Where `other` has that many classes already, its head is kept too. A picture in other colours than the network's is
    shown to it in its own. Raises TeachError for a network that can't look at every size.
    """
    config = other.config
    if not can_begin_from(config):
        raise TeachError("teaching can begin from networks with same padding, batch norm or none, and one head; this "
                         "one has {padding} padding and {norm} norm: begin from random weights",
                         padding=config.padding, norm=config.norm)  # fmt: skip
    model = new_model(replace(config, classes=choices.classes), choices.seed)
    known, wanted = other.state_dict(), model.state_dict()
    kept = {name: tensor for name, tensor in known.items() if tensor.shape == wanted[name].shape}
    with torch.no_grad():
        model.load_state_dict({**wanted, **kept})
    return model
