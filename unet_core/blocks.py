"""The boxes of the drawing, each one module used once, so that a trace of the modules is the drawing.

Every module built here gets two plain attributes: `kind` (what it is called in the table) and `node`, the
paper's (level, step) it belongs to.
"""

from collections.abc import Sequence
from typing import TypeVar

import torch
from torch import Tensor, nn

from unet_core.config import GROUPS, UNetConfig

Node = tuple[int, int]
Module = TypeVar("Module", bound=nn.Module)


def place(module: Module, node: Node) -> Module:
    """Write the paper's (level, step) on a module and all inside it."""
    for part in module.modules():
        part.node = node  # type: ignore[assignment]
    return module


def level_of(module: nn.Module) -> int:
    """The level on which a module stands that `place` has written on: how often what comes out of it was halved."""
    node: Node = module.node  # type: ignore[assignment]
    return node[0]


def norm(kind: str, channels: int) -> nn.Module:
    """The normalisation layer `kind` of UNetConfig; "none" has no layer and is not asked for."""
    if kind == "batch":
        return nn.BatchNorm2d(channels)
    if kind == "group":
        return nn.GroupNorm(GROUPS, channels)
    return nn.InstanceNorm2d(channels, affine=True)


class ConvBlock(nn.Sequential):
    """`convs_per_block` times convolution (bias kept) -> norm -> ReLU, then dropout where the config asks for it.

    (B, in_channels, H, W) -> (B, out_channels, H - c, W - c), c = config.loss_per_block (0 for same padding).
    An even kernel with same padding cannot be centred: one pixel more is padded on the right and below, drawn as a
    Pad of its own.
    """

    def __init__(self, config: UNetConfig, in_channels: int, out_channels: int, dropout: bool = False) -> None:
        super().__init__()
        kernel = config.kernel_size
        centred = kernel // 2 if config.padding == "same" and kernel % 2 else 0
        for step in range(1, config.convs_per_block + 1):
            if config.padding == "same" and kernel % 2 == 0:
                before, after = (kernel - 1) // 2, kernel // 2
                self.add_module(f"pad{step}", nn.ZeroPad2d((before, after, before, after)))
            self.add_module(f"conv{step}", nn.Conv2d(in_channels, out_channels, kernel, padding=centred))
            if config.norm != "none":
                self.add_module(f"norm{step}", norm(config.norm, out_channels))
            self.add_module(f"relu{step}", nn.ReLU())
            in_channels = out_channels
        if dropout and config.dropout:
            self.add_module("dropout", nn.Dropout(config.dropout))


class UpSample(nn.Sequential):
    """Twice the height and width, from in_channels to out_channels.

    "transpose" is the paper's 2 x 2 up-convolution. "bilinear" and "nearest" interpolate and then change the
    channels with a 1 x 1 convolution; other code bases mean other things by these words.
    """

    def __init__(self, config: UNetConfig, in_channels: int, out_channels: int) -> None:
        super().__init__()
        if config.upsampling == "transpose":
            self.add_module("upconv", nn.ConvTranspose2d(in_channels, out_channels, kernel_size=2, stride=2))
            return
        corners = False if config.upsampling == "bilinear" else None
        self.add_module("resize", nn.Upsample(scale_factor=2, mode=config.upsampling, align_corners=corners))
        self.add_module("conv1x1", nn.Conv2d(in_channels, out_channels, kernel_size=1))


class Crop(nn.Module):
    """Cut a skip to the height and width of what it meets, centred. (B, C, H, W), (B, C2, h, w) -> (B, C, h, w)."""

    kind = "crop"

    def forward(self, skip: Tensor, upsampled: Tensor) -> Tensor:
        height, width = upsampled.shape[-2:]
        top, left = (skip.shape[-2] - height) // 2, (skip.shape[-1] - width) // 2
        return skip[..., top : top + height, left : left + width]


class Concat(nn.Module):
    """Stack channels: the up-sampled map first, then the skips. n x (B, Ci, H, W) -> (B, sum of Ci, H, W)."""

    kind = "concat"

    def forward(self, *maps: Tensor) -> Tensor:
        return torch.cat(maps, dim=1)


class Add(nn.Module):
    """Add maps of equal shape instead of stacking them. n x (B, C, H, W) -> (B, C, H, W)."""

    kind = "add"

    def forward(self, *maps: Tensor) -> Tensor:
        total = maps[0]
        for other in maps[1:]:
            total = total + other
        return total


class Skip(nn.Module):
    """Where skips join the up-sampled map: each cropped when convolutions are valid, then concatenated or added.

    (B, C, h, w) and n skips (B, Ci, H, W) -> (B, C + sum of Ci, h, w), or (B, C, h, w) for "add". With no skip
    connected it hands the up-sampled map on.
    """

    def __init__(self, config: UNetConfig, skips: int) -> None:
        super().__init__()
        self.crop = nn.ModuleList(Crop() for _ in range(skips if config.padding == "valid" else 0))
        self.join: nn.Module | None = None
        if skips:
            self.join = Concat() if config.skip == "concat" else Add()

    def forward(self, upsampled: Tensor, skips: Sequence[Tensor]) -> Tensor:
        if self.join is None:
            return upsampled
        if self.crop:
            skips = [crop(skip, upsampled) for crop, skip in zip(self.crop, skips, strict=True)]
        joined: Tensor = self.join(upsampled, *skips)
        return joined


def head(channels: int, classes: int) -> nn.Conv2d:
    """The 1 x 1 convolution from channels to class logits. (B, channels, H, W) -> (B, classes, H, W).

    A plain Conv2d, not a class of its own: torchinfo, our second view, knows layers by the names of their classes.
    """
    convolution = nn.Conv2d(channels, classes, kernel_size=1)
    convolution.kind = "head"  # type: ignore[assignment]
    return convolution
