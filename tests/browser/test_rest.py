"""The wait of all browser tests: it ends when the server has answered and not before, and then at once."""

import time

from playwright.sync_api import expect

from tests.browser.conftest import Open, messages, settled

DELAYED = """milliseconds => {
  const send = Object.getPrototypeOf(WebSocket.prototype).send;
  Object.getPrototypeOf(WebSocket.prototype).send = function (data) {
    setTimeout(() => send.call(this, data), milliseconds);
  };
}"""


def test_it_waits_for_a_late_answer_and_nothing_is_left_for_the_next_test(open_page: Open) -> None:
    page = open_page("build?depth=3&base=4&padding=same&size=64x64")
    settled(page)
    before = messages(page)
    page.evaluate(DELAYED, 1500)  # longer than the page must have been at rest
    page.evaluate("() => { localStorage.left = 'behind'; }")
    page.locator("#slider-depth").focus()
    page.keyboard.press("ArrowLeft")
    settled(page)
    assert messages(page) > before
    version = page.locator(".sheet svg").get_attribute("data-version") or ""
    assert version.startswith("depth=2 ")
    began = time.monotonic()
    page.wait_for_function("unetRest.over(250)")
    assert time.monotonic() - began < 5


def test_a_page_that_is_lent_again_knows_nothing(open_page: Open) -> None:
    page = open_page("build")
    assert page.evaluate("Object.keys(localStorage).includes('left')") is False
    expect(page.locator(".totals")).to_contain_text("31,030,658 parameters")
