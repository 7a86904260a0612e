"""U-Net and U-Net++ in the form in which tutorials write them: what ours are measured against.

Written for this comparison from the papers' figures alone; nothing of unet_core is in it. Same padding, two 3 x 3
convolutions a block, 2 x 2 up-convolutions, concatenated skips, batch norm or none.
"""

import torch
from torch import Tensor, nn


def double_conv(inside: int, outside: int, norm: bool) -> nn.Sequential:
    """(B, inside, H, W) -> (B, outside, H, W)."""
    layers: list[nn.Module] = []
    for channels in (inside, outside):
        layers.append(nn.Conv2d(channels, outside, 3, padding=1))
        if norm:
            layers.append(nn.BatchNorm2d(outside))
        layers.append(nn.ReLU())
    return nn.Sequential(*layers)


class PlainUNet(nn.Module):
    """(B, channels, H, W) -> logits (B, classes, H, W)."""

    def __init__(self, channels: int, classes: int, base: int, depth: int, norm: bool) -> None:
        super().__init__()
        widths = [base * 2**level for level in range(depth + 1)]
        self.down = nn.ModuleList(
            double_conv(inside, outside, norm)
            for inside, outside in zip([channels, *widths], widths, strict=False)
        )  # fmt: skip
        self.pool = nn.MaxPool2d(2)
        self.up = nn.ModuleList(nn.ConvTranspose2d(2 * width, width, 2, stride=2) for width in widths[:-1])
        self.right = nn.ModuleList(double_conv(2 * width, width, norm) for width in widths[:-1])
        self.head = nn.Conv2d(base, classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        skips = []
        for block in self.down[:-1]:
            x = block(x)
            skips.append(x)
            x = self.pool(x)
        x = self.down[-1](x)
        for level in reversed(range(len(skips))):
            x = self.up[level](x)
            x = self.right[level](torch.cat([x, skips[level]], dim=1))
        return self.head(x)


class PlainNestedUNet(nn.Module):
    """U-Net++: (B, channels, H, W) -> the mean of the logits of its heads, (B, classes, H, W)."""

    def __init__(self, channels: int, classes: int, base: int, depth: int, norm: bool, heads: int) -> None:
        super().__init__()
        widths = [base * 2**level for level in range(depth + 1)]
        self.depth = depth
        self.pool = nn.MaxPool2d(2)
        self.down = nn.ModuleList(
            double_conv(inside, outside, norm)
            for inside, outside in zip([channels, *widths], widths, strict=False)
        )  # fmt: skip
        self.up, self.right = nn.ModuleDict(), nn.ModuleDict()
        for level in range(depth):
            for step in range(1, depth + 1 - level):
                width = widths[level]
                self.up[f"{level}_{step}"] = nn.ConvTranspose2d(2 * width, width, 2, stride=2)
                self.right[f"{level}_{step}"] = double_conv((step + 1) * width, width, norm)
        self.head = nn.ModuleDict({str(step): nn.Conv2d(base, classes, 1)
                                   for step in range(depth + 1 - heads, depth + 1)})  # fmt: skip

    def forward(self, image: Tensor) -> Tensor:
        rows: list[list[Tensor]] = []  # rows[level][step]
        x = image
        for level, block in enumerate(self.down):
            x = block(x if level == 0 else self.pool(x))
            rows.append([x])
        for step in range(1, self.depth + 1):
            for level in range(self.depth + 1 - step):
                up = self.up[f"{level}_{step}"](rows[level + 1][step - 1])
                rows[level].append(self.right[f"{level}_{step}"](torch.cat([up, *rows[level]], dim=1)))
        return torch.stack([head(rows[0][int(step)]) for step, head in self.head.items()]).mean(dim=0)


def plain_copy(model: nn.Module) -> PlainUNet | PlainNestedUNet | None:
    """The plain network with the weights of one of ours; None for a kind that is not written here."""
    config = model.config
    usual = (config.padding == "same" and config.kernel_size == 3 and config.convs_per_block == 2
             and config.upsampling == "transpose" and config.skip == "concat" and config.skip_levels is None
             and config.growth == 2 and config.max_channels is None and config.norm in ("none", "batch")
             and config.architecture in ("unet", "unet++") and not config.dropout)  # fmt: skip
    if not usual:
        return None
    shape = (config.in_channels, config.classes, config.base_channels, config.depth, config.norm == "batch")
    heads = config.depth if config.deep_supervision else 1
    plain = PlainNestedUNet(*shape, heads) if config.nested else PlainUNet(*shape)
    plain.load_state_dict({_plain_name(name, config): tensor for name, tensor in model.state_dict().items()})
    return plain.to(memory_format=torch.contiguous_format)


def _plain_name(name: str, config) -> str:
    """'encoder.0.norm2.weight' -> 'down.0.4.weight', and so on."""
    parts = name.split(".")
    if parts[0] == "bottleneck":
        parts[:1] = ["encoder", str(config.depth)]
    parts[0] = {"encoder": "down", "decoder": "right"}.get(parts[0], parts[0])
    if config.nested:
        parts[1] = parts[1].removeprefix("X").removeprefix("L")
    if parts[0] == "up":
        parts.remove("upconv")
    elif parts[0] != "head":
        kind, number = parts[2][:4], int(parts[2][4:])
        a_conv = 3 if config.norm == "batch" else 2  # layers from one convolution to the next
        parts[2] = str(a_conv * (number - 1) + (kind == "norm"))
    return ".".join(parts)
