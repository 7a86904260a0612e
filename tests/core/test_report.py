"""The report: pictures where they belong, every sentence on it, nothing that could run or be fetched."""

import io
import re
import xml.etree.ElementTree as ET
from base64 import b64decode
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from PIL import Image

from tests.core.test_shelf import card
from unet_core.comparison import ComparisonError
from unet_core.diagram.sheet import length_of
from unet_core.messages import Message
from unet_core.overlay import overlay, palette
from unet_core.report import Report, make_report, report_png, report_svg
from unet_core.report.png import DRAWN
from unet_core.report.sheet import GAP, wrapped
from unet_core.zoo.passport import passport

DAY = date(2026, 11, 26)
SVG = "{http://www.w3.org/2000/svg}"


def scene(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    pixels = np.random.default_rng(0).random((height, width, 3), dtype=np.float32)
    pixels[0, 0] = 1.0
    classes = np.zeros((height, width), np.int64)
    classes[height // 4 : height // 2, width // 4 : width // 2] = 1
    classes[-3:, -5:] = 2
    return pixels, classes


def report(height: int = 60, width: int = 90, *, fill: bool = True, notes: tuple[Message, ...] = ()) -> Report:
    pixels, classes = scene(height, width)
    return make_report(pixels, classes, passport(card()), 0.4, DAY, notes, fill)


def test_the_image_stands_beside_the_image_under_its_mask() -> None:
    pixels, classes = scene(60, 90)
    picture = report().picture
    assert picture.shape == (60, 90 + GAP + 90, 3) and picture.dtype == np.uint8
    assert np.array_equal(picture[:, :90], np.round(pixels * 255)) and (picture[:, 90 : 90 + GAP] == 255).all()
    assert np.array_equal(picture[:, 90 + GAP :], overlay(pixels, classes))
    outlined = report(fill=False).picture[:, 90 + GAP :]
    assert np.array_equal(outlined[20, 30], np.round(pixels[20, 30] * 255))  # inside: as it was
    assert outlined[15, 30].tolist() == [255, 165, 0]  # on the outline


@pytest.mark.parametrize(("height", "width"), [(1500, 3000), (4096, 60), (1, 4096), (3, 2)])
def test_the_picture_is_bounded_and_never_enlarged(height: int, width: int) -> None:
    made = report(height, width)
    rows, columns, _ = made.picture.shape
    assert rows <= min(2048, height) and columns <= min(2048, 2 * width + GAP)
    one = (columns - GAP) // 2
    assert one / max(rows, 1) == pytest.approx(width / height, rel=0.02) or min(rows, one) == 1
    assert made.width >= 640 and made.text_height >= 14


def test_a_reduced_mask_has_no_class_that_was_not_there() -> None:
    classes = np.zeros((1500, 3100), np.int64)
    classes[400:1101, 400:2333] = 2
    made = make_report(np.ones((1500, 3100, 1), np.float32), classes, passport(card()), 0.5, DAY, fill=False)
    shown = made.picture[:, -(made.picture.shape[1] - GAP) // 2 :].reshape(-1, 3)
    assert {tuple(colour) for colour in np.unique(shown, axis=0).tolist()} == {(255, 255, 255), palette(3)[2]}


def test_every_sentence_is_on_it_in_order() -> None:
    notes = (Message("{n} stones.", {"n": 7}),)
    lines = [str(line) for line in report(notes=notes).lines]
    known = [str(line) for line in passport(card()).sentences]
    assert lines[: len(known)] == known
    share = 100 * (scene(60, 90)[1] > 0).mean()
    assert lines[len(known)] == (
        f"Threshold 0.40 on the probability of foreground: the mask covers {share:.1f} % of 60 × 90 pixels."
    )
    assert lines[len(known) + 1 :] == ["7 stones.", "Not made for: use.", "Made on 2026-11-26 with U-Net Explorer."]


def words(svg: str) -> str:
    return " ".join(text.text or "" for text in ET.fromstring(svg).iter(f"{SVG}text"))


def test_the_svg_holds_the_picture_and_the_words_and_nothing_that_runs() -> None:
    made = report()
    svg = report_svg(made)
    root = ET.fromstring(svg)
    (image,) = root.iter(f"{SVG}image")
    with Image.open(io.BytesIO(b64decode(image.attrib["href"].removeprefix("data:image/png;base64,")))) as picture:
        assert np.array_equal(np.array(picture), made.picture)
    assert words(svg) == " ".join([str(made.title), *map(str, made.lines)])
    assert {element.tag.removeprefix(SVG) for element in root.iter()} == {"svg", "title", "rect", "image", "text"}
    links = [value for element in root.iter() for name, value in element.attrib.items() if "href" in name]
    assert all(link.startswith("data:image/png;base64,") for link in links) and "http" not in svg.replace(
        'xmlns="http://www.w3.org/2000/svg"', ""
    )


def test_the_svg_speaks_another_language_and_no_line_is_too_long() -> None:
    made = report()
    svg = report_svg(made, lambda line: "掩码来自一个网络，它从没有见过这幅图像。" * 9, "zh")
    root = ET.fromstring(svg)
    texts = [text.text or "" for text in root.iter(f"{SVG}text")]
    assert root.attrib["lang"] == "zh" and len(texts) > 2 * len(made.lines)
    for text in texts[1:]:
        assert length_of(text, made.text_height) <= made.width - 2 * GAP and text[0] not in "，。"
    places = [float(text.attrib["y"]) for text in root.iter(f"{SVG}text")]
    assert places == sorted(places) and max(places) < float(root.attrib["height"])
    assert min(places) > GAP + len(made.picture)


def test_what_a_card_is_called_can_not_break_out_of_the_svg() -> None:
    name = "<script>alert(1)</script>\x00\ud800&\"'>"
    pixels, classes = scene(20, 20)
    svg = report_svg(make_report(pixels, classes, passport(replace(card(), name=name)), 0.5, DAY))
    svg.encode("utf-8")
    assert "<script" not in svg and "<script>alert(1)</script>\ufffd\ufffd&\"'>" in words(svg)


def test_the_png_shows_text_and_carries_it_in_the_other_language() -> None:
    made = report()
    data = report_png(made, lambda line: f"中文 {line}")
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        shown = np.array(image)
        told = image.info["Description"]
    height, width, _ = made.picture.shape
    assert np.array_equal(shown[GAP : GAP + height, GAP : GAP + width], made.picture)
    below = shown[GAP + height :]
    assert (below.min(axis=2) < 100).sum() > 500
    edge = GAP - 2  # letters may lean out a little; no line is cut off, neither the last one
    assert (below[:, :edge] == 255).all() and (below[:, -edge:] == 255).all() and (below[-edge:] == 255).all()
    assert told.splitlines() == [f"中文 {line}" for line in (made.title, *made.lines)]


def test_the_png_draws_a_sign_for_what_its_font_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    monkeypatch.setattr(
        "unet_core.report.png.ImageDraw.ImageDraw.text", lambda _, place, text, *more: drawn.append(text)
    )
    report_png(report(notes=(Message("5 × 3 µm² − 中"),)))
    assert "5 x 3 um^2 - ?" in drawn and set("".join(drawn)) <= DRAWN


# --- wrapping ---


@pytest.mark.parametrize(
    "text",
    ["one two three four five", "a verylongwordthatneverends b", "中文字符，没有空格。再来一句",
     "mixed 中文 and words，和标点", "", "   ", "x"],
)  # fmt: skip
@pytest.mark.parametrize("room", [1, 4, 7, 12, 100])
def test_wrapping_keeps_every_letter_and_the_room(text: str, room: int) -> None:
    lines = list(wrapped(text, room, len))
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(len(line) <= room and line == line.rstrip() != "" for line in lines)
    if room >= 2 and re.search("[一-鿿]", text) and "word" not in text:
        assert all(line[0] not in "，。" for line in lines)


def test_words_stay_whole_and_lines_are_full() -> None:
    assert list(wrapped("one two three four five", 9, len)) == ["one two", "three", "four five"]
    assert list(wrapped("中文字符，没有空格", 4, len)) == ["中文字", "符，没有", "空格"]
    assert len("".join(wrapped("x" * 5000, 50, len))) == 600


def test_a_mask_of_another_size_is_refused() -> None:
    pixels, classes = scene(20, 20)
    with pytest.raises(ComparisonError, match="the mask has 19 × 20 pixels, the image 20 × 20"):
        make_report(pixels, classes[1:], passport(card()), 0.5, DAY)
