"""Teaching as a job: what it tells, strokes that come meanwhile, a stop, and a process that died."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pytest

from unet_core.checkpoint import Card, load_weights
from unet_core.jobs import STOP, Command
from unet_core.messages import ExplainedError
from unet_core.strokes import Stroke
from unet_core.teach import Choices
from unet_core.teach.job import STROKES, Begun, Seen, Taught, TeachJob, Told

CHOICES = Choices(seconds=None, steps=6, side=64, crop=48, base_channels=2, depth=1)
THIS, NOT = Stroke(2, 3, ((20, 20), (40, 20))), Stroke(1, 3, ((8, 50), (56, 50)))
MORE = Stroke(1, 3, ((8, 60), (56, 60)))


@dataclass
class Heard:
    """What a job said, in order."""

    told: list[object] = field(default_factory=list)
    previews: list[object] = field(default_factory=list)
    states: list[bytes] = field(default_factory=list)
    results: list[object] = field(default_factory=list)

    def progress(self, value: object, preview: object = None) -> None:
        self.told.append(value)
        self.previews.append(preview)

    def checkpoint(self, state: bytes) -> None:
        self.states.append(state)

    def result(self, value: object) -> None:
        self.results.append(value)

    def paused(self, now: bool) -> None:
        raise AssertionError


class Said:
    """Commands that come one after each step."""

    def __init__(self, commands: Iterable[list[Command]] = ()) -> None:
        self.left = iter(commands)

    def take(self) -> list[Command]:
        return next(self.left, [])

    def wait(self, seconds: float) -> bool:
        raise AssertionError


def picture() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 255, (64, 64, 3), dtype=np.uint8)


def job(strokes: tuple[Stroke, ...] = (THIS, NOT), **how: object) -> TeachJob:
    return TeachJob(picture(), strokes, CHOICES, ("not this", "this"), **how)  # type: ignore[arg-type]


def ran(one: TeachJob, commands: Iterable[list[Command]] = (), state: bytes | None = None) -> tuple[Heard, Taught]:
    heard = Heard()
    one.run(heard, Said(commands), state)
    (result,) = heard.results
    assert isinstance(result, Taught)
    return heard, result


def test_it_tells_picture_masks_and_what_came_out() -> None:
    heard, result = ran(job())
    assert heard.told[0] == Begun(("not this", "this")) and np.array_equal(heard.previews[0], picture())  # type: ignore[arg-type]
    last = heard.told[-1]
    assert isinstance(last, Told) and (last.step, last.done, last.strokes) == (6, 1, 2) and last.right is not None
    masks = [one for one in heard.previews[1:] if one is not None]
    assert len(masks) >= 2 and all(one.shape == (2, 64, 64) and one.dtype == np.uint8 for one in masks)  # type: ignore[attr-defined]
    card = Card.from_dict(json.loads(json.dumps(result.card)))
    load_weights(result.weights, card.config)
    assert card.training["steps"] == 6 and card.training["begun_from"] == "random weights"
    assert card.classes == ("not this", "this") and card.training["longer_side"] == 64
    assert "numbers" not in card.not_for and card.weights_sha256


def test_strokes_come_while_it_runs_and_a_stop_keeps_what_it_learned() -> None:
    _, result = ran(job(), [[], [Command(STROKES, (THIS, NOT, MORE))], [], [Command(STOP)]])
    assert result.card["training"]["steps"] == 4 and result.strokes == (THIS, NOT, MORE)
    stroked = result.card["data"]["stroked_pixels"]
    assert stroked[0] > ran(job())[1].card["data"]["stroked_pixels"][0]
    with pytest.raises(ExplainedError, match="knows no command"):
        ran(job(), [[Command("dance")]])


def test_it_goes_on_from_a_checkpoint_and_from_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unet_core.jobs.job.time", ticking())
    heard, whole = ran(job(), [[Command(STROKES, (THIS, NOT, MORE))], [Command(STOP)]])
    again, result = ran(job(), state=heard.states[-1])
    assert result.strokes == (THIS, NOT, MORE) and result.card["training"]["steps"] == 6
    first = again.told[1]
    assert isinstance(first, Told) and first.step == 3 and first.strokes == 3
    further, _ = ran(job(weights=whole.weights))
    fresh, _ = ran(job())
    assert further.told[1].loss != fresh.told[1].loss  # type: ignore[attr-defined]


def ticking() -> object:
    """A clock by which ten seconds pass between any two looks."""

    class Clock:
        now = 0.0

        def monotonic(self) -> float:
            Clock.now += 10
            return Clock.now

    return Clock()


def test_it_can_begin_as_a_network_that_ships() -> None:
    _, result = ran(job(begin_from="shapes-unet"))
    assert result.card["training"]["begun_from"] == "shapes-unet" and result.card["config"]["classes"] == 2


def test_what_cannot_be_taught_is_refused_before_it_is_submitted() -> None:
    strange = (THIS, Stroke(5, 3, NOT.points))
    for strokes, words in (((), "no strokes"), ((THIS,), "of one class"), (strange, "class 5")):
        with pytest.raises(ExplainedError, match=words):
            job(strokes)
    for size, words in (((1, 1), "needs at least 32"), ((5000, 5000), "at most")):
        with pytest.raises(ExplainedError, match=words):
            Seen.of(np.zeros((*size, 3), np.float32), 192)


def test_a_picture_travels_reduced_and_its_strokes_with_it() -> None:
    seen = Seen.of(np.random.default_rng(1).random((300, 600, 1)).astype(np.float32), 192)
    assert seen.pixels.shape == (96, 192, 1) and seen.pixels.dtype == np.uint8 and seen.factor == 0.32
    (one,) = seen.strokes((Stroke(1, 10, ((100.0, 50.0), (200.0, 50.0))),))
    assert one.radius == pytest.approx(3.2) and one.points[1] == pytest.approx((64, 16))
    assert seen.strokes((Stroke(1, 1, ((1.0, 1.0),)),))[0].radius == 0.75
