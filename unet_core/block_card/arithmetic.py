"""The arithmetic of one operation, filled in from its row: parameters, sides, multiply-adds, each a true equation."""

from collections.abc import Callable
from dataclasses import dataclass
from math import prod

from unet_core.block_card.norm import norm_lines
from unet_core.config import UNetConfig
from unet_core.messages import Message
from unet_core.trace import LayerRow


@dataclass(frozen=True)
class Line:
    """A sentence or an equation, and how to read its terms."""

    text: Message
    terms: Message | None = None


def arithmetic(row: LayerRow, config: UNetConfig) -> tuple[Line, ...]:
    """What `row` computes, in numbers. Empty for the input."""
    if row.kind == "norm":
        return tuple(Line(text) for text in norm_lines(row, config))
    if row.kind in ("concat", "add"):
        return (_channels(row),)
    if row.kind == "relu":
        return (Line(Message("ReLU is max(0, x): what is negative becomes 0. Nothing to train.")),)
    if row.kind == "dropout":
        return (_dropout(config),)
    if row.kind in ("conv", "upconv", "head"):
        return (_parameters(row), *_sides(row), _macs(row))
    return _sides(row)


def _weights(row: LayerRow) -> tuple[int, ...]:
    """Kernel height and width, channels in and out: their product is the number of weights."""
    assert row.window is not None
    return (*row.window.kernel, row.in_shapes[0][0], row.out_shape[0])


def _parameters(row: LayerRow) -> Line:
    weights = _weights(row)
    biases = row.parameters - prod(weights)
    text = Message("{sum} = {parameters:,} parameters",
                   {"sum": f"{_product(weights)} + {biases}", "parameters": row.parameters})  # fmt: skip
    return Line(text, Message("window × channels in × out + biases"))


def _macs(row: LayerRow) -> Line:
    """An up-convolution multiplies at the positions it reads, a convolution at those it writes."""
    shape = row.in_shapes[0] if row.kind == "upconv" else row.out_shape
    text = Message("{product} = {macs:,} multiply-adds",
                   {"product": _product((*shape[1:], *_weights(row))), "macs": row.macs})  # fmt: skip
    if row.kind == "upconv":
        return Line(text, Message("positions it reads × weights"))
    return Line(text, Message("positions × weights"))


def _sides(row: LayerRow) -> tuple[Line, ...]:
    """How height and width change, in one line where both do the same."""
    if row.kind not in SIDES:
        return ()
    rule, terms = SIDES[row.kind]
    high, wide = (rule(row, axis) for axis in (0, 1))
    after = row.out_shape[1:]
    if high == wide:
        text = Message("{sum} = {pixels} pixels high and wide", {"sum": high, "pixels": after[0]})
        return (Line(text, terms),)
    return (
        Line(Message("{sum} = {pixels} pixels high", {"sum": high, "pixels": after[0]}), terms),
        Line(Message("{sum} = {pixels} pixels wide", {"sum": wide, "pixels": after[1]})),
    )


def _windowed(row: LayerRow, axis: int) -> str:
    assert row.window is not None
    side, kernel, stride = row.in_shapes[0][1:][axis], row.window.kernel[axis], row.window.stride[axis]
    padding = f" + 2 × {row.window.padding[axis]}" if row.window.padding[axis] else ""
    return f"({side}{padding} − {kernel})/{stride} + 1"


def _spread(row: LayerRow, axis: int) -> str:
    assert row.window is not None
    return f"({row.in_shapes[0][1:][axis]} − 1) × {row.window.stride[axis]} + {row.window.kernel[axis]}"


def _resized(row: LayerRow, axis: int) -> str:
    before, after = row.in_shapes[0][1:][axis], row.out_shape[1:][axis]
    return f"{before} × {after // before}"


def _cropped(row: LayerRow, axis: int) -> str:
    before, after = cut(row, axis)
    return f"{row.in_shapes[0][1:][axis]} − {before} − {after}"


def _padded(row: LayerRow, axis: int) -> str:
    assert row.window is not None
    side, before = row.in_shapes[0][1:][axis], row.window.padding[axis]
    return f"{side} + {before} + {row.out_shape[1:][axis] - side - before}"


SIDES: dict[str, tuple[Callable[[LayerRow, int], str], Message]] = {
    "conv": (_windowed, Message("(side + padding − kernel)/stride + 1")),
    "head": (_windowed, Message("(side + padding − kernel)/stride + 1")),
    "pool": (_windowed, Message("(side + padding − kernel)/stride + 1")),
    "upconv": (_spread, Message("(side − 1) × stride + kernel")),
    "resize": (_resized, Message("side × 2")),
    "crop": (_cropped, Message("side − what is cut off")),
    "pad": (_padded, Message("side + zeros")),
}


def cut(row: LayerRow, axis: int) -> tuple[int, int]:
    """Pixels that a crop takes off before and after, along height (0) or width (1)."""
    whole = row.in_shapes[0][1:][axis] - row.out_shape[1:][axis]
    return whole // 2, whole - whole // 2


def _channels(row: LayerRow) -> Line:
    parts = [shape[0] for shape in row.in_shapes]
    if row.kind == "add":
        values = {"parts": len(parts), "channels": row.out_shape[0]}
        return Line(Message("{parts} maps are added value by value: the channels stay {channels}", values))
    text = Message("{sum} = {channels} channels", {"sum": " + ".join(map(str, parts)), "channels": row.out_shape[0]})
    return Line(text, Message("from below + along the skips"))


def _dropout(config: UNetConfig) -> Line:
    text = Message("In training dropout sets {percent:.0f} % of the values to 0, at random; in use it does nothing.",
                   {"percent": 100 * config.dropout})  # fmt: skip
    return Line(text)


def _product(factors: tuple[int, ...]) -> str:
    return " × ".join(map(str, factors))
