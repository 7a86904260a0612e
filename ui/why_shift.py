"""Shift: the image moved by 1, 2, .. 2**depth pixels, and how far its mask stays behind."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from ui import why_figures, why_words
from ui.answers import answer_key
from ui.components import component, packed
from ui.kept import kept
from ui.language import mark, plain, translated
from ui.models import model
from ui.seen import Seen
from ui.state import t
from ui.why_figures import Figure, Levels
from ui.why_series import series
from ui.why_state import asking, take_over
from ui.why_subject import ready
from unet_core.experiments.shift import Shift, shift_says, shifts
from unet_core.messages import Message
from unet_core.segment import Floats

AXES = {"both": mark("down and to the right"), "rows": mark("down"), "columns": mark("to the right")}
COLUMNS = [mark("Mean difference of P(foreground)"), mark("Largest difference"), mark("Pixels that change sides")]


@dataclass(frozen=True, eq=False)
class Shifts:
    """All shifts that are through, `done` of `of`."""

    key: str
    found: tuple[Shift, ...]
    notes: tuple[Message, ...]
    done: int
    of: int


def show(seen: Seen) -> None:
    left, right = st.columns([1, 2.1], gap="large")
    config = model(seen.name)[1].config
    with left:
        axis = _ask_axis()
        for sentence in shift_says(config):
            st.write(plain(t(sentence)))
        key = f"{answer_key(seen.image, seen.name, seen.marked)}/shift/{axis}/{seen.told.threshold}"
        label = t("Move the image by 1 to {most} pixels", most=2**config.depth)
        found = series(key, label, lambda: _through(key, seen, axis))
    if found is None:
        return
    with right:
        component("bars")(key="why_bars", data=_bars(found, seen.language))
        why_figures.show(_payload(found, seen.language), "why_shift")
        st.write(t("Compared is the part of the mask that sees no border of the image, {height} × {width} pixels. How "
                   "the mask behaves at a border this does not show.", height=found.found[0].region.height,
                   width=found.found[0].region.width))  # fmt: skip
        why_words.notes(found.notes)


def _ask_axis() -> str:
    names = {name: t(text) for name, text in AXES.items()}
    chosen = asking().axis if asking().axis in names else next(iter(names))
    st.session_state["why_axis"] = chosen
    st.segmented_control(t("The image is moved"), list(names), format_func=names.__getitem__, key="why_axis",
                         on_change=take_over, args=("axis",))  # fmt: skip
    return chosen


def _through(key: str, seen: Seen, axis: str) -> Iterator[Shifts]:
    of, notes = ready(seen)
    found: tuple[Shift, ...] = ()
    for shift in shifts(of, axis, seen.told.threshold / 256):
        found += (shift,)
        yield Shifts(key, found, notes, shift.done, shift.of)


@kept(8, key=lambda shifts, language: (shifts.key, shifts.done, language))
def _bars(shifts: Shifts, language: str) -> bytes:
    """One row for each shift; a bar's whole length is the largest value of its column."""
    head = translated("Moved by", language)
    columns = [{"id": "shift", "text": head}, *({"id": one, "text": translated(one, language)} for one in COLUMNS)]
    most = [max(values) for values in zip(*map(_values, shifts.found), strict=True)]
    return packed({
        "version": f"{shifts.key}/{shifts.done}", "language": language, "columns": columns, "totals": [],
        "caption": translated("How far the mask stays behind, for each shift", language),
        "parts": [_row(shift, most, language) for shift in shifts.found],
    })  # fmt: skip


def _values(shift: Shift) -> tuple[float, float, float]:
    return shift.mean, shift.largest, shift.flipped


def _row(shift: Shift, most: list[float], language: str) -> dict[str, Any]:
    pixels = max(shift.shift)
    template = mark("{pixels} px, a multiple of {step}") if shift.aligned else mark("{pixels} px")
    texts = (f"{shift.mean:.4f}", f"{shift.largest:.3f}", f"{shift.flipped:,}")
    cells = [{"share": round(100 * value / top, 2) if top else 0, "percent": text, "amount": ""}
             for value, top, text in zip(_values(shift), most, texts, strict=True)]  # fmt: skip
    return {"id": str(pixels), "side": "decoder" if shift.aligned else "encoder", "first": shift.aligned, "rows": [],
            "name": translated(template, language, pixels=pixels, step=shift.of), "cells": cells}  # fmt: skip


@kept(16, key=lambda shifts, language: (shifts.key, shifts.done, language))
def _payload(shifts: Shifts, language: str) -> bytes:
    """The first shift and the last one: at the end of the series nothing is left to be seen."""
    chosen = list(dict.fromkeys((shifts.found[0], shifts.found[-1])))
    figures = [
        Figure(str(max(one.shift)), translated("Moved by {pixels} px", language, pixels=max(one.shift)),
               translated("largest difference {largest:.3f}; dark: none, yellow: 1", language,
                          largest=one.largest), _levels(one.difference), one.difference.shape, "rising")
        for one in chosen
    ]  # fmt: skip
    label = translated("Where the mask differs when the image was moved", language)
    return why_figures.payload(figures, label, language, columns=2)


def _levels(difference: Floats) -> Levels:
    """0..1 by the square root, the same for all shifts."""
    levels: Levels = (255 * np.sqrt(difference.clip(0, 1))).round().astype(np.uint8)
    return levels
