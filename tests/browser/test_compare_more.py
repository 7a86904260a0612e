"""Quality, Prune, On an image and Predict first of Compare, driven by hand: what moves at once, what is told, axe."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Open, settled
from tests.browser.test_every_page import WIDER_THAN_ITS_WINDOW, violations

TALL = (1440, 3400)


def column(page: Page) -> dict[str, str]:
    """The texts of the pruning table's chosen column, by the names of its rows."""
    return page.locator(".pruning tbody tr").evaluate_all(
        "rows => Object.fromEntries(rows.map(row => [row.querySelector('th').textContent,"
        " row.querySelector('td.here span').textContent]))"
    )  # type: ignore[no-any-return]


def away(page: Page) -> Page:
    """What lies under the mouse is in other colours; nothing does here."""
    page.mouse.move(3, 3)
    page.wait_for_timeout(400)
    return page


def painted(canvas: Locator) -> int:
    return canvas.evaluate(
        """canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data
           .reduce((sum, value, place) => (sum * 31 + value * (place % 97)) % 1000003, 7)"""
    )  # type: ignore[no-any-return]


def test_a_point_by_keyboard_a_prediction_and_the_pruning_slider(open_page: Open) -> None:
    page = open_page("compare?part=quality&lang=en", dark=True, size=TALL, ready=".scatter [role=option]")
    # a network of the chart, by keyboard, becomes B
    chosen = page.locator('.scatter [role=option][aria-selected="true"]')
    before = chosen.locator("b").inner_text()
    chosen.focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(chosen.locator("b")).not_to_have_text(before)
    card = page.locator(".st-key-quality_card")
    expect(card).to_contain_text(chosen.locator("b").inner_text())
    settled(page)
    assert violations(away(page)) == []
    # a prediction: the answer goes in, the computed one appears beside it
    question = page.locator(".st-key-predict")
    expect(question).not_to_contain_text("Computed")
    question.get_by_role("radio", name="8 times").or_(question.get_by_role("button", name="8 times")).first.click()
    expect(question).to_contain_text("You said: 8 times.")
    expect(question).to_contain_text("Computed")
    page.get_by_role("button", name="Next question").click()
    expect(question).to_contain_text("Predict first, 2 of")
    # the pruning slider answers by itself
    page.get_by_role("tab", name="Prune").click()
    slider = page.locator(".pruning input")
    slider.wait_for(timeout=300_000)  # every head is computed first; its times are still measured meanwhile
    asked: list[str] = []
    page.on("websocket", lambda _: asked.append("new socket"))
    whole, says = column(page), page.locator(".pruning .says").inner_text()
    picture = page.locator(".pruning .large canvas")
    mask = painted(picture) if picture.is_visible() else None
    slider.focus()
    page.keyboard.press("Home")
    first = column(page)
    assert int(first["Parameters"].replace(",", "")) < int(whole["Parameters"].replace(",", "")) / 5
    assert float(first["Multiply-adds, billion"]) < float(whole["Multiply-adds, billion"])
    assert page.locator(".pruning .says").inner_text() != says
    assert page.locator(".pruning .slide output").inner_text() == "L1" and asked == []
    if mask is not None:
        page.wait_for_timeout(500)
        assert painted(picture) != mask
    settled(page)  # all times are measured, and what stood in the tab before is gone
    assert violations(away(page)) == [] and page.evaluate(WIDER_THAN_ITS_WINDOW) <= 0


def test_a_curtain_between_two_masks_and_the_two_questions_about_a_skip(open_page: Open) -> None:
    page = open_page("compare?part=image&a=model.pebbles-unet-3&b=model.pebbles-unet-3-no-skips&lang=en", size=TALL,
                     ready=".viewer canvas")  # fmt: skip
    figures = page.locator(".figures figure")
    expect(figures.filter(has_text="2. Another net, trained without it: pebbles-unet-3-without-0")).to_be_visible()
    settled(page)
    # the curtain uncovers more of A's mask, with the same masks beneath
    overlays = page.locator(".viewer .overlay")
    clips = "parts => parts.map(part => part.style.clipPath)"
    at_half = overlays.evaluate_all(clips)
    assert "50%" in at_half[0] and "50%" in at_half[1] and painted(overlays.nth(0)) != painted(overlays.nth(1))
    page.locator(".viewer input.wipe").focus()
    page.keyboard.press("End")
    after = overlays.evaluate_all(clips)
    assert re.search(r"inset\(0(px|%)?( 0(px|%)?){0,3}\)", after[0]) and "100%" in after[1]
    expect(page.get_by_text("There A is right in")).to_be_visible()
    # zeros along all skips are not a net without any
    page.get_by_role("radio", name="all of them").click()
    third = figures.filter(has_text="2. Another net, trained without it: pebbles-unet-3-no-skips").first
    expect(third).to_be_visible()
    settled(page)

    def dice(title: str) -> float:
        text = figures.filter(has_text=title).first.locator("figcaption span").inner_text()
        return float(re.findall(r"Dice (0\.\d+)", text)[0])

    assert dice("1. The same net") < dice("as it was trained") - 0.1 < dice("2. Another net")
    expect(page.get_by_text("no skip: mean Dice of inside and boundary")).to_be_visible()
    assert violations(away(page)) == [] and page.evaluate(WIDER_THAN_ITS_WINDOW) <= 0
