"""What holds on every page: accessible, in both languages and both themes, at both window sizes, nothing cut off."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import Open, settled

PAGES = ["", "build", "walk", "kernel", "segment", "train", "compare", "findings"]
NESTED = "build?net=unet%2B%2B&classes=1&base=32&padding=same&ds=1&size=256x256&at=decoder.X1_2.relu2"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WIDER_THAN_ITS_WINDOW = """() => {
  const main = document.querySelector('[data-testid=stMain]');
  return main.scrollWidth - main.clientWidth;
}"""


def ready(path: str) -> str:
    """What is there when the page is drawn."""
    own = {"train": ".brush .stack", "kernel": ".gallery button", "findings": ".dots tbody th"}
    return own.get(path.partition("?")[0], "svg .box")


def violations(page: Page) -> list[str]:
    # Without the last option it lists all that is right as well, which takes as long as the check
    options = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:150]} {node['failureSummary'][:200]}" for rule in found for node in rule["nodes"]
    ]


@pytest.mark.parametrize("path", [f"{page}?lang={language}" for page in PAGES for language in ("en", "zh")] + [NESTED])
def test_axe_finds_nothing_in_either_theme(open_page: Open, path: str) -> None:
    page = open_page(path, size=(1440, 2600), ready=ready(path))  # axe judges only what is in the window
    settled(page)
    assert violations(page) == []
    background = "getComputedStyle(document.querySelector('.stApp')).backgroundColor"
    light = page.evaluate(background)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"light => {background} !== light", arg=light)
    settled(page)
    assert violations(page) == []


def test_axe_finds_nothing_in_what_opens(open_page: Open) -> None:
    page = open_page("build")
    page.get_by_role("button", name="More choices").click()
    settled(page)
    assert violations(page) == []


def test_axe_finds_nothing_in_a_chosen_button_under_the_mouse(open_page: Open) -> None:
    page = open_page("findings", ready=ready("findings"))
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.locator('button[data-variant="segmented_control"][data-selected]').first.hover()
        settled(page)
        assert violations(page) == []


@pytest.mark.parametrize("size", [(1440, 900), (1024, 768)], ids=["wide", "projector"])
@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_wider_than_the_window(open_page: Open, path: str, size: tuple[int, int]) -> None:
    assert open_page(path, size=size, ready=ready(path)).evaluate(WIDER_THAN_ITS_WINDOW) <= 0


def test_this_check_sees_a_fault(open_page: Open) -> None:
    page = open_page("build", size=(1440, 2600))
    settled(page)
    page.add_style_tag(content="h1 * { color: #ddd !important }")
    assert any("color-contrast" in line for line in violations(page))
    page.add_style_tag(content="h1 { width: 3000px !important }")
    assert page.evaluate(WIDER_THAN_ITS_WINDOW) > 0
