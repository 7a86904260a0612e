"""The tab Costs of Build: where parameters and work sit, what the last change did, and why filters double."""

from functools import lru_cache
from typing import Any

import streamlit as st

from ui.components import component, packed
from ui.controls import FIELDS, value_text
from ui.figure import Size, cached_trace
from ui.language import mark, translated
from ui.state import Workbench, before, t
from unet_core.config import UNetConfig
from unet_core.costs import (
    ADAMW_COPIES,
    Fullest,
    Part,
    doubling_says,
    fullest,
    megabytes,
    millions,
    parts,
    ratio_text,
    ratios,
    training_bytes,
    using_bytes,
    variants,
)
from unet_core.trace import Trace

COLUMNS = [mark("Parameters"), mark("Multiply-adds"), mark("Feature maps at once, in use"),
           mark("Feature maps kept, in training")]  # fmt: skip
NAMES = {"encoder": mark("Encoder, level {level}"), "decoder": mark("Decoder, level {level}"),
         "bottleneck": mark("Bottleneck, level {level}"), "level": mark("level {level}")}  # fmt: skip


def show(bench: Workbench) -> None:
    """Follows the sliders: the chart is a table of our own, whose bars move in less time than a redrawn plot takes."""
    changed = _last_change(bench, before())
    if changed:
        st.markdown(changed)
    component("bars")(key="costs_bars", data=bars_payload(bench.config, bench.size, bench.language))
    trace, most = cached_trace(bench.config, bench.size), _fullest(bench.config, bench.size)
    st.markdown("\n".join(f"- {sentence}" for sentence in _memory(trace, most)))
    pair = variants(bench.config)
    if pair:
        st.header(t("Why filters double"), anchor=False)
        told = doubling_says(*(cached_trace(config, bench.size) for config in pair))
        st.markdown("\n".join(f"- {t(sentence)}" for sentence in told))


def _last_change(bench: Workbench, old: Workbench | None) -> str | None:
    """One line: every field that the last change changed, and what that did to the totals."""
    if old is None or (old.config, old.size) == (bench.config, bench.size):
        return None
    effect = ratios(cached_trace(old.config, old.size), cached_trace(bench.config, bench.size))
    return t(
        "**The last change**, {changes}: parameters × {parameters}, multiply-adds × {macs}, feature maps × {memory}.",
        changes=", ".join(_changes(old, bench)), parameters=ratio_text(effect.parameters),
        macs=ratio_text(effect.macs), memory=ratio_text(effect.memory),
    )  # fmt: skip


def _changes(old: Workbench, bench: Workbench) -> list[str]:
    was, now = vars(old.config), vars(bench.config)
    changed = [
        t("{field} {before} → {after}", field=t(FIELDS[name]), before=value_text(name, was[name], bench.language),
          after=value_text(name, now[name], bench.language))
        for name in FIELDS if name in was and was[name] != now[name]
    ]  # fmt: skip
    if old.size != bench.size:
        sizes = [f"{height} × {width}" for height, width in (old.size, bench.size)]
        changed.append(t("{field} {before} → {after}", field=t("Input size"), before=sizes[0], after=sizes[1]))
    return changed


def _memory(trace: Trace, most: Fullest) -> list[str]:
    """What the two columns of memory count, and what it takes in all."""
    weights = megabytes(4 * trace.params)
    return [
        t("**In use**, for one image in float32: a map is let go when no later layer reads it. Most are there at once "
          "while `{row}` is computed: {maps} MB. With {weights} MB of weights that is {total} MB.",
          row=most.at, maps=megabytes(most.bytes), weights=weights, total=megabytes(using_bytes(trace, most))),
        t("**In training** every map is kept for the way back: {maps} MB for each image of a batch. The weights, "
          "their gradients and AdamW's two running means take {copies} × {weights} MB. That is {total} MB, "
          "without the gradients of the maps and what a convolution takes while it works.",
          maps=megabytes(trace.bytes), copies=ADAMW_COPIES, weights=weights,
          total=megabytes(training_bytes(trace))),
    ]  # fmt: skip


@lru_cache(maxsize=256)
def _fullest(config: UNetConfig, size: Size) -> Fullest:
    return fullest(cached_trace(config, size))


@lru_cache(maxsize=256)
def bars_payload(config: UNetConfig, size: Size, language: str) -> bytes:
    """A row for every part of the network: its share of each total, and the amount."""
    trace, most = cached_trace(config, size), _fullest(config, size)
    totals = (trace.params, trace.macs, most.bytes, trace.bytes)
    whole = [translated("all", language), *_amounts(*totals, language)]
    columns = [{"id": "part", "text": translated("Part", language)}]
    columns += [{"id": column, "text": translated(column, language)} for column in COLUMNS]
    caption = translated("Where parameters, work and memory sit, in percent of each total", language)
    return packed(
        {
            "version": f"{size[0]}x{size[1]} {config.to_query()}", "language": language, "caption": caption,
            "columns": columns, "parts": [_row(part, totals, language) for part in parts(trace, most)],
            "totals": [{"id": "name" if not index else COLUMNS[index - 1], "text": text}
                       for index, text in enumerate(whole)],
        }
    )  # fmt: skip


def _row(part: Part, totals: tuple[int, ...], language: str) -> dict[str, Any]:
    counts = (part.parameters, part.macs, part.used, part.kept)
    return {
        "id": f"{part.level} {part.side}", "side": part.side, "first": part.side != "decoder", "rows": part.rows,
        "name": translated(NAMES[part.side], language, level=part.level),
        "cells": [_cell(*cell, language) for cell in zip(_amounts(*counts, language), counts, totals, strict=True)],
    }  # fmt: skip


def _cell(amount: str, count: int, total: int, language: str) -> dict[str, Any]:
    percent = 100 * count / total
    said = translated("{percent} %", language, percent=f"{percent:.1f}" if percent >= 0.05 else "< 0.1")
    return {"amount": amount, "share": round(percent, 2), "percent": said if count else "–"}


def _amounts(parameters: int, macs: int, used: int, kept: int, language: str) -> list[str]:
    work = translated("{millions} million", language, millions=millions(macs))
    amounts = [f"{parameters:,}", work, f"{megabytes(used)} MB", f"{megabytes(kept)} MB"]
    return [amount if count else "" for amount, count in zip(amounts, (parameters, macs, used, kept), strict=True)]
