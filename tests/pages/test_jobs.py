"""Runs as pages use them: started, watched, commanded, and found again by the address; nobody sees another's."""

import time
from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest

from ui import jobs
from unet_core.jobs import JobError, Processes, Queue


@pytest.fixture(scope="module")
def queue() -> Iterator[Queue]:
    made = Queue(Processes(1, ()))
    yield made
    made.close()


@pytest.fixture(autouse=True)
def one_queue(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "queue", lambda: queue)


def page() -> None:
    import streamlit as st

    from tests.core.small_jobs import Count, Deaf
    from ui import jobs, state
    from unet_core.jobs import Bounds, Seen

    state.workbench()
    jobs.begin()
    st.button("Count", on_click=jobs.start, args=(Count(200, 0.02), "count"))
    st.button("Deaf", on_click=jobs.start, args=(Deaf(), "deaf"))
    st.button("Greedy", on_click=jobs.start, args=(Count(bounds=Bounds(10**9, 1, 1)), "count"))
    if refused := jobs.refusal("count"):
        st.error(state.t(refused))

    def draw(seen: list[Seen]) -> None:
        for one in seen:
            st.write(f"{one.kind} {one.state} {one.last} {one.result and len(one.result)}")
            jobs.say(one)
            jobs.buttons(one, one.link)

    jobs.watch([one.link for one in jobs.runs()], draw, "watched")
    state.write_address(with_run=True)


def opened(**query: str) -> AppTest:
    test = AppTest.from_function(page, default_timeout=30)
    for name, value in {"lang": "en", **query}.items():
        test.query_params[name] = value
    return test.run()


def button(test: AppTest, label: str) -> AppTest:
    return next(each for each in test.button if each.label == label).click().run()


def told(test: AppTest) -> list[str]:
    assert not test.exception
    return [element.value for element in test.markdown]


def until(test: AppTest, right: Callable[[str], bool]) -> str:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        line = told(test.run())[-1]
        if right(line):
            return line
        time.sleep(0.05)
    raise TimeoutError(line)


def test_a_run_is_watched_paused_stopped_and_found_again_by_its_address() -> None:
    test = button(opened(), "Count")
    until(test, lambda line: line.startswith("count running") and line.split()[2] not in "0123")
    button(test, "Pause")
    paused = until(test, lambda line: "paused" in line)
    link = test.query_params["run"]
    again = opened(run=link[0] if isinstance(link, list) else link)
    assert told(again)[-1] == paused, "after a reload"
    assert told(opened()) == [], "another visitor"
    button(again, "Go on")
    until(again, lambda line: "running" in line)
    button(again, "Stop")
    done = until(test, lambda line: "done" in line)
    assert 3 < int(done.split()[3]) < 200 and not [each for each in again.run().button if each.label == "Stop"]


def test_who_waits_is_told_the_place_and_can_cancel() -> None:
    first, second, third = (button(opened(), "Deaf") for _ in range(3))
    assert [info.value for info in second.run().info] == ["Next in the queue."]
    assert [info.value for info in third.run().info] == ["Place 2 in the queue; everybody has a turn."]
    button(first, "Cancel")
    assert told(first)[-1].startswith("deaf cancelled")
    until(second, lambda line: "deaf running" in line)
    for test in (second, third):
        button(test, "Cancel")


def test_what_is_refused_is_said_in_the_visitors_language() -> None:
    test = button(opened(), "Greedy")
    assert [error.value for error in test.error] == [
        "this would take 1,000,000,000 steps, and it must be 1 to 100,000 here: choose fewer"
    ]
    test = opened(lang="zh")
    test = button(test, "Greedy")
    assert "1,000,000,000" in test.error[0].value and "steps" not in test.error[0].value


def test_an_address_with_a_run_that_is_not_here_is_told_once() -> None:
    test = opened(run="x" * 22)
    assert test.warning[0].value.startswith("The runs of this address are not here any more")
    assert not test.run().warning


def test_where_nothing_can_be_trained_the_page_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> Queue:
        raise JobError("no scheduler of a cluster answers at {address}", address="tcp://a:1")

    monkeypatch.setattr(jobs, "queue", nowhere)
    test = opened()
    assert len(test.error) == 1 and "no scheduler of a cluster answers" in test.error[0].value
    assert not test.button
