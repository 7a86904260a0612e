"""The sides of an input that fits, level by level, from its trace."""

from dataclasses import dataclass

from unet_core.says import cropped_pixels
from unet_core.trace import LayerRow, Trace

Size = tuple[int, int]


@dataclass(frozen=True)
class LevelSides:
    """One level, all sides as (height, width): into its encoder block and out of it; on the last way up what comes from
    below, the pixels cropped per side from each skip, and what leaves the block. The bottleneck has no way up.
    """

    level: int
    channels: int
    before: Size
    after: Size
    below: Size | None
    cropped: tuple[int, ...]
    out: Size | None


def level_sides(trace: Trace) -> tuple[LevelSides, ...]:
    """A row for every level, the uppermost first. The trace must be that of a UNetConfig."""
    assert trace.config is not None
    return tuple(_level(trace, level, trace.config.depth - level) for level in range(trace.config.depth + 1))


def _level(trace: Trace, level: int, step: int) -> LevelSides:
    down = [row for row in trace.rows if row.node == (level, 0) and row.kind not in ("pool", "head")]
    up = [row for row in trace.rows if step and row.node == (level, step) and row.kind != "head"]
    below = [row for row in up if row.name.startswith("up.")]
    return LevelSides(
        level, down[-1].out_shape[0], _side(down[0].in_shapes[0]), _side(down[-1].out_shape),
        _out(below), tuple(cropped_pixels(row) for row in up if row.kind == "crop"), _out(up),
    )  # fmt: skip


def _out(rows: list[LayerRow]) -> Size | None:
    return _side(rows[-1].out_shape) if rows else None


def _side(shape: tuple[int, ...]) -> Size:
    return shape[-2], shape[-1]
