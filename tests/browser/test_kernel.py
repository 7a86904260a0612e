"""Kernel, driven by hand: the window follows mouse and keys without a message, and every number is the network's."""

import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from playwright.sync_api import Page, expect
from torch import Tensor
from torch.nn import functional

from tests.browser.conftest import Open, messages, settled
from tests.browser.test_every_page import WIDER_THAN_ITS_WINDOW, violations
from unet_core.checkpoint import load
from unet_core.images import load_image
from unet_core.kernel.part import liveliest, network_input, part

READY = ".gallery button"
ASSETS = Path(__file__).parents[2] / "assets"
SOBEL = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])


@cache
def shown_part() -> Tensor:
    """The part of the sample that the page opens on."""
    card = load(ASSETS / "models" / "nuclei-unet")[1]
    seen, _ = network_input(card, load_image((ASSETS / "nuclei" / "dsb2018.png").read_bytes()).pixels)
    return part(seen, liveliest(seen))


def numbers(page: Page, cells: str) -> np.ndarray:
    texts = page.locator(cells).all_inner_texts()
    return np.array([float(text.replace("−", "-")) for text in texts])


def value(page: Page) -> float:
    return float(page.locator(".middle .value").last.inner_text().removeprefix("= ").replace("−", "-"))


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_label(label, exact=True).click()
    page.keyboard.type(option)
    page.get_by_role("option", name=option, exact=True).click()


def check_window(page: Page, row: int, column: int) -> None:
    """Window times kernel, from the page's own cells and from the image, at one place of the result."""
    expect(page.locator(".total")).to_contain_text(f"Row {row + 1}, column {column + 1}:")
    exact = functional.conv2d(shown_part()[None, None], SOBEL[None, None], padding=1)[0, 0]
    assert value(page) == pytest.approx(float(exact[row, column]), abs=5.1e-4)
    window, kernel = (numbers(page, f".middle > [data-id='{place}'] .cell") for place in (0, 1))
    assert kernel.tolist() == SOBEL.flatten().tolist()
    assert float(window @ kernel) == pytest.approx(value(page), abs=8 * 0.005 + 5e-4)
    grid = numbers(page, ".source .cell").reshape(12, 12)
    assert window.tolist() == grid[row : row + 3, column : column + 3].ravel().tolist()
    assert np.abs(grid[1:-1, 1:-1] - shown_part().numpy()).max() <= 0.00501
    made = [float(text.replace("−", "-")) for text in page.locator(".terms b").all_inner_texts()]
    assert sum(made) == pytest.approx(value(page), abs=9 * 5e-4 + 5e-4)


def test_the_window_follows_mouse_and_arrow_keys_without_a_message(open_page: Open) -> None:
    page = open_page("kernel?lang=en", ready=READY)
    settled(page)
    before = messages(page)
    assert before > 0
    page.locator('.source [data-index="40"]').hover()  # row 3, column 4 of twelve: the middle of the window
    check_window(page, 2, 3)
    page.locator('.result [data-index="57"]').hover()
    check_window(page, 5, 7)
    page.locator('.source [data-index="0"]').hover()  # a corner of the padding
    check_window(page, 0, 0)
    page.locator(".source .grid").focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowLeft", "ArrowLeft", "ArrowLeft"):
        page.keyboard.press(key)
    check_window(page, 2, 0)
    active = page.locator(".source .grid").get_attribute("aria-activedescendant")
    assert page.locator(f"[id='{active}']").get_attribute("data-index") == str(12 * 3 + 1)
    page.keyboard.press("Tab")
    assert page.locator(".result .grid:focus").count() == 1  # each grid is one stop
    page.keyboard.press("ArrowRight")
    check_window(page, 2, 1)
    page.locator(".terms .term").nth(5).hover()
    assert page.locator(".source .lit").get_attribute("data-index") == str(12 * 3 + 3)
    settled(page)
    assert messages(page) == before > 0  # nothing was said to the server
    page.locator("button.holder").click(position={"x": 1, "y": 1})
    expect(page.locator(".hint").first).to_have_text("rows 1–10, columns 1–10")
    page.locator("button.holder").press("ArrowDown")
    expect(page.locator(".hint").first).to_have_text("rows 6–15, columns 1–10")
    assert messages(page) > before
    check = page.evaluate("() => document.activeElement.tagName")
    assert check != "BODY"  # the focus stays


@pytest.mark.parametrize("width", [1024, 1440])
def test_the_frame_covers_no_figure(open_page: Open, width: int) -> None:
    page = open_page("kernel?lang=en", ready=READY, size=(width, 768))
    page.locator('.result [data-index="28"]').hover()
    settled(page)  # the frame slides there
    covered = page.locator(".result").evaluate(
        """board => {
          const frame = board.querySelector('.window'), box = frame.getBoundingClientRect();
          const { outlineWidth, borderLeftWidth } = getComputedStyle(frame);
          const [rim, thick] = [parseFloat(outlineWidth), parseFloat(borderLeftWidth) + 1];  // 1 px of shadow inside
          const bars = [[box.left - rim, box.left + thick], [box.right - thick, box.right + rim]];
          return [...board.querySelectorAll('.cell')].flatMap(cell => {
            const range = document.createRange();
            range.selectNodeContents(cell);
            const text = range.getBoundingClientRect();
            if (text.bottom < box.top || text.top > box.bottom) return [];
            return bars.map(([from, to]) => Math.min(to, text.right) - Math.max(from, text.left));
          }).filter(overlap => overlap > 0.9);
        }"""
    )
    assert covered == []


def test_every_operation_shows_its_own(open_page: Open) -> None:
    page = open_page("kernel?lang=en", ready=READY)
    total = page.locator(".total")
    choose(page, "Operation", "2 × 2 max-pool")
    expect(page.locator(".result .title")).to_have_text("Result: 5 × 5")
    page.locator('.source [data-index="35"]').hover()
    window = numbers(page, ".middle > [data-id='0'] .cell")
    won = page.locator(".source .won")
    assert float(won.inner_text()) == window.max()
    assert value(page) == pytest.approx(window.max(), abs=0.0051)
    choose(page, "Operation", "3 × 3 up-convolution")
    expect(page.locator(".source .title")).to_have_text("A plain image: 1 everywhere")
    assert sorted(set(numbers(page, ".result .cell").tolist())) == [1, 2, 4]
    page.locator('.source [data-index="5"]').hover()
    expect(total).to_contain_text("spread over 9 values")
    for index, count in ((0, 1), (2 * 9 + 3, 2), (2 * 9 + 2, 4)):
        page.locator(f'.result [data-index="{index}"]').hover()
        expect(total).to_contain_text(re.compile(f"{count} contributions?: {count}.000"))
        expect(page.locator(".middle .used")).to_have_count(count)
    choose(page, "Operation", "concatenation")
    expect(page.locator(".stack .cell")).to_have_count(16)
    minis = [page.locator(f".middle > [data-id='{place}'] .cell").all_inner_texts() for place in (0, 1)]
    assert page.locator(".stack .cell").all_inner_texts() == minis[0] + minis[1]
    choose(page, "Operation", "1 × 1 convolution")
    expect(page.locator(".terms b")).to_have_count(8)
    page.locator(".result .grid").focus()
    before = total.inner_text()
    page.keyboard.press("ArrowLeft")
    expect(total).not_to_have_text(before)
    choose(page, "Operation", "batch norm")
    expect(page.locator(".terms .term")).to_have_count(4)
    page.locator('.gallery button[data-id="trained-6"]').click()
    kernel = page.get_by_role("combobox", name="Kernel", exact=True).first  # until a rerun ends the old one stays
    expect(kernel).to_have_value("trained, no. 6")
    expect(page.locator('.gallery button[data-id="trained-6"]')).to_have_attribute("aria-pressed", "true")
    page.locator('.gallery button[data-id="trained-6"]').focus()
    page.keyboard.press("End")
    page.keyboard.press("Enter")  # a random one: batch norm has no place for it
    expect(page.locator(".result .title")).to_have_text("Result: 10 × 10")
    expect(kernel).to_have_value("random, no. 3")


def test_sizes_move_the_image_and_dense_layers_cost(open_page: Open) -> None:
    page = open_page("kernel?lang=en", ready=READY)
    page.get_by_role("tab", name="Sizes").click()
    said = page.locator(".sizes .said")
    expect(said).to_have_text("2 × 2, layers: 2. Everything moved 1.00 pixels up and 1.00 to the left.")
    picture = page.locator(".sizes [data-id='image-after'] img")
    before = picture.get_attribute("src")
    page.locator(".sizes .choices button").nth(2).click()
    page.locator(".sizes tbody button").nth(3).click()
    expect(said).to_have_text("4 × 4, layers: 3. Everything moved 1.50 pixels up and 1.50 to the left.")
    assert picture.get_attribute("src") != before
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(said).to_have_text("5 × 5, layers: 3. Everything stays where it was.")
    assert page.locator(".sizes tr.selected td").all_inner_texts() == ["508", "512", "5, 9, 13, 17", "25", "6,416"]
    expect(page.get_by_text("3 × 3 × 3 = 27")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("tab", name="Fully connected").click()
    expect(page.get_by_text("65,536 × 1,048,576 + 1,048,576 = 68,720,525,312")).to_be_visible()
    expect(page.locator(".links line")).to_have_count(19 + 49)
    page.locator(".links circle").nth(10).hover()
    expect(page.locator(".links line.lit")).to_have_count(3)
    assert violations(page) == []


def test_dark_and_chinese_it_is_accessible_and_nothing_is_too_small(open_page: Open) -> None:
    page = open_page("kernel?lang=zh", dark=True, size=(1024, 2600), ready=READY)
    page.get_by_role("tab").nth(1).click()  # the first one is looked at with every other page
    page.wait_for_selector(".links line")
    settled(page)
    assert violations(page) == []
    smallest = page.evaluate(
        """() => {
          const inside = (root) => [...root.querySelectorAll('*')].flatMap((node) =>
            [...(node.shadowRoot ? inside(node.shadowRoot) : []), node]);
          const texts = inside(document.body).filter((node) => node.offsetParent !== null
            && [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim()));
          return Math.min(...texts.map((node) => parseFloat(getComputedStyle(node).fontSize)));
        }"""
    )
    assert smallest >= 11


def test_the_first_screen_holds_grid_kernel_and_sum(open_page: Open) -> None:
    page = open_page("kernel?lang=en", ready=READY)
    for width, height in ((1440, 900), (1024, 768)):
        page.set_viewport_size({"width": width, "height": height})
        settled(page)
        for shown in (".source .grid", ".middle", ".result .grid", ".sum"):
            box = page.locator(shown).bounding_box()
            assert box is not None
            assert box["y"] + box["height"] <= height, shown
            assert box["x"] + box["width"] <= width, shown
        assert page.evaluate(WIDER_THAN_ITS_WINDOW) <= 0
