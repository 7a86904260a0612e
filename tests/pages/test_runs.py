"""My runs: looked at, opened elsewhere, deleted; networks brought back; and nobody sees another's."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.core.small_jobs import Count
from tests.core.test_checkpoint import card_of, model_of
from tests.core.test_jobs_queue import Puppets
from tests.core.test_own_network import files, zipped
from ui.compare_choice import Versus
from ui.compare_state import pair_of
from unet_core.checkpoint import packed
from unet_core.jobs import Queue
from unet_core.messages import Message
from unet_core.runs.result import Result, Trained
from unet_core.teach.job import Begun, Taught, Told

pytestmark = pytest.mark.usefixtures("queue")
ROOT = Path(__file__).parents[2]
WEIGHTS, CARD = packed(model_of(), card_of())
TRAINED = Result((Trained(Message("Small U-Net"), WEIGHTS, CARD.to_dict(), 10, 20, 1.5, None),))
TAUGHT = Taught(WEIGHTS, CARD.to_dict(), ())
LESSON = ((Begun(("not this", "this")), np.zeros((40, 60, 3), np.uint8)),
          (Told(7, 2.0, 1.0, 0.5, 0.9, 2), np.full((2, 40, 60), 127, np.uint8)))  # fmt: skip


def opened(language: str = "en", visitor: str = "") -> AppTest:
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    test.query_params["lang"] = language
    test.query_params["tab"] = "runs"
    if visitor:
        test.session_state["visitor"] = visitor
    test.switch_page(str(ROOT / "pages" / "train.py")).run()
    assert not test.exception
    return test


def done(queue: Queue, puppets: Puppets, result: object, kind: str, visitor: str) -> str:
    """The link of a run that has just ended."""
    link = queue.submit(Count(), visitor, kind)
    for value, preview in LESSON if kind == "teach" else ():
        puppets.hired[0].says("progress", link, value, preview)
    puppets.hired[0].ends(result)
    return link


def said(test: AppTest) -> str:
    assert not test.exception
    parts = (test.markdown, test.caption, test.error, test.info, test.warning)
    return "\n".join(element.value for part in parts for element in part).replace("\\", "")


@pytest.mark.parametrize(("language", "word"), [("en", "Nothing was trained here yet"), ("zh", "这里还没有训练过")])
def test_at_first_there_is_nothing(language: str, word: str) -> None:
    assert word in said(opened(language))


@pytest.mark.parametrize(("kind", "result"), [("race", TRAINED), ("teach", TAUGHT)], ids=["race", "teach"])
def test_a_run_is_looked_at_opened_in_segment_and_deleted(
    queue: Queue, puppets: Puppets, kind: str, result: object
) -> None:
    link = done(queue, puppets, result, kind, "me")
    test = opened(visitor="me")
    (label,) = test.selectbox(key="runs_choice").options
    assert label.startswith("Race · " if kind == "race" else "Teach it · tiny · ") and label.endswith(" · done")
    assert "leads back to all of your runs" in said(test)
    assert ("Small U-Net" if kind == "race" else "**done** after 7 steps and 2 s.") in said(test)
    test.button(key="runs_segment_0").click().run()
    assert test.title[0].value.startswith("Segment")
    own = test.selectbox(key="segment_networks").value
    assert own.startswith("tiny-") and own in test.selectbox(key="segment_networks").options
    assert "Mask by tiny, trained here on" in said(test) and "nobody has measured" in said(test)
    test.switch_page(str(ROOT / "pages" / "train.py")).run()
    test.button(key="runs_delete").click().run()
    assert "Nothing was trained here yet" in said(test) and queue.visitor_of(link) is None


def test_what_was_taught_can_be_taken_away_again(queue: Queue, puppets: Puppets) -> None:
    done(queue, puppets, TAUGHT, "teach", "teacher")
    test = opened(visitor="teacher")
    (button,) = [one for one in test.get("download_button") if one.proto.id.endswith("runs_save")]
    assert button.proto.label == "Save the network" and not test.exception
    done(queue, puppets, TRAINED, "train", "trainer")
    assert "runs_save" not in str([one.proto.id for one in opened(visitor="trainer").get("download_button")])


def test_a_network_without_weights_has_no_door_to_segment(queue: Queue, puppets: Puppets) -> None:
    done(queue, puppets, replace(TRAINED, trained=(replace(TRAINED.trained[0], weights=b""),)), "race", "racer")
    test = opened(visitor="racer")
    keys = {button.key for button in test.button}
    assert "runs_build_0" in keys and "runs_segment_0" not in keys and not test.exception


def test_nobody_sees_anothers_runs_or_networks(queue: Queue, puppets: Puppets) -> None:
    done(queue, puppets, TRAINED, "train", "one")
    one, other = opened(visitor="one"), opened(visitor="other")
    one.button(key="runs_segment_0").click().run()
    assert "Nothing was trained here yet" in said(other)
    other.switch_page(str(ROOT / "pages" / "segment.py")).run()
    assert not [name for name in other.selectbox(key="segment_networks").options if name.startswith("tiny")]


def test_a_network_opens_in_build(queue: Queue, puppets: Puppets) -> None:
    done(queue, puppets, TRAINED, "train", "builder")
    test = opened(visitor="builder")
    test.button(key="runs_build_0").click().run()
    assert test.title[0].value.startswith("Build") and test.session_state["workbench"].config == CARD.config


def test_a_network_opens_in_compare_as_a(queue: Queue, puppets: Puppets) -> None:
    done(queue, puppets, TRAINED, "train", "comparer")
    test = opened(visitor="comparer")
    test.button(key="runs_compare_0").click().run()
    assert test.title[0].value.startswith("Compare") and not test.exception and not test.error
    bench = test.session_state["workbench"]
    assert pair_of(bench).a == CARD.config and bench.versus.b == Versus().b  # B stays what it was


@pytest.mark.parametrize(
    ("language", "told", "refused"),
    [("en", "which you brought along", "choose two files together"), ("zh", "由你带来", "请同时选择两个文件")],
)
def test_a_network_is_brought_back_or_refused(language: str, told: str, refused: str) -> None:
    test = opened(language)
    upload = test.file_uploader(key="runs_upload")
    upload.set_value([("weights.safetensors", files()[0][1], "application/octet-stream")]).run()
    assert refused in said(test) and not [each for each in test.button if each.key == "runs_segment_brought"]
    test.file_uploader(key="runs_upload").set_value([("run.zip", zipped(files()), "application/zip")]).run()
    assert told in said(test) and not test.error
    test.button(key="runs_segment_brought").click().run()
    assert test.selectbox(key="segment_networks").value.startswith("tiny-") and told in said(test)
