"""All that the card of one block says, gathered from the trace: frozen values and Messages, no words of a language."""

from dataclasses import dataclass

from unet_core import says
from unet_core.block_card.arithmetic import Line, arithmetic
from unet_core.block_card.block import Block, block_of, neighbours
from unet_core.block_card.costs import Cost, costs
from unet_core.block_card.field import Field, field, field_lines
from unet_core.block_card.join import Join, Tracer, Way, join, ways
from unet_core.block_card.norm import left_out
from unet_core.block_card.source import Source, sources
from unet_core.config import UNetConfig
from unet_core.messages import Message
from unet_core.trace import LayerRow, Trace, trace

BELONGS_TO = {"norm", "relu", "dropout"}  # kinds that go with what stands before them
LEADS_TO = {"pad": {"conv"}, "resize": {"conv"}, "crop": {"crop", "concat", "add"}}  # or with what stands after


@dataclass(frozen=True)
class Operation:
    """One row of the block: what it does, its shapes, and whether its arithmetic is on the card."""

    row: str
    name: Message
    shapes: Message
    explained: bool


@dataclass(frozen=True)
class BlockCard:
    """`does` and `lines`: the selected step and its arithmetic. `ways` is empty unless skips join in that step."""

    block: Block
    shapes: Message
    operations: tuple[Operation, ...]
    does: Message | None
    lines: tuple[Line, ...]
    join: Join | None
    ways: tuple[Way, ...]
    costs: tuple[Cost, Cost, Cost]
    field: Field
    field_lines: tuple[Message, ...]
    reads: tuple[Block, ...]
    feeds: tuple[Block, ...]
    sources: tuple[Source, ...]


def block_card(traced: Trace, row: str, tracer: Tracer = trace) -> BlockCard:
    """The card of the block that `row` belongs to, with the arithmetic of the step around it.

    `tracer` traces other networks to compare with, which a caller may keep. Raises ExplainedError for a row that does
    not exist and for a trace without a UNetConfig.
    """
    block, config = block_of(traced, row), traced.config
    assert config is not None
    step = next(step for step in steps(block.rows) if any(own.name == row for own in step))
    joined, seen = join(traced, block), field(traced, block)
    reads, feeds = neighbours(traced, block)
    compares = joined is not None and any(own.name == joined.row for own in step)
    norm = left_out(config)
    return BlockCard(
        block=block,
        shapes=_through(block),
        operations=tuple(_operation(own, config, own in step) for own in block.rows),
        does=next((says.DOES[own.kind] for own in step if own.kind in says.DOES), None),
        lines=_lines(step, config),
        join=joined,
        ways=ways(traced, block, tracer) if compares else (),
        costs=costs(traced, block),
        field=seen,
        field_lines=(*field_lines(seen), *([norm] if norm else [])),
        reads=reads,
        feeds=feeds,
        sources=sources(traced[row], config),
    )


def steps(rows: tuple[LayerRow, ...]) -> tuple[tuple[LayerRow, ...], ...]:
    """Rows that are explained together: a convolution with its norm and ReLU, crops with their join, and so on."""
    gathered: list[list[LayerRow]] = []
    for row in rows:
        before = gathered[-1][-1].kind if gathered else ""
        if gathered and (row.kind in BELONGS_TO or row.kind in LEADS_TO.get(before, ())):
            gathered[-1].append(row)
        else:
            gathered.append([row])
    return tuple(tuple(step) for step in gathered)


def _operation(row: LayerRow, config: UNetConfig, explained: bool) -> Operation:
    shapes = says.shape(row.out_shape)
    if row.in_shapes:
        shapes = Message("{before} → {after}", {"before": _incoming(row), "after": shapes})
    return Operation(row.name, says.operation(row, config), shapes, explained)


def _through(block: Block) -> Message:
    """'568 × 568 × 64 → 280 × 280 × 128': what comes in first and what goes out."""
    after = says.shape(block.out_shape)
    before = block.rows[0].in_shapes
    return Message("{before} → {after}", {"before": says.shape(before[0]), "after": after}) if before else after


def _incoming(row: LayerRow) -> Message:
    """'56 × 56 × (512 + 512)' for a concatenation: its maps have one height and width, and channels each."""
    channels, height, width = row.in_shapes[0]
    many = len(row.in_shapes)
    if row.kind == "add":
        return Message("{count} maps of {shape}", {"count": many, "shape": says.shape(row.in_shapes[0])})
    if row.kind != "concat":
        return says.shape((channels, height, width))
    parts = f"{channels} + {channels}" if many == 2 else f"{many} × {channels}"  # a level has one number of channels
    return Message("{height} × {width} × ({parts})", {"height": height, "width": width, "parts": parts})


def _lines(step: tuple[LayerRow, ...], config: UNetConfig) -> tuple[Line, ...]:
    """Crops that say the same say it once, and the anatomy of a join speaks for itself."""
    said = [line for row in step if row.kind not in ("concat", "add") for line in arithmetic(row, config)]
    return tuple(line for index, line in enumerate(said) if line not in said[:index])
