"""The blocks of a network: all rows of one node X^{i,j} together; the input and every head stand by themselves."""

from dataclasses import dataclass

from unet_core.config import UNetConfig
from unet_core.messages import ExplainedError, Message
from unet_core.trace import LayerRow, Shape, Trace


@dataclass(frozen=True)
class Block:
    """The rows of one block in the order they ran, its name in words, and its sign: X^{1,0}, L2, or nothing."""

    rows: tuple[LayerRow, ...]
    name: Message
    sign: str = ""

    @property
    def id(self) -> str:
        """The row that the block hands on, by name."""
        return self.rows[-1].name

    @property
    def out_shape(self) -> Shape:
        return self.rows[-1].out_shape

    def __contains__(self, row: object) -> bool:
        return any(own.name == row for own in self.rows)


def blocks(trace: Trace) -> tuple[Block, ...]:
    """Every row of the trace in exactly one block, in the order they begin.

    Raises ExplainedError for a trace without a UNetConfig: its rows belong to no node.
    """
    config = trace.config
    if config is None:
        raise ExplainedError("only a network built from a UNetConfig has blocks; this trace has none")
    gathered: dict[object, list[LayerRow]] = {}
    for row in trace.rows:
        alone = row.kind in ("input", "head")
        gathered.setdefault(row.name if alone else row.node, []).append(row)
    return tuple(Block(tuple(rows), _name(rows[0], config), _sign(rows[0], config)) for rows in gathered.values())


def block_of(trace: Trace, row: str) -> Block:
    """The block that a row belongs to. Raises ExplainedError for a row that does not exist."""
    found = next((block for block in blocks(trace) if row in block), None)
    if found is None:
        raise ExplainedError("no layer is called {row}", row=row)
    return found


def neighbours(trace: Trace, block: Block) -> tuple[tuple[Block, ...], tuple[Block, ...]]:
    """The blocks that this one reads from, and those that read from it."""
    others = [other for other in blocks(trace) if other.id != block.id]
    mine = {row.name for row in block.rows}
    wanted = {source for row in block.rows for source in row.inputs}
    readers = {target for source, target in trace.edges if source in mine}
    return (
        tuple(other for other in others if any(row.name in wanted for row in other.rows)),
        tuple(other for other in others if any(row.name in readers for row in other.rows)),
    )


def _name(row: LayerRow, config: UNetConfig) -> Message:
    if row.kind == "input":
        return Message("Input image")
    if row.kind == "head":
        return Message("Head")
    assert row.node is not None
    level, step = row.node
    if step == 0:
        return Message("Encoder, level {level}" if level < config.depth else "Bottleneck, level {level}",
                       {"level": level})  # fmt: skip
    if config.nested:
        return Message("Level {level}, step {step}", {"level": level, "step": step})
    return Message("Decoder, level {level}", {"level": level})


def _sign(row: LayerRow, config: UNetConfig) -> str:
    if row.kind == "input" or row.node is None:
        return ""
    level, step = row.node
    if row.kind == "head":
        return f"L{step}" if config.deep_supervision else ""
    return f"X^{{{level},{step}}}"
