"""Segment, driven by hand: a mask that moves without a message, a block that opens, uploads good and bad."""

import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, messages, settled

READY = ".channels button canvas"


def covered(page: Page) -> int:
    """Pixels of the overlay that are painted."""
    return page.locator("canvas.overlay:not(.other)").evaluate(
        """canvas => { const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
           let n = 0; for (let i = 3; i < data.length; i += 4) n += data[i] > 0; return n; }"""
    )


def photo(kind: str = "PNG", size: tuple[int, int] = (96, 64), exif: int | None = None) -> bytes:
    """A dark picture with one bright disc in its upper left quarter."""
    rows, columns = np.mgrid[: size[1], : size[0]]
    disc = (rows - size[1] / 4) ** 2 + (columns - size[0] / 4) ** 2 < (min(size) / 6) ** 2
    image = Image.fromarray((20 + 200 * disc).astype(np.uint8))
    buffer = io.BytesIO()
    options = {}
    if exif is not None:
        options["exif"] = Image.Exif()
        options["exif"][274] = exif
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def upload(page: Page, name: str, data: bytes) -> None:
    page.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": data}
    )


def call_it(page: Page, what: str = "Cells or nuclei") -> None:
    page.get_by_role("radio", name=what).click()


def raise_threshold(page: Page) -> None:
    """By the keyboard, far enough for another mask, and let go."""
    page.locator("input.threshold").focus()
    for _ in range(5):
        page.keyboard.press("PageUp")
    settled(page)


def taken_away(page: Page) -> np.ndarray:
    """The mask as the page offers it for download."""
    page.get_by_role("button", name="Take away").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Mask as PNG").click()
    page.keyboard.press("Escape")
    return np.asarray(Image.open(Path(download.value.path())))


def test_a_mask_lies_on_the_sample_under_its_passport(open_page: Open) -> None:
    page = open_page("segment", ready=READY)
    expect(page.get_by_text("not the network you built")).to_be_visible()
    expect(page.locator(".shown")).to_contain_text("The mask covers")
    said = float(re.search(r"([\d.]+) %", page.locator(".shown").inner_text())[1])  # type: ignore[index]
    assert abs(covered(page) / 512**2 * 100 - said) < 0.06
    expect(page.get_by_text(re.compile(r"512 × 512 pixels in \d+\.\d\d s on "))).to_be_visible()


def test_opacity_and_threshold_move_without_a_round_trip(open_page: Open) -> None:
    page = open_page("segment", ready=READY)
    settled(page)
    before, sent = covered(page), messages(page)
    assert sent > 0
    for control, value in (("opacity", 20), ("threshold", 230), ("opacity", 90)):
        page.locator(f"input.{control}").evaluate(
            "(input, value) => { input.value = value; input.dispatchEvent(new Event('input')); }", value
        )
    assert page.locator("canvas.overlay:not(.other)").evaluate("canvas => canvas.style.opacity") == "0.9"
    assert 0 < covered(page) < before
    settled(page)
    assert messages(page) == sent  # nothing was said to the server
    page.locator("input.threshold").dispatch_event("change")
    settled(page)
    assert messages(page) > sent  # letting go tells it, for the download


def test_the_mask_that_is_taken_away_is_the_one_that_is_shown(open_page: Open) -> None:
    page = open_page("segment", ready=READY)
    raise_threshold(page)
    mask = taken_away(page)
    assert mask.shape == (512, 512)
    assert set(np.unique(mask)) == {0, 1, 2}  # background, inside, boundary
    assert int((mask > 0).sum()) == covered(page)


def test_a_click_on_a_block_shows_what_it_computed(open_page: Open) -> None:
    page = open_page("segment", ready=READY)
    title = page.locator(".channels .title")
    expect(title).to_contain_text("encoder.0.relu2: 512 × 512 × 16")
    page.locator('.box[data-id="bottleneck.relu2"] .shape').click()
    expect(title).to_contain_text("bottleneck.relu2: 32 × 32 × 256; 12 of the channels")
    tiles = page.locator(".channels button")
    expect(tiles).to_have_count(12)
    assert tiles.first.locator("canvas").evaluate("canvas => canvas.width") == 32
    tiles.nth(2).click()
    expect(page.locator(".shown")).to_contain_text("bottleneck.relu2, channel")
    assert covered(page) == 512 * 512  # the channel lies on the whole image
    page.get_by_role("button", name="Back to the mask").click()
    expect(page.locator(".shown")).to_contain_text("The mask covers")


def test_an_upload_gets_its_mask_and_what_was_done_is_said(open_page: Open) -> None:
    page = open_page("segment", ready=READY)
    upload(page, "phone.jpg", photo("JPEG", (100, 60), exif=6))
    call_it(page)
    expect(page.get_by_text("100 × 60 pixels in")).to_be_visible()  # turned: 100 high, 60 wide
    expect(page.get_by_text(re.compile("rotated|turned", re.IGNORECASE)).first).to_be_visible()
    expect(page.get_by_text("mirroring the edges")).to_be_visible()
    expect(page.locator("canvas.overlay:not(.other)")).to_have_js_property("width", 60)
    settled(page)  # it has its size before it has its colours
    assert 0 < covered(page) < 0.3 * 6000


@pytest.mark.parametrize(
    ("name", "data", "word"),
    [("holiday.png", b"only text", "PNG"), ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
     ("nothing.png", b"", "empty"), ("cut.jpg", photo("JPEG", (400, 400))[:500], "")],
)  # fmt: skip
def test_a_bad_file_gets_one_sentence_and_the_page_goes_on(open_page: Open, name: str, data: bytes, word: str) -> None:
    page = open_page("segment", ready=READY)
    upload(page, name, data)
    alert = page.locator('[data-testid="stAlertContentError"]')
    expect(alert).to_have_count(1)
    expect(alert).to_contain_text(word)
    upload(page, "good.png", photo())
    call_it(page)
    expect(page.get_by_text("64 × 96 pixels in")).to_be_visible()
    expect(alert).to_have_count(0)


def test_it_works_by_keyboard_alone(open_page: Open) -> None:
    page = open_page("segment", ready=READY)
    page.locator(".channels button").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator(".channels button").nth(1)).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".shown")).to_contain_text("channel")


def test_home_shows_a_network_between_image_and_mask(open_page: Open) -> None:
    page = open_page("")
    expect(page.locator(".box")).not_to_have_count(0)
    expect(page.get_by_text("26.1 % of the pixels")).to_contain_text("121,385 parameters")
    page.get_by_role("link", name="Build · How is it made?").click()
    page.wait_for_url(re.compile("/build"))


def test_a_threshold_belongs_to_its_image(open_page: Open) -> None:
    page = open_page("segment", ready=READY)
    raise_threshold(page)
    page.get_by_label("Image", exact=True).click()
    page.get_by_role("option", name="Synthetic nuclei").click()
    expect(page.locator(".controls output").nth(1)).to_have_text("0.50")
    settled(page)
    assert int((taken_away(page) > 0).sum()) == covered(page)


def test_a_change_of_language_keeps_the_image(open_page: Open) -> None:
    page = open_page("segment", ready=READY)
    page.get_by_label("Image", exact=True).click()
    real = page.locator(".shown").inner_text()
    page.get_by_role("option", name="Synthetic nuclei").click()
    expect(page.locator(".shown")).not_to_have_text(real)
    before = covered(page)
    page.get_by_text("中文", exact=True).click()
    expect(page.locator(".shown")).to_contain_text("掩码")
    page.locator('.box[data-id="pool.0"] .shape').click()
    expect(page.locator(".channels .title")).to_contain_text("pool.0")
    assert covered(page) == before


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_label(label, exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()


def drag(page: Page, first: tuple[float, float], last: tuple[float, float]) -> None:
    """Over the picture, in shares of its width and height."""
    box = page.locator(".stack").first.bounding_box()
    assert box is not None
    ends = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (first, last)]
    page.mouse.move(*ends[0])
    page.mouse.down()
    page.mouse.move(*ends[1], steps=4)
    page.mouse.up()


def test_the_picture_is_uncovered_outlined_and_moved_in_the_browser_alone(open_page: Open) -> None:
    page = open_page("segment", ready=READY)
    settled(page)
    filled, sent = covered(page), messages(page)
    assert sent > 0
    page.get_by_role("radio", name="Outline").click()
    assert 0 < covered(page) < filled / 2
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="Probability")).to_be_checked()
    assert covered(page) == 512 * 512
    page.locator("input.wipe").evaluate("input => { input.value = 25; input.dispatchEvent(new Event('input')); }")
    overlay = page.locator("canvas.overlay:not(.other)")
    assert overlay.evaluate("canvas => canvas.style.clipPath") == "inset(0px 75% 0px 0px)"
    page.get_by_role("button", name="Nearer").click()
    drag(page, (0.5, 0.5), (0.2, 0.5))
    moved = page.locator(".inner").evaluate("inner => inner.style.transform")
    assert re.fullmatch(r"scale\(1\.5\) translate\(-(3[0-9]|2[0-9])\.?\d*%, -16\.\d+%\)", moved), moved
    page.mouse.move(0, 0)
    page.get_by_role("button", name="Whole image").click()
    assert page.locator(".inner").evaluate("inner => inner.style.transform") == "scale(1) translate(0%, 0%)"
    settled(page)
    assert messages(page) == sent  # nothing of this was said to the server


def test_a_marked_object_sets_the_scale_openly_and_can_be_taken_back(open_page: Open) -> None:
    page = open_page("segment", ready=READY)
    page.get_by_role("button", name="Mark an object").click()
    drag(page, (0.3, 0.4), (0.5, 0.4))
    expect(page.get_by_text(re.compile("The marked object is 10[123] pixels wide")).first).to_be_visible()
    expect(page.get_by_text("Its answer was resized back").first).to_be_visible()
    field = page.get_by_role("spinbutton", name="Diameter of one typical object in pixels")
    field.fill("")
    field.press("Enter")
    expect(page.get_by_text("The marked object is")).to_have_count(0)
    page.get_by_role("button", name="Mark an object").click()
    drag(page, (0.3, 0.4), (0.301, 0.4))
    expect(page.locator('[data-testid="stAlert"]')).to_contain_text("press at one edge of an object")


def test_two_networks_look_at_one_image(open_page: Open) -> None:
    page = open_page("segment", ready=READY)
    choose(page, "Beside it", "nuclei-unet")
    expect(page.locator(".pane")).to_have_count(2)
    expect(page.locator(".pane .title").nth(1)).to_have_text("nuclei-unet")
    expect(page.get_by_text("Mask by nuclei-unet")).to_have_count(2)
    first, second = page.locator("canvas.overlay:not(.other)").all()
    page.wait_for_function("document.querySelectorAll('*').length > 0")
    assert first.bounding_box()["y"] == second.bounding_box()["y"]  # type: ignore[index]
    choose(page, "Image", "Pebbles, the test photo")
    expect(page.locator(".pane")).to_have_count(1)
    expect(page.get_by_text("Mask by pebbles-unet")).to_be_visible()


def test_what_no_network_knows_gets_no_mask(open_page: Open) -> None:
    page = open_page("segment", ready=READY)
    upload(page, "cat.png", photo())
    expect(page.get_by_text("Say first what the image shows")).to_be_visible()
    expect(page.locator("input.threshold")).to_be_hidden()
    call_it(page, "Something else")
    expect(page.get_by_text("No network that comes with this app knows it")).to_be_visible()
    expect(page.get_by_text("Mask by")).to_have_count(0)
    call_it(page, "Stones")
    expect(page.get_by_text("Mask by pebbles-unet")).to_be_visible()


def test_a_pixel_is_pointed_at_by_keyboard(open_page: Open) -> None:
    page = open_page("segment", ready=READY)
    page.locator(".stack").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".probe")).to_contain_text("row 256, column 257")
    page.keyboard.press("Enter")
    expect(page.locator(".stack svg line")).to_have_count(4)
