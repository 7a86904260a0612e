"""Where a network's costs sit: by level, and in a U-Net by side."""

from dataclasses import dataclass

from unet_core.costs.liveness import Fullest
from unet_core.trace import LayerRow, Trace


@dataclass(frozen=True)
class Part:
    """The layers of one level and side, by name, and their share of every total. `side` is "encoder", "bottleneck",
    "decoder", or in a nested net "level". `used` are the bytes of its feature maps at the fullest moment of a run,
    `kept` those of all of them, as training keeps them. The head counts to level 0, and so does the input.
    """

    level: int
    side: str
    rows: tuple[str, ...]
    parameters: int
    macs: int
    used: int
    kept: int


def parts(trace: Trace, most: Fullest) -> tuple[Part, ...]:
    """All parts, the uppermost level first; `most` is the trace's `fullest`. Their sums are the totals of the trace,
    which must be that of a UNetConfig.
    """
    live = most.live
    groups: dict[tuple[int, str], list[LayerRow]] = {}
    for row in trace.rows:
        groups.setdefault(_place(row, trace), []).append(row)
    return tuple(
        Part(
            level, side, tuple(row.name for row in rows), sum(row.parameters for row in rows),
            sum(row.macs for row in rows), sum(live.get(row.name, 0) for row in rows), sum(row.bytes for row in rows),
        )
        for (level, side), rows in sorted(groups.items(), key=lambda item: (item[0][0], item[0][1] == "decoder"))
    )  # fmt: skip


def _place(row: LayerRow, trace: Trace) -> tuple[int, str]:
    assert trace.config is not None
    level, step = row.node or (0, 0)
    if trace.config.nested:
        return level, "level"
    if step:
        return level, "decoder"
    return level, "bottleneck" if level == trace.config.depth else "encoder"
