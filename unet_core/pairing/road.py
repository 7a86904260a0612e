"""The road from A to B, wiring by wiring: from U-Net by way of U-Net^e and U-Net+ to U-Net++, as in the article of
2019, or the same road back. What else differs changes with the last step.
"""

from contextlib import suppress
from dataclasses import dataclass, replace

from unet_core.config import ConfigError, UNetConfig
from unet_core.messages import Message
from unet_core.pairing.differences import differences, listed
from unet_core.pairing.pair import Pair
from unet_core.says import ARCHITECTURE_NAMES
from unet_core.sizes import is_legal

ROAD = ("unet", "unet-e", "unet+", "unet++")


@dataclass(frozen=True)
class Stop:
    """A network on the road, the input it is drawn for, its name, and one sentence on what it has and why."""

    config: UNetConfig
    size: tuple[int, int]
    name: Message
    says: Message


def road(pair: Pair) -> tuple[Stop, ...]:
    """A first, B last; two at least, also where A is B."""
    a, b = pair.configs
    start, end = ROAD.index(a.architecture), ROAD.index(b.architecture)
    between = ROAD[start + 1 : end + 1] if start <= end else ROAD[end:start][::-1]
    configs = [a]
    for wiring in between:
        with suppress(ConfigError):  # a wiring that A's other choices don't allow: the road leaves it out
            configs.append(replace(a, architecture=wiring, deep_supervision=wiring == "unet-e"))
    configs = [one for index, one in enumerate(configs) if not index or one not in (a, b)] + [b]
    sizes = [_size(config, pair) for config in configs]
    return tuple(
        Stop(config, size, _name(config), _says(configs, index))
        for index, (config, size) in enumerate(zip(configs, sizes, strict=True))
    )


def _size(config: UNetConfig, pair: Pair) -> tuple[int, int]:
    """B's size where B's network takes it, A's else: what stands between them has A's other choices."""
    first, last = pair.sizes
    return last if config == pair.b or not is_legal(config, first[0]) else first


def _name(config: UNetConfig) -> Message:
    name = ARCHITECTURE_NAMES[config.architecture]
    if config.deep_supervision and config.architecture in ("unet+", "unet++"):
        return Message("{name}, all heads", {"name": name})
    return Message("{name}", {"name": name})


def _says(configs: list[UNetConfig], index: int) -> Message:
    config = configs[index]
    before = configs[index - 1] if index else None
    rest = differences(before, config) if before else ()
    if before is None or config.architecture != before.architecture:
        said = _wiring(config)
    elif config.deep_supervision != before.deep_supervision:
        said = _heads(config)
    elif rest:
        said = Message("The wiring stays as it is.")
    else:
        said = Message("A and B are the same network.")
    if not rest:
        return said
    return Message("{said} What else changes: {rest}.", {"said": said, "rest": listed(rest)})


def _wiring(config: UNetConfig) -> Message:
    depth: dict[str, object] = {"depth": config.depth}
    if config.depth == 1 and config.nested:
        return Message("Of depth 1 a nested net is a U-Net: there is nothing inside it to join.")
    if config.architecture == "unet":
        return Message("U-Net: one encoder, one decoder, one skip a level, one head. It decides on its depth, {depth}, "
                       "before anybody knows which depth the images need.", depth)  # fmt: skip
    if config.architecture == "unet-e":
        inner = {2: Message("depth 1"), 3: Message("depths 1 and 2")}.get(
            config.depth, Message("depths 1 to {last}", {"last": config.depth - 1})
        )
        return Message("U-Netᵉ: U-Nets of {inner} are joined into the one of depth {depth} and share its encoder, so "
                       "that no depth has to be guessed. Each needs a head of its own, because no decoder reads "
                       "another.", depth | {"inner": inner})  # fmt: skip
    if config.architecture == "unet+":
        return Message("U-Net+: short skips. Every node reads its left neighbour in place of the encoder, so that the "
                       "decoders are linked and one head trains them all; the long skips are gone.")  # fmt: skip
    if config.deep_supervision:
        return Message("U-Net++: dense skips. Every node reads all nodes to its left, the encoder's among them; and "
                       "each X^(0,1) to X^(0,{depth}) has a head that is trained, so that it can be pruned.",
                       depth)  # fmt: skip
    return Message(
        "U-Net++: dense skips. Every node reads all nodes to its left, the encoder's among them: the fine "
        "maps of the encoder come back, beside maps that have already been joined with what lies below."
    )


def _heads(config: UNetConfig) -> Message:
    if config.deep_supervision:
        return Message(
            "Deep supervision: each X^(0,1) to X^(0,{depth}) gets a head that is trained, so that each "
            "inner U-Net gives a mask and the net can be pruned to it.",
            {"depth": config.depth},
        )
    return Message("Without deep supervision only the last node has a head, and pruning is not possible.")
