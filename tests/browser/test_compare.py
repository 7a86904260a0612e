"""Compare in a real browser: the way from A to B under the slider, what lights up, a fair width, the report."""

import io
import zipfile

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, settled
from tests.browser.test_every_page import violations

SLIDE = """([range, at]) => { range.value = at; range.dispatchEvent(new Event("input", { bubbles: true })); }"""
SCROLLED = """() => [...document.querySelectorAll('[data-testid="stButtonGroup"] *')]
  .filter((it) => it.scrollWidth > it.clientWidth + 1 && getComputedStyle(it).overflowX !== "visible")
  .map((it) => it.innerText)"""
ROOT, NODE = '.box[data-id="2,0"] .shape', '.box[data-id="0,2"] .shape'


def slide(page: Page, at: float) -> None:
    range_ = page.locator(".road input").element_handle()
    page.evaluate(SLIDE, [range_, at])
    expect(page.locator(".aligned svg[data-at]")).to_have_attribute("data-at", f"{at:g}")


def place(page: Page, shape: str) -> list[float]:
    found = page.locator(shape)
    return [float(found.get_attribute(name) or "nan") for name in ("x", "y")]


def test_the_way_from_a_to_b_and_what_lights_up_together(open_page: Open) -> None:
    page = open_page("compare?lang=en")
    slide(page, 0)
    expect(page.locator(NODE)).to_have_count(0)  # a U-Net has no X^{0,2}
    slide(page, 0.05)
    near = place(page, NODE)
    slide(page, 1)
    root, there = place(page, ROOT), place(page, NODE)
    assert near == pytest.approx([0.95 * one + 0.05 * other for one, other in zip(root, there, strict=True)], abs=0.2)
    slide(page, 0.5)
    half = [(one + other) / 2 for one, other in zip(root, there, strict=True)]
    assert place(page, NODE) == pytest.approx(half, abs=0.2)
    expect(page.locator(".step")).to_contain_text("share its encoder")
    # by keyboard, to the stop at the end; then the U-Net of depth 2 inside
    page.locator(".stops button").last.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".aligned svg[data-at]")).to_have_attribute("data-at", "3")
    page.locator(".lights .group").first.get_by_role("button").nth(1).click()
    lit = page.locator(".box.spotted").evaluate_all("boxes => boxes.map(box => box.dataset.id).sort()")
    assert lit == ["0,0", "0,2", "1,0", "1,1", "2,0"]
    page.locator(".lights .group").nth(1).get_by_role("button").nth(1).click()
    expect(page.locator(".reads")).to_contain_text("6 nodes would remain")
    page.locator(".lights .group").nth(1).get_by_role("button").nth(1).click()
    # a node names what it reads, and its lines of the table light up; and the other way round
    page.get_by_role("button", name="Show it now").click()  # the costs are the answer to the first question
    expect(page.locator("tr[data-id]").first).to_be_visible()
    page.locator('.box[data-id="1,2"]').focus()
    expect(page.locator(".card:visible")).to_contain_text("reads X1,0, X1,1 and the up-sampled X2,1: 32 + 32 + 32 = 96")
    rows = page.locator("tr.lit").evaluate_all("rows => rows.map(row => row.dataset.id)")
    assert len(rows) == 8 and all(row.startswith("1,2 ") for row in rows)
    page.keyboard.press("Enter")
    expect(page.locator(".reads")).to_contain_text("A: X1,2 reads X1,0 and the up-sampled X2,1: 32 + 32 = 64 channels")
    page.keyboard.press("Escape")
    page.locator('tr[data-id="0,1 conv1"]').hover()
    expect(page.locator('.box[data-id="0,1"].lit')).to_have_count(1)


def test_a_fair_width_and_the_report(open_page: Open) -> None:
    page = open_page("compare?lang=en&part=report&hide=predict")  # the report holds the answer to the first question
    page.locator(".st-key-compare_match input").click()
    page.get_by_role("option", name="multiply-adds").click()
    expect(page.locator('.box[data-id="0,0"] .size')).to_have_text("12·256²")
    settled(page)
    assert "match=macs" in page.url
    with page.expect_download() as begun:
        page.get_by_role("button", name="Report as ZIP").click()
    with zipfile.ZipFile(io.BytesIO(begun.value.path().read_bytes())) as archive:
        text = archive.read("compare.md").decode()
        assert "With 12 filters at the top against 16" in text and "16 against 12 filters" in text
        assert archive.read("compare.png")[:4] == b"\x89PNG" and b"<svg" in archive.read("compare.svg")
    page.set_viewport_size({"width": 1440, "height": 2000})
    settled(page)
    assert violations(page) == []



@pytest.mark.parametrize("language", ["en", "zh"])
def test_on_a_projector_no_answer_is_out_of_sight(open_page: Open, language: str) -> None:
    page = open_page(f"compare?part=challenge&lang={language}", size=(1024, 768))
    settled(page)
    assert page.evaluate(SCROLLED) == []
