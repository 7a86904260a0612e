"""Build, driven by hand: what a student does with the mouse and the keyboard."""

import re

from playwright.sync_api import Locator, Page, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.browser.conftest import Open, settled

PAPER = "31,030,658 parameters"


def drawing(page: Page) -> Locator:
    return page.locator(".sheet svg")


def shows(page: Page, depth: int) -> None:
    """Wait until the drawing is that of a network of this depth."""
    expect(drawing(page)).to_have_attribute("data-version", re.compile(rf"^depth={depth} "))


def hold(page: Page, slider: str, share: float) -> float:
    """Press the mouse on a slider at `share` of its way; returns the height of the pointer."""
    box = page.locator(f"#slider-{slider}").bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(_x(page, slider, share), middle)
    page.mouse.down()
    return middle


def _x(page: Page, slider: str, share: float) -> float:
    box = page.locator(f"#slider-{slider}").bounding_box()
    assert box is not None
    return box["x"] + 10 + (box["width"] - 20) * share


def test_the_paper_is_what_a_visitor_meets_first(open_page: Open) -> None:
    page = open_page("build")
    expect(page.locator(".totals")).to_contain_text(PAPER)
    expect(page.locator(".totals")).to_contain_text("150,428,424,448 multiply-adds")
    expect(page.locator(".totals")).to_contain_text("388 × 388 × 2 out")
    for pixels in (88, 40, 16):
        expect(page.locator(".arrow.skip text", has_text=f"crop {pixels} px")).to_have_count(1)


def test_the_drawing_follows_while_the_slider_is_held(open_page: Open) -> None:
    page = open_page("build")
    height = hold(page, "depth", 0.6)
    boxes = page.locator(".boxes .box")
    for depth in (3, 2, 1):
        page.mouse.move(_x(page, "depth", (depth - 1) / 5), height, steps=4)
        shows(page, depth)  # the mouse is still down
        expect(boxes).to_have_count({3: 25, 2: 18, 1: 11}[depth])
        expect(page.locator("tbody tr").last.locator("td").nth(2)).to_contain_text("× 2")
    assert "depth" not in page.url  # an address for every step would fill the browser's history
    page.mouse.up()
    page.wait_for_url(re.compile("depth=1"))


def test_the_other_two_sliders_follow_too(open_page: Open) -> None:
    page = open_page("build")
    hold(page, "filters", 0.3)
    expect(page.locator(".totals")).not_to_contain_text(PAPER)
    page.mouse.up()
    expect(page.locator("#slider-filters")).to_be_enabled()
    hold(page, "size", 0.0)
    expect(page.locator(".totals")).to_contain_text("188 × 188 × 1 in, 4 × 4 × 2 out")
    page.mouse.up()


def test_a_click_selects_in_drawing_and_table_both_ways(open_page: Open) -> None:
    page = open_page("build")
    page.locator('.box[data-id="bottleneck.relu2"] .shape').click()
    expect(page.locator("tr.selected")).to_have_attribute("data-id", "bottleneck.relu2")
    page.wait_for_url(re.compile("at=bottleneck.relu2"))
    page.locator('tr[data-id="pool.0"]').click()
    expect(page.locator('.box[data-id="pool.0"]')).to_have_attribute("aria-pressed", "true")
    expect(page.locator('.box[data-id="bottleneck.relu2"]')).to_have_attribute("aria-pressed", "false")


def test_hover_lights_the_row_and_says_what_the_block_does(open_page: Open) -> None:
    page = open_page("build")
    page.locator('.box[data-id="encoder.0.relu2"]').hover()
    expect(page.locator('tr[data-id="encoder.0.conv2"]')).to_have_class(re.compile("lit"))
    card = page.locator(".card")
    expect(card).to_contain_text("3 × 3 convolution + ReLU")
    expect(card).to_contain_text("570 × 570 × 64 → 568 × 568 × 64")
    expect(card).to_contain_text("36,928 parameters")
    page.locator('tr[data-id="pool.1"]').hover()
    expect(page.locator('.box[data-id="pool.1"]')).to_have_class(re.compile("lit"))


def test_a_size_that_no_longer_fits_is_snapped_openly_and_there_is_a_way_back(open_page: Open) -> None:
    page = open_page("build")
    hold(page, "depth", 1.0)
    shows(page, 6)
    note = page.locator(".note")
    expect(note).to_contain_text("572 × 572 does not fit depth 6")
    expect(note).to_contain_text("764 × 764")
    page.mouse.up()
    page.get_by_role("button", name="Back to depth 4, 572 × 572").click()
    shows(page, 4)
    expect(page.locator(".totals")).to_contain_text(PAPER)
    expect(note.locator("button")).to_have_count(0)


def test_no_message_counts_on_what_the_browser_may_have_forgotten(open_page: Open) -> None:
    """See minCachedMessageSize in .streamlit/config.toml."""
    page, kinds = open_page("build"), list[str]()
    page.on("websocket", lambda socket: socket.on(
        "framereceived", lambda frame: kinds.append(str(ForwardMsg.FromString(frame).WhichOneof("type")))
    ))  # fmt: skip
    page.reload()
    shows(page, 4)
    settled(page)
    page.locator("#slider-depth").focus()
    for key, depth in (("ArrowLeft", 3), ("ArrowRight", 4), ("ArrowLeft", 3)):  # 4 and 3 were sent before
        page.keyboard.press(key)
        shows(page, depth)
        settled(page)
    assert kinds.count("delta") > 20 and "ref_hash" not in kinds


def test_it_works_by_keyboard_alone(open_page: Open) -> None:
    page = open_page("build")
    page.locator("#slider-depth").focus()
    page.keyboard.press("ArrowLeft")
    shows(page, 3)
    page.keyboard.press("Tab")  # filters
    page.keyboard.press("Tab")
    focused = "document.activeElement.shadowRoot?.activeElement?.dataset.id"
    assert page.evaluate(focused) == "input"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.evaluate(focused) == "encoder.0.relu2"
    page.keyboard.press("Enter")
    expect(page.locator("tr.selected")).to_have_attribute("data-id", "encoder.0.relu2")
    assert page.evaluate(focused) == "encoder.0.relu2"  # focus outlives the redrawing


def test_language_and_network_outlive_a_page_switch_and_a_link(open_page: Open) -> None:
    page = open_page("build?depth=2&base=16&padding=same&size=128x96")
    expect(page.locator(".totals")).to_contain_text("128 × 96 × 1 in")
    page.get_by_text("中文", exact=True).click()
    expect(page.locator(".totals")).to_contain_text("参数")
    page.get_by_role("link", name=re.compile("首页|主页")).first.click()
    page.wait_for_url(re.compile(r"/\?"))
    page.locator("[data-testid=stPageLink-NavLink]").nth(1).click()
    page.wait_for_url(re.compile("/build"))
    shows(page, 2)
    expect(page.locator(".totals")).to_contain_text("参数")
    assert page.evaluate("document.documentElement.lang") == "zh"
    second = open_page(page.url.split("/", 3)[3])
    shows(second, 2)
    expect(second.locator(".totals")).to_contain_text("参数")


def test_more_choices_change_the_network_and_say_why_one_is_refused(open_page: Open) -> None:
    page = open_page("build?base=12&norm=none")
    page.get_by_role("button", name="More choices").click()
    page.get_by_label("Normalisation").click()
    page.get_by_role("option", name="group norm").click()
    expect(page.locator(".stAlert", has_text="norm group needs channels that are a multiple of 8")).to_be_visible()
    expect(page.locator(".legend")).to_contain_text("3 × 3 convolution + ReLU")
    page.get_by_label("Normalisation").click()
    page.get_by_role("option", name="batch norm").click()
    expect(page.locator(".legend")).to_contain_text("batch norm")


def test_nested_nets_are_a_triangle_with_heads(open_page: Open) -> None:
    page = open_page("build")
    page.get_by_label("Start from").click()
    page.get_by_role("option", name="U-Net++, 2018").click()
    expect(page.locator(".box.node")).to_have_count(15)
    expect(page.locator(".box.head")).to_have_count(4)
    expect(page.locator(".totals")).to_contain_text("9,041,700 parameters")
    page.locator('.box.node[data-id="decoder.X1_2.relu2"] .shape').click()
    expect(page.locator("g.arrow.lit")).to_have_count(3)  # X^{1,0}, X^{1,1} and the up-sampled X^{2,1}


def test_torchinfo_is_shown_on_request_with_the_reason_why_it_differs(open_page: Open) -> None:
    page = open_page("build?depth=1&base=4&size=64x64")
    page.get_by_text("The same network by torchinfo").click()
    expect(page.get_by_text("Total mult-adds")).to_be_visible()
    expect(page.get_by_text("torchinfo counts 2,764,368 multiply-adds, this page 2,428,688")).to_be_visible()


def test_junk_in_the_address_gets_a_word_and_a_page(open_page: Open) -> None:
    page = open_page("build?depth=99&size=-5&lang=xx&colour=blue")
    for text in (
        "depth must be 1..6, got 99",
        "input size that can't be used",
        "a language that is not here",
        "colour",
    ):
        expect(page.get_by_text(text).first).to_be_visible()
    shows(page, 6)  # the nearest that can be built


def test_the_browsers_back_leads_to_the_network_before(open_page: Open) -> None:
    page = open_page("build")
    page.wait_for_timeout(2000)  # an address is only followed when it has settled
    page.locator("#slider-depth").focus()
    for depth in (3, 2):
        page.keyboard.press("ArrowLeft")
        page.wait_for_url(re.compile(f"depth={depth}"))
        page.wait_for_timeout(2000)
    page.go_back()
    shows(page, 3)
    page.go_back()
    shows(page, 4)
    page.go_forward()
    shows(page, 3)


def test_the_way_back_skips_what_was_only_passed_through(open_page: Open) -> None:
    page = open_page("build")
    height = hold(page, "depth", 0.6)
    for depth in (1, 2, 6):
        page.mouse.move(_x(page, "depth", (depth - 1) / 5), height, steps=4)
        shows(page, depth)
    page.mouse.up()
    page.get_by_role("button", name="Back to depth 4, 572 × 572").click()
    shows(page, 4)


def test_a_map_of_one_channel_can_be_hit(open_page: Open) -> None:
    page = open_page("build", size=(1024, 768))
    box = page.locator('.box[data-id="input"] .shape').bounding_box()
    assert box is not None
    assert box["width"] < 8
    page.mouse.click(box["x"] - 6, box["y"] + box["height"] / 2)
    expect(page.locator("tr.selected")).to_have_attribute("data-id", "input")


def test_a_slider_that_is_dragged_away_and_back_lets_go(open_page: Open) -> None:
    page = open_page("build")
    height = hold(page, "depth", 0.6)
    for depth in (3, 4):
        page.mouse.move(_x(page, "depth", (depth - 1) / 5), height, steps=4)
        shows(page, depth)
    page.mouse.up()
    page.get_by_label("Start from").click()
    page.get_by_role("option", name="Classroom U-Net", exact=True).click()
    shows(page, 3)
    expect(page.locator("#slider-depth + output, label[for=slider-depth] output")).to_have_text("3")
    assert page.locator("#slider-depth").evaluate("input => Number(input.value)") == 2


def test_the_scale_of_the_size_slider_stays_while_a_hand_is_on_it(open_page: Open) -> None:
    page = open_page("build?padding=same&size=4096x4096")
    longest = page.locator("#slider-size").get_attribute("max")
    height = hold(page, "size", 1.0)
    page.mouse.move(_x(page, "size", 0.5), height, steps=5)
    expect(page.locator(".totals")).not_to_contain_text("4096")
    page.wait_for_timeout(300)
    assert page.locator("#slider-size").get_attribute("max") == longest
    page.mouse.up()


def test_a_link_makes_no_other_link_and_fetches_no_picture(open_page: Open) -> None:
    page = open_page(
        "build?depth=![x](http://evil.example/x.png)&![](http://a.example/c)=1&at=[go](http://b.example)&www.c.example=1&me@d.example=1"
    )
    expect(page.locator('[data-testid="stAlert"]').first).to_contain_text("![x](http:")
    assert page.locator('a[href*="example"], img[src*="example"]').count() == 0  # open_page fails on a request outside


def test_the_hover_card_can_be_sent_away(open_page: Open) -> None:
    page = open_page("build")
    page.locator('.box[data-id="input"]').focus()
    expect(page.locator(".card")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".card")).to_be_hidden()
