"""The Kernel page: both languages, every operation, odd images, a lying browser."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from ui.kernel_controls import OPERATIONS, SHELVES, Choice

ROOT = Path(__file__).parents[2]


def opened(**session: object) -> AppTest:
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    test.switch_page(str(ROOT / "pages" / "kernel.py"))
    language = session.pop("language", "en")
    test.query_params["lang"] = str(language)
    for name, value in session.items():
        test.session_state[name] = value
    test.run()
    assert not test.exception
    return test


def png(*shape: int) -> bytes:
    levels = np.random.default_rng(1).integers(0, 256, shape).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(levels).save(buffer, "PNG")
    return buffer.getvalue()


# --- the page ---


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_operation_and_every_tab_renders(language: str) -> None:
    test = opened(language=language)
    for operation in OPERATIONS:
        test.selectbox(key="kernel_operation").set_value(operation).run()
        assert not test.exception
        assert len(test.error) == 0
        kernels = [box for box in test.selectbox if box.key and box.key.startswith("kernel_") and box.key not in
                   ("kernel_operation", "kernel_steps")]  # fmt: skip
        assert len(kernels) == (operation in SHELVES)
        assert len(test.selectbox) <= 4  # the image's is folded up
    for name in [tab.label for tab in test.tabs]:
        test.session_state["kernel_tabs"] = name
        test.run()
        assert not test.exception
    assert test.title[0].value == ("Kernel · What does one number cost?" if language == "en" else
                                   "卷积核 · 算出一个数值要花多少？")  # fmt: skip


def test_every_kernel_and_every_step_can_be_chosen() -> None:
    test = opened()
    for name in ("laplace", "random-2", "trained-3", "before-3"):
        test.selectbox(key="kernel_first").set_value(name).run()
        assert not test.exception
        assert test.session_state["kernel"].kernels["first"] == name
    for steps in ("valid-1", "same-2", "valid-2"):
        test.selectbox(key="kernel_steps").set_value(steps).run()
        assert not test.exception
    test.selectbox(key="kernel_operation").set_value("relu").run()
    assert test.selectbox(key="kernel_first").value == "before-3"  # the chain begins with the same convolution


@pytest.mark.parametrize("data", [png(1, 1), png(3, 70), png(300, 9, 3), png(8, 8)], ids=["1", "wide", "rgb", "8"])
def test_odd_images_give_a_page(data: bytes) -> None:
    test = opened(segment={"image": "upload", "file": ("**x**[a](http://b).png", data)})
    for operation in OPERATIONS:
        test.selectbox(key="kernel_operation").set_value(operation).run()
        assert not test.exception
        assert len(test.error) == 0


def test_a_file_that_is_no_image_any_more_is_one_sentence() -> None:
    test = opened(segment={"image": "upload", "file": ("x.png", b"no image")})
    assert len(test.error) == 1


@pytest.mark.parametrize(
    ("told", "place"),
    [(None, (20, 30)), ("x", (20, 30)), ({}, (20, 30)), ({"share": [2, 0.5]}, (20, 30)),
     ({"share": ["0", 0]}, (20, 30)), ({"share": [float("nan"), 0]}, (20, 30)), ({"step": [1]}, (20, 30)),
     ({"step": [9, 9]}, (20, 30)),
     ({"share": [0, 0]}, (0, 0)), ({"share": [1, 1]}, (502, 502)), ({"share": [0.5, 0.25]}, (251, 123)),
     ({"step": [1, 0]}, (25, 30)), ({"step": [0, -1]}, (20, 25))],
)  # fmt: skip
def test_the_part_goes_where_a_click_says_and_nowhere_else(told: object, place: tuple[int, int]) -> None:
    def script(told: object) -> None:
        from types import SimpleNamespace

        import streamlit as st
        import torch

        from ui import kernel_view
        from ui.kernel_controls import choice

        image = SimpleNamespace(digest="d", page=0)
        choice().places["d/0"] = (20, 30)
        st.session_state["grid"] = {"placed": told}
        kernel_view._placed("grid", image, torch.zeros(512, 512))  # type: ignore[arg-type]
        st.session_state["result"] = choice().places["d/0"]

    test = AppTest.from_function(script, kwargs={"told": told}, default_timeout=30).run()
    assert not test.exception
    assert test.session_state["result"] == place


@pytest.mark.parametrize(
    ("operation", "told", "expected"),
    [("conv", {"kernel": "gauss"}, ("conv", "gauss", "trained-0")),
     ("pool", {"kernel": "before-2"}, ("pool", "before-2", "trained-0")),
     ("up3", {"kernel": "box"}, ("conv", "box", "trained-0")),
     ("norm", {"kernel": "trained-7"}, ("norm", "edge-x", "trained-7")),
     ("norm", {"kernel": "box"}, ("conv", "box", "trained-0")),
     ("conv", {"kernel": "ones-3"}, ("conv", "edge-x", "trained-0")),
     ("conv", {"kernel": ["box"]}, ("conv", "edge-x", "trained-0")), ("conv", 5, ("conv", "edge-x", "trained-0"))],
)  # fmt: skip
def test_a_click_in_the_gallery_uses_a_kernel_that_exists(operation: str, told: object, expected: tuple[str]) -> None:
    def script(operation: str, told: object) -> None:
        import streamlit as st

        from ui import kernel_gallery
        from ui.kernel_controls import choice

        choice().operation = operation
        st.session_state["gallery"] = {"picked": told}
        kernel_gallery._picked("gallery")
        kept = choice()
        st.session_state["result"] = (kept.operation, kept.kernels["first"], kept.kernels["trained"])

    test = AppTest.from_function(script, kwargs={"operation": operation, "told": told}, default_timeout=30).run()
    assert not test.exception
    assert test.session_state["result"] == expected


def test_what_was_chosen_outlives_a_change_of_page_and_language() -> None:
    test = opened(kernel=Choice(operation="norm"))
    test.selectbox(key="kernel_trained").set_value("trained-5").run()
    test.switch_page(str(ROOT / "pages" / "build.py")).run()
    test.segmented_control(key="language").set_value("zh").run()
    test.switch_page(str(ROOT / "pages" / "kernel.py")).run()
    assert not test.exception
    assert test.selectbox(key="kernel_operation").value == "norm"
    assert test.selectbox(key="kernel_trained").value == "trained-5"
