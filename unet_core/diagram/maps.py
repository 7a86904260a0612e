"""The feature maps of a trace: its rows gathered as the 2015 figure draws them, and which map feeds which."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from unet_core import says
from unet_core.config import UNetConfig
from unet_core.diagram.sheet import Box
from unet_core.trace import LayerRow, Trace

KINDS = (("concat", "copy"), ("add", "sum"), ("upconv", "up"), ("resize", "up"), ("input", "input"), ("head", "head"),
         ("pool", "pool"))  # fmt: skip


def gathered(trace: Trace, config: UNetConfig) -> Iterator[Box]:
    """A box per feature map in the order they are made, without a place yet."""
    for kind, rows in grouped(trace, config):
        channels, height, width = rows[-1].out_shape
        parts = 1
        if kind in ("copy", "sum"):
            join = next(row for row in rows if row.kind in ("concat", "add"))
            parts = len(join.in_shapes) - 1
            channels = join.in_shapes[-1][0]  # a copy's own: what came along a skip, not the whole concatenation
        yield Box(
            id=rows[-1].name, kind=kind, rows=tuple(row.name for row in rows), x=0, y=0, width=0, height=0,
            channels=channels, size=(height, width), node=rows[0].node or (0, 0),
            label=f"{parts}×{channels}" if parts > 1 and kind == "copy" else f"{channels}",
            says=says.card(rows, config), parts=parts,
        )  # fmt: skip


def grouped(trace: Trace, config: UNetConfig) -> Iterator[tuple[str, tuple[LayerRow, ...]]]:
    """The kind of each feature map that is drawn and its rows, the last of which is what it hands on."""
    for _, group in groupby(trace.rows, key=lambda row: _map_of(row, config)):
        rows = tuple(group)
        yield _kind_of_map(rows), rows


def _map_of(row: LayerRow, config: UNetConfig) -> str:
    """A name that neighbouring rows of one feature map share: a convolution with its padding, norm and ReLU."""
    part, _, leaf = row.name.rpartition(".")
    if row.kind == "dropout":
        return f"{part}.{config.convs_per_block}"
    if part.startswith("up.") or part.startswith("skip."):
        place = part.split(".")[1]
        return f"up.{place}" if part.startswith("up.") or config.skip == "add" else f"skip.{place}"
    return f"{part}.{leaf[-1]}" if part.startswith(("encoder", "decoder", "bottleneck")) else row.name


def _kind_of_map(rows: Sequence[LayerRow]) -> str:
    kinds = {row.kind for row in rows}
    return next((name for kind, name in KINDS if kind in kinds), "map")


def feeds(trace: Trace, boxes: Sequence[Box]) -> Iterator[tuple[str, Box, Box]]:
    """(kind of arrow, from, to) for every two boxes of which one feeds the other, but for the two that touch."""
    owner = {row: box for box in boxes for row in box.rows}
    ups = {box.node: box for box in boxes if box.kind == "up"}
    for source, target in trace.edges:
        before, after, kind = owner[source], owner[target], trace[target].kind
        if before is after or (before.kind == "up" and after.kind == "copy"):
            continue  # inside a box, or the two parts of a concatenation
        if kind in ("pool", "upconv", "resize"):
            yield "pool" if kind == "pool" else "up", before, after
        elif after.kind in ("copy", "sum"):
            yield "skip", before, after
        else:
            yield "head" if kind == "head" else "conv", ups[before.node] if before.kind == "copy" else before, after
