"""A picture to paint on, as the component `brush` shows it, and the strokes of this visitor, each picture's its own.

The strokes outlive a change of tab, page and language. What the browser claims of them is checked in
`unet_core.strokes`.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.components import component
from ui.kept import kept
from ui.language import mark, plain, translated
from ui.pictures import png, shown_size, with_blobs
from ui.state import t
from unet_core.strokes import Stroke, StrokeError, painted, read_strokes

SHOWN_SIDE = 1024  # pixels a side that the browser gets to paint on
MOST = 16  # pictures of which a session keeps the strokes: those that were painted on last
LEAST_LARGEST = 8  # pixels: the radius that every picture offers
RUBBER = 0  # the class that takes away
WORDS = {
    "image": mark("The picture to paint on: press and drag."), "classes": mark("What is painted"),
    "radius": mark("Radius of the brush"), "undo": mark("Undo the last stroke"), "clear": mark("Clear all"),
}  # fmt: skip


@dataclass(frozen=True)
class Colour:
    """A class that can be painted: its number from 1, its name as a template, and how it is shown (CSS)."""

    label: int
    name: str
    css: str


@dataclass
class Painting:
    """What was painted on one picture, and when, in seconds of the server's clock."""

    strokes: tuple[Stroke, ...] = ()
    opened: float = field(default_factory=time.monotonic)
    first: float = 0.0
    last: float = 0.0
    claimed: float = 0.0  # by the browser, which knows when the first stroke began; the server hears when it ends

    @property
    def seconds(self) -> float:
        """From the beginning of the first stroke to the end of the last: the browser's claim, if that is possible."""
        return min(max(self.claimed, self.last - self.first), self.last - self.opened) if self.strokes else 0.0

    def take(self, strokes: tuple[Stroke, ...], claimed: object) -> None:
        """Note strokes that are others than before."""
        if strokes == self.strokes:
            return
        self.last = time.monotonic()
        if not self.strokes:
            self.first = self.last
        known = isinstance(claimed, int | float) and not isinstance(claimed, bool) and 0 <= claimed <= 1e6
        self.strokes, self.claimed = strokes, float(claimed) if known else 0.0  # type: ignore[arg-type]


@kept(64, key=lambda strokes, size: (strokes, size))
def drawn(strokes: tuple[Stroke, ...], size: tuple[int, int]) -> NDArray[np.int16]:
    """`painted`, kept for a while. Raises StrokeError."""
    return painted(strokes, size)


def painting_of(picture: str) -> Painting:
    """This visitor's, of the picture with this key."""
    known: dict[str, Painting] = st.session_state.setdefault("paintings", {})
    found = known[picture] = known.pop(picture, None) or Painting()  # the one used last stands last
    while len(known) > MOST:
        del known[next(iter(known))]
    return found


def wipe(picture: str) -> None:
    """Take all strokes away, and begin the time anew."""
    st.session_state.get("paintings", {}).pop(picture, None)
    st.session_state["painting_revision"] = _revision() + 1


def _revision() -> int:
    return int(st.session_state.get("painting_revision", 0))


def paint(
    picture: str, size: tuple[int, int], levels: Callable[[], NDArray[np.uint8]], colours: Sequence[Colour],
    language: str, *, key: str, first: int | None = None,
) -> Painting:  # fmt: skip
    """Show the picture, of `size` (height, width), with the brush. Returns what is painted on it by now.

    `first` is the number of the colour in hand at the beginning, the first of them where it is left out.

    `picture` tells it from every other; `levels` makes its uint8 (H, W) or (H, W, 3) when they are needed. Strokes
    that can't be read are refused with a sentence, and those from before stay.
    """
    known = painting_of(picture)
    start = st.session_state.get(f"{key}_start")
    asked = (picture, _revision(), language, *colours)
    if start is None or start[0] != asked or key not in st.session_state:
        if start is None or start[0][:2] != asked[:2] or key not in st.session_state:
            st.session_state["painting_revision"] = _revision() + 1  # the browser is to take over what is known here
            asked = (picture, _revision(), language, *colours)
        payload = _payload(asked[1], known.strokes, picture, size, levels(), colours, language, first)
        start = st.session_state[f"{key}_start"] = (asked, payload)
    state = component("brush")(key=key, data=start[1], on_painted_change=lambda: None)
    try:
        _take(known, state, picture, asked[1], colours)
    except StrokeError as error:
        st.error(plain(t(error)))
    return known


def _take(known: Painting, state: Any, picture: str, revision: int, colours: Sequence[Colour]) -> None:
    said = getattr(state, "painted", None)
    if isinstance(said, dict) and said.get("image") == picture and said.get("revision") == revision:
        labels = {RUBBER, *(colour.label for colour in colours)}
        known.take(read_strokes(said.get("strokes"), labels), said.get("seconds"))


def _payload(
    revision: int, strokes: Sequence[Stroke], picture: str, size: tuple[int, int], levels: NDArray[np.uint8],
    colours: Sequence[Colour], language: str, first: int | None,
) -> bytes:  # fmt: skip
    largest = max(LEAST_LARGEST, max(size) // 12)
    classes = [{"id": one.label, "name": translated(one.name, language), "colour": one.css} for one in colours]
    head = {
        "image": picture, "revision": revision, "language": language, "size": size,
        "text": {name: translated(template, language) for name, template in WORDS.items()},
        "classes": [*classes, {"id": RUBBER, "name": translated("Rubber", language), "rubs": True}],
        "first": colours[0].label if first is None else first, "radius": max(2, largest // 5), "largest": largest,
        "strokes": [{"class": one.label, "radius": one.radius, "points": one.points} for one in strokes],
    }  # fmt: skip
    return with_blobs(head, {"image": png(levels, shown_size(size, SHOWN_SIDE))})
