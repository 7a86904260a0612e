"""The queue with real processes: cancelled, killed, out of memory, orphaned, and thirty visitors at once."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.core.small_jobs import Count, Deaf, Raises
from unet_core.jobs import GO_ON, PAUSE, STOP, Command, Job, Processes, Queue, Seen
from unet_core.jobs.crew import Process

ROOT = Path(__file__).parents[2]
KILLED = "The process that did the work was killed, by somebody or because the machine had no memory left."
BEFORE_TIMEOUT = 20.0


@pytest.fixture(scope="module")
def queue() -> Iterator[Queue]:
    made = Queue(Processes(1, ()))
    yield made
    made.close()


def until(queue: Queue, link: str, state: str = "", last: int = 0) -> Seen:
    """Wait for a state, or for any end, and for so many reports."""
    end = time.monotonic() + BEFORE_TIMEOUT
    while time.monotonic() < end:
        seen = queue.look(link)
        if seen.last >= last and (seen.state == state if state else seen.ended or last):
            return seen
        time.sleep(0.01)
    raise TimeoutError(f"{seen.state}, {seen.last} reports, {seen.reason}")


def ended(queue: Queue, job: Job) -> Seen:
    return until(queue, queue.submit(job, "somebody"))


def alive(pid: int) -> bool:
    """Whether a process runs; one that waits to be buried does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def gone_within(pid: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.02)
    return not alive(pid)


linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")


def test_a_job_reports_and_gives_its_result_from_another_process(queue: Queue) -> None:
    seen = ended(queue, Count(4))
    assert seen.state == "done" and seen.result == (0, 1, 2, 3)
    assert [noted.value[0] for noted in seen.progress] == [1, 2, 3, 4] and seen.seconds > 0  # type: ignore[index]
    pid = seen.progress[0].value[1]  # type: ignore[index]
    assert pid != os.getpid()
    if sys.platform.startswith("linux"):
        assert os.getpriority(os.PRIO_PROCESS, pid) > os.getpriority(os.PRIO_PROCESS, os.getpid())


def test_what_is_sent_before_the_process_is_ready_is_not_lost() -> None:
    fresh = Queue(Processes(1, ()))
    desk = fresh._desks[0]
    try:
        link = fresh.submit(Count(200, 0.02), "a")
        fresh.send(link, Command("add", 1000))
        fresh.send(link, Command(STOP))
        unwanted = fresh.submit(Deaf(), "b")
        assert not desk.ready, "Python has not even begun"
        stopped = until(fresh, link)
        assert stopped.state == "done" and len(stopped.result) < 10  # type: ignore[arg-type]
        until(fresh, unwanted, last=1)
        fresh.cancel(unwanted)
    finally:
        fresh.close()


def test_what_is_cancelled_before_the_process_is_ready_never_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unet_core.jobs.queue.PATIENCE", 60.0)  # nobody kills it
    fresh = Queue(Processes(1, ()))
    try:
        fresh.cancel(fresh.submit(Deaf(), "a"))
        assert until(fresh, fresh.submit(Count(2), "b")).state == "done", "long before Deaf is through"
    finally:
        fresh.close()


def test_pause_go_on_a_command_of_its_own_and_stop(queue: Queue) -> None:
    link = queue.submit(Count(10_000, 0.02), "a")
    until(queue, link, "running", last=2)
    queue.send(link, Command(PAUSE))
    still = until(queue, link, "paused")
    queue.send(link, Command("add", 1000))
    time.sleep(0.1)
    assert queue.look(link).last == still.last and queue.look(link).seconds == still.seconds
    queue.send(link, Command(GO_ON))
    until(queue, link, "running", still.last + 2)
    queue.send(link, Command(STOP))
    seen = until(queue, link, "done")
    assert isinstance(seen.result, tuple) and seen.result[still.last] == still.last + 1000


@linux
def test_a_killed_process_costs_nothing_before_the_last_checkpoint(queue: Queue) -> None:
    seen = ended(queue, Count(8, die_at=5))
    assert seen.state == "done" and seen.result == tuple(range(8))
    assert [noted.value[0] for noted in seen.progress] == [1, 2, 3, 4, 5, 5, 6, 7, 8]  # type: ignore[index]
    assert [str(incident) for incident in seen.incidents] == [f"{KILLED} It went on from where it was saved last."]


@linux
def test_one_killed_from_outside_begins_anew_where_it_saved_nothing(queue: Queue) -> None:
    link = queue.submit(Count(20, 0.02, save_every=60), "a")
    pid = until(queue, link, "running", last=2).progress[0].value[1]  # type: ignore[index]
    os.kill(pid, signal.SIGKILL)
    seen = until(queue, link)
    assert seen.result == tuple(range(20)) and [str(i) for i in seen.incidents] == [f"{KILLED} It began anew."]


@linux
@pytest.mark.parametrize("job", [Count(10_000), Deaf()], ids=["listens", "deaf"])
def test_cancelled_is_ended_at_once_and_free_within_a_second(queue: Queue, job: Job) -> None:
    link = queue.submit(job, "a")
    value = until(queue, link, "running", last=1).progress[0].value
    pid = value if isinstance(value, int) else value[1]  # type: ignore[index]
    begun = time.monotonic()
    queue.cancel(link)
    assert queue.look(link).state == "cancelled" and time.monotonic() - begun < 0.1
    if isinstance(job, Deaf):
        assert gone_within(pid, 1.0 - (time.monotonic() - begun))
    assert ended(queue, Count(1)).state == "done"
    assert alive(pid) != isinstance(job, Deaf), "a job that listens lets its process live"


@pytest.mark.parametrize(
    ("what", "reason"),
    [("explained", "there are 3 images only"), ("mistake", "The work broke off: KeyError 'mistake'.")],
)
def test_what_a_job_raises_is_told_and_the_next_one_runs(queue: Queue, what: str, reason: str) -> None:
    seen = ended(queue, Raises(what))
    assert (seen.state, str(seen.reason), seen.incidents) == ("failed", reason, ())
    assert ended(queue, Count(1)).state == "done"


@linux
def test_memory_is_held_to_and_the_third_time_is_the_last(queue: Queue) -> None:
    seen = ended(queue, Raises("memory"))
    said = "The work needed more than the 200 MB of memory that were set aside for it."
    assert str(seen.reason) == f"{said} This work has now cost 3 processes and is given up."
    assert [str(incident) for incident in seen.incidents] == [f"{said} It went on from where it was saved last."] * 2
    assert ended(queue, Count(1)).state == "done"


def test_thirty_visitors_none_lost_all_in_turn_and_nothing_left(queue: Queue) -> None:
    ended(queue, Count(1))
    threads, files = threading.active_count(), open_files()
    before = queue.submit(Count(10_000, 0.01), "somebody")
    until(queue, before, "running", last=1)
    links = [queue.submit(Count(2, 0.001), f"visitor {number % 30}") for number in range(60)]
    assert [queue.look(link).place for link in links] == list(range(1, 61)), "nobody's second one is before a first one"
    late = queue.submit(Count(2, 0.001), "late")
    places = [queue.look(link).place for link in (*links, late)]
    assert places == [*range(1, 31), *range(32, 62), 31], "a first one is before all second ones"
    queue.cancel(before)
    seen = [until(queue, link) for link in (*links, late)]
    assert {each.state for each in seen} == {"done"} and {each.result for each in seen} == {(0, 1)}
    assert threading.active_count() <= threads and open_files() <= files
    for link in (before, *links, late):
        queue.forget(link)


def open_files() -> int:
    return len(os.listdir("/proc/self/fd")) if sys.platform.startswith("linux") else 0


SERVER = """
import sys, time
sys.path.insert(0, sys.argv[1])
from tests.core.small_jobs import Deaf
from unet_core.jobs import Processes, Queue
queue = Queue(Processes(2, ()))
link = queue.submit(Deaf(), "a")
while not queue.look(link).progress:
    time.sleep(0.01)
print(queue.look(link).progress[0].value, *(desk.worker.pid for desk in queue._desks), flush=True)
time.sleep(60)
"""


@linux
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT], ids=["killed", "interrupted"])
def test_no_process_outlives_the_server(how: signal.Signals) -> None:
    server = subprocess.Popen([sys.executable, "-c", SERVER, str(ROOT)], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True)  # fmt: skip
    assert server.stdout is not None
    pids = set(map(int, server.stdout.readline().split()))
    assert len(pids) == 2 and all(map(alive, pids)), "the busy one and the warm one"
    server.send_signal(how)
    server.wait(10)
    server.stdout.close()
    assert all(gone_within(pid, 5.0) for pid in pids)


def test_a_pipe_to_a_process_that_was_killed_is_closed() -> None:
    fresh = Queue(Processes(1, ()))
    worker = fresh._desks[0].worker
    try:
        assert isinstance(worker, Process)
        worker.send(b"x" * 2**22)  # more than fits into the pipe of a process that does not read yet
        time.sleep(0.05)
        worker.kill()
        end = time.monotonic() + BEFORE_TIMEOUT
        while not worker._process.stdin.closed and time.monotonic() < end:  # type: ignore[union-attr]
            time.sleep(0.01)
        assert worker._process.stdin.closed  # type: ignore[union-attr]
    finally:
        fresh.close()
