"""Jobs in their order, the workers that do them, and what came out: one queue for a whole server.

    queue = Queue(Processes())
    link = queue.submit(job, visitor)      # an unguessable word: who has it may look, command and cancel
    queue.look(link).state

Nothing here waits for a job: a page asks and is answered at once.
"""

import pickle
import secrets
import threading
import time
from dataclasses import dataclass
from functools import partial

from unet_core.jobs import frames
from unet_core.jobs.crew import Crew, Worker
from unet_core.jobs.history import History
from unet_core.jobs.job import GO_ON, PAUSE, STOP, Command, Job, JobError
from unet_core.jobs.limits import LIMITS, Limits, check
from unet_core.jobs.line import Line
from unet_core.jobs.record import Record, Seen, too_large
from unet_core.messages import Message

UNKNOWN = Message("This run is not here any more: what has ended is kept for a while only, and nothing outlives the "
                  "server.")  # fmt: skip


@dataclass(eq=False)
class Desk:
    """A worker's place. `link` is the job that it was given last and has not ended, whoever still wants it."""

    worker: Worker | None = None
    link: str = ""
    ready: bool = False
    kill_at: float | None = None  # of time.monotonic(): when patience with a cancelled job ends
    idle_since: float = 0.0


class Queue:
    """All methods may be called from any thread."""

    def __init__(self, crew: Crew, limits: Limits = LIMITS) -> None:
        self._crew, self._limits = crew, limits
        self._lock = threading.RLock()
        self._records: dict[str, Record] = {}  # in the order of their submission
        self._line, self._desks = Line(), list[Desk]()
        self._closed, self._early_deaths, self._not_before = threading.Event(), 0, 0.0
        self._wake = threading.Event()
        with self._lock:
            self._keep_warm()
        threading.Thread(target=self._keep_house, daemon=True, name="jobs").start()

    # --- what a page asks ---

    def submit(self, job: Job, visitor: str, kind: str = "") -> str:
        """The job's link. JobError with a sentence for one that is beyond the limits; `kind` is the page's own word."""
        check(job.bounds, self._limits, self._crew.here)
        if self._crew.size < 1:
            raise JobError("there is no computer in the cluster at the moment; ask whoever looks after it")
        payload = pickle.dumps(job, protocol=5)
        if len(payload) > self._limits.job:
            raise too_large("job", len(payload), self._limits.job)
        with self._lock:
            alive = [record for record in self._records.values() if record.alive]
            own = sum(record.visitor == visitor for record in alive)
            if own >= self._limits.waiting_of_one:
                raise JobError("{own} of your trainings are waiting or running already; wait for one to end, or cancel "
                               "one", own=own)  # fmt: skip
            if len(alive) >= self._limits.waiting_of_all:
                raise JobError("{all} trainings are waiting already; try again in a few minutes", all=len(alive))
            taken = sum(len(record.payload) for record in alive)
            if taken + len(payload) > self._limits.waiting_bytes:
                raise too_large("all", taken, self._limits.waiting_bytes)
            link = secrets.token_urlsafe(16)
            history = History(self._limits.progress, self._limits.previews)
            self._records[link] = Record(link, visitor, kind, job.bounds, payload, history)
            self._line.add(link, visitor)
            self._assign()
        return link

    def look(self, link: str, since: int = 0) -> Seen:
        """How a job stands, with the progress after number `since`. JobError for one that is not kept (any more)."""
        with self._lock:
            record = self._record(link)
            place = self._line.places().get(link, 0) if record.state == "waiting" else 0
            return record.seen(since, place)

    def send(self, link: str, command: Command) -> None:
        """A command is taken between two steps, after a crash once more. JobError where the job can't take it."""
        size = len(frames.pack(command))
        with self._lock:
            record = self._record(link)
            if not record.alive:
                raise JobError("this run has ended and takes nothing more")
            desk = self._desk_of(link)
            if desk is None and command.kind == STOP and record.checkpoint is None:
                self._end(record, "cancelled")
                return
            if desk is None and command.kind == PAUSE:
                self._line.remove(link)
                record.state, record.paused_since = "paused", time.monotonic()
                return
            record.remember(command, size, self._limits)
            if desk is not None and desk.worker is not None:
                desk.worker.send(frames.pack("command", link, command))
            elif record.state == "paused" and command.kind in (GO_ON, STOP):
                record.state, record.paused_since = "waiting", None
                self._line.add(link, record.visitor)
                self._assign()

    def cancel(self, link: str) -> None:
        """It has ended when this returns; its process is free within a second. What has ended stays as it is."""
        with self._lock:
            record = self._record(link)
            if record.alive:
                self._end(record, "cancelled")

    def forget(self, link: str) -> None:
        """Cancel it and keep nothing of it."""
        with self._lock:
            self.cancel(link)
            del self._records[link]

    def visitor_of(self, link: str) -> str | None:
        """Whose job it is; None for an unknown one."""
        with self._lock:
            record = self._records.get(link)
            return record.visitor if record else None

    def links_of(self, visitor: str) -> tuple[str, ...]:
        """The visitor's jobs that are kept, oldest first."""
        with self._lock:
            return tuple(link for link, record in self._records.items() if record.visitor == visitor)

    def close(self) -> None:
        """End every job and every process."""
        with self._lock:
            self._closed.set()
            self._wake.set()
            for record in self._records.values():
                if record.alive:
                    record.end("cancelled")
            for desk in self._desks:
                if desk.worker is not None:
                    desk.worker.kill()
            self._crew.close()

    # --- workers ---

    def _record(self, link: str) -> Record:
        if link not in self._records:
            raise JobError(UNKNOWN.template)
        return self._records[link]

    def _desk_of(self, link: str) -> Desk | None:
        return next((desk for desk in self._desks if desk.link == link and desk.kill_at is None), None)

    def _hire(self) -> Desk:
        desk = Desk(idle_since=time.monotonic())
        self._desks.append(desk)
        desk.worker = self._crew.hire(partial(self._heard, desk))
        return desk

    def _keep_warm(self) -> None:
        """One worker more than there is work for, if there may be."""
        idle = any(not desk.link for desk in self._desks)
        if not idle and len(self._desks) < self._crew.size and time.monotonic() >= self._not_before:
            self._hire()

    def _assign(self) -> None:
        """Give what waits to who is idle."""
        while not self._closed.is_set():
            self._keep_warm()
            idle = sorted((desk for desk in self._desks if not desk.link), key=lambda desk: not desk.ready)
            link = self._line.take(self._may_start) if idle else None
            if link is None:
                return
            self._begin(self._records[link], idle[0])

    def _may_start(self, visitor: str) -> bool:
        """Nobody has more than half of the workers, so that there is one soon for somebody else."""
        busy = sum(self._records[desk.link].visitor == visitor for desk in self._desks if desk.link in self._records)
        return busy < max(1, (self._crew.size + 1) // 2)

    def _begin(self, record: Record, desk: Desk) -> None:
        assert desk.worker is not None
        wanted = sum(each.state in ("waiting", "running") for each in self._records.values())
        threads = self._crew.threads_for(wanted)
        desk.link, record.state, record.confirmed, record.told_to_stop = record.link, "running", 0, None
        record.work(True)
        commands = [command for command, _ in record.log]
        desk.worker.send(frames.pack("begin", record.link, record.payload, record.checkpoint, commands,
                                     record.bounds.memory, threads))  # fmt: skip

    # --- what workers say, each from its own thread ---

    def _heard(self, desk: Desk, said: bytes | Message) -> None:
        if isinstance(said, Message):
            with self._lock:
                self._gone(desk, said)
            return
        kind, link, *rest = frames.unpack(said)
        with self._lock:
            if kind == "ready":
                desk.ready, self._early_deaths = True, 0
                return
            record = self._records.get(link)
            if record is not None and record.alive and desk.link == link:
                self._take(record, kind, rest, len(said))
            if kind in ENDINGS and desk.link == link:
                desk.link, desk.kill_at, desk.idle_since = "", None, time.monotonic()
                if not rest[1]:  # it does not want another job
                    self._dismiss(desk)
                self._assign()

    def _take(self, record: Record, kind: str, rest: list[object], size: int) -> None:
        match kind, rest:
            case "progress", [value, preview]:
                record.history.add(value, preview, size)
            case "checkpoint", [bytes(state), int(taken)]:
                record.saved(state, taken)
            case "paused", [bool(now)]:
                record.state, record.paused_since = ("paused", time.monotonic()) if now else ("running", None)
                record.work(not now)
            case "result", [value]:
                record.result, record.result_bytes = value, size
            case "ended", _:
                if record.result_bytes > self._limits.kept_of_one:
                    reason = too_large("result", record.result_bytes, self._limits.kept_of_one).message
                    record.result, record.result_bytes = None, 0
                    self._end(record, "failed", reason)
                else:
                    self._end(record, "done")
            case "failed", [Message() as reason, _]:
                self._end(record, "failed", reason)
            case "lost", [Message() as why, _]:
                self._lost(record, why)

    def _gone(self, desk: Desk, why: Message) -> None:
        """A process has died. Its job goes on from its last checkpoint in another one."""
        if desk in self._desks:  # else it was dismissed
            self._desks.remove(desk)
            if not desk.ready:  # perhaps none can start here: don't try in a circle
                self._early_deaths += 1
                self._not_before = time.monotonic() + min(60.0, 0.5 * 2**self._early_deaths)
        record = self._records.get(desk.link)
        if record is not None and record.alive and desk.kill_at is None:
            self._lost(record, why)
        self._assign()

    def _lost(self, record: Record, why: Message) -> None:
        record.losses += 1
        record.work(False)
        if record.losses >= self._limits.tries:
            self._end(record, "failed", Message("{why} This work has now cost {times} processes and is given up.",
                                                {"why": why, "times": record.losses}))  # fmt: skip
            return
        then = Message("It went on from where it was saved last." if record.checkpoint else "It began anew.")
        record.incidents.append(Message("{why} {then}", {"why": why, "then": then}))
        if record.state != "paused":
            record.state = "waiting"
            self._line.add_again(record.link)

    def _dismiss(self, desk: Desk) -> None:
        """Let go of a process that has nothing to do, or nothing that anybody wants."""
        self._desks.remove(desk)
        desk.link = ""
        if desk.worker is not None:
            desk.worker.kill()

    def _end(self, record: Record, state: str, reason: Message | None = None) -> None:
        desk = self._desk_of(record.link)
        if desk is not None and desk.worker is not None and state == "cancelled":
            desk.worker.send(frames.pack("cancel", record.link))
            desk.kill_at = time.monotonic() + PATIENCE
            self._wake.set()
        self._line.remove(record.link)
        record.end(state, reason)  # type: ignore[arg-type]
        self._tidy()

    # --- once a second ---

    def _keep_house(self) -> None:
        while not self._closed.is_set():
            with self._lock:
                hurried = any(desk.kill_at is not None for desk in self._desks)
            self._wake.wait(0.1 if hurried else 1.0)
            self._wake.clear()
            with self._lock:
                if not self._closed.is_set():
                    self._look_after(time.monotonic())

    def _look_after(self, now: float) -> None:
        for desk in list(self._desks):
            record = self._records.get(desk.link)
            if desk.kill_at is not None:
                if now >= desk.kill_at:
                    self._dismiss(desk)
            elif record is not None and record.alive:
                self._look_after_job(record, desk, now)
        idle = [desk for desk in self._desks if not desk.link]
        for desk in idle[1:]:
            if now - desk.idle_since > IDLE:
                self._dismiss(desk)
        for record in list(self._records.values()):
            if record.state == "paused" and record.paused_since is not None and now - record.paused_since > ABANDONED:
                self._end(record, "cancelled", Message("It was paused for so long that it was ended."))
        self._tidy()
        self._assign()

    def _look_after_job(self, record: Record, desk: Desk, now: float) -> None:
        assert desk.worker is not None
        if record.paused_since is not None:
            if self._line.places() and now - record.paused_since > self._limits.paused_seconds:
                self._dismiss(desk)  # its checkpoint is here; go on, and it waits for its turn
        elif record.told_to_stop is None:
            if record.seconds() > record.bounds.seconds:
                record.told_to_stop = now
                desk.worker.send(frames.pack("command", record.link, Command(STOP)))
        elif now - record.told_to_stop > LAST_WORDS:
            self._end(record, "failed", Message("It was ended because it took longer than the {seconds:,.0f} seconds "
                                                "that it had.", {"seconds": record.bounds.seconds}))  # fmt: skip
            self._dismiss(desk)

    def _tidy(self) -> None:
        """Forget what has ended and is too old, or more than is kept; the oldest goes first."""
        now, limits = time.monotonic(), self._limits
        of_all, of_one = 0, dict[str, int]()
        for record in sorted((r for r in self._records.values() if not r.alive), key=lambda r: r.ended, reverse=True):
            of_all += record.kept_bytes
            of_one[record.visitor] = of_one.get(record.visitor, 0) + record.kept_bytes
            old = now - record.ended > limits.kept_seconds
            if old or of_all > limits.kept_of_all or of_one[record.visitor] > limits.kept_of_one:
                del self._records[record.link]


ENDINGS = ("ended", "failed", "lost")  # with a reason or None, and whether the process stays
PATIENCE = 0.4  # seconds that a cancelled job has to let go of its process by itself
IDLE = 60.0  # seconds after which an idle process is let go; one always stays
ABANDONED = 1800.0  # seconds of pause
LAST_WORDS = 15.0  # seconds that a job has to report its result when its time is up
