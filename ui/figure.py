"""What the diagram, the table and the sliders are told: the core's drawing and rows, with words in one language.

Payloads are kept per network, size, selection and language, and shared between visitors: thirty students who drag the
same slider cost one trace.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from math import hypot

import streamlit as st

from ui.components import component, packed
from ui.language import mark, translated
from unet_core.config import UNetConfig
from unet_core.diagram import HEIGHT, TEXT, WIDTH, Arrow, Box, diagram, size_text
from unet_core.messages import Message
from unet_core.trace import LayerRow, Trace, trace

ARCHITECTURE_NAMES = {"unet": "U-Net", "unet++": "U-Net++", "unet+": "U-Net+", "unet-e": "U-Net^e"}
COLUMNS = [mark("Layer"), mark("Connected to"), mark("Shape in"), mark("Shape out"), mark("Parameters"),
           mark("Multiply-adds"), mark("Memory, MB")]  # fmt: skip
LARGE_TEXT = 20.0  # of a compact drawing, in units of the sheet
Size = tuple[int, int]
Pick = Callable[[str], None]


@lru_cache(maxsize=256)
def cached_trace(config: UNetConfig, size: Size) -> Trace:
    """`trace`, shared between visitors and bounded."""
    return trace(config, size)


def show_diagram(
    config: UNetConfig, size: Size, selected: str | None, language: str, *, key: str, on_pick: Pick | None = None,
    tallest: str = "58vh", compact: bool = False,
) -> None:  # fmt: skip
    """The drawing of a network, at most `tallest` high; a compact one leaves out totals and sizes.

    A click calls `on_pick` with the row, before the script runs again.
    """
    payload = diagram_payload(config, size, selected, language, tallest, compact)
    component("diagram")(key=key, data=payload, on_picked_change=lambda: _picked(key, on_pick, config, size))


def show_table(config: UNetConfig, size: Size, selected: str | None, language: str, *, key: str, on_pick: Pick) -> None:
    """The layer table of a network. A click calls `on_pick` with the row, before the script runs again."""
    payload = table_payload(config, size, selected, language)
    component("table")(key=key, data=payload, on_picked_change=lambda: _picked(key, on_pick, config, size))


def _picked(key: str, on_pick: Pick | None, config: UNetConfig, size: Size) -> None:
    """What the browser claims was clicked must be a layer of the network that is shown."""
    picked = st.session_state[key].get("picked")
    row = picked.get("row") if isinstance(picked, dict) else None
    if on_pick and isinstance(row, str) and row in cached_trace(config, size):
        on_pick(row)


@lru_cache(maxsize=256)
def diagram_payload(
    config: UNetConfig, size: Size, selected: str | None, language: str, tallest: str = "58vh", compact: bool = False
) -> bytes:  # fmt: skip
    """Boxes, arrows, words and totals as the browser draws them."""
    traced = cached_trace(config, size)
    sheet = diagram(traced, LARGE_TEXT if compact else TEXT)
    return packed(
        {
            "version": f"depth={config.depth} size={size[0]}x{size[1]} {config.to_query()}",
            "language": language, "width": WIDTH, "height": HEIGHT, "tallest": tallest, "compact": compact,
            "text": LARGE_TEXT if compact else TEXT,
            "selected": selected,
            "title": translated("{name} of depth {depth}: click a block to select it", language,
                                name=ARCHITECTURE_NAMES[config.architecture], depth=config.depth),
            "totals": _totals(traced, language),
            "boxes": [_box(box, language) for box in sheet.boxes],
            "arrows": [_arrow(arrow, language) for arrow in sheet.arrows],
            "words": [{"id": word.text.template, "text": translated(word.text, language), "x": round(word.x, 1),
                       "y": round(word.y, 1)} for word in sheet.words],
            "legend": [{"id": kind, "text": translated(text, language)} for kind, text in sheet.legend],
            "scale": translated(sheet.scale, language),
        }
    )  # fmt: skip


def _totals(traced: Trace, language: str) -> list[dict[str, str]]:
    """Figures above the drawing; each is a sum over the rows, with its unit."""
    heads = [traced[name].out_shape for name in traced.outputs]
    last = heads[-1]
    lines = [
        Message("{parameters:,} parameters", {"parameters": traced.params}),
        Message("{macs:,} multiply-adds", {"macs": traced.macs}),
        Message("{megabytes:,.1f} MB of feature maps in float32", {"megabytes": traced.bytes / 1e6}),
        Message(
            "{before} in, {after} out", {"before": _shape_text(traced.rows[0].out_shape), "after": _shape_text(last)}
        ),
    ]
    return [{"id": str(index), "text": translated(line, language)} for index, line in enumerate(lines)]


def _box(box: Box, language: str) -> dict[str, object]:
    return {
        "id": box.id, "kind": box.kind, "rows": box.rows, "x": round(box.x, 1), "y": round(box.y, 1),
        "width": round(box.width, 1), "height": round(box.height, 1), "label": box.label,
        "labelX": round(box.right if box.kind == "copy" else box.middle[0], 1), "sizePlace": box.size_place,
        "sizeText": f"{box.channels}·{size_text(box.size)}" if box.kind == "node" else size_text(box.size),
        "says": [translated(line, language) for line in box.says],
    }  # fmt: skip


def _arrow(arrow: Arrow, language: str) -> dict[str, object]:
    points, head = _with_head(arrow.points)
    (x1, y1), (x2, _) = arrow.points[0], arrow.points[-1]
    return {
        "id": f"{arrow.source}>{arrow.target}", "kind": arrow.kind, "source": arrow.source, "target": arrow.target,
        "points": points, "head": head, "labelX": round((x1 + x2) / 2, 1), "labelY": round(y1 - 6, 1),
        "label": translated(arrow.label, language) if arrow.label else None,
    }  # fmt: skip


def _with_head(points: Sequence[tuple[float, float]], length: float = 7.0, half: float = 4.0) -> tuple[object, object]:
    """The line, cut short, and the triangle at its end."""
    (x1, y1), (x2, y2) = points[-2], points[-1]
    far = max(hypot(x2 - x1, y2 - y1), 1e-6)
    dx, dy = (x2 - x1) / far, (y2 - y1) / far
    x, y = x2 - length * dx, y2 - length * dy
    line = [*points[:-1], (x, y)]
    head = [(x2, y2), (x - half * dy, y + half * dx), (x + half * dy, y - half * dx)]
    return tuple([[round(a, 1), round(b, 1)] for a, b in part] for part in (line, head))


def _shape_text(shape: Sequence[int]) -> str:
    channels, height, width = shape
    return f"{height}\u00a0×\u00a0{width}\u00a0×\u00a0{channels}"  # no-break spaces: a shape is one word


@lru_cache(maxsize=256)
def table_payload(config: UNetConfig, size: Size, selected: str | None, language: str) -> bytes:
    """The layer table's cells as text, with units in the heads."""
    traced = cached_trace(config, size)
    return packed(
        {
            "language": language, "selected": selected,
            "caption": translated("Every layer of the network, in the order it runs", language),
            "columns": [{"id": head, "text": translated(head, language), "number": index > 3}
                        for index, head in enumerate(COLUMNS)],
            "rows": [{"id": row.name, "cells": _cells(row)} for row in traced.rows],
        }
    )  # fmt: skip


def _cells(row: LayerRow) -> list[str]:
    return [
        ", ".join(row.inputs),
        " + ".join(map(_shape_text, row.in_shapes[:1] if row.kind == "crop" else row.in_shapes)),
        _shape_text(row.out_shape),
        f"{row.parameters:,}" if row.parameters else "",
        f"{row.macs:,}" if row.macs else "",
        f"{row.bytes / 1e6:,.2f}",
    ]  # fmt: skip
