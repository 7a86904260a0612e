"""An image under the masks of one or two models, as the component `viewer` shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.components import component
from ui.kept import kept
from ui.language import mark, translated
from ui.pictures import brighter, png, shown_size, to_bytes, with_blobs
from ui.segment_state import image_key
from unet_core.class_names import class_name
from unet_core.images import LoadedImage
from unet_core.overlay import palette
from unet_core.segment import Segmentation

SHOWN_SIDE = 2048  # pixels a side that the browser gets; figures come from the whole image
HALF = 128  # a threshold of 0.5, in 1/256
WORDS = {
    "opacity": mark("Opacity of the overlay"), "threshold": mark("Threshold on the probability"),
    "wipe": mark("Uncover"), "ways": mark("How the mask is drawn"), "fill": mark("Fill"), "outline": mark("Outline"),
    "probability": mark("Probability"), "zoom": mark("Zoom"), "in": mark("Nearer"), "out": mark("Farther"),
    "whole": mark("Whole image"), "back": mark("Back to the mask"), "area": mark("The mask covers {percent} %."),
    "probe": mark("row {row}, column {column}: {said}"), "chance": mark("P(foreground) {chance} → {name}"),
    "drag": mark("Press at one edge of an object and drag to the other."),
    "image": mark("The image under its mask. Arrow keys move the aim, Enter points, plus and minus zoom."),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Pane:
    """A model's answer for the image; `key` tells it from every other answer."""

    key: str
    title: str
    answer: Segmentation


@dataclass(frozen=True)
class Told:
    """What the browser said last: the threshold in 1/256, and the pixel (row, column) that was pointed at."""

    threshold: int = HALF
    point: tuple[int, int] | None = None


def show(
    image: LoadedImage, panes: Sequence[Pane], language: str, *, key: str, markable: bool, versus: bool = False
) -> tuple[Told, tuple[float, float, float, float] | None]:  # fmt: skip
    """Draw it. Returns what was told, and the line (row, column, row, column) that was marked just now, if one was.

    Two panes `versus` each other lie in one frame, the first left of a curtain and the second right of it. Threshold
    and point belong to the image and are kept for the session. What the browser claims is checked here.
    """
    shown = image_key(image)
    told: dict[str, Told] = st.session_state.setdefault("viewer_told", {})
    digest = "|".join([shown, *(pane.key for pane in panes)])
    start = st.session_state.get("viewer_start")
    if start is None or start[0] != digest or key not in st.session_state:
        start = st.session_state["viewer_start"] = (digest, told.get(shown, Told()))
    # The browser keeps threshold and point as they move; sent along anew they would send the whole picture again.
    state = component("viewer")(
        key=key, data=_payload(digest, shown, language, start[1], (markable, versus), image, tuple(panes)),
        on_threshold_change=lambda: None, on_point_change=lambda: None, on_marked_change=lambda: None,
    )  # fmt: skip
    height, width = image.pixels.shape[:2]
    now = told.get(shown, start[1])
    threshold, point = _threshold(state, digest), _point(state, shown, (height, width))
    told[shown] = Told(now.threshold if threshold is None else threshold, point or now.point)
    return told[shown], _line(state, shown, (height, width))


def told_of(image: LoadedImage) -> Told:
    """What was told last of an image in a viewer, of this page or another."""
    told: dict[str, Told] = st.session_state.get("viewer_told", {})
    return told.get(image_key(image), Told())


def _threshold(state: Any, digest: str) -> int | None:
    said = getattr(state, "threshold", None)
    if not isinstance(said, dict) or said.get("digest") != digest:
        return None
    value = said.get("value")
    return value if _whole(value) and 1 <= value <= 255 else None


def _point(state: Any, shown: str, size: tuple[int, int]) -> tuple[int, int] | None:
    said = getattr(state, "point", None)
    if not isinstance(said, dict) or said.get("image") != shown:
        return None
    row, column = said.get("row"), said.get("column")
    inside = _whole(row) and _whole(column) and 0 <= row < size[0] and 0 <= column < size[1]
    return (row, column) if inside else None


def _line(state: Any, shown: str, size: tuple[int, int]) -> tuple[float, float, float, float] | None:
    said = getattr(state, "marked", None)
    line = said.get("line") if isinstance(said, dict) and said.get("image") == shown else None
    if not isinstance(line, list) or len(line) != 4 or not all(isinstance(part, int | float) for part in line):
        return None
    limits = (size[0], size[1]) * 2
    return tuple(min(max(float(part), 0.0), limit) for part, limit in zip(line, limits, strict=True))  # type: ignore[return-value]


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _size(image: LoadedImage) -> tuple[int, int]:
    return shown_size(image.pixels.shape[:2], SHOWN_SIDE)


@kept(32, key=image_key)
def picture(image: LoadedImage) -> bytes:
    """The image alone as PNG, as large as the browser gets it."""
    return png(to_bytes(image.pixels, brighter(image)), _size(image))


@kept(256, key=lambda digest, shown, language, told, how, image, panes: (digest, language, told, how))
def _payload(
    digest: str, shown: str, language: str, told: Told, how: tuple[bool, bool], image: LoadedImage,
    panes: tuple[Pane, ...],
) -> bytes:  # fmt: skip
    markable, versus = how
    size = _size(image)
    later = {name: f"{{{name}}}" for name in ("percent", "row", "column", "said", "chance", "name")}  # the browser's
    words: dict[str, str] = {name: translated(template, language, **later) for name, template in WORDS.items()}
    if markable:
        words["mark"] = translated("Mark an object", language)
    if versus:
        words["wipe"] = translated("Move the curtain", language)
    blobs = {"image": picture(image)}
    listed: list[dict[str, Any]] = []
    for number, pane in enumerate(panes or (None,)):
        if pane is None:
            listed.append({"id": "0", "title": ""})
            continue
        levels = _levels(pane.answer.probability)
        blobs[f"{number}.probability"] = png(levels, size)
        winner = _winner(pane.answer)
        if winner is not None:
            blobs[f"{number}.winner"] = png(winner, size, nearest=True)
        listed.append({"id": str(number), "title": pane.title, "winner": winner is not None,
                       "counts": np.bincount(levels.ravel(), minlength=256).tolist()})  # fmt: skip
    classes = panes[0].answer.classes if panes else ()
    head: Mapping[str, Any] = {
        "digest": digest, "image": shown, "language": language, "threshold": told.threshold, "point": told.point,
        "size": image.pixels.shape[:2], "text": words, "panes": listed, "versus": versus,
        "classes": [translated(name, language) for name in map(class_name, classes)],
        "colours": palette(max(2, len(classes))),
    }  # fmt: skip
    return with_blobs(head, blobs)


def _levels(probability: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.minimum(np.floor(probability * 256), 255).astype(np.uint8)


def _winner(answer: Segmentation) -> NDArray[np.uint8] | None:
    """The likeliest class that is no background, where there is more than one."""
    if answer.per_class is None or len(answer.per_class) < 3:
        return None
    likeliest: NDArray[np.uint8] = (1 + answer.per_class[1:].argmax(axis=0)).astype(np.uint8)
    return likeliest
