"""Which values of every layer can change when some pixels of the image do: the receptive field, read forwards.

The answer walks the trace from the input on, one axis at a time, with the set of positions that may differ: a 3 x 3
convolution hands a change on to three rows where one changed, a pooling to half as many, an up-convolution to twice.
"""

from collections.abc import Callable, Iterable

from unet_core.config import UNetConfig
from unet_core.messages import ExplainedError
from unet_core.receptive_field import POINTWISE, WINDOWED, Box, Positions, hull, inside
from unet_core.trace import LayerRow, Trace, Window

Forwards = Callable[[Positions, int, int, int], Positions]  # changed, axis, side before, side after -> may change after


def reach(trace: Trace, rows: Iterable[int], columns: Iterable[int]) -> dict[str, Box]:
    """For each row of the trace the smallest box outside which nothing changes when only input pixels in these `rows`
    and `columns` do.

    Empty, (0, 0, 0, 0), where nothing can. Normalisation is left out: a group or instance norm hands every change on to
    the whole image. Raises ExplainedError for layers whose reach a trace doesn't know.
    """
    changed: dict[str, tuple[Positions, Positions]] = {}
    for row in trace.rows:
        if not row.inputs:
            changed[row.name] = frozenset(rows), frozenset(columns)
            continue
        found: list[Positions] = [frozenset(), frozenset()]
        for source in row.inputs[:1] if row.kind == "crop" else row.inputs:
            before = trace[source].out_shape[-2:]
            step = _forwards(trace, row, before)
            reached = [step(changed[source][axis], axis, before[axis], row.out_shape[-2:][axis]) for axis in (0, 1)]
            if all(reached):
                found = [known | more for known, more in zip(found, reached, strict=True)]
        changed[row.name] = found[0], found[1]
    return {name: hull(*places) for name, places in changed.items()}


def _forwards(trace: Trace, row: LayerRow, before: tuple[int, ...]) -> Forwards:
    """How to get from the positions that changed before a layer to those that may change behind it."""
    if row.window is not None and row.kind in WINDOWED:
        return _windowed(row.window)
    if row.window is not None and row.kind == "upconv":
        return _transposed(row.window)
    if row.kind in POINTWISE and before == row.out_shape[-2:]:
        return lambda changed, axis, side_before, side_after: changed
    if row.kind == "crop":
        return _cropped
    if row.kind == "resize" and isinstance(trace.config, UNetConfig):
        return _bilinear if trace.config.upsampling == "bilinear" else _nearest
    raise ExplainedError("the trace does not say which pixels the layer {row} ({kind}) reads", row=row.name,
                         kind=row.kind)  # fmt: skip


def _windowed(window: Window) -> Forwards:
    """Convolution, pooling, padding: position x is read by y where y * stride - padding + k * dilation is x."""

    def forwards(changed: Positions, axis: int, side_before: int, side_after: int) -> Positions:
        step, stride = window.dilation[axis], window.stride[axis]
        taps = range(0, window.kernel[axis] * step, step)
        shifted = {x + window.padding[axis] - tap for x in changed for tap in taps}
        return inside({y // stride for y in shifted if y % stride == 0}, side_after)

    return forwards


def _transposed(window: Window) -> Forwards:
    """Up-convolution: position i writes to i * stride - padding + k * dilation."""

    def forwards(changed: Positions, axis: int, side_before: int, side_after: int) -> Positions:
        first, step = -window.padding[axis], window.dilation[axis]
        taps = range(first, first + window.kernel[axis] * step, step)
        return inside({i * window.stride[axis] + tap for i in changed for tap in taps}, side_after)

    return forwards


def _cropped(changed: Positions, axis: int, side_before: int, side_after: int) -> Positions:
    offset = (side_before - side_after) // 2
    return inside({x - offset for x in changed}, side_after)


def _nearest(changed: Positions, axis: int, side_before: int, side_after: int) -> Positions:
    return inside({2 * x + half for x in changed for half in (0, 1)}, side_after)


def _bilinear(changed: Positions, axis: int, side_before: int, side_after: int) -> Positions:
    """Doubling: y lies between (y - 1) // 2 and the next, so x is read by 2x - 1 .. 2x + 2."""
    return inside({2 * x + place for x in changed for place in (-1, 0, 1, 2)}, side_after)
