"""The tab Cost of Compare: both networks' totals, the time they take here and now, and their layers side by side."""

from functools import lru_cache

import streamlit as st

from ui import compare_clock
from ui.compare_drawing import kept_drawing
from ui.components import component, packed
from ui.drawing import cached_trace
from ui.language import joined, mark, translated
from ui.state import Workbench, t
from unet_core.costs import millions
from unet_core.messages import Message
from unet_core.pairing import Pair
from unet_core.pairing.cost import Cost, cost
from unet_core.pairing.layers import Layer, layers
from unet_core.pairing.table import in_short, lines
from unet_core.says import shape_text
from unet_core.trace import LayerRow

COLUMNS = [mark("Layer"), mark("Shape, A"), mark("Shape, B"), mark("Parameters, A"), mark("Parameters, B"),
           mark("Million multiply-adds, A"), mark("Million multiply-adds, B")]  # fmt: skip
STATES = {"same": mark("alike in both"), "changed": mark("changed"), "a": mark("only in A"),
          "b": mark("only in B")}  # fmt: skip


def show(pair: Pair, bench: Workbench) -> None:
    """Totals and times on the left, every layer on the right."""
    a, b = costs(pair)
    short = in_short(pair.a.base_channels, pair.b.base_channels, a, b)
    st.markdown(f"**{t(short)}**")
    left, right = st.columns([1, 1.35], gap="large")
    with left:
        st.table(_rows(a, b), border="horizontal")
        compare_clock.show(pair)
        st.caption(_small_print(pair))
    with right:
        st.markdown(_counted(pair))
        component("table")(key="compare_layers", data=layers_payload(pair, bench.language))


@lru_cache(maxsize=64)
def costs(pair: Pair) -> tuple[Cost, Cost]:
    """Of A and of B."""
    a, b = (cost(cached_trace(config, size)) for config, size in zip(pair.configs, pair.sizes, strict=True))
    return a, b


def _rows(a: Cost, b: Cost) -> list[dict[str, str]]:
    return [{t("Counted from the traces"): t(line.name), "A": _text(line.a), "B": _text(line.b),
             compare_clock.RATIO: line.times} for line in lines(a, b)]  # fmt: skip


def _text(value: object) -> str:
    return t(value) if isinstance(value, Message) else str(value)


def _small_print(pair: Pair) -> str:
    (a, _), (b, _) = pair.sizes
    sizes = t("Counted for one image of {side} × {side} pixels in float32.", side=a) if a == b else t(
        "No input fits both: A is counted at {a} × {a} pixels, B at {b} × {b}.", a=a, b=b)  # fmt: skip
    return joined((sizes, t("The receptive field is that of the pixel in the middle of the mask; elsewhere it can be "
                            "some pixels larger or smaller, and normalisation is left out.")))  # fmt: skip


def _counted(pair: Pair) -> str:
    known = _layers(pair)
    counts = {state: sum(layer.state == state for layer in known) for state in STATES}
    return t("**Layer by layer**: {same} alike in both, {changed} changed, {a} only in A, {b} only in B.", **counts)


@lru_cache(maxsize=64)
def _layers(pair: Pair) -> tuple[Layer, ...]:
    return layers(kept_drawing(pair))


@lru_cache(maxsize=64)
def layers_payload(pair: Pair, language: str) -> bytes:
    """The aligned table; a line and a node of the drawing light each other."""
    caption = translated("Every layer of A beside its partner in B", language)
    return packed(
        {
            "language": language, "selected": None, "caption": caption, "quiet": True,
            "columns": [{"id": head, "text": translated(head, language), "number": index > 2}
                        for index, head in enumerate(COLUMNS)],
            "rows": [{"id": layer.id, "text": _name(layer.id), "kind": layer.state,
                      "title": translated(STATES[layer.state], language), "cells": _cells(layer)}
                     for layer in _layers(pair)],
        }
    )  # fmt: skip


def _name(layer: str) -> str:
    part, _, name = layer.partition(" ")
    return f"{part} {name}" if part.startswith("L") else f"X^{{{part}}} {name}"


def _cells(layer: Layer) -> list[str]:
    both = (layer.a, layer.b)
    return [*(shape_text(row.out_shape) if row else "–" for row in both),
            *(_amount(row, "parameters") for row in both), *(_amount(row, "macs") for row in both)]  # fmt: skip


def _amount(row: LayerRow | None, what: str) -> str:
    if row is None:
        return "–"
    count = getattr(row, what)
    return "" if not count else millions(count) if what == "macs" else f"{count:,}"
