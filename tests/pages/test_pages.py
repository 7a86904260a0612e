"""Every page by Streamlit's own test runner: both languages, good and bad input."""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from tests.core.sweep import sweep
from ui.state import Workbench, to_address
from unet_core.config import PRESETS, UNetConfig

ROOT = Path(__file__).parents[2]
PAGES = ["app.py", "pages/build.py", "pages/walk.py", "pages/kernel.py", "pages/segment.py",
         "pages/compare.py", "pages/findings.py"]  # fmt: skip
Start = Callable[..., AppTest]


@pytest.fixture
def start() -> Start:
    def opened(page: str, **query: str) -> AppTest:
        test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        test.query_params.update(query)
        if page != "app.py":
            test.switch_page(str(ROOT / page))
        test.run()
        assert not test.exception
        return test

    return opened


def texts(test: AppTest) -> str:
    parts = (test.title, test.markdown, test.warning, test.error, test.caption)
    return "\n".join(element.value for part in parts for element in part).replace("\\", "")  # as Markdown shows it


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("page", PAGES)
def test_every_page_renders_in_both_languages(start: Start, page: str, language: str) -> None:
    shown = texts(start(page, lang=language))
    chinese = sum("\u4e00" <= letter <= "\u9fff" for letter in shown)
    assert (chinese > 5) == (language == "zh"), shown


def test_the_language_switch_changes_the_page_and_keeps_the_network(start: Start) -> None:
    test = start("pages/build.py", lang="en", depth="2")
    test.segmented_control(key="language").set_value("zh").run()
    assert not test.exception
    bench = test.session_state["workbench"]
    assert (bench.language, bench.config.depth) == ("zh", 2)
    assert test.query_params["lang"] == "zh"


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_can_be_chosen(start: Start, preset: str) -> None:
    test = start("pages/build.py", lang="en", base="48")
    test.selectbox(key="preset").set_value(preset).run()
    assert not test.exception
    bench = test.session_state["workbench"]
    assert bench.config == PRESETS[preset]
    assert not bench.snapped


@pytest.mark.parametrize("name", ["architecture", "padding", "norm", "upsampling", "skip"])
def test_every_choice_under_more_reaches_the_network(start: Start, name: str) -> None:
    test = start("pages/build.py", lang="en", base="16", padding="same")
    for option in test.selectbox(key=name).options:
        box = test.selectbox(key=name)
        box.select_index(box.options.index(option)).run()
        assert not test.exception
    assert getattr(test.session_state["workbench"].config, name) != getattr(UNetConfig(), name)


def test_a_u_net_e_gets_its_heads_and_a_u_net_loses_them(start: Start) -> None:
    test = start("pages/build.py", lang="en", padding="same")
    test.selectbox(key="architecture").set_value("unet-e").run()
    assert test.session_state["workbench"].config.deep_supervision
    test.selectbox(key="architecture").set_value("unet").run()
    assert not test.session_state["workbench"].config.deep_supervision


def test_a_choice_that_makes_no_network_is_refused_with_the_reason(start: Start) -> None:
    test = start("pages/build.py", lang="en", base="12")
    before = test.session_state["workbench"].config
    test.selectbox(key="norm").set_value("group").run()
    assert "norm group needs channels that are a multiple of 8" in texts(test)
    assert test.session_state["workbench"].config == before
    assert test.selectbox(key="norm").value == "none"


@pytest.mark.parametrize("side", [1, 500, 4096])
def test_an_input_size_that_does_not_fit_is_kept_in_mind_and_snapped(start: Start, side: int) -> None:
    test = start("pages/build.py", lang="en")
    test.number_input(key="height").set_value(side).run()
    assert not test.exception
    bench = test.session_state["workbench"]
    assert bench.height == side
    assert bench.snapped


@pytest.mark.parametrize(
    "move",
    [None, 7, {}, {"id": "depth"}, {"id": "depth", "value": 99}, {"id": "depth", "value": "2"},
     {"id": "size", "value": -1}, {"id": "size", "value": 10**30}, {"id": "filters", "value": True},
     {"id": "action", "value": "back"}, {"id": ["x"], "value": {}}, {"id": "depth", "value": 4, "seq": "x" * 10}],
)  # fmt: skip
def test_whatever_the_browser_claims_a_slider_said_the_network_stands(move: object) -> None:
    depth, largest = moved(move)
    assert depth == 4
    assert largest <= 8192


def test_a_move_that_makes_sense_is_carried_out() -> None:
    assert moved({"id": "depth", "value": 2, "seq": 1, "final": False}) == (2, 572)
    assert moved({"id": "size", "value": 700}) == (4, 700)


def moved(move: object) -> tuple[int, int]:
    """Depth and largest side after the browser has said `move`."""

    def script(move: object) -> None:
        import streamlit as st

        from ui import build_sliders
        from ui.state import workbench

        st.session_state["sliders"] = {"move": move}
        build_sliders._moved()
        build_sliders.sliders()
        st.session_state["result"] = (workbench().config.depth, max(workbench().height, workbench().width))

    test = AppTest.from_function(script, kwargs={"move": move}, default_timeout=30).run()
    assert not test.exception
    result = test.session_state["result"]
    assert isinstance(result, tuple)
    return result


@pytest.mark.parametrize("config", sweep()[::9], ids=UNetConfig.to_query)
def test_build_shows_every_kind_of_network(start: Start, config: UNetConfig) -> None:
    start("pages/build.py", **to_address(Workbench(config)))


@pytest.mark.parametrize(
    "query", [{"norm": "group", "base": "12", "max": "8"}, {"depth": "6", "kernel": "9", "convs": "4"},
              {"size": "4096x1"}, {"size": "8192x8192", "depth": "1"}],
)  # fmt: skip
def test_build_stands_at_the_edges(start: Start, query: dict[str, str]) -> None:
    test = start("pages/build.py", lang="en", **query)
    bench = test.session_state["workbench"]
    again = start("pages/build.py", **to_address(replace(bench, height=bench.size[0], width=bench.size[1])))
    assert again.session_state["workbench"].size == bench.size  # what is kept can be linked to


def test_what_the_browser_claims_was_clicked_must_be_a_layer(start: Start) -> None:
    test = start("pages/build.py", lang="en")
    for picked in ({"row": "nothing.9"}, {"row": 7}, "pool.0", {}):
        test.session_state["build_diagram"] = {"picked": picked}
        test.run()
        assert not test.exception
        assert test.session_state["workbench"].selected is None


def test_words_of_an_address_are_shown_letter_by_letter(start: Start) -> None:
    test = start("pages/build.py", lang="en", depth="![x](http://evil.example/x.png)", at="[a](http://b.example)")
    assert len(test.warning) == 2
    for warning in test.warning:
        assert "](" not in warning.value
        assert "http:" not in warning.value
        assert "](http" in warning.value.replace("\\", "")


# --- Segment ---


def picture(kind: str, mode: str = "L", size: tuple[int, int] = (64, 48)) -> bytes:
    buffer = io.BytesIO()
    values = np.random.default_rng(0).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(values).convert(mode).save(buffer, kind)
    return buffer.getvalue()


GOOD = {
    "grey.png": picture("PNG"), "colour.jpg": picture("JPEG", "RGB"), "inks.jpg": picture("JPEG", "CMYK"),
    "palette.gif": picture("GIF", "P"), "dot.png": picture("PNG", "L", (1, 1)),
    "line.png": picture("PNG", "L", (1, 900)),    "scientific.tif": picture("TIFF", "L"),
    "alpha.webp": picture("WEBP", "RGBA"),
}  # fmt: skip
BAD = {
    "text.png": (b"this is no picture", "PNG"), "cut.jpg": (picture("JPEG", "RGB", (300, 300))[:400], ""),
    "empty.png": (b" ", ""), "drawing.svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
    "phone.heic": (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "HEIC"),
}  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_an_upload_gives_a_mask(start: Start, name: str) -> None:
    width, height = Image.open(io.BytesIO(GOOD[name])).size
    test = start("pages/segment.py", lang="en")
    test.file_uploader(key="upload").set_value((name, GOOD[name], "application/octet-stream")).run()
    assert "pixels in" not in texts(test)  # nobody has said yet what it is
    test.segmented_control(key="subject").set_value("nuclei").run()
    assert not test.exception
    assert not test.error
    assert f"{height} × {width} pixels in" in texts(test)  # of the upload, not of the sample


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", BAD)
def test_a_bad_upload_gets_one_sentence_and_the_page_goes_on(start: Start, name: str, language: str) -> None:
    data, word = BAD[name]
    test = start("pages/segment.py", lang=language)
    test.file_uploader(key="upload").set_value((name, data, "application/octet-stream")).run()
    assert not test.exception
    assert len(test.error) == 1
    assert word in test.error[0].value
    assert "512 × 512" in texts(test)  # the sample from before is still there
    test.selectbox(key="image").set_value("synthetic").run()
    assert not test.error
    assert "512 × 512" in texts(test)


def test_the_passport_stands_over_the_mask(start: Start) -> None:
    shown = texts(start("pages/segment.py", lang="en"))
    assert "nuclei-unet" in shown
    assert "not the network you built" in shown
    assert "it reaches a Dice of" in shown


def test_a_layer_that_the_network_does_not_have_is_refused(start: Start) -> None:
    test = start("pages/segment.py", lang="en")
    test.session_state["looked_at"] = "encoder.99.relu1"
    test.run()
    assert not test.exception
    assert len(test.error) == 1


def test_an_upload_and_a_sample_outlive_a_change_of_page_and_of_language(start: Start) -> None:
    test = start("pages/segment.py", lang="en")
    test.file_uploader(key="upload").set_value(("mine.png", GOOD["grey.png"], "image/png")).run()
    test.segmented_control(key="subject").set_value("nuclei").run()
    test.switch_page(str(ROOT / "pages/build.py")).run()
    test.switch_page(str(ROOT / "pages/segment.py")).run()
    assert "48 × 64 pixels in" in texts(test)
    assert "mine.png" in test.selectbox(key="image").options
    test.selectbox(key="image").set_value("synthetic").run()
    test.segmented_control(key="language").set_value("zh").run()
    assert not test.exception
    assert test.selectbox(key="image").value == "synthetic"


def test_the_limits_on_every_card_are_known_to_the_catalogue() -> None:
    from ui import models
    from unet_core.zoo.not_for import NOT_FOR

    for name in [model.folder for model in models.shelf().models]:
        assert set(models.model(name)[1].not_for) <= set(NOT_FOR)


# --- Back and Forward ---


def test_an_address_that_was_not_written_here_is_followed(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    from ui import state

    test = start("pages/build.py", lang="en", depth="2")
    test.selectbox(key="padding").set_value("same").run()
    assert test.query_params["padding"] == "same"
    del test.query_params["padding"]  # what the browser's Back does, but too early to be that
    test.run()
    assert test.session_state["workbench"].config.padding == "same"
    monkeypatch.setattr(state, "SETTLED", 0.0)
    test.query_params.clear()
    test.query_params.update(lang="en", depth="2", size="572x572")
    test.run()
    assert test.session_state["workbench"].config.padding == "valid"
    assert test.session_state["workbench"].config.depth == 2
