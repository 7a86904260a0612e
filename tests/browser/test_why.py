"""Why, driven by hand: each experiment once, something done in it, and the numbers that change."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Open, settled
from tests.browser.test_every_page import WIDER_THAN_ITS_WINDOW, violations

READY = "figure canvas"
FIGURES = ".figures figure"


def opened(open_page: Open, experiment: str, size: tuple[int, int] = (1440, 2600)) -> Page:
    """The tab with an experiment; without a name the first one."""
    page = open_page("segment", size=size, ready=".viewer canvas")
    page.get_by_role("tab").nth(1).click()
    page.wait_for_selector(READY)
    if experiment:
        choose(page, experiment)
    return page


def choose(page: Page, experiment: str) -> None:
    page.get_by_role("radio", name=experiment, exact=True).click()
    settled(page)


def caption(page: Page, title: str) -> Locator:
    return (
        page.locator(FIGURES)
        .filter(has=page.locator("b", has_text=re.compile(f"^{title}$")))
        .locator("figcaption span")
    )


def painted(page: Page, title: str) -> int:
    """A number that changes with the picture above a caption."""
    figure = page.locator(FIGURES).filter(has=page.locator("b", has_text=re.compile(f"^{title}$")))
    return figure.locator("canvas.picture").evaluate(
        """canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data
           .reduce((sum, value, place) => (sum * 31 + value * (place % 97)) % 1000003, 7)"""
    )


def test_a_part_is_switched_off_and_mask_and_dice_change(open_page: Open) -> None:
    page = opened(open_page, "")
    expect(caption(page, "With it")).to_contain_text("Dice 0.92")
    said, mask = caption(page, "Switched off").inner_text(), painted(page, "Switched off")
    page.get_by_label("Skip", exact=True).click()
    page.get_by_role("option", name="level 1").click()
    expect(caption(page, "Switched off")).not_to_have_text(said)
    settled(page)
    assert painted(page, "Switched off") != mask
    page.get_by_role("radio", name="A block or a channel").click()
    page.wait_for_selector(".st-key-why_panel svg .box, svg .box")
    settled(page)
    deepest = caption(page, "What changed").inner_text()
    page.locator('.box[data-id="decoder.0.relu2"] .shape').click()
    expect(caption(page, "What changed")).not_to_have_text(deepest)
    expect(page.get_by_text("trained with the part that is switched off here")).to_be_visible()


def test_a_bottleneck_is_transplanted_and_the_saying_is_judged(open_page: Open) -> None:
    page = opened(open_page, "Transplant")
    expect(page.locator(FIGURES)).to_have_count(4)
    expect(page.get_by_text("“Skips say where”")).to_be_visible()
    cells = page.locator("td").all_inner_texts()
    assert len(cells) == 12 and float(cells[1]) > 0.9 > 0.5 > float(cells[2])  # A's own mask with both truths
    page.get_by_label("Image", exact=True).click()
    page.get_by_role("option", name="Pebbles, the test photo").click()
    expect(page.get_by_text("B is “Pebbles, the validation photo”")).to_be_visible()
    settled(page)
    assert page.locator("td").all_inner_texts()[1] != cells[1]
    page.get_by_label("The other image, B").click()
    page.get_by_role("option", name="Pebbles from a drone").click()
    expect(page.get_by_text("Dice with the own mask of A")).to_be_visible()


def test_a_dot_moves_by_a_click_and_by_keyboard_and_its_boxes_with_it(open_page: Open) -> None:
    page = opened(open_page, "Poke")
    expect(
        page.get_by_text(re.compile("Outside of the boxes the largest change, over all 3[0-9] feature maps, is 0"))
    ).to_be_visible()
    before = caption(page, "Image").inner_text(), painted(page, "Mask")
    frame = page.locator(".frame.pick")
    frame.click(position={"x": 60, "y": 40})
    expect(page.get_by_role("button", name="Pixel: row 256, column 256")).to_have_count(0)
    settled(page)
    assert (caption(page, "Image").inner_text(), painted(page, "Mask")) != before
    where = page.get_by_role("button", name=re.compile("Pixel: row"))
    said = where.inner_text()
    frame.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(where).not_to_have_text(said)
    settled(page)
    box = page.locator(FIGURES).nth(1).locator("rect.over").first
    width = float(box.get_attribute("width") or 0)
    slider = page.get_by_role("slider", name="Radius in pixels")
    slider.press("ArrowRight")
    settled(page)
    assert float(box.get_attribute("width") or 0) == width + 2


def test_shifts_are_stopped_and_then_run_to_the_multiple(open_page: Open) -> None:
    page = opened(open_page, "Shift")
    begin = page.get_by_role("button", name=re.compile("Move the image by 1 to"))
    begin.click()
    stop = page.locator(".st-key-why_stop button")
    page.get_by_text(re.compile(r"^[1-9]\d? of \d+ runs")).wait_for()
    stop.click()
    expect(page.get_by_text("Stopped after")).to_be_visible()
    begin.click()
    last = page.locator(".bars tbody tr").last
    expect(last.locator("th")).to_contain_text("a multiple of", timeout=90_000)
    mean, largest, flipped = last.locator(".percent").all_inner_texts()
    assert float(mean) == 0 and float(largest) < 0.001 and flipped == "0"
    assert float(page.locator(".bars tbody tr").first.locator(".percent").nth(1).inner_text()) > 0.1


def test_the_field_follows_the_point_of_the_large_picture(open_page: Open) -> None:
    page = opened(open_page, "Receptive field")
    expect(page.get_by_text("95 % of the influence comes from")).to_be_visible()
    before = painted(page, "How much each pixel counts")
    page.locator(".stack").first.focus()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Pixel: row 256, column 266")).to_be_visible()
    settled(page)
    assert painted(page, "How much each pixel counts") != before
    page.get_by_text("The cell of each block").click()
    expect(page.locator("td", has_text="bottleneck.relu2")).to_be_visible()


def test_a_network_with_one_head_says_so(open_page: Open) -> None:
    page = opened(open_page, "Deep supervision")
    expect(page.get_by_text("This network has one head")).to_be_visible()


def test_axe_finds_nothing_in_any_experiment(open_page: Open) -> None:
    page = opened(open_page, "")
    choices = page.locator(".st-key-why_experiment").get_by_role("radio")
    for dark in (False, True):
        page.emulate_media(color_scheme="dark" if dark else "light")
        for index in range(6):
            choices.nth(index).click()
            page.mouse.move(0, 0)  # the page's own hover colours are not judged here
            settled(page)
            assert violations(page) == [], (index, dark)
            assert page.evaluate(WIDER_THAN_ITS_WINDOW) <= 0


def test_nothing_is_cut_off_on_a_projector(open_page: Open) -> None:
    page = opened(open_page, "", size=(1024, 768))
    for experiment in ("Transplant", "Poke", "Receptive field"):
        choose(page, experiment)
        assert page.evaluate(WIDER_THAN_ITS_WINDOW) <= 0
        wide = page.locator("figure").evaluate_all(
            "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).length"
        )
        assert wide == 0
