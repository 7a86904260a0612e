"""Findings in a real browser: the rows say what was chosen last, and one seed can be followed through all of them."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, settled
from tests.browser.test_every_page import violations

READY = ".dots tbody th"


def choose(page: Page, name: str, number: int) -> None:
    page.locator(f".st-key-findings_{name} input").click()
    page.get_by_role("option").nth(number).click()
    settled(page)


def test_no_number_of_an_earlier_choice_stays(open_page: Open) -> None:
    page = open_page("findings?lang=en", ready=READY)
    cells = "rows => rows.map(row => [...row.querySelectorAll('th, td.mean, .told')].map(cell => cell.textContent))"
    first = page.locator(".dots tbody tr").evaluate_all(cells)
    choose(page, "figure", 1)
    second = page.locator(".dots tbody tr").evaluate_all(cells)
    assert [row[0] for row in first] == [row[0] for row in second] and first != second
    choose(page, "figure", 0)
    assert page.locator(".dots tbody tr").evaluate_all(cells) == first
    assert page.locator(".dots .track").all_inner_texts() == [""] * page.locator(".dots .track").count()


def test_one_seed_is_followed_by_keyboard_and_let_go(open_page: Open) -> None:
    page = open_page("findings?lang=en", ready=READY)
    button = page.locator(".follow button").first
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "true")
    lit = page.locator(".dots .run.lit")
    repeats = lit.evaluate_all("dots => dots.map(dot => dot.dataset.repeat)")
    assert len(repeats) > 1 and set(repeats) == {button.inner_text()}
    page.keyboard.press("Enter")
    expect(lit).to_have_count(0)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_in_what_opens(open_page: Open, dark: bool) -> None:
    page = open_page("findings?lang=en", dark=dark, size=(1440, 2600), ready=READY)
    for summary in page.locator("summary").all():
        summary.click()
    settled(page)
    assert violations(page) == []
    page.get_by_role("tab").nth(1).click()
    page.wait_for_selector(".st-key-claim_nesting")
    settled(page)
    assert violations(page) == []
