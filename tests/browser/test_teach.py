"""Teach it, by hand: strokes become a mask that is seen to grow, a stroke more is taken, and the network goes along."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, settled
from tests.browser.test_measure import paint

MINUTE = 120_000  # milliseconds: the process that teaches must begin first, on a machine that does other things too


def strokes(page: Page) -> None:
    """A stone of the sample, and what is beside it."""
    page.get_by_role("radio", name="this", exact=True).click()
    paint(page, (0.45, 0.45), (0.55, 0.5))
    page.get_by_role("radio", name="not this").click()
    paint(page, (0.1, 0.85), (0.3, 0.9))
    settled(page)


def test_strokes_become_a_mask_and_a_network(open_page: Open) -> None:
    page = open_page("train?lang=en&tab=teach", ready=".brush .stack", size=(1440, 1400))
    page.get_by_role("button", name="Start", exact=True).click()
    refusal, picture = page.get_by_text("there are no strokes yet"), page.locator(".brush .stack")
    expect(refusal).to_be_visible()
    top, below = (it.bounding_box() for it in (refusal, picture))
    assert top and below and top["y"] < below["y"], "beside the button, not under the picture"
    page.get_by_role("button", name="More").click()
    page.get_by_label("Seconds to learn").fill("3")
    page.get_by_label("Seconds to learn").press("Enter")
    page.keyboard.press("Escape")
    settled(page)
    strokes(page)
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_alt_text("The picture under the mask so far")).to_be_visible(timeout=MINUTE)
    name = page.locator(".st-key-teach_classes [data-testid=stWidgetLabel] p")  # of a control that can't be used now
    colours = name.evaluate("it => [it, it.closest('.stApp')].map(each => getComputedStyle(each).color)")
    assert colours[0] == colours[1]
    paint(page, (0.1, 0.1), (0.2, 0.1))  # while it learns
    expect(page.get_by_role("button", name="Go on learning")).to_be_visible(timeout=MINUTE)
    expect(page.locator(".viewer canvas.overlay:not(.other)")).to_be_visible(timeout=MINUTE)
    expect(page.get_by_text("of the stroked pixels are right")).to_be_visible()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save the network").click()
    assert saved.value.suggested_filename.startswith("taught-")
    page.get_by_role("button", name="Open in Segment").click()
    expect(page.get_by_role("heading", name="Segment")).to_be_visible(timeout=MINUTE)
    expect(page.get_by_text("one picture, by strokes").first).to_be_visible(timeout=MINUTE)
