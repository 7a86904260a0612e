"""Captioned pictures of an experiment, side by side, as the component `figures` shows them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.components import component
from ui.language import mark, translated
from ui.pictures import png, shown_size, with_blobs
from unet_core.overlay import overlay
from unet_core.probabilities import class_map
from unet_core.receptive_field import Box
from unet_core.segment import Floats

SHOWN_SIDE = 512  # pixels a side of a picture in the browser
Levels = NDArray[np.uint8]
HOW = mark("Arrow keys move the aim, Enter points.")


@dataclass(frozen=True, eq=False)
class Figure:
    """One picture: `levels` is uint8 (h, w) in the colours of `scale`, "rising" or "diverging", or (h, w, 3).

    Boxes, each with its kind ("inner", "outer", "dashed"), and points (row, column) are in pixels of an image of `size`
    that the picture covers. One that can be picked answers with such a pixel. `at` is its row and column in a layout.
    """

    id: str
    title: str
    text: str
    levels: Levels
    size: tuple[int, int]
    scale: str | None = None
    boxes: tuple[tuple[Box, str], ...] = ()
    points: tuple[tuple[int, int], ...] = ()
    pick: bool = False
    at: tuple[int, int] | None = None

    def described(self, blob: bytes) -> dict[str, Any]:
        boxes = [{"r0": box.top, "c0": box.left, "r1": box.bottom, "c1": box.right, "kind": kind}
                 for box, kind in self.boxes]  # fmt: skip
        return {"id": self.id, "key": sha256(blob).hexdigest()[:16], "title": self.title, "text": self.text,
                "size": self.size, "scale": self.scale, "boxes": boxes, "points": self.points, "pick": self.pick,
                "at": self.at}  # fmt: skip


def payload(figures: Sequence[Figure], label: str, language: str, least: str = "180px", most: str = "420px",
            columns: int | None = None) -> bytes:  # fmt: skip
    """What the browser is sent. `label` names the group; with `columns` there are so many, else as many as fit."""
    blobs = {one.id: _blob(one) for one in figures}
    head = {"language": language, "label": label, "how": translated(HOW, language), "least": least, "most": most,
            "columns": columns, "fit": columns is None,
            "figures": [one.described(blobs[one.id]) for one in figures]}  # fmt: skip
    return with_blobs(head, blobs)


def _blob(figure: Figure) -> bytes:
    """A coarse map keeps all of its squares; of a fine one neighbours are averaged."""
    return png(figure.levels, shown_size(figure.levels.shape, SHOWN_SIDE))


def show(data: bytes, key: str, size: tuple[int, int] | None = None,
         on_pick: Callable[[int, int], None] | None = None) -> None:  # fmt: skip
    """Draw them. A pick in a picture of `size` calls `on_pick` with row and column before the script runs again."""
    component("figures")(key=key, data=data, on_picked_change=lambda: _picked(key, size, on_pick))


def _picked(key: str, size: tuple[int, int] | None, on_pick: Callable[[int, int], None] | None) -> None:
    """What the browser claims was pointed at must be a pixel."""
    state = st.session_state.get(key)
    picked = state.get("picked") if isinstance(state, Mapping) else None
    place = [picked.get("row"), picked.get("column")] if isinstance(picked, dict) else []
    whole = len(place) == 2 and all(isinstance(part, int) and not isinstance(part, bool) for part in place)
    if on_pick and size and whole and all(0 <= part < side for part, side in zip(place, size, strict=True)):
        on_pick(*place)


def mask_levels(pixels: Floats, per_class: Floats, threshold: float) -> Levels:
    """The mask over the image."""
    return overlay(pixels, class_map(per_class, threshold))


def image_levels(pixels: Floats) -> Levels:
    """The image by itself; a dim one is shown brighter."""
    return overlay(pixels, np.zeros(pixels.shape[:2], np.int64))


def signed_levels(difference: Floats) -> Levels:
    """-1..1 -> levels of "diverging": 0 is white."""
    levels: Levels = (128 + 127 * difference).clip(0, 255).round().astype(np.uint8)
    return levels


def root_levels(values: Floats) -> Levels:
    """0 and more -> levels of "rising" by the square root of the share of the largest, so that little is seen too."""
    peak = float(values.max(initial=0))
    levels: Levels = (255 * np.sqrt(values / peak if peak > 0 else np.zeros_like(values))).round().astype(np.uint8)
    return levels
