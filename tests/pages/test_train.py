"""Train and Race by Streamlit's own test runner: what is asked, one run for ten clicks, what is said of it after."""

import json
import math
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.core.test_own_data import a_set
from tests.core.test_runs import STEPS, TINY, Told, order
from ui import jobs, learning, train_own, train_start, train_tab
from ui.train_state import SMALL_NET, Wanted
from unet_core.jobs import Noted, Seen
from unet_core.runs import run as run_module
from unet_core.runs import task as task_module
from unet_core.runs.estimate import estimate, is_saved
from unet_core.runs.history import history
from unet_core.runs.job import job_of
from unet_core.runs.order import RATE, RATE_TOO_HIGH
from unet_core.runs.run import Plan
from unet_core.trace import trace

ROOT = Path(__file__).parents[2]
Start = Callable[..., AppTest]


@dataclass
class Desk:
    """In place of the queue: what was submitted, and at the end what it told."""

    submitted: list[tuple[Any, str]]
    seen: list[Seen]


@pytest.fixture(scope="module")
def told() -> Iterator[dict[str, Told]]:
    """A run and a race, done once."""
    with pytest.MonkeyPatch.context() as patch:
        whole = task_module.task_of("shapes")
        small = replace(whole, training=whole.training[:8], validation=whole.validation[:5])
        patch.setattr(task_module, "MADE", {"shapes": lambda: small})
        patch.setattr(run_module, "planned", lambda a, b, c, size: Plan(a, b, STEPS, 3, replace(size, batch=2)))
        patch.setattr(run_module, "OFF", math.inf)
        made = {"train": order(images=1), "race": order(TINY, replace(TINY, depth=2), race="depth"),
                "rate": order(learning_rate=RATE_TOO_HIGH)}  # fmt: skip
        mails = {}
        for kind, wanted in made.items():
            mails[kind] = Told()
            job_of(wanted, small).run(mails[kind], mails[kind], None)
        yield mails


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Nothing is trained: the page's queue is a list."""
    made = Desk([], [])

    def start(job: Any, kind: str) -> str:
        made.submitted.append((job, kind))
        made.seen.append(seen(f"link-{len(made.seen)}", kind, "waiting"))
        return made.seen[-1].link

    monkeypatch.setattr(jobs, "start", start)
    monkeypatch.setattr(jobs, "begin", lambda: None)
    monkeypatch.setattr(jobs, "runs", lambda *kinds: [one for one in made.seen if one.kind in kinds])
    monkeypatch.setattr(jobs, "look", lambda link, since=0: next((one for one in made.seen if one.link == link), None))
    return made


def seen(link: str, kind: str, state: str, mail: Told | None = None) -> Seen:
    """A run as the queue tells of it."""
    progress = tuple(Noted(number, *one) for number, one in enumerate(mail.told if mail else (), start=1))
    result = mail.results[0] if mail else None
    return Seen(link=link, kind=kind, state=state, place=1, progress=progress, last=len(progress), result=result,
                reason=None, incidents=(), seconds=1.0, since=0.0)  # fmt: skip


@pytest.fixture
def start() -> Start:
    def opened(tab: str = "train", language: str = "en") -> AppTest:
        test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
        test.query_params.update({"lang": language, "tab": tab})
        test.switch_page(str(ROOT / "pages" / "train.py")).run()
        assert not test.exception
        return test

    return opened


def texts(test: AppTest) -> str:
    parts = (test.markdown, test.warning, test.error, test.info)
    return "\n".join(element.value for part in parts for element in part).replace("\\", "")


def test_ten_clicks_start_one_run_with_what_was_chosen(start: Start, desk: Desk) -> None:
    test = start()
    test.selectbox(key="train_seconds").set_value(5).run()
    test.selectbox(key="train_loss").set_value("focal").run()
    button = test.button(key="train_start")
    for _ in range(10):
        button.click().run()
        assert not test.exception
    ((job, kind),) = desk.submitted
    assert (kind, job.order.seconds, job.order.loss, job.order.learning_rate) == ("train", 5.0, "focal", RATE)
    assert test.button(key="train_start").disabled
    assert "Next in the queue" in texts(test)


@pytest.mark.parametrize(
    ("key", "wanted"),
    [("train_too_high", {"learning_rate": RATE_TOO_HIGH, "images": None}),
     ("train_one_image", {"learning_rate": RATE, "images": 1})],
)  # fmt: skip
def test_what_goes_wrong_on_purpose_is_one_click(start: Start, desk: Desk, key: str, wanted: dict[str, object]) -> None:
    test = start()
    test.button(key=key).click().run()
    ((job, _),) = desk.submitted
    assert {name: getattr(job.order, name) for name in wanted} == wanted
    assert job.order.augmentation.flips == (key == "train_too_high")
    assert test.session_state["train"] == Wanted(), "of the next run, of a race, too, the choices are as they were"
    desk.seen.clear()
    test.run()
    test.button(key="train_start").click().run()
    sound = desk.submitted[1][0].order
    assert (sound.learning_rate, sound.images, sound.augmentation.flips) == (RATE, None, True)


def test_what_was_made_wrong_by_hand_can_be_set_back(start: Start, desk: Desk) -> None:
    test = start()
    assert not any(one.key == "train_back" for one in test.button)
    test.number_input(key="train_images").set_value(3).run()
    assert "only 3 of them are given to it" in texts(test)
    test.number_input(key="train_images").set_value(None).run()
    assert test.session_state["train"].images is None, "an emptied field is empty"
    test.number_input(key="train_learning_rate").set_value(2.0).run()
    test.button(key="train_back").click().run()
    assert test.session_state["train"] == Wanted()


def test_a_network_that_does_not_fit_is_a_sentence_and_starts_nothing(start: Start, desk: Desk) -> None:
    test = start()
    test.session_state["workbench"] = replace(
        test.session_state["workbench"], config=replace(TINY, base_channels=256, depth=6)
    )
    test.selectbox(key="train_network").set_value("yours").run()
    test.button(key="train_start").click().run()
    assert not test.exception and "choose fewer filters at the top or less depth" in texts(test)
    assert desk.submitted == []


@pytest.mark.parametrize(("language", "words"), [("en", "too much to be saved on the way"), ("zh", "途中")])
def test_a_network_too_large_to_be_saved_is_told_so_before_it_starts(
    start: Start, desk: Desk, language: str, words: str
) -> None:
    large, middle = (replace(TINY, base_channels=64, depth=depth) for depth in (4, 3))
    assert is_saved(trace(middle, (64, 64)).params) and not is_saved(trace(large, (64, 64)).params)
    for tab, config, told in (("train", large, True), ("train", middle, False), ("race", middle, True)):
        test = start(tab, language)
        test.session_state["workbench"] = replace(test.session_state["workbench"], config=config)
        test.selectbox(key="train_network").set_value("yours").run()
        assert any(words in one.value for one in test.warning) is told  # the four of a race are counted together


@pytest.mark.parametrize(
    ("steps", "words"),
    [(12, "it will take that many: about"), (3, "or a budget of 300 s"), (1, "enough for 1 of the 20"), (400, "")],
    ids=str,
)
def test_seconds_that_are_too_few_are_told_beforehand(
    start: Start, desk: Desk, monkeypatch: pytest.MonkeyPatch, steps: int, words: str
) -> None:
    macs = estimate(SMALL_NET, task_module.task_of("shapes")).macs
    monkeypatch.setattr(train_tab, "macs_per_second", lambda: macs * steps / 20)
    assert [words in one.value for one in start().warning] == ([True] if words else [])


def test_the_speed_that_a_run_found_counts_from_then_on(start: Start, desk: Desk, told: dict[str, Told]) -> None:
    desk.seen.append(seen("a", "train", "done", told["train"]))
    plan = history(told["train"].told).tracks[0].plan
    assert plan is not None
    per_step = estimate(SMALL_NET, task_module.task_of("shapes")).macs / plan.estimate.macs * plan.per_step
    assert f"about {per_step:.2f} s here" in texts(start())


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_finished_run_says_what_was_kept_and_can_be_taken_away(
    start: Start, desk: Desk, told: dict[str, Told], language: str
) -> None:
    desk.seen.append(seen("a", "train", "done", told["train"]))
    test = start(language=language)
    words = {"en": "Kept is the network of step", "zh": "保留的是第"}[language]
    assert words in texts(test)
    best = history(told["train"].told).tracks[0].best
    assert best and f"{best.figures['class_dice']:.3f}" in texts(test), "the figure that decides"
    assert test.button(key="train_to_build") and test.button(key="train_to_segment")
    test.button(key="train_to_compare").click().run()
    assert test.title[0].value.split()[0] in ("Compare", "比较") and test.session_state["workbench"].versus.a
    test = start(language=language)
    assert ("**What you see**" in texts(test)) is False  # it was turned over, so it is none of the two
    desk.seen.append(seen("b", "train", "done", told["rate"]))
    test.run()
    assert {"en": "it overshoots", "zh": "越过了目标"}[language] in texts(test)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_race_is_guessed_run_and_judged(start: Start, desk: Desk, told: dict[str, Told], language: str) -> None:
    test = start("race", language)
    assert len(test.get("button_group")) >= 1
    test.session_state["race_guess"] = 2
    test.run()
    test.button(key="race_start").click().run()
    ((job, kind),) = desk.submitted
    assert kind == "race" and [one.config.depth for one in job.order.entrants] == [1, 2, 3, 4]
    assert test.session_state["race_guesses"] == {"link-0": 2}
    desk.seen[0] = seen("link-0", "race", "done", told["race"])
    test.session_state["race_guesses"] = {"link-0": 1}
    test.run()
    assert not test.exception
    said = texts(test)
    assert {"en": "One run with one seed decides little", "zh": "一个随机种子、一次训练说明不了什么"}[language] in said
    assert any(word in said for word in ("You had said", "你猜"))
    desk.seen[0] = replace(desk.seen[0], state="cancelled", result=None)
    test.run()
    assert not any(word in texts(test) for word in ("You had said", "你猜", "ahead", "wins")), "nobody has won"


def test_own_images_must_be_there_before_a_start(start: Start, desk: Desk) -> None:
    test = start()
    test.selectbox(key="train_data").set_value("own").run()
    assert test.button(key="train_start").disabled and test.button(key="train_one_image").disabled
    own = train_own._read("mine.zip", a_set())
    test.session_state["train_own"] = own
    test.run()
    test.button(key="train_start").click().run()
    ((job, _),) = desk.submitted
    assert job.order.archive == own.archive and "It learns from 5 images" not in texts(test)


def test_a_refused_zip_leaves_none_to_learn_from(start: Start, desk: Desk) -> None:
    test = start()
    test.selectbox(key="train_data").set_value("own").run()
    test.file_uploader(key="train_zip").set_value(("mine.zip", a_set(), "application/zip")).run()
    assert not test.button(key="train_start").disabled
    test.file_uploader(key="train_zip").set_value(("other.zip", b"no ZIP", "application/zip")).run()
    assert test.button(key="train_start").disabled and "this is no ZIP" in "".join(one.value for one in test.error)


def test_what_the_browser_is_sent_is_what_was_told(told: dict[str, Told]) -> None:
    found = history(told["race"].told)
    data = learning.payload(found, "link", "en")
    (length,) = struct.unpack("<I", data[:4])
    head = json.loads(data[4 : 4 + length])
    assert [net["name"] for net in head["nets"]] == ["net 0", "net 1"]
    for net, track in zip(head["nets"], found.tracks, strict=True):
        assert [point[1] for point in net["val"]["dice"]] == [round(one.figures["dice"], 4) for one in track.looks]
        assert len(net["loss"]) == STEPS
        assert track.best and net["kept"] == {"at": round(track.best.seconds, 3), **{
            name: round(track.best.figures[name], 4) for name in ("dice", "class_dice")}}  # fmt: skip
    assert head["figure"] == "class_dice"
    names = [blob["name"] for blob in head["blobs"]]
    assert {"images", "truth", "0.0", "1.6", "0.3.kernels"} <= set(names)
    assert learning._finite(float("inf")) == 1e6


def test_while_one_goes_on_no_other_is_started(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.seen.append(seen("a", "train", "paused"))
    assert train_start.going_on("train") and not train_start.going_on("race")
