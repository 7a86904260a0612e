"""Walk, driven by hand: ten cards, then every step; all of it in the browser, without a word to the server."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, messages, settled
from tests.browser.test_every_page import violations

READY = ".player .title"
BOTTOMS = """() => {
  const roots = [...document.querySelectorAll('*')].map((each) => each.shadowRoot).filter(Boolean);
  const shown = roots.flatMap((root) => [...root.querySelectorAll('svg .box, .player *')]);
  return Math.max(...shown.map((each) => each.getBoundingClientRect().bottom));
}"""


def spotted(page: Page) -> list[str | None]:
    return [box.get_attribute("data-id") for box in page.locator(".spot .box.spotted").all()]


def count(page: Page, text: str) -> None:
    expect(page.locator(".player .count")).to_have_text(text)


def to_every_step(page: Page) -> None:
    page.get_by_role("button", name="Leave the lesson").click()
    count(page, "1 of 55")


def test_ten_cards_and_then_every_step_without_a_message(open_page: Open) -> None:
    page = open_page("walk?lang=en", size=(1024, 768), ready=READY)
    expect(page.locator(".spot .box.spotted")).to_have_count(2)
    settled(page)
    sent = messages(page)
    assert sent > 0
    the_lesson(page)
    the_steps(page)
    settled(page)
    assert messages(page) == sent


def the_lesson(page: Page) -> None:
    """By keyboard: the first question is answered, the second answered wrongly, all others skipped."""
    assert spotted(page) == ["input", "head"]
    dim = page.locator('.box[data-id="pool.0"] .picture').evaluate("picture => getComputedStyle(picture).opacity")
    assert float(dim) < 0.5
    main = page.get_by_test_id("stMain")
    controls = main.locator(".player button:visible:enabled, .player input:visible").all()
    assert 1 <= len(controls) <= 4
    places = [control.bounding_box()["x"] for control in controls]  # type: ignore[index]
    assert places == sorted(places)  # the Tab key goes from left to right: Next comes before Leave the lesson
    for number in range(1, 11):
        count(page, f"{number} of 10")
        if number == 2:
            answer(page, 1, "Right. 256 × 256 × 1 = 65,536")
        elif number == 3:
            answer(page, 0, "Not quite. 3 × 3 × 1 = 9")
            expect(page.locator(".choices button").nth(1)).to_have_text("✓ 9")
            page.keyboard.press("ArrowLeft")
            expect(page.locator(".verdict")).to_contain_text("65,536")  # what was answered stays
            page.keyboard.press("ArrowRight")
        elif number > 3:
            expect(page.locator(".verdict")).to_be_hidden()
            page.keyboard.press("ArrowRight")
            expect(page.locator(".verdict")).to_be_visible()
        assert page.evaluate(BOTTOMS) <= 768, number
        assert spotted(page) and len(spotted(page)) <= 2
        if number == 10:
            expect(page.locator("figure .ring:visible")).to_have_count(4)
            assert violations(page) == []
        page.keyboard.press("ArrowRight")
    count(page, "1 of 55")
    expect(page.locator(".diagram.spot")).to_have_count(0)  # it lets go
    expect(page.locator(".player .next")).to_be_focused()
    expect(page.get_by_role("button", name="The paper's own sizes")).to_be_visible()


def answer(page: Page, choice: int, verdict: str) -> None:
    page.locator(".choices button").nth(choice).focus()
    page.keyboard.press("Enter")
    expect(page.locator(".verdict")).to_contain_text(verdict.split(". ")[1])
    expect(page.locator(".verdict")).to_contain_text(verdict.split(" ")[0])


def the_steps(page: Page) -> None:
    """Play, pause, step, scrub."""
    page.get_by_role("button", name="Play", exact=True).click()
    count(page, "2 of 55")
    page.get_by_role("button", name="Pause", exact=True).click()
    paused = page.locator(".player .count").inner_text()
    page.wait_for_timeout(2200)  # longer than a step stays while playing
    count(page, paused)
    for _ in range(int(paused.split()[0]) - 2):  # a slow machine went further before it heard of the pause
        page.keyboard.press("ArrowLeft")
    count(page, "2 of 55")
    assert spotted(page) == ["encoder.0.relu2"]  # the box of the block that the row is in
    page.get_by_role("button", name="Next", exact=True).click()
    count(page, "3 of 55")
    expect(page.locator(".player .name")).to_have_text("encoder.0.norm1")
    page.keyboard.press("ArrowLeft")
    count(page, "2 of 55")
    scrub = page.locator("input.scrub")
    scrub.fill("28")
    expect(page.locator(".player .name")).to_have_text("up.2.upconv")
    assert spotted(page) == ["up.2.upconv"]
    expect(page.locator(".player .shapes")).to_contain_text("32 × 32 × 64 → 64 × 64 × 32")
    scrub.press("End")
    expect(page.locator(".player .title")).to_contain_text("argmax")
    assert page.locator(".player figure img").evaluate("image => image.naturalWidth") == 256
    expect(page.get_by_role("button", name="Next", exact=True)).to_be_disabled()


def test_another_network_another_image_and_back_to_the_lesson(open_page: Open) -> None:
    page = open_page("walk?lang=en&depth=2&base=8", ready=READY)
    to_every_step(page)
    page.locator('.box[data-id="bottleneck.relu2"] .shape').click()
    expect(page.locator(".player .name")).to_have_text("bottleneck.relu2")
    first = page.locator(".player figure img").get_attribute("src")
    page.get_by_role("button", name="Synthetic nuclei").click()
    expect(page.locator(".player figure img")).not_to_have_attribute("src", first or "")
    expect(page.locator(".player .name")).to_have_text("bottleneck.relu2")  # the place is kept
    assert violations(page) == []
    page.get_by_role("button", name="The paper's own sizes").click()
    count(page, "25 of 56")
    expect(page.locator(".player .shapes")).to_contain_text("28 × 28 × 1024")
    expect(page.locator(".player figure")).to_contain_text("not trained here")
    box = page.locator('.box[data-id="head"]')
    expect(box).to_contain_text("388²")
    box.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".player .shapes")).to_contain_text("388 × 388 × 64 → 388 × 388 × 2")
    page.get_by_role("button", name="Your network").click()
    expect(page.locator(".player .shapes")).to_contain_text("× 8 →")
    settled(page)
    page.get_by_role("button", name="Start the lesson").click()
    count(page, "1 of 10")
    page.keyboard.press("ArrowRight")
    page.get_by_text("中文", exact=True).click()
    count(page, "第 2 个，共 10 个")  # the lesson goes on in the other language


def test_who_wants_no_motion_steps_by_hand(open_page: Open) -> None:
    page = open_page("walk?lang=en", dark=True, ready=READY)
    page.emulate_media(reduced_motion="reduce")
    to_every_step(page)
    expect(page.locator(".player .play")).to_be_hidden()
    page.keyboard.press("ArrowRight")
    count(page, "2 of 55")
    expect(page.locator(".player .title")).to_have_text("Encoder, level 0: 3 × 3 convolution")
    assert violations(page) == []
