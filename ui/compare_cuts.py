"""Every cut of a net with a head at each level, as the component `pruning` shows it: mask, figures, costs together.

What is not known of a cut, a Dice without a truth or a time that is not measured yet, is said in its cell.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ui.components import component
from ui.language import translated
from ui.pictures import png, shown_size, with_blobs
from ui.why_figures import mask_levels
from unet_core.inside.answer import Answer
from unet_core.segment import Floats

SHOWN_SIDE = 768  # pixels a side of a picture in the browser
GRAIN = 1e-9  # so that a row of zeros has bars, too


@dataclass(frozen=True, eq=False)
class Cut:
    """The net that ends at head L`level`; for None the whole one, whose answer is the mean of all heads."""

    level: int | None
    parameters: int
    macs: int
    answer: Answer | None = None
    seconds: float | None = None
    here: float | None = None  # Dice on this image
    card: float | None = None  # on the test images, from its card


def show(
    key: str, cuts: Sequence[Cut], pixels: Floats | None, threshold: float, seed_text: str, language: str, wait: str
) -> None:  # fmt: skip
    """`pixels` (H, W, C) is the image as the network saw it, None without masks. `key` tells it from every other;
    `seed_text` says of which images the card's Dice is; `wait` stands where no time is measured."""
    component("pruning")(key="compare_pruning",
                         data=payload(key, cuts, pixels, threshold, seed_text, language, wait))  # fmt: skip


def payload(
    key: str, cuts: Sequence[Cut], pixels: Floats | None, threshold: float, seed_text: str, language: str, wait: str
) -> bytes:  # fmt: skip
    """What the browser is sent."""
    blobs = {}
    for cut in cuts:
        if cut.answer is not None and pixels is not None:
            levels = mask_levels(pixels, cut.answer.per_class, threshold)
            blobs[name_of(cut)] = png(levels, shown_size(levels.shape, SHOWN_SIDE))
    head = {
        "key": key, "language": language, "start": name_of(cuts[-2] if len(cuts) > 1 else cuts[-1]),
        "text": {"slider": translated("Prune the net at head", language),
                 "strip": translated("The other heads, and their mean", language),
                 "table": translated("Figures and costs of every cut", language)},
        "cuts": [_described(key, cut, cuts, language) for cut in cuts],
        "rows": _rows(cuts, seed_text, language, wait),
    }  # fmt: skip
    return with_blobs(head, blobs)


def name_of(cut: Cut) -> str:
    """"L2", or "mean" for the whole net."""
    return f"L{cut.level}" if cut.level else "mean"


def _described(key: str, cut: Cut, cuts: Sequence[Cut], language: str) -> dict[str, Any]:
    whole, deepest = cuts[-1], max(one.level or 0 for one in cuts)
    name = name_of(cut)
    short = name if cut.level else translated("mean of all heads", language)
    values = {"head": cut.level, "node": f"X^(0,{cut.level})", "parameters": 100 * cut.parameters / whole.parameters,
              "work": 100 * cut.macs / whole.macs}  # fmt: skip
    if cut.level is None:
        says = ""
    elif cut.level == deepest:
        says = translated("L{head}: nothing but the other heads is cut away; the mask is that of {node} alone.",
                          language, **values)  # fmt: skip
    else:
        says = translated("L{head} ends at {node}: {parameters:.1f} % of the parameters are left and {work:.1f} % of "
                          "the multiply-adds.", language, **values)  # fmt: skip
    size = cut.answer.probability.shape if cut.answer is not None else (1, 1)
    return {
        "id": name, "key": f"{key}/{name}", "level": cut.level, "title": name, "short": short, "size": size,
        "says": says, "caption": translated("The mask of head L{head}, at {node}", language, **values),
        "dice": "" if cut.here is None else translated("Dice {dice:.3f}", language, dice=cut.here),
    }  # fmt: skip


def _rows(cuts: Sequence[Cut], seed_text: str, language: str, wait: str) -> list[dict[str, Any]]:
    """Those of which something is known or can be."""
    rows = []
    if any(cut.here is not None for cut in cuts):
        rows.append(_row("here", translated("Dice on this image", language), cuts, lambda one: one.here, "{:.3f}", "–"))
    if any(cut.card is not None for cut in cuts):
        rows.append(_row("card", seed_text, cuts, lambda one: one.card, "{:.3f}", "–"))
    rows.append(_row("parameters", translated("Parameters", language), cuts, lambda one: one.parameters, "{:,}", ""))
    rows.append(_row("macs", translated("Multiply-adds, billion", language), cuts, lambda one: one.macs / 1e9, "{:.2f}",
                     ""))  # fmt: skip
    if any(cut.answer is not None for cut in cuts):
        rows.append(_row("seconds", translated("Time for this image, s", language), cuts, lambda one: one.seconds,
                         "{:.2f}", wait))  # fmt: skip
    return rows


def _row(
    name: str, title: str, cuts: Sequence[Cut], number: Callable[[Cut], float | None], form: str, without: str
) -> dict[str, Any]:  # fmt: skip
    values = [number(cut) for cut in cuts]
    largest = max([value for value in values if value is not None], default=0.0) or GRAIN
    cells = [{"text": without if value is None else form.format(value),
              "share": 0 if value is None else round(100 * value / largest, 1)} for value in values]  # fmt: skip
    return {"id": name, "title": title, "cells": cells}
