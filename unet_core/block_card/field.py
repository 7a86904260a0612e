"""How far the values at the centre of a block's output see, for every way they can stand to the poolings.

The walk of `receptive_field`, with the first and the last pixel in place of sets: that is enough for networks whose
windows have no holes, and it takes all positions at once. A test holds the two together.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unet_core.block_card.block import Block
from unet_core.messages import Message
from unet_core.receptive_field import Box
from unet_core.trace import LayerRow, Trace

Pixels = NDArray[np.int64]


@dataclass(frozen=True)
class Field:
    """Receptive field of a block's output, in pixels of an input of (height, width) `whole`.

    `box` is that of the centre, inside the input; `reach` is its (height, width) if the input had no edge. `heights`
    and `widths` are all such reaches that occur around the centre, ascending.
    """

    box: Box
    whole: tuple[int, int]
    reach: tuple[int, int]
    heights: tuple[int, ...]
    widths: tuple[int, ...]

    @property
    def cut_off(self) -> bool:
        """True when the input is smaller than what the centre could see."""
        return self.box.height < self.reach[0] or self.box.width < self.reach[1]


def field(trace: Trace, block: Block) -> Field:
    """The receptive field of a block's output; normalisation is left out."""
    whole = trace.rows[0].out_shape[1:]
    period = 1 << (block.rows[-1].node or (0, 0))[1]  # after j doublings, 2**j positions stand differently
    low, high, reach, extents = [], [], [], []
    for axis in (0, 1):
        side = block.out_shape[1:][axis]
        centre, count = side // 2, min(period, side)
        first = max(0, min(centre - count // 2, side - count))
        positions = np.arange(first, first + count)
        lows, highs = _walk(trace, block.id, axis, positions)
        begin, end = int(lows[centre - first]), int(highs[centre - first]) + 1
        low.append(max(0, begin))
        high.append(min(whole[axis], end))
        reach.append(end - begin)
        extents.append(tuple(sorted(set((highs - lows + 1).tolist()))))
    box = Box(low[0], low[1], high[0], high[1])
    return Field(box, (whole[0], whole[1]), (reach[0], reach[1]), extents[0], extents[1])


def _walk(trace: Trace, name: str, axis: int, positions: Pixels) -> tuple[Pixels, Pixels]:
    """First and last input pixel that each position reads, as if the input had no edge."""
    wanted = {name: (positions, positions)}
    for row in reversed(trace.rows):
        if row.name not in wanted or not row.inputs:
            continue
        low, high = wanted.pop(row.name)
        mode = trace.config.upsampling if row.kind == "resize" and trace.config else row.kind
        if mode in REACH:
            low, high = REACH[mode](row, axis, low, high)
        for source in row.inputs[:1] if row.kind == "crop" else row.inputs:
            known = wanted.get(source, (low, high))
            wanted[source] = np.minimum(known[0], low), np.maximum(known[1], high)
    return wanted[trace.rows[0].name]


def _windowed(row: LayerRow, axis: int, low: Pixels, high: Pixels) -> tuple[Pixels, Pixels]:
    assert row.window is not None
    stride, padding = row.window.stride[axis], row.window.padding[axis]
    return low * stride - padding, high * stride - padding + row.window.kernel[axis] - 1


def _transposed(row: LayerRow, axis: int, low: Pixels, high: Pixels) -> tuple[Pixels, Pixels]:
    """Position i before it writes to i * stride .. i * stride + kernel - 1."""
    assert row.window is not None
    stride = row.window.stride[axis]
    return -((row.window.kernel[axis] - 1 - low) // stride), high // stride


def _cropped(row: LayerRow, axis: int, low: Pixels, high: Pixels) -> tuple[Pixels, Pixels]:
    offset = (row.in_shapes[0][1:][axis] - row.out_shape[1:][axis]) // 2
    return low + offset, high + offset


def _nearest(row: LayerRow, axis: int, low: Pixels, high: Pixels) -> tuple[Pixels, Pixels]:
    return low // 2, high // 2


def _bilinear(row: LayerRow, axis: int, low: Pixels, high: Pixels) -> tuple[Pixels, Pixels]:
    """Doubling: y lies between two positions before it, (y - 1) // 2 and the next."""
    return (low - 1) // 2, (high - 1) // 2 + 1


Reach = Callable[[LayerRow, int, Pixels, Pixels], tuple[Pixels, Pixels]]
REACH: dict[str, Reach] = {
    "conv": _windowed, "head": _windowed, "pool": _windowed, "pad": _windowed, "upconv": _transposed,
    "crop": _cropped, "nearest": _nearest, "bilinear": _bilinear,
}  # fmt: skip


def field_lines(seen: Field) -> tuple[Message, ...]:
    """What the centre of the output sees, how that varies from place to place, and where the input is too small."""
    values = {"field": _times(seen.box.height, seen.box.width), "input": _times(*seen.whole)}
    lines = [Message("A value at the centre of its output sees {field} of the {input} pixels of the input.", values)]
    if seen.cut_off:
        lines.append(Message("It could see {extents} px, but the input ends before that.", {"extents": _extents(seen)}))
    elif len(seen.heights) > 1 or len(seen.widths) > 1:
        lines.append(Message("Across its output it is {extents} px, by a pixel's place in the grid of the poolings.",
                             {"extents": _extents(seen)}))  # fmt: skip
    return tuple(lines)


def _extents(seen: Field) -> Message | int:
    """'188 or 204'; height and width see the same wherever both have places of every kind."""
    extents = sorted({*seen.heights, *seen.widths})
    if len(extents) == 1:
        return extents[0]
    if len(extents) == 2:
        return Message("{one} or {other}", {"one": extents[0], "other": extents[1]})
    return Message("{low} to {high}", {"low": extents[0], "high": extents[-1]})


def _times(height: int, width: int) -> str:
    return f"{height}\u00a0×\u00a0{width}"  # no-break spaces: a size is one word
