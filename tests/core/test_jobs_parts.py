"""The parts of the queue of jobs, without a process: turns, bounds, history, obedience."""

import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from unet_core.jobs import GO_ON, PAUSE, STOP, Bounds, Command, JobError, obeying
from unet_core.jobs.history import History
from unet_core.jobs.limits import LIMITS, check
from unet_core.jobs.line import Line

# --- turns ---


def lined_up(visitors: str) -> Line:
    """A line of jobs a0, b0, a1 ... in the order of their visitors' letters."""
    line = Line()
    for number, visitor in enumerate(visitors):
        line.add(f"{visitor}{visitors[:number].count(visitor)}", visitor)
    return line


def all_taken(line: Line) -> list[str]:
    return list(iter(line.take, None))


def test_visitors_take_turns_and_nobody_waits_for_all_of_anothers_jobs() -> None:
    assert all_taken(lined_up("aaaabbc")) == ["a0", "b0", "c0", "a1", "b1", "a2", "a3"]


def test_a_late_comer_is_next_after_one_job_of_each() -> None:
    line = lined_up("aaab")
    assert line.take() == "a0"
    line.add("c0", "c")
    assert all_taken(line) == ["b0", "a1", "c0", "a2"]


def test_what_lost_its_process_goes_first() -> None:
    line = lined_up("ab")
    line.add_again("c0")
    assert line.places() == {"c0": 1, "a0": 2, "b0": 3}
    assert all_taken(line) == ["c0", "a0", "b0"]


def test_who_may_not_yet_keeps_the_turn() -> None:
    line = lined_up("aab")
    assert line.take(lambda visitor: visitor != "a") == "b0"
    assert all_taken(line) == ["a0", "a1"]


@given(some.text("abcd", max_size=12), some.integers(0, 5))
def test_places_say_in_which_order_jobs_are_taken(visitors: str, begun: int) -> None:
    line = lined_up(visitors)
    for _ in range(begun):
        line.take()
    told = line.places()
    assert all_taken(line) == sorted(told, key=told.__getitem__)
    assert sorted(told.values()) == list(range(1, len(told) + 1))


@given(some.text("abc", min_size=1, max_size=9), some.data())
def test_one_that_is_removed_leaves_the_order_of_the_others(visitors: str, data: some.DataObject) -> None:
    line = lined_up(visitors)
    gone = data.draw(some.sampled_from(sorted(line.places())))
    line.remove(gone)
    line.remove(gone)
    assert gone not in line.places()
    assert len(all_taken(line)) == len(visitors) - 1


# --- bounds ---

FITS = Bounds(steps=10, pixels=10, memory=10)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [({"steps": 100_001}, "this would take 100,001 steps, and it must be 1 to 100,000 here: choose fewer"),
     ({"steps": 0}, "this would take 0 steps"), ({"pixels": 2**23}, "one step would compute on 8,388,608 pixels"),
     ({"seconds": 901.0}, "this would take up to 901 seconds"), ({"seconds": float("nan")}, "up to nan seconds"),
     ({"memory": 4 * 2**30}, "this needs 4,096 MB of memory, and 3,072 MB is the most here"),
     ({"memory": -1}, "and 3,072 MB is the most here")],
)  # fmt: skip
def test_what_asks_for_too_much_is_refused_with_a_sentence(change: dict[str, float], sentence: str) -> None:
    check(FITS, LIMITS, here=True)
    with pytest.raises(JobError, match=sentence):
        check(replace(FITS, **change), LIMITS, here=True)


def test_more_than_the_machine_has_is_refused_only_where_the_work_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unet_core.jobs.limits.spare_memory", lambda: 100 * 2**20)
    asked = replace(FITS, memory=200 * 2**20)
    with pytest.raises(JobError, match="needs 200 MB of memory, and this machine has 100 MB left"):
        check(asked, LIMITS, here=True)
    check(asked, LIMITS, here=False)


# --- history ---


def test_a_long_run_thins_its_old_previews_and_keeps_every_value() -> None:
    history = History(10_000, 40_000)
    for number in range(1, 301):
        history.add(number, np.zeros(1000, np.uint8) if number % 10 == 0 else None, 1100 if number % 10 == 0 else 50)
        assert history.bytes <= 40_000
    noted = history.after(0)
    assert [each.value for each in noted] == list(range(1, 301))
    pictured = [each.number for each in noted if each.preview is not None]
    assert pictured[0] == 10 and pictured[-2:] == [290, 300] and 8 <= len(pictured) < 30
    gaps = np.diff(pictured)
    assert gaps[0] > gaps[-1], "the old ones are further apart than the new ones"


def test_values_are_thinned_when_there_are_too_many() -> None:
    history = History(100, 2**20)
    for number in range(1, 1001):
        history.add(number, None, 50)
    noted = [each.number for each in history.after(0)]
    assert len(noted) <= 100 and noted[0] == 1 and noted[-20:] == list(range(981, 1001))
    assert [each.number for each in history.after(995)] == [996, 997, 998, 999, 1000] and history.after(1000) == ()


@given(some.lists(some.tuples(some.booleans(), some.integers(1, 5000)), max_size=80))
def test_history_stays_within_its_bounds_whatever_comes(reports: list[tuple[bool, int]]) -> None:
    history = History(20, 8000)
    for pictured, size in reports:
        history.add("value", b"" if pictured else None, size)
    noted = history.after(0)
    assert len(noted) <= 20 and (history.bytes <= 8000 or len(noted) <= 2)
    assert not noted or noted[-1].number == history.last == len(reports)


# --- obedience ---


class Box:
    """Both mailboxes in memory; `given` is what comes before each look."""

    def __init__(self, *given: list[Command]) -> None:
        self.given, self.said = list(given), list[object]()

    def take(self) -> list[Command]:
        return self.given.pop(0) if self.given else []

    def wait(self, seconds: float) -> bool:
        self.said.append("waits")
        return bool(self.given)

    def paused(self, now: bool) -> None:
        self.said.append("paused" if now else "goes on")

    def checkpoint(self, state: bytes) -> None:
        self.said.append(state)

    def progress(self, value: object, preview: object = None) -> None: ...
    def result(self, value: object) -> None: ...


def taken(box: Box, **options: object) -> list[int]:
    return list(obeying(iter(range(1, 6)), box, box, lambda: b"saved", **options))  # type: ignore[arg-type]


def test_without_commands_every_step_is_taken() -> None:
    assert taken(box := Box()) == [1, 2, 3, 4, 5] and box.said == []


def test_a_stop_ends_the_steps_but_not_what_follows() -> None:
    assert taken(Box([], [Command(STOP)])) == [1, 2]


def test_a_pause_saves_and_waits_until_it_is_to_go_on() -> None:
    box = Box([Command(PAUSE), Command(PAUSE)], [], [Command(GO_ON)])
    assert taken(box) == [1, 2, 3, 4, 5]
    assert box.said == [b"saved", "paused", "waits", "waits", "goes on"]


def test_a_paused_one_can_be_stopped_and_a_late_go_on_means_nothing() -> None:
    assert taken(Box([Command(GO_ON)], [Command(PAUSE)], [Command(STOP)])) == [1, 2]


def test_commands_of_the_jobs_own_are_passed_on_even_in_a_pause() -> None:
    heard = list[object]()
    box = Box([Command("strokes", 1)], [Command(PAUSE), Command("strokes", 2)], [Command("strokes", 3), Command(GO_ON)])
    assert len(taken(box, other=lambda command: heard.append(command.value))) == 5 and heard == [1, 2, 3]


def test_an_unknown_command_is_an_error() -> None:
    with pytest.raises(JobError, match="knows no command dance"):
        taken(Box([Command("dance")]))


def test_checkpoints_come_by_the_clock() -> None:
    def slow() -> Iterator[int]:
        for number in range(6):
            time.sleep(0.02)
            yield number

    box = Box()
    list(obeying(slow(), box, box, lambda: b"saved", every=0.05))
    assert 1 <= len(box.said) <= 3
