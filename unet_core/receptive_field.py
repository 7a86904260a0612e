"""Which pixels of the image reach one value of one layer.

The answer walks the trace backwards, one axis at a time, with the set of positions that each layer needs from the one
before: a 3 x 3 convolution asks for three rows where one was asked of it, a pooling for two, an up-convolution for
half. It depends on the position, not only on the layer: at the output of the 2015 network it is 188 pixels wide for 4
of 16 positions and 204 for the others.
"""

from collections.abc import Callable
from dataclasses import dataclass

from unet_core.config import UNetConfig
from unet_core.messages import ExplainedError
from unet_core.trace import LayerRow, Trace, Window

WINDOWED = ("conv", "head", "pool", "pad")
POINTWISE = ("norm", "relu", "dropout", "concat", "add", "identity", "sigmoid", "tanh", "gelu", "silu", "leakyrelu")
Positions = frozenset[int]
Backwards = Callable[[Positions, int, int, int], Positions]  # wanted, axis, side before, side after -> needed before


@dataclass(frozen=True)
class Box:
    """A rectangle of input pixels, half-open: rows top .. bottom - 1 and columns left .. right - 1."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def width(self) -> int:
        return self.right - self.left


def receptive_field(trace: Trace, row: str, position: tuple[int, int]) -> Box:
    """The smallest box that holds every input pixel on which the value of `row` at `position` (y, x) can depend.

    Cut off at the image's edge, so it is smaller there. Normalisation is left out: a group or instance norm sees the
    whole image. A value that sees zeros only, as at the rim of a Pad, has the empty box (0, 0, 0, 0).
    Raises ExplainedError for a row or a position that does not exist, and for layers whose reach a trace doesn't know.
    """
    return receptive_fields(trace, row, position).get(trace.rows[0].name, Box(0, 0, 0, 0))


def receptive_fields(trace: Trace, row: str, position: tuple[int, int]) -> dict[str, Box]:
    """The same for every row on the way: the smallest box of its own positions on which the value can depend.

    Rows that take no part in it are left out; `row` itself has the box of one position.
    """
    if row not in trace:
        raise ExplainedError("no layer is called {row}", row=row)
    _check_position(trace[row], position)
    y, x = position
    wanted: dict[str, tuple[Positions, Positions]] = {row: (frozenset({y}), frozenset({x}))}
    for current in reversed(trace.rows):
        if current.name not in wanted or not current.inputs:
            continue
        rows, columns = wanted[current.name]
        for source in _sources(current):
            before = trace[source].out_shape[-2:]
            step = _backwards(trace, current, before)
            needed = tuple(
                step(axis_wanted, axis, before[axis], current.out_shape[-2:][axis])
                for axis, axis_wanted in enumerate((rows, columns))
            )
            if all(needed):
                known = wanted.get(source, (frozenset(), frozenset()))
                wanted[source] = known[0] | needed[0], known[1] | needed[1]
    return {name: hull(*positions) for name, positions in wanted.items()}


def _check_position(row: LayerRow, position: tuple[int, int]) -> None:
    if len(row.out_shape) != 3:
        raise ExplainedError("the layer {row} has no height and width", row=row.name)
    sides = row.out_shape[-2:]
    whole = len(position) == 2 and all(isinstance(part, int) for part in position)
    if not whole or not all(0 <= part < side for part, side in zip(position, sides, strict=True)):
        raise ExplainedError(
            "position {position} is not in the layer {row}: y goes from 0 to {last_y}, x from 0 to {last_x}",
            position=str(position), row=row.name, last_y=sides[0] - 1, last_x=sides[1] - 1,
        )  # fmt: skip


def _sources(row: LayerRow) -> tuple[str, ...]:
    """The inputs whose values get through: a crop takes nothing but its size from the second."""
    return row.inputs[:1] if row.kind == "crop" else row.inputs


def _backwards(trace: Trace, row: LayerRow, before: tuple[int, ...]) -> Backwards:
    """How to get from positions after the layer to the positions before it."""
    if row.window is not None and row.kind in WINDOWED:
        return _windowed(row.window)
    if row.window is not None and row.kind == "upconv":
        return _transposed(row.window)
    if row.kind in POINTWISE and before == row.out_shape[-2:]:
        return lambda wanted, axis, side_before, side_after: wanted
    if row.kind == "crop" and len(row.inputs) == 2:
        return _cropped
    if row.kind == "resize" and isinstance(trace.config, UNetConfig):
        return _bilinear if trace.config.upsampling == "bilinear" else _nearest
    raise ExplainedError("the trace does not say which pixels the layer {row} ({kind}) reads", row=row.name,
                         kind=row.kind)  # fmt: skip


def _windowed(window: Window) -> Backwards:
    """Convolution, pooling, padding: position y reads the taps y * stride - padding + k * dilation."""

    def backwards(wanted: Positions, axis: int, side_before: int, side_after: int) -> Positions:
        first, step = -window.padding[axis], window.dilation[axis]
        taps = range(first, first + window.kernel[axis] * step, step)
        return inside({y * window.stride[axis] + tap for y in wanted for tap in taps}, side_before)

    return backwards


def _transposed(window: Window) -> Backwards:
    """Up-convolution: position i before it writes to i * stride - padding + k * dilation, so those i are wanted."""

    def backwards(wanted: Positions, axis: int, side_before: int, side_after: int) -> Positions:
        taps = range(0, window.kernel[axis] * window.dilation[axis], window.dilation[axis])
        shifted = {y + window.padding[axis] - tap for y in wanted for tap in taps}
        stride = window.stride[axis]
        return inside({y // stride for y in shifted if y % stride == 0}, side_before)

    return backwards


def _cropped(wanted: Positions, axis: int, side_before: int, side_after: int) -> Positions:
    offset = (side_before - side_after) // 2
    return frozenset(y + offset for y in wanted)


def _nearest(wanted: Positions, axis: int, side_before: int, side_after: int) -> Positions:
    return frozenset(y * side_before // side_after for y in wanted)


def _bilinear(wanted: Positions, axis: int, side_before: int, side_after: int) -> Positions:
    """Doubling: y lies between two positions before it, (y - 1) // 2 and the next; the edge is repeated."""
    below = {(y - 1) // 2 for y in wanted}
    return frozenset(min(max(y, 0), side_before - 1) for y in below | {y + 1 for y in below})


def inside(positions: set[int], side: int) -> Positions:
    """Without those that lie outside 0 .. side - 1, as in the padding."""
    return frozenset(y for y in positions if 0 <= y < side)


def hull(rows: Positions, columns: Positions) -> Box:
    """The smallest box around all of them; empty, (0, 0, 0, 0), where there are none."""
    if not rows or not columns:
        return Box(0, 0, 0, 0)
    return Box(min(rows), min(columns), max(rows) + 1, max(columns) + 1)
