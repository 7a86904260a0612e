"""Measure, driven by hand: strokes that move the figures, a window to beat the network in, a mask, a table to take."""

import csv
import io
import re
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Open, settled
from tests.browser.test_every_page import violations

READY = ".viewer canvas.overlay:not(.other)"
TALL = (1440, 2600)


def opened(open_page: Open, how: str | None = None, path: str = "segment?lang=en") -> Page:
    page = open_page(path, ready=READY, size=TALL)
    page.get_by_role("tab", name="Measure").click()
    expect(page.get_by_role("heading", name="The mask against a truth")).to_be_visible()
    if how:
        page.get_by_role("radio", name=how).click()
        settled(page)
    return page


def paint(page: Page, *places: tuple[float, float]) -> None:
    """Press at the first place, in shares of the picture's sides, drag through the others and let go."""
    box = page.locator(".brush .stack").bounding_box()
    assert box
    spots = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in places]
    page.mouse.move(*spots[0])
    page.mouse.down()
    for spot in spots[1:]:
        page.mouse.move(*spot, steps=6)
    page.mouse.up()


def painted_pixels(page: Page) -> int:
    told = page.get_by_text("You painted").inner_text()
    return int(re.search(r"painted ([\d,]+) pixels", told)[1].replace(",", ""))  # type: ignore[index]


def on_canvas(page: Page) -> int:
    """Pixels of the canvas that are painted; it is 1,024 wide over an image of 512."""
    return page.locator("canvas.paint").evaluate(
        """canvas => { const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
           let n = 0; for (let i = 3; i < data.length; i += 4) n += data[i] > 127; return n; }"""
    )


def agree(page: Page) -> None:
    """What the server counts is what is seen here, as soon as it has answered."""

    def apart() -> float:
        return abs(on_canvas(page) / 4 - painted_pixels(page)) - 0.01 * painted_pixels(page)

    settled(page)
    for _ in range(20):
        if apart() < 5:
            break
        page.wait_for_timeout(500)
    assert apart() < 5


def figures(page: Page) -> Locator:
    return page.locator('[data-testid="stTable"]')


def test_strokes_move_the_figures_and_can_be_taken_back(open_page: Open) -> None:
    page = opened(open_page, "A mask that you paint")
    undo = page.get_by_role("button", name="Undo the last stroke")
    expect(page.get_by_text("Nothing is painted yet")).to_be_visible()
    expect(undo).to_be_disabled()
    paint(page, (0.2, 0.2), (0.6, 0.25))
    expect(figures(page)).to_contain_text("your mask")
    agree(page)
    first, pixels = figures(page).inner_text(), painted_pixels(page)
    page.locator(".brush .radius").focus()
    for _ in range(12):
        page.keyboard.press("ArrowRight")
    expect(page.locator(".size output")).to_have_text("20 px")
    page.get_by_role("radio", name="Rubber").click()
    paint(page, (0.4, 0.1), (0.4, 0.4))
    expect(figures(page)).not_to_have_text(first)
    agree(page)
    assert painted_pixels(page) < pixels
    page.keyboard.press("Control+z")
    expect(page.get_by_text(f"You painted {pixels:,} pixels")).to_be_visible()
    agree(page)
    page.get_by_role("radio", name="Rubber").press("ArrowLeft")  # back to Object, by keyboard
    paint(page, (0.8, 0.8))  # a dot, and at once another stroke, so that the answer to it comes in the middle
    paint(page, (0.7, 0.5), (0.9, 0.5), (0.9, 0.6), (0.7, 0.6), (0.7, 0.55), (0.9, 0.55))
    agree(page)
    assert painted_pixels(page) > pixels
    kept = painted_pixels(page)
    page.get_by_role("tab", name="Inside").click()
    settled(page)
    page.get_by_role("tab", name="Measure").click()
    expect(page.get_by_text(f"You painted {kept:,} pixels")).to_be_visible()
    agree(page)
    page.get_by_text("中文", exact=True).click()
    expect(figures(page)).to_contain_text("标注者")
    assert on_canvas(page) > 0
    page.get_by_role("button", name="全部清除").click()
    expect(figures(page)).to_have_count(0)
    assert on_canvas(page) == 0


def test_a_window_is_painted_before_anything_is_told(open_page: Open) -> None:
    page = opened(open_page, "Can you beat the network?")
    done = page.get_by_role("button", name="I am done")
    expect(done).to_be_disabled()
    paint(page, (0.3, 0.3), (0.7, 0.3))
    page.wait_for_timeout(2000)
    paint(page, (0.3, 0.5), (0.7, 0.5))
    expect(page.get_by_text("Strokes: 2")).to_be_visible()
    assert figures(page).count() == 0
    done.click()
    expect(figures(page)).to_contain_text("you")
    expect(page.locator(".figures figure")).to_have_count(3)
    expect(page.get_by_text(re.compile(r"(You are|The network is) ahead of .* by 0\.\d{3} of Dice"))).to_be_visible()
    seconds = float(re.search(r"for ([\d.]+) s", page.get_by_text("You painted for").inner_text())[1])  # type: ignore[index]
    assert 2 < seconds < 30
    page.get_by_role("button", name="Paint it again").click()
    expect(done).to_be_disabled()
    page.wait_for_function("document.querySelector('.stApp')")
    assert on_canvas(page) == 0
    paint(page, (0.2, 0.2), (0.5, 0.2))
    expect(page.get_by_text("Strokes: 1")).to_be_visible()


def test_a_mask_is_brought_and_the_objects_are_taken_away(open_page: Open) -> None:
    page = opened(open_page, "A mask that you upload")
    mask = np.zeros((512, 512), np.uint8)
    mask[100:200, 100:300] = 255
    buffer = io.BytesIO()
    Image.fromarray(mask).save(buffer, "PNG")
    chooser = page.locator("input[type=file]").last
    chooser.set_input_files({"name": "small.png", "mimeType": "image/png", "buffer": buffer.getvalue()[:200]})
    expect(page.locator('[data-testid="stAlert"]')).to_have_count(1)
    chooser.set_input_files({"name": "mine.png", "mimeType": "image/png", "buffer": buffer.getvalue()})
    expect(page.get_by_text("Measured against mine.png.")).to_be_visible()
    expect(page.locator(".figures li")).to_have_count(4)
    legend = page.locator(".figures li").all_inner_texts()
    counts = [int(re.search(r"([\d,]+) px", text)[1].replace(",", "")) for text in legend]  # type: ignore[index]
    assert sum(counts) == 512 * 512 and counts[0] + counts[2] == 20_000
    page.get_by_label("Unit of length").fill("µm")
    page.get_by_label("Unit of length").press("Enter")
    page.get_by_label("Pixels in one µm").fill("2")
    page.get_by_label("Pixels in one µm").press("Enter")
    told = page.get_by_text(re.compile(r"Objects: \d+\. .* µm across"))
    expect(told).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Objects as CSV").click()
    rows = list(csv.reader(io.StringIO(Path(download.value.path()).read_bytes().decode("utf-8-sig"))))
    assert len(rows) - 1 == int(re.search(r"Objects: (\d+)", told.inner_text())[1])  # type: ignore[index]
    area, squared = rows[0].index("area (pixels)"), rows[0].index("area (µm²)")
    assert float(rows[1][squared]) == float(rows[1][area]) / 4
    bars = page.locator(".histogram .bars button")
    bars.first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".histogram .read")).to_have_text(bars.nth(1).get_attribute("aria-label") or "")
    assert sum(int(re.search(r"objects (\d+)", text)[1]) for text in bars.evaluate_all(  # type: ignore[index]
        "all => all.map(bar => bar.getAttribute('aria-label'))")) == len(rows) - 1  # fmt: skip


def test_axe_finds_nothing_in_either_theme(open_page: Open) -> None:
    page = opened(open_page, "A mask that you paint")
    paint(page, (0.2, 0.2), (0.6, 0.25))
    expect(figures(page)).to_be_visible()
    settled(page)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        settled(page)
        assert violations(page) == []
    page.get_by_role("radio", name="Can you beat the network?").click()
    settled(page)
    expect(page.locator(".brush button.undo")).to_have_text(re.compile(r"\w"))  # another brush, with words of its own
    assert violations(page) == []
