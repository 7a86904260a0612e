"""U-Net++ and its relatives: the nodes X^{i,j}, i = level and j = step, written out one by one."""

from unet_core.config import UNetConfig
from unet_core.pytorch_file.lines import (
    decoder_block,
    dropped,
    encoder_block,
    head,
    joined,
    module_dict,
    module_list,
    network_class,
    shape,
    shared,
    up_sample,
)
from unet_core.trace import Trace

Node = tuple[int, int]


def network(traced: Trace, config: UNetConfig, name: str) -> str:
    """The class `name` with a forward that goes down one level at a time and fills the diagonal above it."""
    returns = "tuple[Tensor, ...]" if config.deep_supervision else "Tensor"
    body = [line for deepest in range(config.depth + 1) for line in _diagonal(traced, config, deepest)]
    says = "x2_1 is the paper's node X^(2,1), level 2 and step 1; step 0 is the encoder."
    return network_class(name, says, _layers(config), returns, [*body, "", *_heads(traced, config)])


def _layers(config: UNetConfig) -> list[str]:
    nodes = [(i, j) for i in range(config.depth) for j in range(1, config.depth + 1 - i)]
    levels = range(config.depth + 1)
    return [
        *shared(config),
        *module_list("encoder", [f"{encoder_block(config, level)},  # level {level}" for level in levels]),
        *module_dict("up", [f'"X{i}_{j}": {up_sample(config, i)},' for i, j in nodes]),
        *module_dict(
            "decoder", [f'"X{i}_{j}": {decoder_block(config, i, len(_sources(config, (i, j))))},' for i, j in nodes]
        ),
        *module_dict("head", [f'"L{j}": {head(config)},' for j in _head_steps(config)]),
    ]


def _sources(config: UNetConfig, node: Node) -> list[int]:
    """The steps k of the nodes X^{i,k} that X^{i,j} reads along its own level."""
    level, step = node
    if level not in config.connected_levels:
        return []
    return {"unet++": list(range(step)), "unet+": [step - 1], "unet-e": [0]}[config.architecture]


def _head_steps(config: UNetConfig) -> list[int]:
    return list(range(1, config.depth + 1)) if config.deep_supervision else [config.depth]


def _diagonal(traced: Trace, config: UNetConfig, deepest: int) -> list[str]:
    before = f"self.pool(x{deepest - 1}_0)" if deepest else "image"
    call = dropped(config, deepest, f"self.encoder[{deepest}]({before})")
    lines = ["", f"x{deepest}_0 = {call}{shape(traced, f'encoder.{deepest}')}"]
    for j in range(1, deepest + 1):
        i = deepest - j
        key = f"X{i}_{j}"
        lines.append(f'x = self.up["{key}"](x{i + 1}_{j - 1}){shape(traced, f"up.{key}")}')
        if sources := _sources(config, (i, j)):
            lines += joined(config, [f"x{i}_{k}" for k in sources], shape(traced, f"skip.{key}"))
        lines.append(f'x{i}_{j} = self.decoder["{key}"](x){shape(traced, f"decoder.{key}")}')
    return lines


def _heads(traced: Trace, config: UNetConfig) -> list[str]:
    calls = {j: f'self.head["L{j}"](x0_{j})' for j in _head_steps(config)}
    if not config.deep_supervision:
        return [f"return {call}{shape(traced, f'head.L{j}')}" for j, call in calls.items()]
    return ["return (", *(f"    {call},{shape(traced, f'head.L{j}')}" for j, call in calls.items()), ")"]
