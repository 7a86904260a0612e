"""The U-Net itself: one encoder, one bottleneck, one decoder, written out level by level."""

from unet_core.config import UNetConfig
from unet_core.pytorch_file.lines import (
    decoder_block,
    dropped,
    encoder_block,
    head,
    joined,
    module_list,
    network_class,
    shape,
    shared,
    up_sample,
)
from unet_core.trace import Trace


def network(traced: Trace, config: UNetConfig, name: str) -> str:
    """The class `name` with its layers and a forward that reads like the figure of 2015."""
    says = f"{config.depth} levels down, {config.depth} up; lists are indexed by level, 0 at the top."
    return network_class(name, says, _layers(config), "Tensor", [*_down(traced, config), *_up(traced, config)])


def _layers(config: UNetConfig) -> list[str]:
    levels = range(config.depth)
    blocks = [decoder_block(config, level, int(level in config.connected_levels)) for level in levels]
    return [
        *shared(config),
        *module_list("encoder", [f"{encoder_block(config, level)},  # level {level}" for level in levels]),
        f"self.bottleneck = {encoder_block(config, config.depth)}",
        *module_list("up", [f"{up_sample(config, level)},  # to level {level}" for level in levels]),
        *module_list("decoder", [f"{block},  # level {level}" for level, block in enumerate(blocks)]),
        f"self.head = {head(config)}",
    ]


def _down(traced: Trace, config: UNetConfig) -> list[str]:
    lines, x = ["", "# Encoder"], "image"
    for level in range(config.depth):
        kept = f"skip{level}" if level in config.connected_levels else "x"
        lines += [
            f"{kept} = {dropped(config, level, f'self.encoder[{level}]({x})')}{shape(traced, f'encoder.{level}')}",
            f"x = self.pool({kept}){shape(traced, f'pool.{level}')}",
        ]
        x = "x"
    bottleneck = dropped(config, config.depth, "self.bottleneck(x)")
    return [*lines, "", "# Bottleneck", f"x = {bottleneck}{shape(traced, 'bottleneck')}"]


def _up(traced: Trace, config: UNetConfig) -> list[str]:
    meets = ": what comes from below meets what the encoder saw at the same level"
    lines = ["", "# Decoder" + (meets if config.connected_levels else ", without skips")]
    for level in reversed(range(config.depth)):
        lines.append(f"x = self.up[{level}](x){shape(traced, f'up.{level}')}")
        if level in config.connected_levels:
            lines += joined(config, [f"skip{level}"], shape(traced, f"skip.{level}"))
        lines.append(f"x = self.decoder[{level}](x){shape(traced, f'decoder.{level}')}")
    return [*lines, f"return self.head(x){shape(traced, 'head')}"]
