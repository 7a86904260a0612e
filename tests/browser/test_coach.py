"""The tabs Sizes and Costs of Build, driven by hand."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, settled
from tests.browser.test_every_page import WIDER_THAN_ITS_WINDOW, violations

SMALLEST_TEXT = """() => {
  const sizes = [];
  for (const host of document.querySelectorAll('[data-testid=stMain] *')) {
    for (const element of host.shadowRoot?.querySelectorAll('.frames *, .bars *') ?? []) {
      const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
      if (own && element.getClientRects().length) sizes.push(parseFloat(getComputedStyle(element).fontSize));
    }
  }
  return Math.min(...sizes);
}"""
SIZES, COSTS = 1, 2


def opened(open_page: Open, tab: int, query: str = "lang=en", **how: object) -> Page:
    page = open_page(f"build?{query}", **how)
    page.get_by_role("tab").nth(tab).click()
    expect(page.locator(".frames .views svg" if tab == SIZES else ".bars tbody tr").first).to_be_visible()
    settled(page)
    return page


def test_the_coach_tells_the_classic_mistake_and_leads_out_of_it(open_page: Open) -> None:
    page = opened(open_page, SIZES, size=(1440, 2600))
    story = page.locator(".st-key-build_panel")
    expect(story).to_contain_text("mask of 324\u00a0px")
    expect(story).to_contain_text("2\u00a0px off the centre")
    pictures = page.locator(".frames")
    expect(pictures).to_have_count(5)  # what goes wrong, three ways out, the border
    expect(pictures.first.locator(".line.mask").first).to_have_attribute("x", "92")
    expect(pictures.first.locator(".line.expected").first).to_have_attribute("x", "94")
    expect(pictures.first.get_by_role("img").first).to_have_attribute("aria-label", re.compile("input 512 × 512"))
    expect(pictures.nth(2).locator(".area.added").first).to_have_attribute("d", re.compile(r"^M-6 -6|^M0 0H524"))
    assert page.evaluate(SMALLEST_TEXT) >= 11
    assert violations(page) == []
    page.get_by_role("button", name="Use 524 × 524").click()
    page.wait_for_url(re.compile("size=524x524"))
    expect(page.locator(".totals")).to_contain_text("340 × 340 × 2 out")
    expect(page.locator(".frames")).to_have_count(1)
    side = page.get_by_label("Try an input size")
    side.fill("100")  # by keyboard alone
    side.press("Enter")
    expect(story).to_contain_text("Nothing is left at level 4")
    expect(page.locator(".totals")).to_contain_text("340 × 340 × 2 out")  # only tried, not drawn
    page.locator("#slider-depth").focus()
    page.keyboard.press("ArrowLeft")
    expect(story).to_contain_text("100\u00a0px fits")


def test_the_costs_follow_the_slider_and_name_what_it_did(open_page: Open) -> None:
    page = opened(open_page, COSTS, "lang=en&base=56", size=(1440, 2600))
    rows = page.locator(".bars tbody tr")
    expect(rows).to_have_count(9)
    rows.nth(8).hover()
    expect(page.locator('.box[data-id="bottleneck.relu2"]')).to_have_class(re.compile("lit"))
    assert page.evaluate(SMALLEST_TEXT) >= 11
    assert violations(page) == []
    slider = page.locator("#slider-filters")
    slider.focus()
    page.keyboard.press("ArrowRight")
    panel = page.locator(".st-key-build_panel")
    expect(panel).to_contain_text("Filters at the top 56 → 64: parameters × 1.3")
    expect(page.locator(".bars tfoot")).to_contain_text("31,030,658")
    box = slider.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 9 / 13, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 12, middle, steps=4)
    page.mouse.move(box["x"] + box["width"] + 5, middle, steps=2)
    expect(panel).to_contain_text(
        "Filters at the top 64 → 128: parameters × 4.0, multiply-adds × 4.0, feature maps × 2.0"
    )
    page.mouse.up()
    settled(page)
    expect(panel).to_contain_text("Filters at the top 64 → 128")


@pytest.mark.parametrize("tab", [SIZES, COSTS], ids=["sizes", "costs"])
def test_on_a_projector_in_the_dark_nothing_is_cut_off(open_page: Open, tab: int) -> None:
    page = opened(open_page, tab, "lang=zh&size=570x300", size=(1024, 768), dark=True)
    assert page.evaluate(WIDER_THAN_ITS_WINDOW) <= 0
    page.set_viewport_size({"width": 1024, "height": 2600})  # axe judges only what is in the window
    settled(page)
    assert violations(page) == []
    inner = page.locator(".frames" if tab == SIZES else ".bars")
    for part in inner.all():
        assert part.evaluate("(element) => element.scrollWidth - element.clientWidth") <= 0
