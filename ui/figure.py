"""The diagram and the layer table of a network, as every page shows them."""

from collections.abc import Callable, Mapping
from functools import lru_cache

import streamlit as st

from ui.components import component, packed
from ui.drawing import Size, cached_trace, diagram_payload
from ui.language import mark, raised, translated
from unet_core import says
from unet_core.config import UNetConfig
from unet_core.says import shape_text
from unet_core.trace import LayerRow

__all__ = ["ARCHITECTURE_NAMES", "Pick", "Size", "cached_trace", "diagram_payload", "show_diagram", "show_table",
           "table_payload"]  # fmt: skip
ARCHITECTURE_NAMES = {word: str(raised(name)) for word, name in says.ARCHITECTURE_NAMES.items()}
COLUMNS = [mark("Layer"), mark("Connected to"), mark("Shape in"), mark("Shape out"), mark("Parameters"),
           mark("Multiply-adds"), mark("Memory, MB")]  # fmt: skip
Pick = Callable[[str], None]


def show_diagram(
    config: UNetConfig, size: Size, selected: str | None, language: str, *, key: str, on_pick: Pick | None = None,
    tallest: str = "58vh", compact: bool = False, thumbnails: Mapping[str, str] | None = None, stale: bool = False,
    view: str | None = None,
) -> None:  # fmt: skip
    """The drawing of a network, at most `tallest` high; a compact one leaves out totals and sizes.

    A click calls `on_pick` with the row, before the script runs again. `thumbnails` are pictures for boxes, by a row of
    the box, as "data:image/png;base64,...". A `stale` drawing is greyed. `view`, "blocks" or "maps", leaves no choice.
    """
    payload = diagram_payload(config, size, selected, language, tallest, compact, thumbnails, stale, view)
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
        " + ".join(map(shape_text, row.in_shapes[:1] if row.kind == "crop" else row.in_shapes)),
        shape_text(row.out_shape),
        f"{row.parameters:,}" if row.parameters else "",
        f"{row.macs:,}" if row.macs else "",
        f"{row.bytes / 1e6:,.2f}",
    ]  # fmt: skip
