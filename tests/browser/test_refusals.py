"""What Build does when no such network exists, and what a teacher's link takes away, in a real browser."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.test_every_page import violations


def test_a_refusal_greys_the_last_good_drawing_and_offers_the_nearest(open_page: Open) -> None:
    page = open_page("build?base=12")
    drawing = page.locator(".sheet svg")
    page.get_by_role("button", name="More choices").click()
    page.get_by_label("Normalisation").click()
    page.get_by_role("option", name="group norm").click()
    note = page.locator(".note")
    expect(note).to_contain_text("multiple of 8, got 12 at level 0; nearest are 8, 16")
    expect(page.locator("[data-stale=true]")).to_have_count(1)
    expect(drawing).to_have_attribute("data-version", re.compile("base=12"))  # the last good one
    page.keyboard.press("Escape")
    assert violations(page) == []
    page.get_by_role("button", name="Take the nearest: Normalisation group norm, Filters at the top 16").focus()
    page.keyboard.press("Enter")
    expect(drawing).to_have_attribute("data-version", re.compile("base=16.*norm=group"))
    expect(page.locator("[data-stale=true]")).to_have_count(0)
    expect(note.locator("button")).to_have_count(0)


def test_a_teachers_link_takes_controls_away(open_page: Open) -> None:
    page = open_page("build?hide=preset.filters.sizes.view&lock=depth&lang=zh")
    expect(page.locator("#slider-depth")).to_be_disabled()
    expect(page.locator("#slider-size")).to_be_enabled()
    for gone in ("#slider-filters", "[data-testid=stSelectbox]", ".switch:not([hidden])"):
        expect(page.locator(gone)).to_have_count(0)
    expect(page.get_by_role("tab")).to_have_text(["表格", "代价", "带走"])
