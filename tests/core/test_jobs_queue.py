"""The queue with workers that do what a test says: order, places, bounds, commands, what is kept."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.core.small_jobs import SMALL, Count
from unet_core.jobs import GO_ON, LIMITS, PAUSE, STOP, Command, JobError, Queue
from unet_core.jobs import queue as queue_module
from unet_core.jobs.crew import Hear
from unet_core.jobs.frames import LENGTH, pack, unpack
from unet_core.messages import Message

KILLED = Message("it was killed")


class Puppet:
    """A worker that does nothing; `told` is what it was sent."""

    def __init__(self, hear: Hear) -> None:
        self.hear, self.told, self.killed = hear, list[tuple[object, ...]](), False
        self.says("ready", "")

    def says(self, *parts: object) -> None:
        self.hear(pack(*parts)[LENGTH.size :])

    def ends(self, result: object = None) -> None:
        """The job that it is at."""
        link = self.link
        self.says("result", link, result)
        self.says("ended", link, None, True)

    def dies(self) -> None:
        self.hear(KILLED)

    @property
    def link(self) -> str:
        return str(self.begun[-1][1])

    @property
    def begun(self) -> list[tuple[object, ...]]:
        return [frame for frame in self.told if frame[0] == "begin"]

    def send(self, frame: bytes) -> None:
        self.told.append(unpack(frame[LENGTH.size :]))

    def kill(self) -> None:
        self.killed = True


class Puppets:
    here = False

    def __init__(self, size: int = 1) -> None:
        self.size, self.hired = size, list[Puppet]()

    def hire(self, hear: Hear) -> Puppet:
        self.hired.append(Puppet(hear))
        return self.hired[-1]

    def threads_for(self, jobs: int) -> int:
        return 10 - jobs

    def close(self) -> None: ...


@pytest.fixture
def puppets() -> Puppets:
    return Puppets()


@pytest.fixture
def queue(puppets: Puppets, monkeypatch: pytest.MonkeyPatch) -> Iterator[Queue]:
    limits = replace(LIMITS, waiting_of_one=4, waiting_of_all=6, commands=3, kept_of_one=20_000, kept_of_all=30_000)
    made = Queue(puppets, limits)
    yield made
    made.close()


def states(queue: Queue, *links: str) -> list[str]:
    return [queue.look(link).state for link in links]


def test_jobs_begin_in_turns_and_everybody_sees_the_place(queue: Queue, puppets: Puppets) -> None:
    a0, a1, a2, b0 = (queue.submit(Count(), visitor) for visitor in "aaab")
    assert states(queue, a0, a1, b0) == ["running", "waiting", "waiting"]
    assert [queue.look(link).place for link in (a0, b0, a1, a2)] == [0, 2, 1, 3]  # a's turn came while it was alone
    order = []
    for _ in range(4):
        order.append(puppets.hired[0].link)
        puppets.hired[0].ends()
    assert order == [a0, a1, b0, a2] and set(states(queue, *order)) == {"done"}


def test_a_link_cannot_be_guessed_and_a_wrong_one_is_told(queue: Queue) -> None:
    one, other = queue.submit(Count(), "a"), queue.submit(Count(), "a")
    assert one != other and len(one) >= 22
    for ask in (queue.look, queue.cancel, queue.forget, lambda link: queue.send(link, Command(STOP))):
        with pytest.raises(JobError, match="This run is not here any more"):
            ask("nobody")  # type: ignore[operator]
    assert queue.visitor_of("nobody") is None and queue.links_of("nobody") == ()
    assert queue.visitor_of(one) == "a" and queue.links_of("a") == (one, other)


def test_one_visitor_and_all_together_are_bounded(queue: Queue) -> None:
    for _ in range(4):
        queue.submit(Count(), "a")
    with pytest.raises(JobError, match="4 of your trainings are waiting or running already"):
        queue.submit(Count(), "a")
    queue.submit(Count(), "b")
    queue.submit(Count(), "c")
    with pytest.raises(JobError, match="6 trainings are waiting already"):
        queue.submit(Count(), "d")


def test_a_job_that_is_too_large_is_refused_by_itself_and_beside_the_others(puppets: Puppets) -> None:
    queue = Queue(puppets, replace(LIMITS, job=2**20, waiting_bytes=1_200_000))
    heavy = Count(bounds=replace(SMALL))
    with pytest.raises(JobError, match="the images are 2 MB together, and a training takes at most 1 MB here"):
        queue.submit(Laden(bytes(2 * 2**20)), "a")
    queue.submit(Laden(bytes(900_000)), "a")
    with pytest.raises(JobError, match="there is no room for this one"):
        queue.submit(Laden(bytes(900_000)), "b")
    queue.submit(heavy, "b")
    queue.close()


class Laden(Count):
    """With images that it carries."""

    def __init__(self, images: bytes) -> None:
        super().__init__()
        object.__setattr__(self, "images", images)


def test_nobody_has_more_than_half_of_the_workers() -> None:
    queue = Queue(puppets := Puppets(4))
    links = [queue.submit(Count(), "a") for _ in range(4)] + [queue.submit(Count(), "b")]
    assert states(queue, *links) == ["running", "running", "waiting", "waiting", "running"]
    threads = [puppet.begun[0][6] for puppet in puppets.hired if puppet.begun]
    assert threads == [9, 8, 5], "by the number of jobs that run or wait when it begins"
    queue.close()


def test_one_worker_more_than_needed_is_kept_warm() -> None:
    queue = Queue(puppets := Puppets(2))
    assert len(puppets.hired) == 1
    queue.submit(Count(), "a")
    assert len(puppets.hired) == 2
    queue.submit(Count(), "b")
    assert len(puppets.hired) == 2
    queue.close()
    assert all(puppet.killed for puppet in puppets.hired)


# --- a worker that dies ---


def test_a_job_goes_on_from_its_checkpoint_with_the_commands_that_are_not_in_it(queue: Queue, puppets: Puppets) -> None:
    link = queue.submit(Count(), "a")
    for number in (1, 2):
        queue.send(link, Command("add", number))
    first = puppets.hired[0]
    first.says("progress", link, 1, None)
    first.says("checkpoint", link, b"state", 1)
    queue.send(link, Command("add", 3))
    first.dies()
    second = puppets.hired[1]
    assert second.begun[0][3:5] == (b"state", [Command("add", 2), Command("add", 3)])
    second.says("checkpoint", link, b"later", 2)
    second.dies()
    assert puppets.hired[2].begun[0][3:5] == (b"later", [])
    puppets.hired[2].ends("result")
    seen = queue.look(link)
    assert seen.state == "done" and seen.result == "result"
    assert [str(incident) for incident in seen.incidents] == [
        "it was killed It went on from where it was saved last."
    ] * 2


def test_the_third_death_is_the_last(queue: Queue, puppets: Puppets) -> None:
    link = queue.submit(Count(), "a")
    for puppet in range(3):
        puppets.hired[puppet].dies()
    seen = queue.look(link)
    assert seen.state == "failed"
    assert str(seen.reason) == "it was killed This work has now cost 3 processes and is given up."
    assert str(seen.incidents[0]) == "it was killed It began anew."


def test_what_lost_its_worker_waits_behind_nobody(queue: Queue, puppets: Puppets) -> None:
    a, b = queue.submit(Count(), "a"), queue.submit(Count(), "b")
    puppets.hired[0].dies()
    assert states(queue, a, b) == ["running", "waiting"]


def test_a_worker_that_wants_no_other_job_is_replaced(queue: Queue, puppets: Puppets) -> None:
    link, other = queue.submit(Count(), "a"), queue.submit(Count(), "b")
    puppets.hired[0].says("failed", link, Message("no"), False)
    assert puppets.hired[0].killed and puppets.hired[1].link == other
    puppets.hired[0].dies()  # as it does when it was killed
    assert states(queue, link, other) == ["failed", "running"]


def test_workers_that_die_before_they_are_ready_are_not_hired_in_a_circle(
    puppets: Puppets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Puppet, "says", lambda self, *parts: None)
    queue = Queue(puppets)
    puppets.hired[0].dies()
    assert len(puppets.hired) == 1
    queue.close()


# --- commands ---


def test_a_waiting_job_is_paused_without_a_worker_and_goes_on_at_the_end_of_the_line(queue: Queue) -> None:
    _, b, c = (queue.submit(Count(), visitor) for visitor in "abc")
    queue.send(b, Command(PAUSE))
    assert states(queue, b, c) == ["paused", "waiting"] and queue.look(c).place == 1
    queue.send(b, Command(GO_ON))
    assert queue.look(b).place == 2


def test_a_stop_before_it_began_cancels(queue: Queue) -> None:
    _, b = queue.submit(Count(), "a"), queue.submit(Count(), "b")
    queue.send(b, Command(STOP))
    assert states(queue, b) == ["cancelled"]
    with pytest.raises(JobError, match="has ended and takes nothing more"):
        queue.send(b, Command(GO_ON))


def test_more_commands_than_can_be_remembered_are_refused(queue: Queue, puppets: Puppets) -> None:
    link = queue.submit(Count(), "a")
    for _ in range(3):
        queue.send(link, Command("add", 1))
    with pytest.raises(JobError, match="has not yet taken what it was sent before"):
        queue.send(link, Command("add", 1))
    puppets.hired[0].says("checkpoint", link, b"", 3)
    queue.send(link, Command("add", 1))


def test_a_paused_job_leaves_its_worker_to_others_after_a_while(puppets: Puppets, queue: Queue) -> None:
    queue._limits = replace(queue._limits, paused_seconds=0)
    link = queue.submit(Count(), "a")
    puppets.hired[0].says("checkpoint", link, b"state", 0)
    puppets.hired[0].says("paused", link, True)
    queue._look_after(queue_module.time.monotonic() + 1)
    assert states(queue, link) == ["paused"] and not puppets.hired[0].killed, "nobody else wants it"
    other = queue.submit(Count(), "b")
    queue._look_after(queue_module.time.monotonic() + 1)
    assert puppets.hired[0].killed and states(queue, link, other) == ["paused", "running"]
    queue.send(link, Command(GO_ON))
    assert states(queue, link) == ["waiting"]
    puppets.hired[1].ends()
    assert puppets.hired[1].begun[-1][3:5] == (b"state", [Command(GO_ON)])


def test_one_that_is_paused_for_ever_is_ended(puppets: Puppets, queue: Queue) -> None:
    link = queue.submit(Count(), "a")
    puppets.hired[0].says("paused", link, True)
    queue._look_after(queue_module.time.monotonic() + queue_module.ABANDONED + 1)
    assert states(queue, link) == ["cancelled"]


def test_time_is_held_to_first_with_a_word_and_then_by_force(puppets: Puppets, queue: Queue) -> None:
    link = queue.submit(Count(bounds=replace(SMALL, seconds=0.001)), "a")
    now = queue_module.time.monotonic() + 1
    while queue.look(link).seconds < 0.001:
        pass
    queue._look_after(now)
    assert puppets.hired[0].told[-1] == ("command", link, Command(STOP))
    queue._look_after(now + queue_module.LAST_WORDS + 1)
    assert puppets.hired[0].killed and "longer than the 0 seconds" in str(queue.look(link).reason)


# --- what is kept ---


def test_results_are_kept_within_bounds_and_for_a_while(queue: Queue, puppets: Puppets) -> None:
    links = []
    for visitor in "aab":
        links.append(queue.submit(Count(), visitor))
        puppets.hired[0].ends(bytes(12_000))
    with pytest.raises(JobError):
        queue.look(links[0])  # a had two of them: 24,000 bytes
    assert states(queue, *links[1:]) == ["done", "done"]
    queue.look(links[2])
    queue._limits = replace(queue._limits, kept_seconds=-1)
    queue._tidy()
    assert queue.links_of("a") == queue.links_of("b") == ()


def test_a_result_that_is_too_large_is_told(queue: Queue, puppets: Puppets) -> None:
    link = queue.submit(Count(), "a")
    puppets.hired[0].ends(bytes(2**20))
    seen = queue.look(link)
    assert seen.state == "failed" and seen.result is None
    assert str(seen.reason) == "what came out is 1 MB, and at most 0 MB are kept here: choose a smaller network"


def test_nothing_of_an_ended_job_is_held_but_what_can_be_looked_at(queue: Queue, puppets: Puppets) -> None:
    link = queue.submit(Count(), "a")
    queue.send(link, Command("add", 1))
    puppets.hired[0].says("checkpoint", link, b"state", 0)
    puppets.hired[0].ends()
    record = queue._records[link]
    assert (record.payload, record.checkpoint, list(record.log), record.log_bytes) == (b"", None, [], 0)
    queue.forget(link)
    assert not queue._records and not queue._line.places()


def test_a_cancelled_job_is_heard_no_more(queue: Queue, puppets: Puppets) -> None:
    link, other = queue.submit(Count(), "a"), queue.submit(Count(), "b")
    queue.cancel(link)
    puppets.hired[0].says("progress", link, 1, None)
    puppets.hired[0].says("result", link, "late")
    seen = queue.look(link)
    assert (seen.state, seen.last, seen.result) == ("cancelled", 0, None)
    assert states(queue, other) == ["waiting"], "until its worker has let go"
    puppets.hired[0].says("ended", link, None, True)
    assert states(queue, other) == ["running"]
