"""Our own components: what must move under the hand, light up together, or answer without a round trip.

One folder each, with its .html, .css and .js as real files; they are handed to Streamlit inline.
"""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

FOLDER = Path(__file__).parent
DRAWINGS = ("diagram", "aligned")  # share drawing.js. A script travels with every message, so it is not common to all


@cache
def component(name: str, like: str | None = None) -> Callable[..., Any]:
    """The mount function of the component in the folder `name`; registered once in a process.

    Where it looks `like` another component, that one's style comes before its own.
    """
    folder = FOLDER / name
    styles = [FOLDER / one / f"{one}.css" for one in (like, name) if one]
    shared = ("common.js", "drawing.js") if name in DRAWINGS else ("common.js",)
    scripts = [*(FOLDER / one for one in shared), folder / f"{name}.js"]
    return st.components.v2.component(
        f"unet_{name}",
        html=(folder / f"{name}.html").read_text("utf-8"),
        css="".join(style.read_text("utf-8") for style in styles),
        js="".join(script.read_text("utf-8") for script in scripts),
    )


def packed(payload: object) -> bytes:
    """A payload as the bytes that common.js decodes; bytes travel as they are, so they can be kept and sent again."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
