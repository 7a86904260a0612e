"""The tabs Sizes and Costs of Build by Streamlit's own test runner: what is said, what a button does, what is drawn."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.core.sweep import name_of, sweep
from ui import costs_tab, sizes_pictures
from ui.state import Workbench
from unet_core.coach import ways_out
from unet_core.config import PRESETS, UNetConfig

ROOT = Path(__file__).parents[2]
PAPER, CLASSROOM = PRESETS["unet-2015"], PRESETS["classroom"]
Start = Callable[..., AppTest]


@pytest.fixture
def start() -> Start:
    def opened(tab: str, bench: Workbench, before: Workbench | None = None) -> AppTest:
        test = AppTest.from_function(script, kwargs={"tab": tab}, default_timeout=60)
        test.session_state["workbench"] = bench
        if before is not None:
            test.session_state["before"] = before
        test.run()
        assert not test.exception
        return test

    return opened


def script(tab: str) -> None:
    from ui import costs_tab, sizes_tab
    from ui.state import workbench

    {"sizes": sizes_tab, "costs": costs_tab}[tab].show(workbench())


def texts(test: AppTest) -> str:
    said = "\n".join(element.value for part in (test.markdown, test.header) for element in part)
    return said.replace("\u00a0", " ")


def test_the_tabs_are_on_the_page() -> None:
    for name, words in (("sizes", "mask of 324 px"), ("costs", "Why filters double")):
        test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        test.query_params["lang"] = "en"
        test.session_state["build_tab"] = name
        test.switch_page(str(ROOT / "pages" / "build.py")).run()
        assert not test.exception
        assert words in texts(test)


@pytest.mark.parametrize("sent", ["costs", "nothing of the kind", 7, None, ["costs"]])
def test_a_tab_opens_only_when_the_browser_names_one(start: Start, sent: object) -> None:
    test = AppTest.from_function(chosen)
    test.session_state["build_tabs"] = {"chosen": sent}
    test.run()
    assert not test.exception
    assert test.session_state["opened"] == ("costs" if sent == "costs" else None)


def chosen() -> None:
    import streamlit as st

    from ui.controls import TABS
    from ui.tab_strip import taken

    taken("build", TABS)
    st.session_state["opened"] = st.session_state.get("build_tab")


# --- Sizes ---


def test_the_paper_opens_with_the_classic_mistake_and_its_way_out(start: Start) -> None:
    test = start("sizes", Workbench())
    assert test.number_input(key="coach_side").value == 512
    assert "An example" in texts(test) and "2 px off the centre" in texts(test)
    assert "What becomes of 572 × 572 px, the size drawn above" in texts(test)
    assert [button.label for button in test.button] == ["Use 508 × 508", "Use 524 × 524", "Use 508 × 508"]
    test.button(key="coach_use_pad").click().run()
    assert not test.exception
    assert test.session_state["workbench"].size == (524, 524)
    assert test.query_params["size"] == "524x524"
    assert test.number_input(key="coach_side").value == 524
    assert "524 px fits" in texts(test) and "An example" not in texts(test)


def test_any_size_can_be_tried_until_another_is_asked_for(start: Start) -> None:
    test = start("sizes", Workbench(CLASSROOM, 256, 256))
    test.number_input(key="coach_side").set_value(250).run()
    assert "125 against 124" in texts(test)
    assert test.session_state["workbench"].size == (256, 256)
    test.number_input(key="coach_side").set_value(264).run()
    assert [button.label for button in test.button] == ["Use 264 × 264"]
    test.button(key="coach_use_tried").click().run()
    assert test.session_state["workbench"].size == (264, 264)
    test.number_input(key="coach_side").set_value(250).run()
    test.session_state["workbench"] = replace(test.session_state["workbench"], height=128, width=136)
    test.run()
    assert "What becomes of 128 × 136 px, the size drawn above" in texts(test)
    assert "Of 136 px:" in texts(test)


def test_what_is_too_small_can_not_be_cropped(start: Start) -> None:
    test = start("sizes", Workbench(PAPER, 100, 100))
    assert "The smallest side that fits is 188 px" in texts(test)
    assert "There is nothing to crop" in texts(test)
    assert [button.label for button in test.button] == ["Use 188 × 188", "Use 188 × 188"]


@pytest.mark.parametrize("taken", [{"locked": frozenset({"width"})}, {"hidden": frozenset({"size"})}], ids=str)
def test_a_teachers_link_that_takes_the_size_away_takes_the_buttons_too(start: Start, taken: dict[str, Any]) -> None:
    test = start("sizes", Workbench(PAPER, 512, 512, **taken))
    assert [button.disabled for button in test.button] == [True] * 3

    def press() -> None:  # as a browser that was tampered with could
        from ui import sizes_tab

        sizes_tab._use(524, 524)

    pressed = AppTest.from_function(press)
    pressed.session_state["workbench"] = test.session_state["workbench"]
    assert not pressed.run().exception
    assert pressed.session_state["workbench"].height == 512


@pytest.mark.parametrize("config", sweep()[3::29], ids=name_of)
def test_both_tabs_show_every_kind_of_network(start: Start, config: UNetConfig) -> None:
    for language, size in (("en", (1, 301)), ("zh", (8191, 8192))):
        said = texts(start("sizes", Workbench(config, *size, language=language)))
        assert ("三条出路" if language == "zh" else "Three ways out") in said
    said = texts(start("costs", Workbench(config, 64, 64, language="zh"), before=Workbench()))
    assert "上一次改动" in said and "AdamW" in said


# --- the pictures ---


def drawn(payload: bytes | None) -> dict[str, Any]:
    assert payload is not None
    found = json.loads(payload)
    assert isinstance(found, dict)
    return found


def frame(picture: dict[str, Any], kind: str) -> tuple[int, ...]:
    found = next(each for each in picture["frames"] if each["id"] == kind)
    return tuple(found[name] for name in ("x", "y", "width", "height"))


def test_the_frames_are_where_the_arithmetic_says() -> None:
    border = drawn(sizes_pictures.border_picture(PAPER, (572, 604), "en"))
    assert frame(border, "input") == (0, 0, 604, 572)
    assert frame(border, "mask") == (92, 92, 420, 388)
    silent = drawn(sizes_pictures.silent_picture(PAPER, 512, "en"))
    assert frame(silent, "mask") == (92, 92, 324, 324)
    assert frame(silent, "expected") == (94, 94, 324, 324)
    assert {"id": "unread", "path": "M0 0H512V512H0ZM0 0H508V508H0Z"} in silent["areas"]
    unfit = drawn(sizes_pictures.unfit_picture(CLASSROOM, 250, "en"))
    assert frame(unfit, "skip") == (0, 0, 125, 125) and frame(unfit, "below") == (0, 0, 124, 124)
    assert sizes_pictures.unfit_picture(PAPER, 512, "en") is sizes_pictures.silent_picture(CLASSROOM, 250, "en") is None


def test_a_way_out_is_drawn_as_it_is_counted() -> None:
    for way in ways_out(PAPER, (512, 500)):
        picture = drawn(sizes_pictures.way_picture(PAPER, (512, 500), way.kind, "en"))
        assert frame(picture, "input") == (0, 0, way.size[1], way.size[0])
        assert frame(picture, "mask") == (92, 92, way.size[1] - 184, way.size[0] - 184)
        if way.kind != "resize":
            assert frame(picture, "image")[2:] == (500, 512)
        kinds = {area["id"] for area in picture["areas"]}
        assert kinds == {"outside", "lost", *{"pad": ["added"], "crop": ["cut"]}.get(way.kind, [])}
        assert [entry["id"] for entry in picture["legend"] if entry["area"]] == sorted(kinds - {"outside"})
        assert len(picture["tiles"]) == {"pad": 9}.get(way.kind, 1)


def test_zeros_that_reach_everything_are_drawn_so() -> None:
    areas = drawn(sizes_pictures.border_picture(CLASSROOM, (40, 256), "en"))["areas"]
    assert {"id": "reached", "path": "M0 0H256V40H0ZM46 46H210V46H46Z"} in areas


# --- Costs ---


def test_the_last_change_is_named_with_what_it_did(start: Start) -> None:
    doubled = Workbench(replace(PAPER, base_channels=128))
    assert (
        "**The last change**, Filters at the top 64 → 128: parameters × 4.0, multiply-adds × 4.0, feature maps × 2.0."
        in texts(start("costs", doubled, before=Workbench()))
    )
    said = texts(start("costs", Workbench(CLASSROOM, 256, 256), before=Workbench()))
    for words in ("Filters at the top 64 → 16", "Depth: poolings 4 → 3", "Normalisation none → batch norm",
                  "Input size 572 × 572 → 256 × 256"):  # fmt: skip
        assert words in said
    assert "The last change" not in texts(start("costs", Workbench()))
    assert "The last change" not in texts(start("costs", Workbench(selected="input"), before=Workbench()))


def test_the_bars_are_shares_of_the_totals() -> None:
    chart = json.loads(costs_tab.bars_payload(PAPER, (572, 572), "en"))
    assert [text["text"] for text in chart["totals"]] == [
        "all",
        "31,030,658",
        "150,428 million",
        "200.6 MB",
        "1,267.1 MB",
    ]
    assert [part["name"] for part in chart["parts"]][-2:] == ["Decoder, level 3", "Bottleneck, level 4"]
    for column in range(4):
        assert sum(part["cells"][column]["share"] for part in chart["parts"]) == pytest.approx(100, abs=0.05)
    assert chart["parts"][-1]["cells"][0] == {"amount": "14,157,824", "share": 45.63, "percent": "45.6 %"}
    chinese = json.loads(costs_tab.bars_payload(PAPER, (572, 572), "zh"))
    assert chinese["parts"][-1]["cells"][0]["percent"] == "45.6%"  # as on the block card
    assert chart["parts"][-1]["cells"][2] == {"amount": "", "share": 0.0, "percent": "–"}


def test_the_memory_is_said_with_its_sums(start: Start) -> None:
    said = texts(start("costs", Workbench()))
    assert "`skip.0.join` is computed: 200.6 MB. With 124.1 MB of weights that is 324.7 MB" in said
    assert "take 4 × 124.1 MB. That is 1,763.6 MB" in said
