"""The presets as files: a drawing and a table each. `pytest --refresh-golden` writes them anew; look at them then.

The files themselves are checked too, by what stands in them and not by the code that wrote them.
"""

import re
import xml.etree.ElementTree as ET
from itertools import combinations
from pathlib import Path

import pytest

from tests.core.drawn import Place, overlap
from ui.build_choices import PRESET_SIDES
from unet_core.config import PRESETS
from unet_core.diagram.svg import to_svg
from unet_core.export import to_markdown
from unet_core.models import build_model
from unet_core.trace import trace

FOLDER = Path(__file__).parents[1] / "golden"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_is_drawn_and_counted_as_before(preset: str, request: pytest.FixtureRequest) -> None:
    run = trace(PRESETS[preset], (PRESET_SIDES[preset],) * 2)
    for name, text in ((f"{preset}.svg", to_svg(run)), (f"{preset}.md", to_markdown(run))):
        if request.config.getoption("--refresh-golden"):
            (FOLDER / name).write_text(text, encoding="utf-8", newline="\n")
        assert (FOLDER / name).read_text(encoding="utf-8") == text, f"{name}: see pytest --refresh-golden"


def test_there_is_nothing_else_in_the_folder() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(PRESETS)
    assert {path.suffix for path in FOLDER.iterdir()} == {".svg", ".md"}


@pytest.mark.parametrize("preset", PRESETS)
def test_the_golden_tables_sums_equal_its_totals(preset: str) -> None:
    lines = (FOLDER / f"{preset}.md").read_text("utf-8").splitlines()
    head, _, *rows, totals = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    counted = [index for index, title in enumerate(head) if title in ("parameters", "running numbers", "MACs")]
    counted.append(head.index("memory (bytes)"))
    for column in counted:
        numbers = [int(row[column].replace(",", "")) for row in rows]
        assert sum(numbers) == int(totals[column].strip("*").replace(",", "")), head[column]
    parameters = sum(p.numel() for p in build_model(PRESETS[preset]).parameters())
    assert totals[head.index("parameters")] == f"**{parameters:,}**"


def tree(preset: str) -> ET.Element:
    return ET.fromstring((FOLDER / f"{preset}.svg").read_text("utf-8"))


def numbers(element: ET.Element, *names: str) -> list[float]:
    return [float(element.attrib[name]) for name in names]


def frame_of(text: ET.Element) -> Place:
    """The space of a text whose letters are on average half as wide as high; upright ones run up."""
    (x, y, height), words = numbers(text, "x", "y", "font-size"), "".join(text.itertext())
    length = 0.5 * height * len(words)
    before = {"start": 0.0, "middle": 0.5, "end": 1.0}[text.attrib["text-anchor"]] * length
    if "transform" in text.attrib:
        return x - 0.7 * height, y + before - length, 0.7 * height, length
    return x - before, y - 0.7 * height, length, 0.7 * height


@pytest.mark.parametrize("preset", PRESETS)
def test_the_golden_drawing_is_whole_and_nothing_is_on_top_of_another(preset: str) -> None:
    svg = tree(preset)
    left, top, width, height = map(float, svg.attrib["viewBox"].split())
    boxes = [
        numbers(rect, "x", "y", "width", "height") for rect in svg.iter(f"{SVG}rect") if "box" in rect.attrib["class"]
    ]
    frames = [frame_of(text) for text in svg.iter(f"{SVG}text")]
    assert len(boxes) >= 11 and len(frames) >= 20
    for x, y, wide, high in [*boxes, *frames]:
        assert left <= x and x + wide <= left + width and top <= y and y + high <= top + height
    for one, other in combinations(boxes, 2):
        assert not overlap(tuple(one), tuple(other), 0.2)  # type: ignore[arg-type]
    for one_frame, other_frame in combinations(frames, 2):
        assert not overlap(one_frame, other_frame)
    for frame in frames:  # a text stands in no box, or wholly inside one
        touched = [box for box in boxes if overlap(frame, tuple(box))]  # type: ignore[arg-type]
        assert len(touched) <= 1
        for x, y, wide, high in touched:
            assert x <= frame[0] + 0.5 and frame[0] + frame[2] <= x + wide + 0.5
            assert y <= frame[1] + 0.5 and frame[1] + frame[3] <= y + high + 0.5


@pytest.mark.parametrize("preset", PRESETS)
def test_the_golden_drawing_stands_alone(preset: str) -> None:
    text = (FOLDER / f"{preset}.svg").read_text("utf-8")
    assert re.findall(r"https?://[^\"' ]+", text) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"<(script|image|use|foreignObject)|@import|url\(|href", text)


def test_this_check_sees_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    svg, table = (FOLDER / "classroom.svg").read_text("utf-8"), (FOLDER / "classroom.md").read_text("utf-8")
    monkeypatch.setattr(f"{__name__}.FOLDER", tmp_path)
    rect = re.search(r'<rect class="box map" x="([\d.]+)"', svg)
    assert rect is not None
    (tmp_path / "classroom.svg").write_text(svg.replace(rect[0], rect[0].replace(rect[1], "990.0"), 1))
    with pytest.raises(AssertionError):
        test_the_golden_drawing_is_whole_and_nothing_is_on_top_of_another("classroom")
    (tmp_path / "classroom.md").write_text(table.replace("| **", "| **1", 1).replace("**total", "**total"))
    (tmp_path / "classroom.md").write_text(re.sub(r"\*\*(\d+),", r"**9\1,", table))
    with pytest.raises(AssertionError):
        test_the_golden_tables_sums_equal_its_totals("classroom")
