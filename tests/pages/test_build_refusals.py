"""What Build says to choices that make no network, and what a teacher's link takes away."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from ui import build_sliders
from ui.build_choices import LEFT, RIGHT
from ui.controls import CONTROLS, FIELDS, LOCKABLE, TABS
from ui.state import Refusal, Workbench
from unet_core.config import UNetConfig

ROOT = Path(__file__).parents[2]
Start = Callable[..., AppTest]


@pytest.fixture
def start() -> Start:
    def opened(**query: str) -> AppTest:
        test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        test.query_params.update({"lang": "en", **query})
        test.switch_page(str(ROOT / "pages" / "build.py")).run()
        assert not test.exception
        return test

    return opened


def refused(test: AppTest) -> Refusal:
    found = test.session_state["refusal"]
    assert isinstance(found, Refusal)
    return found


IMPOSSIBLE: dict[str, tuple[dict[str, str], str, Any, str, UNetConfig]] = {
    "groups": ({"base": "12"}, "norm", "group", "multiple of 8", UNetConfig(base_channels=16, norm="group")),
    "crops": ({"net": "unet++", "convs": "1"}, "kernel_size", 4, "no crop is centred",
              UNetConfig("unet++", convs_per_block=1, kernel_size=4, padding="same")),
    "heads": ({"net": "unet-e", "ds": "1", "base": "16"}, "deep_supervision", False, "needs deep_supervision",
              UNetConfig("unet", base_channels=16)),
}  # fmt: skip


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_an_impossible_choice_is_refused_with_the_reason_and_the_nearest(start: Start, name: str) -> None:
    query, field, value, reason, nearest = IMPOSSIBLE[name]
    test = start(**query)
    good = test.session_state["workbench"]
    kinds = {"norm": test.selectbox, "kernel_size": test.number_input, "deep_supervision": test.checkbox}
    kinds[field](key=field).set_value(value).run()
    assert not test.exception
    assert test.session_state["workbench"] == good  # the last good one stays
    assert reason in str(refused(test).reason)
    assert refused(test).nearest.config == nearest
    assert reason.split()[0] in test.warning[0].value
    test.number_input(key="in_channels").set_value(3).run()
    assert "refusal" not in test.session_state  # the next good choice ends it


def test_a_refusal_names_levels_too(start: Start) -> None:
    test = start(net="unet++", padding="same", skips="0.1", base="16")
    test.pills(key="skip_levels").set_value([1, 2]).run()  # without level 0 the inner nodes lead nowhere
    assert not test.exception
    assert refused(test).nearest.config.connected_levels == (1, 2)


def test_beyond_the_bound_on_memory_the_nearest_is_a_smaller_input(start: Start) -> None:
    test = start(size="4092x4092")
    test.number_input(key="height").set_value(8188).run()
    test.number_input(key="width").set_value(8188).run()
    assert "256 GB" in str(refused(test).reason)
    nearest = refused(test).nearest
    assert nearest.config == UNetConfig()
    assert 4092 < nearest.width < 8188


def sliders_after(move: object, bench: Workbench) -> Workbench:
    def script(move, bench):  # type: ignore[no-untyped-def]
        import streamlit as st

        from ui import build_sliders

        st.session_state.update(workbench=bench, sliders={"move": move})
        build_sliders._moved()

    test = AppTest.from_function(script, kwargs={"move": move, "bench": bench}, default_timeout=30).run()
    assert not test.exception
    after = test.session_state["workbench"]
    assert isinstance(after, Workbench)
    return after


def test_a_locked_slider_does_not_move_whatever_the_browser_says() -> None:
    move = {"id": "depth", "value": 2, "seq": 1, "final": True}
    assert sliders_after(move, Workbench()).config.depth == 2
    for taken in ({"locked": frozenset({"depth"})}, {"hidden": frozenset({"depth"})}):
        assert sliders_after(move, Workbench(**taken)).config.depth == 4  # type: ignore[arg-type]


def tabs(test: AppTest) -> list[str]:
    """What the strip of tabs is told to show."""
    strips = [part.proto for part in test.main.get("bidi_component") if part.proto.component_name == "unet_tabs"]
    return [tab["text"] for strip in strips for tab in json.loads(strip.bytes)["tabs"]]


def test_a_teachers_link_hides_and_locks(start: Start) -> None:
    test = start(hide="preset.padding.costs.dropout", lock="norm.height")
    keys = {widget.key for kind in (test.selectbox, test.number_input, test.checkbox) for widget in kind}
    assert {"norm", "height", "width", "growth"} <= keys
    assert not {"preset", "padding", "dropout"} & keys
    assert test.selectbox(key="norm").disabled
    assert not test.selectbox(key="skip").disabled
    assert tabs(test) == ["Table", "Sizes", "Take away"]
    assert "hide" in test.query_params  # and stays in the address


def test_everything_can_be_hidden(start: Start) -> None:
    test = start(hide=".".join(CONTROLS))
    assert not test.selectbox
    assert not tabs(test)


def test_the_names_of_controls_are_those_of_the_page() -> None:
    assert {*LEFT, *RIGHT} | {"depth", "base_channels"} == set(FIELDS)
    assert {*LEFT, *RIGHT, *TABS, *build_sliders.SLIDERS} <= set(CONTROLS)
    assert set(LOCKABLE) == set(CONTROLS) - set(TABS) - {"view", "predict"}
