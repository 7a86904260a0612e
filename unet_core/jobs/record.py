"""What a queue knows of one job, and what of it a visitor sees."""

import time
from collections import deque
from dataclasses import dataclass, field
from typing import Literal

from unet_core.jobs.history import History, Noted
from unet_core.jobs.job import Bounds, Command, JobError
from unet_core.jobs.limits import MEGABYTE, Limits
from unet_core.messages import Message

State = Literal["waiting", "running", "paused", "done", "failed", "cancelled"]
ENDED: tuple[State, ...] = ("done", "failed", "cancelled")
LEAST = 4096  # bytes that are counted for any job that is kept


@dataclass(frozen=True, eq=False)
class Seen:
    """How a job stands. `last` is the number to ask with next time; `seconds` it has worked, pauses left out."""

    link: str
    kind: str
    state: State
    place: int  # in the queue, 1 is next; 0 for one that does not wait
    progress: tuple[Noted, ...]
    last: int
    result: object
    reason: Message | None  # why it failed or was ended
    incidents: tuple[Message, ...]  # what went wrong on the way and was mended
    seconds: float
    since: float  # of time.time(), when it was submitted

    @property
    def ended(self) -> bool:
        return self.state in ENDED


@dataclass(eq=False)
class Record:
    """A job from its submission until it is forgotten."""

    link: str
    visitor: str
    kind: str
    bounds: Bounds
    payload: bytes  # the job itself, until it has ended
    history: History
    state: State = "waiting"
    submitted: float = field(default_factory=time.time)
    ended: float = 0.0  # of time.monotonic()
    result: object = None
    result_bytes: int = 0
    reason: Message | None = None
    incidents: list[Message] = field(default_factory=list)
    checkpoint: bytes | None = None
    losses: int = 0  # processes that have died over it
    log: deque[tuple[Command, int]] = field(default_factory=deque)  # commands that are in no checkpoint yet
    log_bytes: int = 0
    confirmed: int = 0  # commands that this process has taken and put into a checkpoint
    worked: float = 0.0  # seconds before `working_since`
    working_since: float | None = None  # of time.monotonic(); None while it waits or is paused
    paused_since: float | None = None
    told_to_stop: float | None = None  # of time.monotonic(), when its time was up

    @property
    def alive(self) -> bool:
        return self.state not in ENDED

    @property
    def kept_bytes(self) -> int:
        return max(LEAST, self.history.bytes + self.result_bytes)

    def seconds(self) -> float:
        return self.worked + (0.0 if self.working_since is None else time.monotonic() - self.working_since)

    def seen(self, since: int, place: int) -> Seen:
        return Seen(self.link, self.kind, self.state, place, self.history.after(since), self.history.last, self.result,
                    self.reason, tuple(self.incidents), self.seconds(), self.submitted)  # fmt: skip

    def remember(self, command: Command, size: int, limits: Limits) -> None:
        """Until it is in a checkpoint, for a process that takes over. JobError for more than can be remembered."""
        if len(self.log) >= limits.commands or self.log_bytes + size > limits.command_bytes:
            raise JobError("the work has not yet taken what it was sent before; wait a moment and try again")
        self.log.append((command, size))
        self.log_bytes += size

    def saved(self, checkpoint: bytes, taken: int) -> None:
        """A checkpoint came, which holds the first so many commands that the process was given."""
        self.checkpoint = checkpoint
        for _ in range(taken - self.confirmed):
            self.log_bytes -= self.log.popleft()[1]
        self.confirmed = taken

    def work(self, now: bool) -> None:
        """The clock goes on, or stands still."""
        self.worked, self.working_since = self.seconds(), time.monotonic() if now else None

    def end(self, state: State, reason: Message | None = None) -> None:
        """It needs nothing any more but what a visitor will look at."""
        self.work(False)
        self.state, self.reason, self.ended = state, reason, time.monotonic()
        self.payload, self.checkpoint, self.paused_since = b"", None, None
        self.log.clear()
        self.log_bytes = 0


def too_large(name: str, size: int, most: int) -> JobError:
    """A refusal of `name`, a text of TOO_LARGE."""
    return JobError(TOO_LARGE[name].template, size=size / MEGABYTE, most=most / MEGABYTE)


TOO_LARGE = {
    "job": Message("the images are {size:,.0f} MB together, and a training takes at most {most:,.0f} MB here: choose "
                   "fewer or smaller ones"),
    "result": Message("what came out is {size:,.0f} MB, and at most {most:,.0f} MB are kept here: choose a smaller "
                      "network"),
    "all": Message("so many trainings are waiting already that there is no room for this one ({size:,.0f} MB of "
                   "{most:,.0f} MB are taken): try again when some have finished"),
}  # fmt: skip
