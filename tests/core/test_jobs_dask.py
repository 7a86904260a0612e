"""The same queue over a Dask cluster of two workers on this machine."""

import importlib.util
import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.core.small_jobs import Count, Deaf, Raises
from tests.core.test_jobs_processes import KILLED, ended, gone_within, until
from unet_core.jobs import LIMITS, PAUSE, STOP, Command, JobError, Queue, dask_crew
from unet_core.jobs.dask_crew import LOST, Cluster, Relay, version
from unet_core.messages import Message

needs_dask = pytest.mark.skipif(importlib.util.find_spec("distributed") is None, reason="the extra is not installed")
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    made = dask_crew.distributed().LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    yield made
    made.close()


@pytest.fixture(scope="module")
def queue(cluster: Any) -> Iterator[Queue]:
    made = Queue(Cluster(cluster.scheduler_address, ()))
    yield made
    made.close()
    time.sleep(3 * dask_crew.EVERY)  # its client says goodbye


@needs_dask
def test_two_visitors_run_at_once_and_all_get_their_results(queue: Queue) -> None:
    links = [queue.submit(Count(20, 0.05), visitor) for visitor in "aabb"]
    until(queue, links[0], last=1)
    until(queue, links[2], last=1)
    assert [queue.look(link).state for link in links] == ["running", "waiting", "running", "waiting"]
    seen = [until(queue, link) for link in links]
    assert {each.result for each in seen} == {tuple(range(20))}
    assert len({each.progress[0].value[1] for each in seen}) == 2, "two processes"  # type: ignore[index]


@needs_dask
def test_commands_arrive(queue: Queue) -> None:
    link = queue.submit(Count(10_000, 0.02), "a")
    until(queue, link, "running", last=1)
    queue.send(link, Command(PAUSE))
    still = until(queue, link, "paused")
    time.sleep(0.4)
    assert queue.look(link).last == still.last
    queue.send(link, Command(STOP))
    assert until(queue, link).state == "done"


@linux
@needs_dask
def test_a_job_that_listens_to_nothing_is_cancelled_and_its_process_is_gone(queue: Queue) -> None:
    link = queue.submit(Deaf(), "a")
    pid = until(queue, link, "running", last=1).progress[0].value
    assert isinstance(pid, int)
    queue.cancel(link)
    assert queue.look(link).state == "cancelled"
    assert gone_within(pid, 3.0)


@needs_dask
def test_errors_are_told(queue: Queue) -> None:
    assert str(ended(queue, Raises("explained")).reason) == "there are 3 images only"


@linux
@needs_dask
def test_a_killed_process_and_a_killed_worker_cost_nothing_before_the_last_checkpoint(
    queue: Queue, cluster: Any
) -> None:
    seen = ended(queue, Count(8, die_at=5))
    assert seen.result == tuple(range(8))
    assert [str(incident) for incident in seen.incidents] == [f"{KILLED} It went on from where it was saved last."]
    link = queue.submit(Count(40, 0.05), "a")
    mine = until(queue, link, "running", last=2).progress[0].value[1]  # type: ignore[index]
    parent = int(Path(f"/proc/{mine}/stat").read_text().rpartition(")")[2].split()[1])
    assert parent in {worker.process.pid for worker in cluster.workers.values()}
    os.kill(parent, signal.SIGKILL)
    assert gone_within(mine, 2.0), "a process does not outlive its worker"
    seen = until(queue, link)
    assert seen.result == tuple(range(40)) and [i.values["why"] for i in seen.incidents] == [LOST]


@linux
@needs_dask
def test_a_relay_that_nobody_asks_ends_its_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_crew, "FORGOTTEN", 0.2)
    relay = Relay((), version())
    assert gone_within(relay._process.pid, 3.0)
    end = time.monotonic() + 3
    while not isinstance((said := relay.exchange([]) or [b""])[-1], Message) and time.monotonic() < end:
        time.sleep(0.02)
    assert str(said[-1]) == KILLED


@needs_dask
def test_another_version_of_the_program_is_refused() -> None:
    with pytest.raises(RuntimeError, match="another version of this program"):
        Relay((), "0" * 64)


@needs_dask
def test_a_cluster_with_another_version_fails_the_job_with_a_sentence(
    cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_crew, "version", lambda: "0" * 64)
    queue = Queue(Cluster(cluster.scheduler_address, ()), replace(LIMITS, tries=1))
    reason = str(ended(queue, Count()).reason)
    assert reason.startswith("A computer in the cluster can't do the work: it has another version of this program.")
    queue.close()
    time.sleep(3 * dask_crew.EVERY)


@pytest.mark.parametrize("address", ["192.168.0.10:8786", "http://a", "tcp//"])
def test_what_is_no_address_of_a_scheduler_is_refused(address: str) -> None:
    with pytest.raises(JobError, match=r"must be the address of a scheduler, like tcp://192.168.0.10:8786, got "):
        Cluster(address)


@needs_dask
def test_where_no_scheduler_answers_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_crew, "CONNECTING", 0.2)
    with pytest.raises(JobError, match=r"no scheduler of a cluster answers at tcp://127.0.0.1:9"):
        Cluster("tcp://127.0.0.1:9")


def test_without_the_package_the_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(JobError, match=r"python -m pip install -r requirements-dask.txt"):
        Cluster("tcp://127.0.0.1:9")
