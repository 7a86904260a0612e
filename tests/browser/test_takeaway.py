"""The tab Take away in a real browser: every file comes, holds what it should, and the links open the same network."""

import io
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, settled
from tests.browser.test_every_page import violations
from unet_core.config import UNetConfig
from unet_core.diagram.svg import to_svg
from unet_core.dot import to_dot
from unet_core.export import to_csv, to_markdown
from unet_core.pytorch_file import to_pytorch
from unet_core.trace import trace

TRACE = trace(UNetConfig(depth=1, base_channels=4), (64, 64))
ADDRESS = "build?depth=1&base=4&size=64x64&lang=en"


def opened(page: Page, name: str = "Take away") -> Page:
    page.get_by_role("tab", name=name).click()
    expect(page.locator(".save")).to_be_visible()
    return page


def taken(page: Page, button: str, key: str | None = None) -> tuple[str, bytes]:
    """The file behind a button, by mouse or by a key."""
    with page.expect_download() as download:
        if key:
            page.get_by_role("button", name=button).press(key)
        else:
            page.get_by_role("button", name=button).click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def test_every_file_can_be_taken_away(open_page: Open) -> None:
    page = opened(open_page(ADDRESS))
    name = "unet-d1-4-64"
    for button, ending, text in (
        ("Drawing as SVG", ".svg", to_svg(TRACE)), ("Table as CSV", ".csv", to_csv(TRACE)),
        ("Table as Markdown", ".md", to_markdown(TRACE)), ("Graphviz file", ".gv", to_dot(TRACE)),
    ):  # fmt: skip
        assert taken(page, button) == (name + ending, text.encode()), button
    assert taken(page, "PyTorch file", "Enter") == ("unet_d1_4_64.py", to_pytorch(TRACE).encode())
    file, light = taken(page, "Drawing as PNG", "Enter")
    assert file == f"{name}.png"
    svg = ElementTree.fromstring(to_svg(TRACE))
    height, width = pixels(light).shape[:2]
    assert abs(width - 2 * float(svg.attrib["width"])) <= 1 >= abs(height - 2 * float(svg.attrib["height"]))
    page.get_by_text("Dark", exact=True).click()
    page.locator(".st-key-takeaway_view").get_by_text("Blocks").click()
    settled(page)
    dark = pixels(taken(page, "Drawing as PNG")[1])
    assert tuple(pixels(light)[2, 2]) == (255, 255, 255)
    assert tuple(dark[2, 2]) == (0x17, 0x16, 0x14)
    blue = np.abs(pixels(light) - (0x00, 0x72, 0xB2)).max(axis=2) < 4  # a convolution's arrow, in feature maps alone
    assert blue.sum() > 100
    assert taken(page, "Drawing as SVG")[1] == to_svg(TRACE, "blocks", dark=True).encode()


def test_the_links_open_the_same_network(open_page: Open) -> None:
    page = opened(open_page(ADDRESS))
    page.get_by_text("A teacher's link").click()
    links = page.locator("[data-testid=stCode]")
    page.locator(".st-key-teacher_hide").get_by_text("Costs", exact=True).click()
    expect(links.last).to_contain_text("hide=costs")
    page.locator(".st-key-teacher_lock").get_by_text("Depth: poolings", exact=True).click()
    expect(links.last).to_contain_text("lock=depth")
    for link, tabs in ((links.first, 4), (links.last, 3)):
        base, _, path = link.inner_text().strip().replace("\n", "").partition("/build")
        assert base == page.url.partition("/build")[0]
        second = open_page("build" + path)
        expect(second.locator(".totals")).to_contain_text(f"{TRACE.params:,} parameters")
        expect(second.get_by_role("tab")).to_have_count(tabs)
        expect(second.locator("#slider-depth")).to_be_enabled(enabled=tabs == 4)


def test_it_is_accessible_and_nothing_is_cut_off(open_page: Open) -> None:
    page = opened(open_page(ADDRESS.replace("lang=en", "lang=zh"), dark=True, size=(1024, 3000)), "带走")
    page.get_by_text("教师链接").click()
    settled(page)
    assert violations(page) == []
    cut = page.evaluate("""() => [...document.querySelectorAll('.stDownloadButton button, .stButton button')]
        .filter((each) => each.scrollWidth > each.clientWidth + 1).map((each) => each.innerText)""")
    assert cut == []
