"""The place of a block where skips join what comes up from below: its anatomy, and what else could stand there.

The other ways are traced as networks of their own, so their figures are as true as those of the one on screen.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from unet_core.block_card.arithmetic import cut
from unet_core.block_card.block import Block, block_of
from unet_core.config import ConfigError, UNetConfig
from unet_core.messages import Message
from unet_core.trace import LayerRow, Trace

Tracer = Callable[[UNetConfig, tuple[int, int]], Trace]


@dataclass(frozen=True)
class Half:
    """What comes into the join from one block, along the skip or from below, and how its sides were made to fit."""

    block: Block
    row: str
    channels: int
    below: bool
    fitted: Message


@dataclass(frozen=True)
class Way:
    """One way to join: channels into the next convolution, its parameters, those of the network; or why it can't be.

    `changes` is what these three gain (or, below 0, lose) against the network as it is.
    """

    name: Message
    counts: tuple[int, int, int] = (0, 0, 0)
    changes: tuple[int, int, int] = (0, 0, 0)
    refusal: Message | None = None


@dataclass(frozen=True)
class Join:
    """`kind` is concat, add or none; `halves` come in the order in which they are stacked, from below first."""

    kind: str
    row: str
    halves: tuple[Half, ...]
    summary: Message


def join(trace: Trace, block: Block) -> Join | None:
    """Where skips join in a block of the decoder; None for blocks that nothing comes up to."""
    raised = [row for row in block.rows if _is_raised(block, row)]
    if not raised:
        return None
    joining = next((row for row in block.rows if row.kind in ("concat", "add")), None)
    if joining is None:
        only = Message("No skip joins here: only what came up from below goes on, {channels} channels",
                       {"channels": raised[-1].out_shape[0]})  # fmt: skip
        return Join("none", raised[-1].name, (_from_below(trace, raised[-1]),), only)
    halves = [_half(trace, block, trace[name]) for name in joining.inputs]
    return Join(joining.kind, joining.name, tuple(halves), _summary(block, joining))


def ways(trace: Trace, block: Block, tracer: Tracer) -> tuple[Way, ...]:
    """The join as it is, then the other ways: added or concatenated at every level, and with or without skips here."""
    config, following = trace.config, _following(block)
    assert config is not None and block.rows[0].node is not None
    size = trace.rows[0].out_shape[1:]
    now = _counts(trace, following.name)
    found = [Way(_name_of(config, block), now)]
    for name, changes in _other_ways(config, block.rows[0].node[0]):
        try:
            other = tracer(replace(config, **changes), (size[0], size[1]))
        except ConfigError as error:
            found.append(Way(name, refusal=error.message))
        else:
            then = _counts(other, following.name)
            found.append(Way(name, then, (then[0] - now[0], then[1] - now[1], then[2] - now[2])))
    return tuple(found)


def _other_ways(config: UNetConfig, level: int) -> Iterator[tuple[Message, dict[str, Any]]]:
    levels = set(config.connected_levels)
    if level not in levels:
        yield Message("with skips at this level"), {"skip_levels": (*levels, level)}
        return
    if config.skip == "concat":
        yield Message("added, at every level"), {"skip": "add"}
    else:
        yield Message("concatenated, at every level"), {"skip": "concat"}
    yield Message("no skip at this level"), {"skip_levels": tuple(levels - {level})}


def _name_of(config: UNetConfig, block: Block) -> Message:
    assert block.rows[0].node is not None
    if block.rows[0].node[0] not in config.connected_levels:
        return Message("no skip, as it is")
    return Message("concatenated, as it is") if config.skip == "concat" else Message("added, as it is")


def _counts(trace: Trace, following: str) -> tuple[int, int, int]:
    row = trace[following]
    return row.in_shapes[0][0], row.parameters, trace.params


def _following(block: Block) -> LayerRow:
    """The convolution that reads what was joined; a padding may stand between."""
    last = max(index for index, row in enumerate(block.rows) if _is_raised(block, row) or row.kind in ("concat", "add"))
    return next(row for row in block.rows[last + 1 :] if row.kind == "conv")


def _is_raised(block: Block, row: LayerRow) -> bool:
    """True for the rows of the up-sampling: an up-convolution, or a resize and the 1 x 1 convolution after it."""
    if row.kind in ("upconv", "resize"):
        return True
    return row.kind == "conv" and any(own.kind == "resize" and own.name in row.inputs for own in block.rows)


def _half(trace: Trace, block: Block, row: LayerRow) -> Half:
    if row.kind == "crop":
        return Half(block_of(trace, row.inputs[0]), row.name, row.out_shape[0], False, _fitted(row))
    if row.name in block:
        return _from_below(trace, row)
    return Half(block_of(trace, row.name), row.name, row.out_shape[0], False,
                Message("of equal size: nothing is cropped or padded"))  # fmt: skip


def _from_below(trace: Trace, row: LayerRow) -> Half:
    first = row if row.kind == "upconv" else trace[row.inputs[0]]
    source = block_of(trace, first.inputs[0])
    return Half(source, row.name, row.out_shape[0], True, Message("up-sampled to twice its height and width"))


def _fitted(row: LayerRow) -> Message:
    (top, bottom), (left, right) = cut(row, 0), cut(row, 1)
    if not (top or bottom or left or right):
        return Message("of equal size: nothing is cropped or padded")
    if top == bottom == left == right:
        return Message("cropped by {pixels} px on every side", {"pixels": top})
    return Message("cropped by {top} px above, {bottom} below, {left} left and {right} right",
                   {"top": top, "bottom": bottom, "left": left, "right": right})  # fmt: skip


def _summary(block: Block, joining: LayerRow) -> Message:
    """'512 + 512 = 1024 channels, which the next convolution turns into 512'."""
    after = _following(block).out_shape[0]
    if joining.kind == "add":
        return Message("{parts} maps of {channels} channels are added value by value; the next convolution turns the "
                       "{channels} channels into {after}",
                       {"parts": len(joining.in_shapes), "channels": joining.out_shape[0], "after": after})  # fmt: skip
    return Message("{sum} = {channels} channels, which the next convolution turns into {after}",
                   {"sum": " + ".join(str(shape[0]) for shape in joining.in_shapes), "channels": joining.out_shape[0],
                    "after": after})  # fmt: skip
