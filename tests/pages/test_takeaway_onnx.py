"""ONNX in the tab Take away: made on request and once, while the page goes on; what it says when it can't."""

import importlib.util
from collections.abc import Iterator
from concurrent.futures import wait
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.test_takeaway import SMALL, said, tab
from ui import takeaway_onnx
from unet_core import onnx_file, zoo
from unet_core.checkpoint import load_card
from unet_core.config import UNetConfig
from unet_core.onnx_file import OnnxError, OnnxFile


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[object, ...]]]:
    """Exports are noted instead of made; those who were asked for."""
    asked: list[tuple[object, ...]] = []

    def make(traced: object, trained: Path | None) -> OnnxFile:
        asked.append((traced, trained))
        return OnnxFile(b"file", 4.6e-8)

    monkeypatch.setattr(takeaway_onnx, "make", make)
    monkeypatch.setattr(onnx_file, "missing", tuple)
    takeaway_onnx.exports.clear()  # type: ignore[attr-defined]
    yield asked
    takeaway_onnx.exports.clear()  # type: ignore[attr-defined]


def finished(test: AppTest, config: UNetConfig = SMALL) -> AppTest:
    """The tab once the export that was asked for has come to its end."""
    future = takeaway_onnx.exports().look((config, (64, 64)))
    assert future is not None
    wait([future], 10)
    test.run()
    assert not test.exception
    return test


def test_onnx_is_made_on_request_once_and_says_what_it_is(made: list[tuple[object, ...]]) -> None:
    test = tab()
    assert "input is fixed at 64 × 64 × 1" in said(test)
    assert "random, seed 2015" in said(test)
    assert made == []
    test.button(key="onnx_make").click().run()
    finished(test)
    assert "by 4.6e-08 at most" in said(test)
    assert len(test.get("download_button")) == 6
    test.run()
    assert len(made) == 1 and made[0][1] is None
    assert len(tab(config=replace(SMALL, depth=1)).get("download_button")) == 5  # of another network it is not made


def test_the_page_goes_on_while_a_file_is_made(made: list[tuple[object, ...]], monkeypatch: pytest.MonkeyPatch) -> None:
    let_go = Event()
    monkeypatch.setattr(takeaway_onnx, "make", lambda *_: OnnxFile(b"file", 0.0) if let_go.wait(20) else None)
    test = tab()
    test.button(key="onnx_make").click().run()
    assert not test.exception
    assert [button.disabled for button in test.button] == [True]
    assert len(test.code) == 1  # what stands below is there
    exports = takeaway_onnx.exports()
    for base in range(5, 5 + takeaway_onnx.MOST_WAITING):
        last = exports.ask((replace(SMALL, base_channels=base), (64, 64)))
    with pytest.raises(OnnxError, match="8 exports are waiting already"):
        last.result(0)
    let_go.set()
    wait([exports.ask((replace(SMALL, base_channels=base), (64, 64))) for base in range(5, 12)], 10)
    exports.ask((SMALL, (64, 64)))  # among so many it is kept no longer
    assert len(finished(test).get("download_button")) == 6


def test_only_the_last_files_are_kept(made: list[tuple[object, ...]]) -> None:
    exports = takeaway_onnx.exports()
    keys = [(replace(SMALL, base_channels=base), (64, 64)) for base in (1, 2, 3, 4)]
    for key in keys:
        exports.ask(key).result(10)
    assert [exports.look(key) is not None for key in keys] == [False, False, True, True]
    exports.ask(keys[3]).result(10)
    assert len(made) == 4


def test_onnx_of_the_shipped_network_has_its_trained_weights(made: list[tuple[object, ...]]) -> None:
    config = load_card(zoo.MODELS / "nuclei-unet").config
    test = tab(config=config)
    assert "those of nuclei-unet, trained" in said(test)
    test.button(key="onnx_make").click().run()
    finished(test, config)
    assert [folder for _, folder in made] == [zoo.MODELS / "nuclei-unet"]
    assert takeaway_onnx.trained_card(replace(config, depth=2)) is None


@pytest.mark.parametrize("language", ["en", "zh"])
def test_onnx_that_is_not_installed_is_a_word_and_a_command(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name.startswith("onnx") else find(name))
    test = tab(language=language)
    assert {"en": "not installed here: onnx", "zh": "没有安装：onnx"}[language] in said(test)
    assert "pip install -r requirements-onnx.txt" in said(test)
    assert [button.disabled for button in test.button] == [True]


def test_onnx_that_fails_is_a_sentence(made: list[tuple[object, ...]], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> OnnxFile:
        raise OnnxError("PyTorch's exporter has failed: {reason}", reason="[a](http://b.example)")

    monkeypatch.setattr(takeaway_onnx, "make", fail)
    test = tab()
    test.button(key="onnx_make").click().run()
    finished(test)
    assert "exporter has failed: [a]" in said(test)
    assert all("](http" not in caption.value for caption in test.caption)


def test_onnx_of_a_large_network_is_refused_with_the_reason(made: list[tuple[object, ...]]) -> None:
    test = tab(config=UNetConfig(base_channels=128), height=188, width=188)
    assert "the bound is 40,000,000" in said(test)
    assert [button.disabled for button in test.button] == [True]
