"""Inside, driven by hand: a block from the drawing or from the journey, its channels on the image, a point in all."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, settled
from tests.browser.test_every_page import violations

READY = ".channels button canvas"


def colours(page: Page, place: str) -> int:
    """How many colours a picture has."""
    return page.locator(place).evaluate(
        """canvas => new Set(new Uint32Array(
             canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size"""
    )


def test_drawing_journey_and_channels_tell_of_one_block(open_page: Open) -> None:
    page = open_page("segment", ready=READY)
    stops = page.locator(".journey button")
    expect(stops).to_have_count(11)  # the input, nine blocks, the head; the mask is no button
    settled(page)
    widths = stops.evaluate_all("stops => stops.map(stop => stop.querySelector('canvas').width)")
    assert widths == [256, 256, 256, 128, 64, 32, 64, 128, 256, 256, 256]  # one square for each number, up to 256
    assert all(colours(page, f".journey .stop >> nth={number} >> canvas") > 1 for number in range(12))
    page.locator('.box[data-id="pool.1"] .shape').click()
    expect(page.locator(".channels .title")).to_contain_text("pool.1: 128 × 128 × 32")
    expect(page.locator('.journey button[data-id="encoder.2.relu2"]')).to_have_attribute("aria-pressed", "true")
    expect(page.locator('.journey button[aria-pressed="true"]')).to_have_count(1)
    page.locator('.journey button[data-id="encoder.2.relu2"]').focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator(".channels .title")).to_contain_text("encoder.3.relu2: 64 × 64 × 128")
    expect(page.locator('.box[data-id="encoder.3.relu2"]')).to_have_attribute("aria-pressed", "true")
    expect(page.locator('.journey button[data-id="encoder.3.relu2"]')).to_be_focused()


def test_a_point_is_marked_everywhere_and_a_channel_lies_on_the_image(open_page: Open) -> None:
    page = open_page("segment", ready=READY)
    expect(page.locator(".cell")).to_have_count(0)
    box = page.locator(".stack").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.25)
    expect(page.locator(".channels .cell")).to_have_count(12)
    expect(page.locator(".journey .cell")).to_have_count(12)
    where = page.locator(".channels .where").inner_text()
    row, column = map(int, re.findall(r"\d+", where)[:2])
    assert abs(row - 128) < 4 and abs(column - 384) < 4
    share = page.locator(".channels .cell").first.evaluate(
        "cell => [parseFloat(cell.style.left), parseFloat(cell.style.top)]"
    )
    assert abs(share[0] - 100 * (column + 0.5) / 512) < 0.01 and abs(share[1] - 100 * (row + 0.5) / 512) < 0.01
    tiles = page.locator(".channels button")
    tiles.nth(2).click()
    expect(page.locator(".shown")).to_contain_text("encoder.0.relu2, channel")
    page.wait_for_function("tile => tile.unetWhole", arg=tiles.nth(2).element_handle())  # its 512 x 512 have come
    assert tiles.nth(2).evaluate("tile => tile.unetWhole.canvas.width") == 512
    page.get_by_role("button", name="Back to the mask").click()
    expect(tiles.nth(2)).to_have_attribute("aria-pressed", "false")
    tiles.nth(2).click()
    tiles.nth(2).click()  # a second click takes it off
    expect(page.locator(".shown")).to_contain_text("The mask covers")


def test_a_scale_can_be_chosen_and_zero_is_white(open_page: Open) -> None:
    page = open_page("segment", ready=READY)
    page.locator('.box[data-id="up.0.upconv"] .shape').click()
    expect(page.locator(".legend .zero")).to_have_text("0")
    before = colours(page, ".channels button >> nth=11 >> canvas")
    page.get_by_role("radio", name="Network").click()
    expect(page.locator(".legend .low")).to_have_text(re.compile(r"−\d+\.\d\d"))
    settled(page)
    assert colours(page, ".channels button >> nth=11 >> canvas") < before  # a weak one has lost its contrast
    middle = page.locator(".legend canvas").evaluate(
        "ramp => [...ramp.getContext('2d').getImageData(128, 0, 1, 1).data]"
    )
    assert min(middle) > 240
    page.mouse.move(0, 0)  # a button that is chosen and under the mouse has Streamlit's own colours
    settled(page)
    assert violations(page) == []


def test_effects_are_measured_stopped_and_gone_on_with(open_page: Open) -> None:
    page = open_page("segment", ready=READY, size=(1440, 1600))
    page.locator('.box[data-id="bottleneck.relu2"] .shape').click()
    page.get_by_role("radio", name="Effect on the mask").click()
    page.get_by_role("button", name="Measure the effect").click()
    expect(page.get_by_text(re.compile(r"[1-9]\d* of 256 channels, about"))).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Stop measuring").click()
    said = page.get_by_text("of 256 channels are measured")
    expect(said).to_be_visible()
    assert 1 <= int(said.inner_text().split()[0]) < 256
    expect(page.locator(".channels .effect").first).to_contain_text("% of the pixels change")
    page.get_by_role("button", name="Measure the effect").click()
    expect(page.get_by_text(re.compile(r"of 256 channels, about"))).to_be_visible()
    page.locator('.box[data-id="pool.3"] .shape').click()  # any click ends it
    expect(page.locator(".channels .title")).to_contain_text("pool.3: 32 × 32 × 128")
    expect(page.get_by_text("0 of 128 channels are measured")).to_be_visible()
