"""U-Net (Ronneberger, Fischer, Brox 2015) and the nested nets of Zhou et al. 2018 and 2019, as explicit modules.

Where we depart from the papers: bias is kept beside a norm layer (as in the Keras original of the classroom), the
loss is not part of the network, and dropout, if any, stands after the blocks of the two deepest levels of the
encoder, as in the released 2015 network. `forward` returns logits, never probabilities.
"""

from dataclasses import replace

import torch
from torch import Tensor, nn

from unet_core.blocks import ConvBlock, Skip, UpSample, head, place
from unet_core.config import ConfigError, UNetConfig
from unet_core.sizes import check_size


class SegmentationNet(nn.Module):
    """What U-Net and U-Net++ share: the config, and a refusal of sizes that would come out silently wrong."""

    def __init__(self, config: UNetConfig) -> None:
        super().__init__()
        self.config = config
        self.register_forward_pre_hook(_refuse_illegal_size, with_kwargs=True)


def _refuse_illegal_size(model: nn.Module, args: tuple[Tensor, ...], named: dict[str, Tensor]) -> None:
    """A hook, so that `forward` below stays the paper's figure and nothing else."""
    image = args[0] if args else named["image"]
    check_size(model.config, (image.shape[-2], image.shape[-1]))  # type: ignore[arg-type]


class UNet(SegmentationNet):
    """One encoder, one bottleneck, one decoder, and a skip per level. (B, in, H, W) -> logits (B, classes, h, w)."""

    def __init__(self, config: UNetConfig) -> None:
        super().__init__(config)
        depth, channels = config.depth, config.channels
        connected = [level in config.connected_levels for level in range(depth)]
        self.encoder = nn.ModuleList(_encoder_block(config, level) for level in range(depth))
        self.pool = nn.ModuleList(place(nn.MaxPool2d(2), (level + 1, 0)) for level in range(depth))
        self.bottleneck = _encoder_block(config, depth)
        # Decoder parts are indexed by level, as in the figure: decoder[0] is the uppermost, and runs last.
        steps = [(level, depth - level) for level in range(depth)]
        self.up = nn.ModuleList(
            place(UpSample(config, channels(level + 1), channels(level)), (level, step)) for level, step in steps
        )
        self.skip = nn.ModuleList(place(Skip(config, int(connected[level])), (level, step)) for level, step in steps)
        self.decoder = nn.ModuleList(
            _decoder_block(config, level, step, int(connected[level])) for level, step in steps
        )
        self.head = place(head(channels(0), config.classes), (0, depth))

    def forward(self, image: Tensor) -> Tensor:
        skips = []
        x = image  # (B, in_channels, H, W)
        for encoder, pool in zip(self.encoder, self.pool, strict=True):
            x = encoder(x)  # channels x growth
            skips.append(x)
            x = pool(x)  # height and width / 2
        x = self.bottleneck(x)
        for level in reversed(range(len(self.decoder))):
            x = self.up[level](x)  # height and width x 2
            x = self.skip[level](x, [skips[level]])  # what the encoder saw at this level, beside what came from below
            x = self.decoder[level](x)
        logits: Tensor = self.head(x)  # (B, classes, h, w)
        return logits


class NestedUNet(SegmentationNet):
    """Nodes X^{i,j} (i = level, j = step): U-Nets of depth 1 to `depth` joined into one around a shared encoder.

    X^{i,0} is the encoder. X^{i,j} reads X^{i+1,j-1} up-sampled and, along its level, by the wiring:
    "unet++" all of X^{i,0} .. X^{i,j-1}; "unet+" only the neighbour X^{i,j-1}; "unet-e" only X^{i,0}.
    (B, in, H, W) -> logits (B, classes, h, w), or with deep supervision the tuple of logits L1 .. Ld, whose heights
    and widths differ when convolutions are valid (see `mean_of_heads`).
    """

    def __init__(self, config: UNetConfig) -> None:
        super().__init__(config)
        depth, channels = config.depth, config.channels
        grid = [(i, j) for i in range(depth) for j in range(1, depth + 1 - i)]
        self.pool = nn.ModuleList(place(nn.MaxPool2d(2), (level + 1, 0)) for level in range(depth))
        self.encoder = nn.ModuleList(_encoder_block(config, level) for level in range(depth + 1))
        self.up = nn.ModuleDict(
            {_key(i, j): place(UpSample(config, channels(i + 1), channels(i)), (i, j)) for i, j in grid}
        )
        self.skip = nn.ModuleDict({_key(i, j): place(Skip(config, len(self.sources(i, j))), (i, j)) for i, j in grid})
        self.decoder = nn.ModuleDict(
            {_key(i, j): _decoder_block(config, i, j, len(self.sources(i, j))) for i, j in grid}
        )
        heads = range(1, depth + 1) if config.deep_supervision else [depth]
        self.head = nn.ModuleDict({f"L{j}": place(head(channels(0), config.classes), (0, j)) for j in heads})

    def sources(self, level: int, step: int) -> list[int]:
        """The steps k of the nodes X^{level,k} that X^{level,step} reads along its own level."""
        if level not in self.config.connected_levels:
            return []
        return {"unet++": list(range(step)), "unet+": [step - 1], "unet-e": [0]}[self.config.architecture]

    def forward(self, image: Tensor) -> Tensor | tuple[Tensor, ...]:
        x = {(0, 0): self.encoder[0](image)}  # x[i, j] is the output of node X^{i,j}
        for deepest in range(1, len(self.encoder)):  # one more level of the encoder, then the diagonal above it
            x[deepest, 0] = self.encoder[deepest](self.pool[deepest - 1](x[deepest - 1, 0]))
            for j in range(1, deepest + 1):
                i = deepest - j
                upsampled = self.up[_key(i, j)](x[i + 1, j - 1])
                joined = self.skip[_key(i, j)](upsampled, [x[i, k] for k in self.sources(i, j)])
                x[i, j] = self.decoder[_key(i, j)](joined)
        logits = tuple(part(x[0, int(name[1:])]) for name, part in self.head.items())
        return logits if self.config.deep_supervision else logits[0]


def _key(level: int, step: int) -> str:
    return f"X{level}_{step}"


def _encoder_block(config: UNetConfig, level: int) -> ConvBlock:
    incoming = config.channels(level - 1) if level else config.in_channels
    block = ConvBlock(config, incoming, config.channels(level), dropout=level >= config.depth - 1)
    return place(block, (level, 0))


def _decoder_block(config: UNetConfig, level: int, step: int, skips: int) -> ConvBlock:
    channels = config.channels(level)
    incoming = channels * (1 + skips) if config.skip == "concat" else channels
    return place(ConvBlock(config, incoming, channels), (level, step))


def build_model(config: UNetConfig) -> UNet | NestedUNet:
    """The network of a config, with PyTorch's default initial weights (seed with torch.manual_seed)."""
    return NestedUNet(config) if config.nested else UNet(config)


def new_model(config: UNetConfig, seed: int) -> UNet | NestedUNet:
    """The network of a seed before its training; the caller's random numbers stay as they were."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build_model(config)


def mean_of_heads(logits: Tensor | tuple[Tensor, ...]) -> Tensor:
    """One map of logits from all heads: each cropped, centred, to the smallest, then averaged. (B, classes, h, w)."""
    if isinstance(logits, Tensor):
        return logits
    height, width = min(x.shape[-2] for x in logits), min(x.shape[-1] for x in logits)
    cropped = []
    for x in logits:
        top, left = (x.shape[-2] - height) // 2, (x.shape[-1] - width) // 2
        cropped.append(x[..., top : top + height, left : left + width])
    return torch.stack(cropped).mean(dim=0)


def prune(model: NestedUNet, level: int) -> UNet | NestedUNet:
    """The net that ends at head L`level`: its own weights, copied, and the same output as that head (in eval mode).

    Raises ConfigError when the model has no such head. A pruned U-Net^e is a plain U-Net and is returned as one.
    """
    heads = sorted(int(name[1:]) for name in model.head)
    if level not in heads:
        raise ConfigError(
            "level must be one of the heads {heads}, got {value}; only deep_supervision trains a head at every level",
            heads=heads, value=level,
        )  # fmt: skip
    config = pruned_config(model.config, level)
    smaller = build_model(config)
    weights = model.state_dict()
    names = {name: _name_before_pruning(name, model, level) if config.architecture == "unet" else name
             for name in smaller.state_dict()}  # fmt: skip
    smaller.load_state_dict({name: weights[source] for name, source in names.items()})
    return smaller.to(next(model.parameters())).train(model.training)  # its device and its precision


def pruned_config(config: UNetConfig, level: int) -> UNetConfig:
    """The network that `prune` returns, by its choices alone."""
    levels = tuple(i for i in config.connected_levels if i < level)
    architecture = "unet" if config.architecture == "unet-e" else config.architecture
    return replace(config, architecture=architecture, depth=level, skip_levels=levels, deep_supervision=False)


def _name_before_pruning(name: str, model: NestedUNet, level: int) -> str:
    """A parameter of the plain U-Net inside a U-Net^e, by its name in the U-Net^e."""
    part, _, rest = name.partition(".")
    if part == "bottleneck":
        return f"encoder.{level}.{rest}"
    if part == "head":
        return f"head.L{level}.{rest}"
    if part == "encoder":
        return name
    index, _, rest = rest.partition(".")
    return f"{part}.{_key(int(index), level - int(index))}.{rest}"
