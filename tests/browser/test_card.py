"""The block card under the drawing of Build: opened, read, walked along and closed, by mouse and by keyboard."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Open
from tests.browser.test_every_page import violations

QUIET = "Click a block to see what it computes and what it costs."


def box(page: Page, row: str) -> Locator:
    """The box of the drawing that stands for a row."""
    return page.locator(f'.boxes .box[data-rows~="{row}"]')


def card(page: Page) -> Locator:
    return page.locator(".block-card")


def operation(page: Page, row: str) -> Locator:
    return card(page).locator(f'.operations li[data-id="{row}"] button')


def seen_together(page: Page, row: str) -> None:
    """Wait until the clicked box and the upper part of its card, the answer, are both in the window."""
    page.wait_for_function(
        """([card, box]) => card.getBoundingClientRect().top + 200 <= innerHeight
                           && box.getBoundingClientRect().top >= 0""",
        arg=[card(page).element_handle(), box(page, row).element_handle()],
    )


def test_a_click_shows_what_a_block_computes_and_leads_on(open_page: Open) -> None:
    page = open_page("build")
    expect(page.get_by_text(QUIET)).to_be_visible()
    box(page, "encoder.1.relu1").click()
    expect(card(page).locator("h2")).to_have_text("Encoder, level 1 X1,0")
    expect(card(page)).to_contain_text("3 × 3 × 64 × 128 + 128 = 73,856 parameters")
    expect(card(page)).to_contain_text("221,440 parameters")
    expect(card(page)).to_contain_text("sees 14 × 14 of the 572 × 572 pixels")
    expect(operation(page, "encoder.1.relu1")).to_have_attribute("aria-current", "true")
    seen_together(page, "encoder.1.relu1")

    operation(page, "pool.0").hover()  # lights what it is everywhere
    expect(box(page, "pool.0")).to_have_class(re.compile(r"\blit\b"))
    expect(page.locator('tr[data-id="pool.0"]')).to_have_class(re.compile(r"\blit\b"))
    box(page, "encoder.1.relu2").hover()  # and the other way
    expect(card(page).locator('li[data-id="encoder.1.conv2"]')).to_have_class(re.compile(r"\blit\b"))

    operation(page, "pool.0").click()
    expect(card(page)).to_contain_text("(568 − 2)/2 + 1 = 284 pixels high and wide")
    expect(box(page, "pool.0")).to_have_attribute("aria-pressed", "true")
    card(page).locator("button.neighbour", has_text="X1,3").click()
    expect(card(page).locator("h2")).to_have_text("Decoder, level 1 X1,3")
    expect(box(page, "decoder.1.relu2")).to_have_attribute("aria-pressed", "true")
    operation(page, "skip.1.join").click()
    expect(card(page)).to_contain_text("128 + 128 = 256 channels, which the next convolution turns into 128")
    expect(card(page)).to_contain_text("cropped by 40 px on every side")
    expect(card(page).locator(".way", has_text="no skip at this level")).to_contain_text("147,584 (−147,456)")
    halves = [half.bounding_box() for half in card(page).locator(".bar > span").all()]
    assert len(halves) == 2 and halves[0] and halves[1]
    assert halves[0]["width"] == pytest.approx(halves[1]["width"], abs=1)

    card(page).get_by_role("button", name="The code that runs").click()
    expect(card(page).locator("pre").first).to_contain_text("class Skip(nn.Module)")
    expect(card(page).locator("pre").last).to_contain_text("torch.cat(maps, dim=1)")
    card(page).get_by_role("button", name="Close the card").click()
    expect(card(page)).to_be_hidden()
    expect(page.get_by_text(QUIET)).to_be_visible()
    expect(page.locator(".box[aria-pressed=true]")).to_have_count(0)


def test_the_keyboard_alone_opens_walks_and_closes_it(open_page: Open) -> None:
    focused = "document.activeElement.shadowRoot?.activeElement"
    page = open_page("build?net=unet%2B%2B&classes=1&base=8&padding=same&norm=batch&size=64x64&lang=zh")
    box(page, "decoder.X0_2.relu2").focus()
    page.keyboard.press("Enter")
    expect(card(page).locator("h2")).to_have_text("第 0 级，第 2 步 X0,2")
    expect(card(page)).to_contain_text("批归一化")
    operation(page, "decoder.X0_2.relu2").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(operation(page, "decoder.X0_2.norm2")).to_have_attribute("aria-current", "true")
    assert page.evaluate(f"{focused}.closest('li').dataset.id") == "decoder.X0_2.norm2"
    neighbour = card(page).locator("button.neighbour", has_text="X0,1")
    neighbour.focus()
    expect(box(page, "decoder.X0_1.relu2")).to_have_class(re.compile(r"\blit\b"))
    page.keyboard.press("Enter")
    expect(card(page).locator("h2")).to_have_text("第 0 级，第 1 步 X0,1")
    page.wait_for_function(f"{focused} !== null && {focused} !== undefined")  # the button is gone, the focus is not
    assert page.evaluate(f"{focused}.closest('.block-card') !== null")
    page.keyboard.press("Escape")
    expect(card(page)).to_be_hidden()
    assert page.evaluate(f"{focused}.className") == "quiet"


@pytest.mark.parametrize(
    ("path", "dark"),
    [("build?at=skip.3.join", False), ("build?at=encoder.1.norm2&norm=batch&lang=zh", True)],
    ids=["light", "dark"],
)
def test_axe_finds_nothing_in_the_card(open_page: Open, path: str, dark: bool) -> None:
    page = open_page(path, dark=dark, size=(1440, 2600), ready=".block-card")
    card(page).locator("button.code").click()
    expect(card(page).locator("pre").first).to_be_visible()
    assert violations(page) == []
    too_small = """card => [...card.querySelectorAll('*')].filter((element) => element.checkVisibility()
      && [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim())
      && parseFloat(getComputedStyle(element).fontSize) < 11).map((element) => element.textContent)"""
    assert card(page).evaluate(too_small) == []
    heights = "card => [...card.querySelectorAll('button')].map((button) => button.getBoundingClientRect().height)"
    assert min(card(page).evaluate(heights)) >= 24
    assert card(page).evaluate("card => card.scrollWidth - card.clientWidth") <= 0
