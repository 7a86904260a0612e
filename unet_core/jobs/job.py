"""A piece of work that outlives a page's script, and the two mailboxes through which it talks with whoever asked.

A job is a frozen dataclass that can be pickled. It is carried to another process, `run` is called there, and nothing of
it is left behind. It says how it is getting on through a Report and hears what the visitor wants through Commands:

    @dataclass(frozen=True)
    class Count:
        bounds: Bounds
        def run(self, report, commands, checkpoint):
            done = int(checkpoint or 0)
            ...
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

from unet_core.messages import ExplainedError

PAUSE, GO_ON, STOP = "pause", "go on", "stop"
CHECKPOINT_EVERY = 5.0  # seconds: the most that is lost with a process that dies
Step = TypeVar("Step")


class JobError(ExplainedError):
    """Why a job is not taken, not found, or can't go on."""


@dataclass(frozen=True)
class Bounds:
    """The most that a job will ask for, said before it begins: what is over the limits is refused, and memory and
    time are held to."""

    steps: int
    pixels: int  # that one step computes on, those of all its images together
    memory: int  # bytes that the process may take, beyond what Python and PyTorch take themselves
    seconds: float = 300.0  # of work; what is spent waiting or paused does not count


@dataclass(frozen=True)
class Command:
    """What a visitor wants: PAUSE, GO_ON, STOP, or a kind of the job's own, with a value that can be pickled."""

    kind: str
    value: object = None


class Report(Protocol):
    """From the job. Values are frozen dataclasses of plain values and numpy arrays, no tensors."""

    def progress(self, value: object, preview: object = None) -> None:
        """A step is done; at most some twenty a second. Of a long run only some previews, which may be large, are
        kept."""

    def checkpoint(self, state: bytes) -> None:
        """All that is needed to go on from here; the last one counts. What was taken from Commands before is in it."""

    def result(self, value: object) -> None:
        """What came out; the last one counts."""

    def paused(self, now: bool) -> None:
        """The job stands still, or goes on."""


class Commands(Protocol):
    """To the job."""

    def take(self) -> list[Command]:
        """What has come since the last call, oldest first; does not wait."""

    def wait(self, seconds: float) -> bool:
        """Wait for a command up to so long; whether there is one to take."""


class Job(Protocol):
    """What can be submitted."""

    @property
    def bounds(self) -> Bounds:
        """See Bounds."""

    def run(self, report: Report, commands: Commands, checkpoint: bytes | None) -> None:
        """Do the work, in a process of its own. With a `checkpoint` of an earlier try, go on from there.

        An ExplainedError is shown to the visitor. A job that reports no result has none.
        """


def obeying(
    steps: Iterable[Step], report: Report, commands: Commands, save: Callable[[], bytes],
    other: Callable[[Command], None] | None = None, every: float = CHECKPOINT_EVERY,
) -> Iterator[Step]:  # fmt: skip
    """The steps of a training that is written as a generator, between which commands are obeyed.

    Before a pause, and every so many seconds, a checkpoint is made by `save`. A stop ends the steps, so that what
    follows can report a result. Commands of the job's own go to `other`; without it they are a JobError.
    """
    saved = time.monotonic()
    for step in steps:
        yield step
        if time.monotonic() - saved > every:
            report.checkpoint(save())
            saved = time.monotonic()
        if _stopped(report, commands, save, other):
            return


def _stopped(
    report: Report, commands: Commands, save: Callable[[], bytes], other: Callable[[Command], None] | None,
) -> bool:  # fmt: skip
    """Obey what has come, standing still as long as the visitor wants; whether the job is to end."""
    still = False
    while True:
        for command in commands.take():
            if command.kind == STOP:
                return True
            if command.kind in (PAUSE, GO_ON):
                if (command.kind == PAUSE) != still:
                    still = not still
                    if still:
                        report.checkpoint(save())
                    report.paused(still)
            elif other is not None:
                other(command)
            else:
                raise JobError("this work knows no command {kind}", kind=command.kind)
        if not still:
            return False
        commands.wait(60.0)
