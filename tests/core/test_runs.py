"""Trainings that are watched: what is learned from, what they cost, that they can be stopped and gone on with."""

import io
import json
import math
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from tests.core.test_own_data import a_set
from unet_core import checkpoint
from unet_core.augment import Augmentation
from unet_core.checkpoint import Card, load_weights
from unet_core.config import PRESETS, UNetConfig
from unet_core.data.own import load_own
from unet_core.data.samples import DataError, Sample
from unet_core.jobs import STOP, Command
from unet_core.messages import Message
from unet_core.models import build_model, new_model
from unet_core.ranges import RangeError
from unet_core.runs import estimate as estimate_module
from unet_core.runs import run as run_module
from unet_core.runs import task as task_module
from unet_core.runs.contest import Contest
from unet_core.runs.estimate import Estimate, estimate, training_bytes
from unet_core.runs.files import curves_csv, everything_zip, film_zip, network_files, run_json
from unet_core.runs.fit import fitted, pairs_for
from unet_core.runs.history import History, history
from unet_core.runs.job import TrainJob, job_of
from unet_core.runs.looks import classes_of, kernels_of
from unet_core.runs.order import Entrant, Order
from unet_core.runs.race import RACES, Spread, entrants, ranking, spread_of, verdict
from unet_core.runs.result import Result
from unet_core.runs.run import Looked, Plan, Planned, Stepped, joined, parted, planned
from unet_core.runs.task import OWN, READY, Task, task_of, windows
from unet_core.settings import TrainingError
from unet_core.sizes import lost_pixels
from unet_core.trace import trace
from unet_core.validation import validate

TINY = UNetConfig(in_channels=3, classes=4, base_channels=2, depth=1, padding="same", norm="batch")
STEPS, EVERY = 6, 3


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A short plan whatever the probe says, and few images."""
    whole = task_of("shapes")
    small = replace(whole, training=whole.training[:8], validation=whole.validation[:5])
    monkeypatch.setattr(task_module, "MADE", {**task_module.MADE, "shapes": lambda: small})

    def plan(per_step: float, per_look: float, seconds: float, size: Estimate) -> Plan:
        return Plan(per_step, per_look, STEPS, EVERY, replace(size, batch=2))

    monkeypatch.setattr(run_module, "planned", plan)
    monkeypatch.setattr(run_module, "OFF", math.inf)  # and it stands


def order(*configs: UNetConfig, **more: object) -> Order:
    return Order("shapes", tuple(Entrant(Message(f"net {n}"), one) for n, one in enumerate(configs or (TINY,))), 1.0,
                 **more)  # type: ignore[arg-type]  # fmt: skip


# --- what is learned from ---


@pytest.mark.parametrize("side", [1, 7, 32])
def test_windows_cover_every_pixel_and_are_parts_of_the_image(side: int) -> None:
    rng = np.random.default_rng(0)
    image = rng.random((45, 32, 1), np.float32)
    numbers = np.arange(45 * 32, dtype=np.int32).reshape(45, 32)
    found = windows([Sample(image, (numbers > 9).astype(np.uint8), numbers, "x")], side, 10_000)
    assert {one.classes.shape for one in found} == {(side, side)}
    assert set(np.concatenate([one.instances.ravel() for one in found])) == set(range(45 * 32))
    assert all(np.array_equal(one.image.ravel(), image.ravel()[one.instances.ravel()]) for one in found)
    assert len(windows([Sample(image, numbers.astype(np.uint8), numbers)], 4, 5)) == 5


@pytest.mark.parametrize("name", READY)
def test_tasks_hold_images_of_one_size_that_are_in_one_set_only(name: str) -> None:
    task = task_of(name)
    for part in (task.training, task.validation):
        assert len({one.image.shape for one in part}) == 1
    learned = {one.image.tobytes() for one in task.training}
    assert not learned & {one.image.tobytes() for one in task.validation}
    names = [one.name for one in (*task.training, *task.validation)]
    assert not any("dsb2018" in name or name.startswith("pebbles 4") for name in names)


def test_unknown_data_are_refused() -> None:
    for call in (lambda: task_of("cats"), lambda: task_of(OWN)):
        with pytest.raises(DataError, match="there are shapes, pebbles, nuclei"):
            call()


@pytest.mark.parametrize("config", [TINY, replace(TINY, depth=3), replace(TINY, padding="valid", depth=2)], ids=str)
def test_a_net_sees_the_whole_image_and_answers_for_the_whole_image(config: UNetConfig) -> None:
    task = task_of("shapes")
    pairs = pairs_for(task.validation, task, config, weighed=True)
    lost = lost_pixels(config) // 2
    inner = np.s_[lost : lost + 64, lost : lost + 64]
    for number, sample in enumerate(task.validation):
        assert np.array_equal(pairs.classes[number].numpy()[inner], sample.classes)
    assert pairs.weights is not None and pairs.weights.shape == pairs.classes.shape
    model = new_model(config, 1)
    found = classes_of(model, pairs.images, (64, 64))
    assert {one.shape for one in found} == {(64, 64)} and model.training
    with torch.inference_mode():  # a valid net's answer begins where the image does
        probabilities = model.eval()(pairs.images).softmax(1)[:, 0, :64, :64].numpy()
    assert np.array_equal(np.stack(found) == 0, 1 - probabilities < 0.5)


def test_kernels_are_levels_about_zero() -> None:
    model = build_model(TINY)
    weights = model.encoder[0].conv1.weight.detach().numpy()
    levels, scale = kernels_of(model)
    assert scale == pytest.approx(np.abs(weights).max())
    assert np.allclose((levels.astype(float) - 128) / 127 * scale, weights, atol=scale / 127)


# --- what it costs ---


def test_the_estimate_counts_what_torch_keeps() -> None:
    task = task_of("shapes")
    size = estimate(PRESETS["classroom"], task)
    model = build_model(fitted(PRESETS["classroom"], task))
    assert size.parameters == sum(one.numel() for one in model.parameters())
    assert (size.batch, size.side) == (8, 64)
    optimizer = torch.optim.AdamW(model.parameters())
    model(torch.zeros(2, 3, 64, 64)).sum().backward()
    optimizer.step()
    kept = sum(tensor.nbytes for state in optimizer.state.values() for tensor in state.values() if tensor.ndim)
    kept += sum(2 * one.nbytes for one in model.parameters())
    assert training_bytes(trace(model.config, (64, 64)), 0) == kept


def test_fewer_images_a_step_where_memory_is_short_and_a_sentence_where_none_fits() -> None:
    task = task_of("shapes")
    assert estimate(replace(PRESETS["classroom"], base_channels=200), task).batch < 8
    with pytest.raises(TrainingError, match="choose fewer filters at the top or less depth"):
        estimate(replace(PRESETS["classroom"], base_channels=256, depth=6), task)


@pytest.mark.parametrize(("per_step", "per_look", "seconds"), [(0.1, 0.05, 20), (0.01, 1.0, 30), (0.5, 0.5, 60)])
def test_a_plan_fits_into_its_seconds(per_step: float, per_look: float, seconds: float) -> None:
    plan = planned(per_step, per_look, seconds, Estimate(1, 8, 1, 1, 64))
    looks = -(-plan.steps // plan.look_every)
    assert plan.steps * per_step + looks * per_look <= seconds * 1.01 + per_look
    assert plan.steps >= 20 and 1 <= looks <= 24


def test_a_net_too_slow_for_its_seconds_is_told_what_would_do() -> None:
    assert planned(0.4, 0.1, 5.0, Estimate(1, 8, 1, 1, 64)).steps == 20  # within patience: a little longer
    words = r"takes 3\.0 s on this machine, so 10 s are enough for 2 of the 20 steps .*, or a budget of 120 s$"
    with pytest.raises(TrainingError, match=words):
        planned(3.0, 0.1, 10.0, Estimate(1, 8, 1, 1, 64))
    with pytest.raises(TrainingError, match=r"enough for 2 of the 20 steps .* at the top or less depth$"):
        planned(40.0, 0.1, 120.0, Estimate(1, 8, 1, 1, 64))  # no budget that is offered would do


@pytest.mark.parametrize(
    "wrong",
    [{"seconds": 0.0}, {"seconds": 1e9}, {"learning_rate": 0.0}, {"learning_rate": float("nan")}, {"seed": -1},
     {"seed": 1.5}, {"images": 0}, {"loss": "guess"}, {"archive": b"x"}],
    ids=str,
)  # fmt: skip
def test_orders_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises((TrainingError, RangeError)):
        replace(order(), **wrong)  # type: ignore[arg-type]
    with pytest.raises(TrainingError, match="1 to 6 networks"):
        order(*[TINY] * 7)


# --- the run itself ---


def test_a_run_looks_before_its_first_step_and_keeps_the_best_moment() -> None:
    contest = Contest(order())
    events = list(contest.events())
    assert isinstance(events[0], Planned)
    assert [one.step for one in events if isinstance(one, Stepped)] == list(range(1, STEPS + 1))
    looks = [one.look for one in events if isinstance(one, Looked)]
    assert [one.step for one in looks] == [0, EVERY, STEPS]
    assert all(len(one.masks) == 4 and one.masks[0].shape == (64, 64) for one in looks)
    contest.finish()
    (run,) = contest.runs
    best = max(looks[1:], key=lambda one: one.figures["class_dice"])
    now = validate(run.model, run.validation).metrics
    assert (run.best[0], now["class_dice"]) == (best.step, pytest.approx(best.figures["class_dice"]))
    assert not run.model.training


def test_a_run_that_goes_on_elsewhere_is_the_run_that_was_not_interrupted() -> None:
    configs = (TINY, replace(TINY, base_channels=4))
    whole = [one for one in Contest(order(*configs)).events() if isinstance(one, Stepped)]
    first = Contest(order(*configs))
    early: list[Stepped] = []
    while len(early) < 7:
        event = first.step()
        early += [event] if isinstance(event, Stepped) else []
    second = Contest(order(*configs))
    second.restore(first.state())
    late = [one for one in second.events() if isinstance(one, Stepped)]
    losses = {(one.entrant, one.step): one.loss for one in (*early, *late)}
    assert losses == {(one.entrant, one.step): one.loss for one in whole}
    assert len(early) + len(late) == len(whole) == 2 * STEPS
    assert parted(joined([b"", b"abc", b"d"])) == [b"", b"abc", b"d"]


def test_what_is_too_large_to_be_saved_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    first = Contest(order(TINY))
    assert first.step() is not None and first.state()
    monkeypatch.setattr(estimate_module, "MOST_STATE", 1000)
    assert first.state() == b""
    again = Contest(order(TINY))
    again.restore(b"")
    assert isinstance(again.step(), Planned) and again.runs[0].done == 0


@pytest.mark.parametrize(
    ("planned", "per_step", "done"), [(100, 0.2, 50), (100, 0.05, 200), (100, 0.105, 100), (20, 0.1, 99), (20, 1.0, 20)]
)
def test_seconds_that_were_promised_are_those_that_are_taken(
    monkeypatch: pytest.MonkeyPatch, planned: int, per_step: float, done: int
) -> None:
    """Ten of them, whatever the probe had said; but 20 steps are done in any case."""
    size = replace(estimate(TINY, task_of("shapes")), batch=1)
    monkeypatch.setattr(run_module, "planned", lambda *_: Plan(10 / planned, 0.0, planned, planned // 4, size))
    monkeypatch.setattr(run_module, "OFF", 0.1)
    ticks = iter(range(10**6))
    monkeypatch.setattr(run_module, "time", SimpleNamespace(perf_counter=lambda: next(ticks) * per_step))
    contest = Contest(replace(order(), seconds=10.0))
    events = list(contest.events())
    (run,) = contest.runs
    assert run.done == pytest.approx(done, abs=2) and run.seconds_left == 0
    assert run.seconds == pytest.approx(20 if done == 20 else 10, rel=0.1)
    plans = [one.plan.steps for one in events if isinstance(one, Planned)]
    assert (plans[0], plans[-1]) == (planned, run.done)
    assert isinstance(events[-1], Looked) and events[-1].look.step == run.done, "the last step is looked at"


def test_another_plan_goes_along_with_a_run_that_goes_on_elsewhere() -> None:
    whole = Contest(order())
    list(whole.step() for _ in range(4))
    assert whole.runs[0].training is not None
    whole.runs[0].training.end_after(5)
    other = Contest(order())
    other.restore(whole.state())
    rest = [[(one.step, one.loss) for one in each.events() if isinstance(one, Stepped)] for each in (whole, other)]
    assert rest[0] == rest[1] and rest[0][-1][0] == 5


def test_who_has_computed_least_takes_the_next_step() -> None:
    spent = {0: 0.0, 1: 0.0}
    for event in Contest(order(TINY, replace(TINY, base_channels=6))).events():
        if isinstance(event, Stepped):
            others = [value for number, value in spent.items() if number != event.entrant]
            done = event.step == STEPS or min(others) > 0
            assert not done or spent[event.entrant] <= min(others) or event.step > 1
            spent[event.entrant] = event.seconds
    assert all(value > 0 for value in spent.values())


def test_one_image_is_one_image_and_the_same_every_time() -> None:
    wanted = order(images=1, augmentation=Augmentation(flips=False))
    one, other = Contest(wanted), Contest(wanted)
    assert len(one.learned) == 1 and np.array_equal(one.learned[0].image, other.learned[0].image)
    one.step()
    assert len(one.runs[0].seen.images) == 1


def test_a_network_that_can_not_be_trained_leaves_a_race_and_ends_a_single_run(monkeypatch: pytest.MonkeyPatch) -> None:
    large = replace(TINY, base_channels=256, depth=6)
    events = list(Contest(order(TINY, large)).events())
    assert [one.entrant for one in events if type(one).__name__ == "Failed"] == [1]
    assert [one.step for one in events if isinstance(one, Stepped)] == list(range(1, STEPS + 1))
    with pytest.raises(TrainingError, match="GB of memory"):
        list(Contest(order(large)).events())


# --- as a job ---


class Told:
    """A report and commands that remember, and stop after so many reports."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.told: list[tuple[object, object]] = []
        self.states: list[bytes] = []
        self.results: list[object] = []
        self.stop_after = stop_after

    def progress(self, value: object, preview: object = None) -> None:
        self.told.append((value, preview))

    def checkpoint(self, state: bytes) -> None:
        self.states.append(state)

    def result(self, value: object) -> None:
        self.results.append(value)

    def paused(self, now: bool) -> None: ...

    def take(self) -> list[Command]:
        return [Command(STOP)] if self.stop_after is not None and len(self.told) > self.stop_after else []

    def wait(self, seconds: float) -> bool:
        return False


def carried_out(wanted: Order, stop_after: int | None = None, task: Task | None = None) -> tuple[History, Result]:
    job = job_of(wanted, task or task_of("shapes"))
    mail = Told(stop_after)
    job.run(mail, mail, None)
    (result,) = mail.results
    assert isinstance(result, Result)
    return history(mail.told), result


@pytest.fixture(scope="module")
def done() -> Iterator[tuple[History, Result]]:
    with pytest.MonkeyPatch.context() as patch:
        whole = task_of("shapes")
        small = replace(whole, training=whole.training[:8], validation=whole.validation[:5])
        patch.setattr(task_module, "MADE", {"shapes": lambda: small})
        patch.setattr(run_module, "planned", lambda a, b, c, size: Plan(a, b, STEPS, EVERY, replace(size, batch=2)))
        patch.setattr(run_module, "OFF", math.inf)
        yield carried_out(order(TINY, replace(TINY, depth=2)))


def test_a_job_tells_all_that_a_page_needs_and_leaves_a_network_that_loads(done: tuple[History, Result]) -> None:
    found, result = done
    assert found.opened is not None and found.opened.classes[3] == "triangle" and len(found.opened.truths) == 4
    for track, trained in zip(found.tracks, result.trained, strict=True):
        assert (track.step, trained.steps, len(track.losses)) == (STEPS, STEPS, STEPS)
        assert track.best is not None and track.best.step == trained.best_step
        card = Card.from_dict(json.loads(json.dumps(trained.card)))
        load_weights(trained.weights, card.config)
        told = card.metrics["median"]["validation"]["class_dice"]
        assert told == pytest.approx(track.best.figures["class_dice"], abs=1e-5)
        assert card.data["test_images"] == "none"


def test_stop_keeps_what_was_learned() -> None:
    _, result = carried_out(order(), stop_after=3)
    assert 0 < result.trained[0].steps < STEPS
    load_weights(result.trained[0].weights, Card.from_dict(result.trained[0].card).config)


def test_a_visitors_own_images_travel_as_their_zip_and_are_told_without_it() -> None:
    archive = a_set()
    wanted = replace(order(), data=OWN, archive=archive)
    found, result = carried_out(wanted, task=task_of(OWN, load_own(archive).data))
    assert found.opened is not None and found.opened.order.archive == b""
    assert len(found.opened.classes) == 3 and result.trained[0].card["config"]["classes"] == 3
    assert archive not in repr(wanted).encode()
    with pytest.raises(DataError):
        TrainJob(replace(wanted, archive=b""), job_of(wanted, task_of("shapes")).asked).run(Told(), Told(), None)


def test_what_is_told_twice_counts_once() -> None:
    mail = Told()
    job_of(order(), task_of("shapes")).run(mail, mail, None)
    once, twice = history(mail.told), history(mail.told + [(value, None) for value, _ in mail.told])
    assert once.tracks[0].losses == twice.tracks[0].losses
    assert [one.shown is not None for one in twice.tracks[0].looks] == [True] * 3
    assert history([("nonsense", None)]).tracks == []


# --- what is taken away ---


def test_files_hold_what_was_seen(done: tuple[History, Result], tmp_path: Path) -> None:
    found, result = done
    lines = curves_csv(found).split("\r\n")
    assert len(lines) == 2 + 2 * (STEPS + 1)
    about = json.loads(run_json(found, result))
    assert about["order"]["seed"] == 1 and UNetConfig.from_dict(about["networks"][1]["config"]).depth == 2
    moment = found.tracks[0].looks[-1]
    with zipfile.ZipFile(io.BytesIO(film_zip(found))) as film:
        with Image.open(io.BytesIO(film.read(f"network-1/step-{STEPS:05d}-image-2.png"))) as picture:
            assert moment.shown is not None and np.array_equal(np.array(picture), moment.shown.masks[1])
        with Image.open(io.BytesIO(film.read("truth-1.png"))) as picture:
            assert np.array_equal(np.array(picture), found.opened.truths[0])  # type: ignore[union-attr]
    for name, content in network_files(result.trained[1]).items():
        (tmp_path / name).write_bytes(content)
    model, card = checkpoint.load(tmp_path)
    assert model.config == card.config and card.config.depth == 2
    with zipfile.ZipFile(io.BytesIO(everything_zip(found, result))) as everything:
        assert {"curves.csv", "run.json", "network-2/card.json", "film/image-1.png"} <= set(everything.namelist())


# --- races ---


@pytest.mark.parametrize("config", [*PRESETS.values(), TINY], ids=str)
@pytest.mark.parametrize("name", RACES)
def test_the_networks_of_a_race_differ(name: str, config: UNetConfig) -> None:
    runners = entrants(name, config)
    assert 2 <= len({runner.config for runner in runners}) == len(runners) == len({str(one.label) for one in runners})
    if name == "depth":
        assert [runner.config.depth for runner in runners] == [1, 2, 3, 4]


def test_a_lead_smaller_than_that_between_seeds_is_none(done: tuple[History, Result]) -> None:
    found, _ = done
    for track, score in zip(found.tracks, (0.5, 0.6), strict=True):
        for moment in track.looks:
            moment.figures["class_dice"] = score
    assert [number for number, _, _ in ranking(found)] == [1, 0]
    assert str(verdict(found)) == "net 1 wins with 0.600, before net 0 with 0.500."
    assert "no farther apart than 5 trainings" in str(verdict(found, Spread(0.11, 5)))
    assert spread_of([0.5, 0.7, 0.6]) == Spread(pytest.approx(0.2), 3) and spread_of([0.5, 0.7]) is None
    assert verdict(History()) is None
