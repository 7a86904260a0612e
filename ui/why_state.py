"""What a visitor of Why has asked: which experiment, and the choices in each.

It lies in one plain session value, so that it outlives a change of page, image or language.
"""

from dataclasses import dataclass, field

import streamlit as st

from ui.seen import Seen
from ui.segment_state import image_key

Point = tuple[int, int]  # row, column of the image as it came


@dataclass
class Asking:
    """One visitor's. `points` and `told` are by image: the pixel in use, and the one that the viewer told last."""

    experiment: str = ""
    part: str = "skip"
    skip: str = ""
    block: str = ""
    channel: int | None = None
    rival: bool = False
    partner: str = ""
    radius: int = 4
    brightness: int = 100
    axis: str = "both"
    points: dict[str, Point] = field(default_factory=dict)
    told: dict[str, Point] = field(default_factory=dict)


def asking() -> Asking:
    """This visitor's."""
    kept = st.session_state.setdefault("why", Asking())
    assert isinstance(kept, Asking)
    return kept


def take_over(name: str) -> None:
    """Write a widget's value, under the key "why_" and the name of a choice, into the choice; None changes nothing."""
    value = st.session_state[f"why_{name}"]
    if value is not None:
        setattr(asking(), name, value)


def point_of(seen: Seen) -> Point:
    """The pixel in use: the one that was chosen last, in the large picture or in an experiment, or else the middle."""
    key, said = image_key(seen.image), seen.told.point
    if said is not None and asking().told.get(key) != said:
        asking().told[key] = asking().points[key] = said
    height, width = seen.image.pixels.shape[:2]
    return asking().points.get(key, (height // 2, width // 2))


def set_point(seen: Seen, row: int, column: int) -> None:
    """Use another pixel; one that is not on the image is not taken."""
    height, width = seen.image.pixels.shape[:2]
    if 0 <= row < height and 0 <= column < width:
        asking().points[image_key(seen.image)] = row, column
