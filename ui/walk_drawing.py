"""The drawing of the walk: the U with a picture or with sizes in every box, told to the component of every drawing."""

import json

import streamlit as st

from ui import drawing
from ui.components import component, packed
from ui.drawing import Scribe, Size, cached_trace
from ui.figure import show_diagram
from ui.walk_pictures import thumbnails
from unet_core.config import UNetConfig
from unet_core.trace import Trace
from unet_core.walk import Journey
from unet_core.walk.sheet import fits_sheet, height, walk_sheet

KEY = "walk_diagram"
TEXT = 16.0  # height of a text, in units of the sheet
TALLEST = "max(230px, calc(100vh - 425px))"  # so that the player is on the first screen too


def show_walk(config: UNetConfig, size: Size, language: str, found: Journey | None, name: str) -> None:
    """The U, with what its blocks computed where there is a journey; `name` tells one journey from another."""
    if fits_sheet(config):
        payload = _payload(config, size, language, name, found)
        component("diagram")(key=KEY, data=payload, on_picked_change=lambda: None)
    else:
        show_diagram(config, size, None, language, key=KEY)


@st.cache_resource(max_entries=16, show_spinner=False)
def _payload(config: UNetConfig, size: Size, language: str, name: str, _found: Journey | None) -> bytes:
    traced = cached_trace(config, size)
    sheet = walk_sheet(traced, TEXT, pictured=_found is not None)
    scribe = Scribe(language)
    told = json.loads(drawing.diagram_payload(config, size, None, language, TALLEST, compact=True, view=sheet.view))
    told.update(
        text=TEXT, height=round(height(sheet), 1), layers=drawing.layers([sheet], scribe, False),
        arrows=drawing.arrows([sheet], scribe, 1.0), phrases=scribe.phrases,
        pictures=_pictures(traced, _found) if _found else {},
    )  # fmt: skip
    return packed(told)


def _pictures(traced: Trace, journey: Journey) -> dict[str, str]:
    """By the rows of the trace. A concatenation's box stands for the copy; what came from below has one of its own."""
    found = thumbnails(journey)
    return found | {row.name: found[row.inputs[1]] for row in traced.rows if row.kind == "concat"}
