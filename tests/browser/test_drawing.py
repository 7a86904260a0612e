"""The drawing on the screen: it stands where Python put it, in both views and between them, and can be read."""

import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Open
from tests.core.drawn import overlap
from unet_core.config import UNetConfig
from unet_core.diagram import diagram
from unet_core.diagram.morph import Morph, between
from unet_core.diagram.svg import to_svg
from unet_core.trace import Trace, trace

NESTED = UNetConfig("unet++", base_channels=32, depth=4, padding="same", deep_supervision=True)
DEEP = UNetConfig("unet++", base_channels=128, depth=6, padding="same", deep_supervision=True)
SMALL = (1024, 768)
PLACES = """(root) => Object.fromEntries([...root.querySelectorAll('.boxes .box, .ghosts .ghost')].map((each) => {
  const shape = each.querySelector('.shape') ?? each;
  const kind = each.classList.contains('ghost') ? 'ghost ' : 'box ';
  return [kind + each.dataset.id, ['x', 'y', 'width', 'height'].map((name) => Number(shape.getAttribute(name)))];
}))"""
LETTERS = """(svg) => [...svg.querySelectorAll('text, tspan')].filter((each) => each.textContent).map((each) =>
  [each.textContent, parseFloat(getComputedStyle(each).fontSize) * svg.getScreenCTM().a])"""
FRAMES = """(svg) => [...svg.querySelectorAll('text')].filter((each) => each.textContent).map((each) => {
  const box = each.getBoundingClientRect();
  return [each.textContent, [box.x, box.y, box.width, box.height]];
})"""
TEXTS = """(svg) => [...svg.querySelectorAll(SELECTOR)].filter((each) => each.textContent).map((each) => [
  each.textContent, Number(each.getAttribute('x')), Number(each.getAttribute('y')), each.getAttribute('text-anchor'),
  each.hasAttribute('transform')])"""


def address(config: UNetConfig, side: int = 512, more: str = "") -> str:
    return f"build?{config.to_query()}&size={side}x{side}{more}"


def sheet(page: Page) -> Locator:
    return page.locator(".sheet svg")


def goes_to(page: Page, view: str) -> None:
    """Click the word and wait until everything has arrived."""
    page.get_by_role("button", name={"blocks": "Blocks", "maps": "Feature maps"}[view]).click()
    arrived(page, view)


def arrived(page: Page, view: str) -> None:
    expect(sheet(page)).to_have_attribute("data-view", view)
    expect(sheet(page)).to_have_attribute("data-at", {"blocks": "0", "maps": "1"}[view])


def assert_legible(page: Page) -> None:
    for text, height in sheet(page).evaluate(LETTERS):
        assert height >= 11, (page.url, text, height)
    smallest = page.locator(".diagram").evaluate(
        "root => Math.min(...[...root.querySelectorAll('.legend span, .scale, .totals span, .switch button')]"
        ".map(each => parseFloat(getComputedStyle(each).fontSize)))"
    )
    assert smallest >= 11


def assert_nothing_overlaps(page: Page) -> None:
    frames = sheet(page).evaluate(FRAMES)
    assert len(frames) > 5
    for (one, first), (other, second) in combinations(frames, 2):
        x, y, width, height = first  # of a line of text, where the letters are
        inner = (
            (x, y + 0.2 * height, width, 0.6 * height) if width > height else (x + 0.2 * width, y, 0.6 * width, height)
        )
        assert not overlap(inner, tuple(second), 1.0), (page.url, one, other)


@pytest.mark.parametrize("path", ["", "segment?lang=zh", "walk?lang=zh"])
def test_a_small_drawing_can_be_read(open_page: Open, path: str) -> None:
    page = open_page(path, size=SMALL)
    assert_legible(page)
    assert_nothing_overlaps(page)


def test_both_drawings_can_be_read_however_deep(open_page: Open) -> None:
    page = open_page(address(DEEP, more="&lang=zh"), size=SMALL)
    for button in (1, 0):
        page.locator(".switch button").nth(button).click()
        arrived(page, ("blocks", "maps")[button])
        assert_legible(page)
        assert_nothing_overlaps(page)


def test_the_screen_follows_the_morph(open_page: Open) -> None:
    """One network at t = 0, 0.5 and 1, by keyboard: every block and every map where `between` has it."""
    page = open_page(address(NESTED))
    arrived(page, "blocks")
    run = trace(NESTED, (512, 512))
    morph = Morph(diagram(run, view="blocks"), diagram(run, view="maps"))
    page.get_by_role("slider", name="From blocks to feature maps").focus()
    for steps, t in ((0, 0.0), (10, 0.5), (10, 1.0)):
        for _ in range(steps):
            page.keyboard.press("ArrowRight")
        expect(sheet(page)).to_have_attribute("data-at", f"{t:g}")
        moment, shown = between(morph, t), sheet(page).evaluate(PLACES)
        expected: dict[str, Any] = {}
        if t < 1:
            expected |= {f"{'box' if t < 0.5 else 'ghost'} {name}": place for name, place in moment.blocks.items()}
        if t > 0:
            expected |= {f"{'box' if t >= 0.5 else 'ghost'} {name}": place for name, place in moment.maps.items()}
        assert shown.keys() == expected.keys(), t
        for name, place in expected.items():
            assert shown[name] == pytest.approx(place, abs=0.11), (t, name)


def test_the_chosen_drawing_stays_while_the_network_changes(open_page: Open) -> None:
    page = open_page("build?depth=4&base=16&padding=same&size=256x256")
    arrived(page, "maps")
    expect(page.locator(".box")).to_have_count(32)
    goes_to(page, "blocks")
    expect(page.locator(".box")).to_have_count(9 + 1)
    for key, depth in (("ArrowLeft", 3), ("ArrowRight", 4), ("ArrowRight", 5)):
        page.locator("#slider-depth").focus()
        page.keyboard.press(key)
        expect(sheet(page)).to_have_attribute("data-version", re.compile(f"^depth={depth} "))
        arrived(page, "blocks")
    goes_to(page, "maps")
    expect(page.locator(".box")).to_have_count(39)
    assert page.locator(".to[aria-pressed=true]").inner_text() == "Feature maps"


def test_a_node_lights_what_it_reads_and_lets_go(open_page: Open) -> None:
    page = open_page(address(NESTED))
    node = page.locator('.box.node[data-id="decoder.X0_3.relu2"]')
    other = page.locator('.box.node[data-id="encoder.4.relu2"]')
    inputs = {"encoder.0.relu2", "decoder.X0_1.relu2", "decoder.X0_2.relu2", "decoder.X1_2.relu2"}

    def lights() -> None:
        expect(page.locator("g.arrow.lit")).to_have_count(4)
        found = page.locator(".box.input-of").evaluate_all("all => all.map(each => each.dataset.id)")
        assert set(found) == inputs
        assert float(opacity(other.locator(".shape"))) < 0.5 < float(opacity(node.locator(".shape")))
        assert float(opacity(other.locator("text").first)) > 0.5  # still legible
        shades = page.locator("g.arrow").evaluate_all(
            "all => all.map(each => [each.matches('.lit'), each.matches('.skip'), getComputedStyle(each).opacity,"
            " getComputedStyle(each.querySelector('.line')).stroke])"
        )
        assert [is_lit for is_lit, *_ in shades] == sorted(is_lit for is_lit, *_ in shades)  # these lie uppermost
        dimmed = {tuple(shade) for is_lit, is_skip, *shade in shades if is_skip and not is_lit}
        bright = {tuple(shade) for is_lit, is_skip, *shade in shades if is_skip and is_lit}
        assert {look for look, _ in dimmed} == {"1"} and len(dimmed) == 1  # shades on one rail do not add up
        assert not dimmed & bright

    node.locator(".shape").hover()
    expect(page.locator(".card sup")).to_have_text("0,3")  # as on the node
    lights()
    page.mouse.move(5, 5)
    expect(page.locator("g.arrow.lit")).to_have_count(0)
    assert float(opacity(other.locator(".shape"))) == 1
    for let_go in ("click", "Escape"):
        node.locator(".shape").click()
        expect(node).to_have_attribute("aria-pressed", "true")
        expect(node.locator(".ring")).to_be_visible()  # not by its colour alone
        page.mouse.move(5, 5)
        lights()
        if let_go == "click":
            node.locator(".shape").click()
        else:
            node.focus()
            page.keyboard.press("Escape")  # sends the hover card away
            page.keyboard.press("Escape")
        expect(node).to_have_attribute("aria-pressed", "false")
    page.mouse.move(5, 5)
    page.locator("#slider-depth").focus()
    expect(page.locator("g.arrow.lit")).to_have_count(0)


def opacity(element: Locator) -> str:
    return str(element.evaluate("element => getComputedStyle(element).opacity"))


def test_spotlight_print_and_less_motion(open_page: Open) -> None:
    page = open_page("build?depth=1&base=4&padding=same&size=64x64", dark=True)
    tell = "detail => window.dispatchEvent(new CustomEvent('unet-spotlight', { detail }))"
    page.evaluate(tell, ["encoder.0.conv1", "pool.0"])
    expect(page.locator(".box.spotted")).to_have_count(2)
    expect(page.locator("g.arrow.spotted")).to_have_count(2)  # input to the first map, last map to the pooled one
    assert float(opacity(page.locator('.box[data-id="head"] .shape'))) < 0.5
    assert float(opacity(page.locator('.box[data-id="pool.0"] .shape'))) == 1
    page.emulate_media(media="print")
    assert float(opacity(page.locator('.box[data-id="head"] .shape'))) == 1  # nothing is lost on paper
    colours = page.locator(".diagram").evaluate(
        "root => [...root.querySelectorAll('.shape, .line, .tip, text, .totals, .entry')].flatMap(each => {"
        " const style = getComputedStyle(each); return [style.stroke, style.fill, style.color]; })"
    )
    assert set(colours) <= {"none", "rgb(0, 0, 0)", "rgb(255, 255, 255)"}, set(colours)
    page.emulate_media(media="screen")
    page.emulate_media(reduced_motion="reduce")
    page.evaluate("() => { window.requestAnimationFrame = () => { throw new Error('something moves'); }; }")
    button = page.get_by_role("button", name="Blocks")
    assert button.evaluate("b => { b.click(); return b.getRootNode().querySelector('.sheet svg').dataset.at; }") == "0"
    expect(page.locator(".box.spotted")).to_have_count(2)  # the blocks that hold these rows
    goes_to(page, "maps")
    page.evaluate(tell, None)
    expect(page.locator(".box.spotted")).to_have_count(0)
    assert float(opacity(page.locator('.box[data-id="head"] .shape'))) == 1


@pytest.mark.parametrize("config", [UNetConfig(base_channels=16, depth=3), NESTED], ids=["unet", "unet++"])
def test_the_file_equals_the_screen(open_page: Open, browser: Browser, config: UNetConfig, tmp_path: Path) -> None:
    size = (572, 572) if config.padding == "valid" else (512, 512)
    page = open_page(address(config, size[0]), size=SMALL)
    run = trace(config, (page_size(page), page_size(page)))
    for view in ("maps", "blocks"):
        goes_to(page, view)
        assert_legible(page)
        screen = sheet(page).evaluate(PLACES)
        file = opened(browser, run, view, tmp_path)
        boxes = file.locator("rect.box").evaluate_all(
            "all => all.map(box => { const b = box.getBBox(); return [b.x, b.y, b.width, b.height]; })"
        )
        for drawn, shown in zip(boxes, screen.values(), strict=True):
            assert drawn == pytest.approx(shown, abs=0.06)
        in_file = file.locator("svg").evaluate(TEXTS.replace("SELECTOR", "'.texts text'"))
        on_screen = sheet(page).evaluate(TEXTS.replace("SELECTOR", "'text'"))
        assert sorted(in_file) == sorted(on_screen)
        entries = page.locator(".legend .entry").all_text_contents()
        assert file.locator(".legend .entry").all_text_contents() == entries
        file.close()


def page_size(page: Page) -> int:
    version = sheet(page).get_attribute("data-version") or ""
    return int(version.split("size=")[1].split("x")[0])


def opened(browser: Browser, run: Trace, view: str, folder: Path) -> Page:
    path = folder / f"{view}.svg"
    path.write_text(to_svg(run, view), encoding="utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    return page
