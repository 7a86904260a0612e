"""Batch: beside the page, in its turns, stopped by hand or when nobody is there any more."""

import io
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from ui.batch_work import Work
from ui.models import model
from unet_core.batch import File, to_zip

ROOT = Path(__file__).parents[2]


def picture(seed: int) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 255, (40, 48), np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


FILES = [("a.png", picture(1), "image/png"), ("**b**.png", b"none", "image/png"), ("c.png", picture(2), "image/png")]


def opened(language: str = "en") -> AppTest:
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    test.query_params["lang"] = language
    test.session_state["segment_tab"] = "batch"
    test.switch_page(str(ROOT / "pages" / "segment.py")).run()
    assert not test.exception
    return test


def texts(test: AppTest) -> str:
    parts = (test.markdown, test.error, test.caption)
    return "\n".join(element.value for part in parts for element in part)


@pytest.mark.parametrize(("language", "done"), [("en", "3 of 3 images are done"), ("zh", "3 幅图像中已完成 3 幅")])
def test_every_file_gets_its_mask_or_its_reason(language: str, done: str) -> None:
    test = opened(language)
    assert test.button(key="batch_start").disabled
    test.file_uploader(key="batch_files").set_value(FILES).run()
    test.button(key="batch_start").click().run()
    work = test.session_state["batch"]
    work.wait(60)
    test.run()
    assert not test.exception
    assert done in texts(test)
    assert len(test.error) == 1 and "\\*\\*b\\*\\*" in test.error[0].value  # a name makes no bold print
    with zipfile.ZipFile(io.BytesIO(to_zip(work.results, work.card, work.threshold))) as archive:
        assert [name for name in archive.namelist() if name.startswith("masks/")] == ["masks/001-a.png",
                                                                                      "masks/003-c.png"]  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh"])
def test_two_hundred_files_get_one_sentence(language: str) -> None:
    test = opened(language)
    test.file_uploader(key="batch_files").set_value([(f"{n}.png", b"x", "image/png") for n in range(200)]).run()
    assert not test.exception
    assert len(test.error) == 1 and "200" in test.error[0].value
    assert test.button(key="batch_start").disabled


def work(files: int, alive: bool = True) -> Work:
    network, card = model()
    return Work(network, card, [File(f"{n}.png", picture(n)) for n in range(files)], 0.5, None, lambda: alive)


def test_it_stops_after_the_image_in_hand() -> None:
    running = work(90)
    while not running.results:
        time.sleep(0.01)
    assert running.running
    assert running.seconds_left is not None and running.seconds_left > 0
    running.stop()
    running.wait(20)
    assert not running.running
    assert 0 < len(running.results) < 90


def test_it_ends_when_nobody_is_there() -> None:
    left = work(50, alive=False)
    left.wait(20)
    assert not left.running
    assert left.results == []


def test_what_breaks_a_device_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("unet_core.batch.answer", broken)
    failed = work(2)
    failed.wait(20)
    assert "out of memory" in str(failed.failed)


def test_too_many_files_are_told_there_too() -> None:
    refused = work(101)
    refused.wait(20)
    assert "at most 100" in str(refused.failed)
