"""Segment: the question first, the networks that may answer it, one pixel worked out, and a word of warning."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.delta_generator import DeltaGenerator
from streamlit.testing.v1 import AppTest

from ui import answers, models, segment_controls, segment_view
from ui.answers import is_kept
from ui.samples import SAMPLES, loaded, sample_bytes
from unet_core.answer import answer
from unet_core.images import load_image
from unet_core.messages import Message
from unet_core.segment import Segmentation
from unet_core.zoo.shelf import Damaged, Shelf

ROOT = Path(__file__).parents[2]
Start = Callable[..., AppTest]


@pytest.fixture
def start() -> Start:
    def start_it(language: str = "en", image: str = "real", **state: object) -> AppTest:
        test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        test.query_params["lang"] = language
        test.session_state["segment"] = {"image": image, "file": None}
        for name, value in state.items():
            test.session_state[name] = value
        test.switch_page(str(ROOT / "pages" / "segment.py")).run()
        assert not test.exception
        return test

    return start_it


def texts(test: AppTest) -> str:
    parts = (test.title, test.markdown, test.warning, test.error, test.caption, test.info)
    return "\n".join(element.value for part in parts for element in part).replace("\\", "")


def uploaded(test: AppTest, pixels: np.ndarray) -> AppTest:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    test.file_uploader(key="upload").set_value(("mine.png", buffer.getvalue(), "image/png")).run()
    assert not test.exception
    return test


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("image", SAMPLES)
def test_every_sample_gets_a_mask_from_a_network_that_knows_it(start: Start, image: str, language: str) -> None:
    test = start(language, image)
    assert not test.error
    offered = test.selectbox(key="segment_networks").options
    assert offered == models.names_for(SAMPLES[image].subject)
    assert models.shelf().find(offered[0]).subject == SAMPLES[image].subject  # type: ignore[union-attr]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_something_else_gets_no_mask_and_hears_why(start: Start, language: str) -> None:
    test = uploaded(start(language), np.full((40, 50, 3), 90, np.uint8))
    assert [item.key for item in test.selectbox if item.key == "segment_networks"] == []
    test.segmented_control(key="subject").set_value("other").run()
    assert not test.exception
    assert len(test.info) == 1
    assert [item.key for item in test.selectbox if item.key == "segment_networks"] == []


def test_an_answer_to_the_question_belongs_to_its_image(start: Start) -> None:
    test = uploaded(start(), np.full((40, 50, 3), 90, np.uint8))
    test.segmented_control(key="subject").set_value("pebbles").run()
    uploaded(test, np.full((41, 50, 3), 90, np.uint8))
    assert test.segmented_control(key="subject").value is None
    uploaded(test, np.full((40, 50, 3), 90, np.uint8))
    assert test.segmented_control(key="subject").value == "pebbles"
    test.segmented_control(key="subject").set_value(None).run()  # a second click on the answer
    assert test.segmented_control(key="subject").value == "pebbles"


@pytest.mark.parametrize("image", ["real", "synthetic", "pebbles", "pebbles-7"])
def test_a_sample_like_the_training_images_brings_no_warning(start: Start, image: str) -> None:
    test = start(image=image)
    assert not test.warning and "no proof of the mask. Judge it by eye, or under Measure." in texts(test)


def test_an_image_unlike_the_training_images_is_warned_of(start: Start) -> None:
    test = uploaded(start(), 255 - np.asarray(Image.open(io.BytesIO(sample_bytes("real")))))
    test.segmented_control(key="subject").set_value("nuclei").run()
    assert "Trust this mask less" in test.warning[0].value and "no proof" not in texts(test)


def test_an_image_that_is_too_small_when_brought_to_scale_is_not_called_unlike(start: Start) -> None:
    test = start(image="real")
    test.number_input(key="marked").set_value(200.0).run()
    assert not test.warning and "too few to be compared" in test.info[0].value


def pointed(image: str, row: object, column: object) -> dict[str, object]:
    digest = loaded(sample_bytes(image)).digest
    return {"point": {"image": f"{digest}/0", "row": row, "column": column}}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("image", ["real", "pebbles"])
def test_the_steps_of_a_pixel_end_at_its_probability(start: Start, image: str, language: str) -> None:
    test = start(language, image, viewer=pointed(image, 100, 200))
    network, card = models.model(models.names_for(SAMPLES[image].subject)[0])
    found = answer(network, card, loaded(sample_bytes(image)).pixels)
    assert found.per_class is not None
    shown = texts(test)
    for share in found.per_class[:, 100, 200]:
        assert f"| {share:.4f} |" in shown or f"| {share - 1e-4:.4f} |" in shown or f"| {share + 1e-4:.4f} |" in shown


@pytest.mark.parametrize(("row", "column"), [(-1, 0), (0, 512), ("1", 2), (None, None), (True, 3), (1.5, 2), ([], {})])
def test_a_pixel_that_there_isnt_is_not_taken(start: Start, row: object, column: object) -> None:
    assert "Click a pixel" in texts(start(viewer=pointed("real", row, column)))


@pytest.mark.parametrize(
    "line", [None, [1, 2, 3], [1, 2, 3, "4"], "line", [float("nan")] * 4, [True] * 4, [1, 1, 1, 1], [0, 0, 9e9, 9e9]]
)
def test_a_mark_that_is_none_changes_nothing_or_is_refused(start: Start, line: object) -> None:
    digest = loaded(sample_bytes("real")).digest
    test = start(viewer={"marked": {"image": f"{digest}/0", "line": line}})
    assert len(test.error) <= 1
    assert ("512 × 512 pixels in" in texts(test)) != ("Mark a single object" in texts(test))
    test.number_input(key="marked").set_value(None).run()
    assert not test.error
    assert "512 × 512 pixels in" in texts(test)


def test_a_marked_object_rescales_and_is_said(start: Start) -> None:
    digest = loaded(sample_bytes("real")).digest
    test = start(viewer={"marked": {"image": f"{digest}/0", "line": [100, 100, 100, 160]}})
    assert test.number_input(key="marked").value == 60
    assert "The marked object is 60 pixels wide" in texts(test)
    assert "its answer was resized back" in texts(test).lower()


def test_networks_that_are_missing_or_damaged_are_told(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = models.shelf()
    damaged = Damaged("pebbles-unet", Message("there is no weights.safetensors that can be read in pebbles-unet"))
    left = tuple(model for model in whole.models if model.subject != "pebbles")
    monkeypatch.setattr(models, "shelf", lambda: Shelf(left, (damaged,)))
    monkeypatch.setattr(segment_controls, "shelf", lambda: Shelf(left, (damaged,)))
    test = start(image="pebbles")
    assert "restore the folder assets/models" in test.error[0].value.replace("\\", "")
    assert "pebbles-unet" in test.warning[0].value.replace("\\", "")
    test.selectbox(key="image").set_value("real").run()
    assert not test.exception and not test.error
    assert "512 × 512 pixels in" in texts(test)


def test_two_networks_stand_side_by_side_each_under_its_passport(start: Start) -> None:
    test = start()
    second = test.selectbox(key="segment_seconds")
    second.set_value("nuclei-unet").run()
    assert not test.exception
    assert texts(test).count("Mask by nuclei-unet") == 2
    test.selectbox(key="segment_networks").set_value("nuclei-unet").run()
    assert test.selectbox(key="segment_seconds").value == ""  # not beside itself
    assert texts(test).count("Mask by nuclei-unet") == 1


@pytest.mark.parametrize(("side", "kept", "shown"), [(1100, False, True), (1100, True, False), (64, False, False)])
def test_a_large_image_stands_there_while_it_is_worked_on(
    monkeypatch: pytest.MonkeyPatch, side: int, kept: bool, shown: bool
) -> None:
    """What the browser has got when the network begins, and what is left of it afterwards."""
    happened: list[str] = []
    show = DeltaGenerator.image
    empty = np.zeros((side, side), np.float32)

    def answer(*_: object) -> Segmentation:
        happened.append("answer")
        return Segmentation(empty, (), 0.0, "cpu", ("background", "nucleus"), empty[None])

    def note(*given: Any, **how: Any) -> DeltaGenerator:
        happened.append("image")
        return show(*given, **how)

    monkeypatch.setattr(DeltaGenerator, "image", note)
    monkeypatch.setattr(segment_view, "answer", answer)
    monkeypatch.setattr(segment_view, "is_kept", lambda *_: kept)

    def script(side: int) -> None:
        import io

        from PIL import Image

        from ui import segment_view
        from unet_core.images import load_image

        buffer = io.BytesIO()
        Image.new("L", (side, side), 90).save(buffer, "PNG")
        assert len(segment_view.answered(load_image(buffer.getvalue()), ["nuclei-unet"])) == 1

    test = AppTest.from_function(script, args=(side,), default_timeout=60).run()
    assert not test.exception
    assert happened == (["image", "answer"] if shown else ["answer"])
    assert not test.get("imgs")


def test_an_answer_is_known_to_be_kept() -> None:
    buffer = io.BytesIO()
    Image.new("L", (64, 64), 90).save(buffer, "PNG")
    image = load_image(buffer.getvalue())
    assert not is_kept(image, "nuclei-unet")
    answers.answer(image, "nuclei-unet")
    assert is_kept(image, "nuclei-unet")
    assert not is_kept(image, "nuclei-unet", 3.0)
