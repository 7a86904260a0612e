"""The drawing as a file: well-formed, everything where the drawing has it, in any language, in both themes."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.core.test_golden import SVG, numbers
from unet_core.config import PRESETS
from unet_core.diagram import VIEWS, diagram
from unet_core.diagram.heads import DASHES, LINE
from unet_core.diagram.svg import COLOURS, to_svg
from unet_core.messages import Message
from unet_core.trace import Trace, trace

STYLE = (Path(__file__).parents[2] / "ui" / "components" / "diagram" / "diagram.css").read_text("utf-8")


@pytest.fixture(scope="module")
def run() -> Trace:
    return trace(PRESETS["classroom++"], (64, 96))


@pytest.mark.parametrize("view", VIEWS)
def test_everything_is_where_the_drawing_has_it(run: Trace, view: str) -> None:
    svg, sheet = ET.fromstring(to_svg(run, view)), diagram(run, view=view)
    rects = [rect for rect in svg.iter(f"{SVG}rect") if "box" in rect.attrib["class"]]
    assert len(rects) == len(sheet.boxes)
    for rect, box in zip(rects, sheet.boxes, strict=True):
        assert numbers(rect, "x", "y", "width", "height") == pytest.approx(box.place, abs=0.06)
    texts = next(group for group in svg.iter(f"{SVG}g") if group.attrib["class"] == "texts")
    for element, text in zip(texts, sheet.texts, strict=True):
        assert numbers(element, "x", "y") == pytest.approx((text.x, text.y), abs=0.06)
        assert "".join(element.itertext()) == f"{text.content}{text.index}"
    lines = [line for line in svg.iter(f"{SVG}polyline") if line.attrib["class"] == "line"]
    for line, arrow in zip(lines, sheet.arrows, strict=False):  # those of the legend follow
        start = [float(value) for value in line.attrib["points"].split()[0].split(",")]
        assert start == pytest.approx(arrow.points[0], abs=0.06)
    assert len(lines) == len(sheet.arrows) + len(sheet.legend)


def test_every_word_goes_through_the_translator_and_is_escaped(run: Trace) -> None:
    def upside_down(message: Message) -> str:
        return f"<b>&{str(message)[::-1]}\"'"

    svg = to_svg(run, "maps", translate=upside_down)
    root = ET.fromstring(svg)
    words = {"".join(text.itertext()) for text in root.iter(f"{SVG}text") if text.attrib["class"] in ("entry", "scale")}
    assert words and all(each.startswith("<b>&") for each in words)
    assert root.attrib["aria-label"].startswith("<b>&")
    assert "<b>" not in svg


def test_dark_is_dark(run: Trace) -> None:
    light, dark = to_svg(run), to_svg(run, dark=True)
    assert COLOURS["paper"][0] in light and COLOURS["paper"][1] not in light
    assert COLOURS["paper"][1] in dark and COLOURS["paper"][0] not in dark
    assert re.sub(r"#[0-9A-F]{6}", "", light) == re.sub(r"#[0-9A-F]{6}", "", dark)


def test_colours_and_dashes_are_those_of_the_screen() -> None:
    found = {
        name: (light, dark) for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#\w+), (#\w+)\)", STYLE)
    }
    for name, pair in COLOURS.items():
        if name not in ("ink", "paper"):  # the screen takes these from the theme
            assert found[name] == pair, name
    for kind, (drawn, left_out) in DASHES.items():
        assert f".arrow.{kind} .line {{ stroke-dasharray: {drawn:g} {left_out:g}; }}" in STYLE
    for kind, width in LINE.items():
        assert re.search(rf"\.arrow\.{kind} {{[^}}]*--width: {width:g}; }}", STYLE) or width == 1.8


def test_theme_colours_are_those_of_the_app() -> None:
    import tomllib

    settings = tomllib.loads((Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text("utf-8"))["theme"]
    for name, key in (("paper", "backgroundColor"), ("ink", "textColor")):
        assert COLOURS[name] == (settings["light"][key], settings["dark"][key])
