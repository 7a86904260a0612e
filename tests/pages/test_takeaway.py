"""The tab Take away by Streamlit's own runner: its cards, the drawing it takes, names of files, links."""

import json
import re
from dataclasses import replace
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from ui import takeaway_tab, teacher
from ui.address import from_address
from ui.controls import CONTROLS, LOCKABLE
from ui.state import Workbench
from unet_core.config import PRESETS, UNetConfig
from unet_core.diagram.svg import to_svg
from unet_core.export import file_stem
from unet_core.trace import trace

SMALL = UNetConfig(base_channels=4, depth=2, padding="same")


def tab(**fields: object) -> AppTest:
    """The tab by itself, for a workbench with these fields."""

    def script(bench: object) -> None:
        import streamlit as st

        from ui import takeaway_tab

        st.session_state["workbench"] = bench
        takeaway_tab.show(bench)  # type: ignore[arg-type]

    bench = Workbench(**{"config": SMALL, "height": 64, "width": 64, **fields})  # type: ignore[arg-type]
    test = AppTest.from_function(script, kwargs={"bench": bench}, default_timeout=60).run()
    assert not test.exception
    return test


def said(test: AppTest) -> str:
    return "\n".join(element.value for element in (*test.caption, *test.header)).replace("\\", "")


# --- the tab ---


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_tab_shows_its_cards_in_both_languages(language: str) -> None:
    test = tab(language=language)
    assert len(test.header) == 4
    labels = [button.label for button in test.get("download_button")]
    assert len(set(labels)) == 5
    chinese = [label for label in (*labels, *(head.value for head in test.header)) if re.search("[一-鿿]", label)]
    assert len(chinese) == (9 if language == "zh" else 0)


def test_the_drawing_chosen_is_the_drawing_taken() -> None:
    test = tab(config=replace(SMALL, depth=5))
    assert test.segmented_control(key="takeaway_view").value == "blocks"  # as the page draws it
    test.segmented_control(key="takeaway_view").set_value("maps").run()
    test.segmented_control(key="takeaway_ground").set_value("dark").run()
    assert not test.exception
    assert test.segmented_control(key="takeaway_view").value == "maps"
    rows = trace(SMALL, (64, 64))
    for view in ("blocks", "maps"):
        for dark in (False, True):
            drawn = takeaway_tab.drawing(SMALL, (64, 64), view, dark, "en")
            assert drawn == to_svg(rows, view, dark=dark)
    assert "参数" in takeaway_tab.drawing(SMALL, (64, 64), "maps", False, "zh")
    payload = json.loads(takeaway_tab.png_payload(SMALL, (64, 64), "maps", True, "en", "net"))
    assert payload["svg"] == takeaway_tab.drawing(SMALL, (64, 64), "maps", True, "en")
    assert payload["name"] == "net.png"


def test_a_view_that_is_hidden_offers_no_other_drawing() -> None:
    test = tab(hidden=frozenset({"view"}))
    assert [control.key for control in test.segmented_control] == ["takeaway_ground"]


@pytest.mark.parametrize(
    ("config", "size", "stem"),
    [(PRESETS["unet-2015"], (572, 572), "unet-d4-64-572"), (PRESETS["classroom++"], (256, 320), "unetpp-d3-16-256x320"),
     (UNetConfig(architecture="unet-e", deep_supervision=True), (572, 588), "unet-e-d4-64-572x588")],
)  # fmt: skip
def test_a_file_is_called_after_its_network(config: UNetConfig, size: tuple[int, int], stem: str) -> None:
    assert file_stem(config, size) == stem
    assert stem.replace("-", "_").isidentifier()  # a .py that can be imported


# --- links ---


def test_the_link_opens_the_same_network() -> None:
    bench = Workbench(replace(SMALL, skip_levels=(1,), growth=1.5), 64, 96, language="zh")
    test = tab(config=bench.config, height=64, width=96, language="zh")
    (address,) = [code.value for code in test.code]
    query = dict(parse_qsl(address.partition("?")[2]))
    again, complaints = from_address(query, "en")
    assert complaints == []
    assert again == bench


def test_a_teachers_link_takes_controls_away() -> None:
    bench = Workbench(SMALL, 64, 64)
    query = teacher.link(bench, ["more", "costs"], ["depth"])
    again, complaints = from_address(query, "en")
    assert complaints == []
    assert again == replace(bench, hidden=frozenset({"more", "costs"}), locked=frozenset({"depth"}))
    everything = from_address(teacher.link(bench, CONTROLS, LOCKABLE), "en")[0]
    assert (everything.hidden, everything.locked) == (frozenset(CONTROLS), frozenset(LOCKABLE))
    assert from_address(teacher.link(everything, [], []), "en")[0] == bench


@pytest.mark.parametrize(("hidden", "locked", "name"), [(["x.y"], [], "'x.y'"), ([], ["table"], "'table'")])
def test_a_control_that_is_not_there_is_refused(hidden: list[str], locked: list[str], name: str) -> None:
    with pytest.raises(teacher.ControlError, match=f"no control {name}"):
        teacher.link(Workbench(), hidden, locked)


def test_the_teachers_choices_make_the_link() -> None:
    """The fold is opened by hand; here what it holds is run by itself."""

    def script() -> None:
        import streamlit as st

        from ui import teacher
        from ui.state import workbench

        st.session_state["teacher"] = True
        teacher.show_teachers_link(workbench())

    test = AppTest.from_function(script, default_timeout=30).run()
    hide, lock = test.button_group(key="teacher_hide"), test.button_group(key="teacher_lock")
    hide.set_value(["preset", "depth"]).run()
    assert "depth" not in lock.options
    test.button_group(key="teacher_lock").set_value(["size"]).run()
    assert not test.exception
    query = dict(parse_qsl(test.code[0].value.partition("?")[2]))
    assert (query["hide"], query["lock"]) == ("depth.preset", "size")
    test.button_group(key="teacher_hide").set_value(["size"]).run()  # what is gone need not be locked
    assert not test.exception
    query = dict(parse_qsl(test.code[0].value.partition("?")[2]))
    assert (query["hide"], query.get("lock")) == ("size", None)
