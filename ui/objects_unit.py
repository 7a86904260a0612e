"""In which unit a visitor wants lengths: pixels, or one of their own, of which they say how long it is."""

from dataclasses import dataclass, replace

import streamlit as st

from ui.seen import Seen
from ui.state import t
from unet_core.instances import LengthUnit
from unet_core.instances.unit import LEAST, LONGEST_NAME, MOST


@dataclass(frozen=True)
class Said:
    """What was said of one image: the unit's name, "" for none, and how many pixels it has, if that was said."""

    name: str = ""
    pixels: float | None = None


def ask_unit(seen: Seen) -> LengthUnit | None:
    """Ask, and return the unit, None for pixels. Raises UnitError for one that is none."""
    digest = seen.image.digest
    said = _units().get(digest, Said())
    columns = st.columns(3 if said.name and seen.marked else 2, vertical_alignment="bottom")
    st.session_state["unit_name"] = said.name
    columns[0].text_input(t("Unit of length"), key="unit_name", placeholder=t("pixels"), max_chars=LONGEST_NAME,
                          on_change=_named, args=(digest,))  # fmt: skip
    if not said.name:
        return None
    st.session_state["unit_pixels"] = said.pixels
    columns[1].number_input(t("Pixels in one {unit}", unit=said.name), LEAST, MOST, key="unit_pixels", format="%g",
                            step=1.0, on_change=_measured, args=(digest, None))  # fmt: skip
    if seen.marked:
        st.session_state["unit_marked"] = None if said.pixels is None else seen.marked / said.pixels
        columns[2].number_input(
            t("or how many {unit} the marked object is long", unit=said.name), LEAST, MOST, key="unit_marked",
            format="%g", step=1.0, on_change=_measured, args=(digest, seen.marked),
        )  # fmt: skip
    if said.pixels is None:
        st.info(t("Say how long one {unit} is; until then lengths are in pixels. A scale bar in the image tells it, or "
                  "an object of known length that you mark in the picture.", unit=said.name))  # fmt: skip
        return None
    return LengthUnit(said.name, said.pixels)


def _units() -> dict[str, Said]:
    known: dict[str, Said] = st.session_state.setdefault("units", {})
    return known


def _named(digest: str) -> None:
    _units()[digest] = replace(_units().get(digest, Said()), name=st.session_state["unit_name"].strip())


def _measured(digest: str, marked: float | None) -> None:
    """Taken from one number or the other: pixels in the unit, or the length in it of an object of `marked` pixels."""
    value = st.session_state["unit_pixels" if marked is None else "unit_marked"]
    pixels = None if not value else marked / value if marked else float(value)
    _units()[digest] = replace(_units().get(digest, Said()), pixels=pixels)
