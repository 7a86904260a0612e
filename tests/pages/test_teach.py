"""Teach it: what is asked, what is refused, strokes that reach the job, and what can be done with what came out."""

import io
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from tests.core.test_jobs_queue import Puppets
from tests.core.test_teach_job import Heard, Said
from ui.findings_results import all_results
from ui.painting import Painting
from ui.segment_state import OTHER
from ui.teach_measured import verdict
from ui.teach_state import Teaching
from unet_core.checkpoint import load
from unet_core.images import load_image
from unet_core.strokes import Stroke
from unet_core.studies import STUDIES
from unet_core.studies.findings import findings
from unet_core.studies.statistics import Difference
from unet_core.teach.job import STROKES, TeachJob

pytestmark = pytest.mark.usefixtures("queue")
ROOT = Path(__file__).parents[2]
THIS, NOT, MORE = (Stroke(label, 5, ((20, y), (100, y))) for label, y in ((2, 30), (1, 70), (1, 85)))


def picture() -> bytes:
    levels = np.random.default_rng(1).integers(0, 255, (96, 120, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(levels).save(buffer, "PNG")
    return buffer.getvalue()


KEY = f"{load_image(picture()).digest}/0"


def opened(*strokes: Stroke, language: str = "en", visitor: str = "", page: str = "train") -> AppTest:
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=200)
    test.query_params.update({"lang": language, "tab": "teach"})
    test.session_state["segment"] = {"image": "upload", "file": ("noise.png", picture())}
    test.session_state["paintings"] = {KEY: Painting(strokes)}
    test.session_state["teach"] = Teaching(seconds=2)
    if visitor:
        test.session_state["visitor"] = visitor
    test.switch_page(str(ROOT / "pages" / f"{page}.py")).run()
    assert not test.exception
    return test


def said(test: AppTest) -> str:
    assert not test.exception
    parts = (test.markdown, test.caption, test.error, test.info, test.warning, test.header)
    return "\n".join(element.value for part in parts for element in part).replace("\\", "")


def painted(test: AppTest, *strokes: Stroke) -> AppTest:
    test.session_state["paintings"] = {KEY: Painting(strokes)}
    return test.run()


def job_of(puppets: Puppets) -> TeachJob:
    payload = puppets.hired[0].begun[-1][2]
    assert isinstance(payload, bytes)
    job = pickle.loads(payload)
    assert isinstance(job, TeachJob)
    return job


def sent(puppets: Puppets) -> list[object]:
    """The commands with strokes."""
    return [frame for frame in puppets.hired[0].told if frame[0] != "begin" and STROKES in str(frame)]


def learned(puppets: Puppets) -> None:
    """The job is done here, and what it says goes to the page."""
    heard, worker = Heard(), puppets.hired[0]
    job_of(puppets).run(heard, Said(), None)
    for value, preview in zip(heard.told, heard.previews, strict=True):
        worker.says("progress", worker.link, value, preview)
    worker.ends(heard.results[0])


@pytest.mark.parametrize(("language", "words", "refusal"), [
    ("en", "learns from these strokes alone", "there are no strokes yet"), ("zh", "只靠这些笔画学习", "还没有笔画"),
])  # fmt: skip
def test_it_says_what_to_do_and_refuses_in_a_sentence(
    puppets: Puppets, language: str, words: str, refusal: str
) -> None:
    test = opened(language=language)
    study = STUDIES["strokes"]
    taught = findings(study, all_results()[0][study.name])[0].chart.points[0]
    assert words in said(test) and f"{taught.mean:.3f}" in said(test), "and how good it is, as the study found it"
    test.button(key="teach_start").click().run()
    assert refusal in said(test)
    painted(test, THIS).button(key="teach_start").click().run()
    assert len(test.error) == 1 and not any(one.begun for one in puppets.hired)
    assert not painted(test, THIS, MORE).error, "it was about other strokes"


def test_strokes_become_a_network_that_can_be_used_saved_and_opened(puppets: Puppets, tmp_path: Path) -> None:
    test = opened(THIS, NOT)
    test.button(key="teach_start").click().run()
    assert test.button(key="teach_stop") and job_of(puppets).strokes[0].label == 2
    assert job_of(puppets).choices.seconds == 2 and job_of(puppets).names == ("not this", "this")
    painted(test, THIS, NOT, MORE)  # while it runs
    assert len(sent(puppets)) == 1
    painted(test, THIS)  # of one class: refused, and not sent
    assert "all strokes are of one class" in said(test)
    assert len(sent(puppets)) == 1
    painted(test, THIS, NOT, MORE)
    learned(puppets)
    test.run()
    assert "press “Go on learning”" in said(test), "what to do next"
    assert "of the stroked pixels are right" in said(test) and "one picture, by strokes" in said(test)
    assert "nobody has measured" in said(test)
    name = test.session_state["teach"].lessons[KEY].network
    from ui.own_models import Own
    from ui.teach_after import as_zip

    own = test.session_state["own_models"][name]
    assert isinstance(own, Own)
    with zipfile.ZipFile(io.BytesIO(as_zip(own.weights, own.card))) as archive:
        archive.extractall(tmp_path)
    _, card = load(tmp_path)
    assert card.training["begun_from"] == "random weights" and card.config.in_channels == 3
    test.file_uploader(key="teach_other").set_value([("other.png", picture(), "image/png")]).run()
    assert said(test).count("Mask by") == 2
    test.button(key="teach_start").click().run()  # once more, from what it knows
    assert job_of(puppets).weights == own.weights
    learned(puppets)
    test.run()
    test.button(key="teach_segment").click().run()
    assert test.title[0].value.startswith("Segment")
    assert f"Mask by {own.card.name}" in said(test), "its mask, before anything is asked"


def test_after_a_reload_the_lesson_is_still_there(puppets: Puppets) -> None:
    test = opened(THIS, NOT, visitor="me")
    test.button(key="teach_start").click().run()
    learned(puppets)
    again = opened(visitor="me")
    assert "your last lesson" in said(again) and again.button(key="teach_segment")
    assert "your last lesson" not in said(opened(visitor="other"))


def test_segment_leads_here_with_the_same_picture() -> None:
    from ui.segment_state import Looking

    test = opened(page="segment")
    test.session_state["looking"] = Looking(subjects={load_image(picture()).digest: OTHER})
    test.run()
    test.button(key="segment_teach").click().run()
    assert test.title[0].value.startswith("Train") and test.selectbox(key="image").value == "upload"
    assert test.button(key="teach_start")


@pytest.mark.parametrize(("low", "high", "said"), [
    (0.01, 0.1, "The U-Net is better: the 95 % interval of the difference goes from +0.010 to +0.100."),
    (-0.01, 0.1, "That may be chance"), (-0.1, -0.01, "The forest is better"), (None, None, "not known yet"),
])  # fmt: skip
def test_the_study_of_strokes_is_told_as_it_came_out(low: float | None, high: float | None, said: str) -> None:
    assert said in str(verdict(Difference(6, 0.05, low, high)))
