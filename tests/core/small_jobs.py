"""Jobs for the tests of the queue: small, without torch, and as naughty as needed."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from unet_core.jobs.job import Bounds, Command, Commands, Report, obeying
from unet_core.messages import ExplainedError

SMALL = Bounds(steps=100, pixels=100, memory=200 * 2**20, seconds=60.0)


@dataclass(frozen=True)
class Count:
    """Counts up to `to`, one every `every` seconds, and adds what "add" brings; the result is what it counted."""

    to: int = 5
    every: float = 0.01
    die_at: int = 0  # kills its own process there, once: where it did not begin from a checkpoint
    save_every: float = 0.0
    bounds: Bounds = field(default=SMALL)

    def run(self, report: Report, commands: Commands, checkpoint: bytes | None) -> None:
        counted = list(map(int, checkpoint.split())) if checkpoint else []
        added = list[int]()

        def steps() -> Iterator[int]:
            while len(counted) < self.to:
                time.sleep(self.every)
                counted.append(len(counted) + sum(added))
                added.clear()
                yield len(counted)

        def other(command: Command) -> None:
            assert isinstance(command.value, int)
            added.append(command.value)

        def save() -> bytes:
            return " ".join(map(str, counted)).encode()

        for number in obeying(steps(), report, commands, save, other, self.save_every):
            report.progress((number, os.getpid()))
            if number == self.die_at and checkpoint is None:
                os.kill(os.getpid(), 9)
        report.result(tuple(counted))


@dataclass(frozen=True)
class Deaf:
    """Listens to nothing."""

    seconds: float = 30.0
    bounds: Bounds = field(default=SMALL)

    def run(self, report: Report, commands: Commands, checkpoint: bytes | None) -> None:
        report.progress(os.getpid())
        end = time.monotonic() + self.seconds
        while time.monotonic() < end:
            time.sleep(0.05)


@dataclass(frozen=True)
class Raises:
    """Fails with an error of that name, "explained" being one for the visitor."""

    what: str
    bounds: Bounds = field(default=SMALL)

    def run(self, report: Report, commands: Commands, checkpoint: bytes | None) -> None:
        if self.what == "explained":
            raise ExplainedError("there are {count} images only", count=3)
        if self.what == "memory":
            report.checkpoint(b"full")
            bytearray(self.bounds.memory + 2**20)
        if self.what == "dies":
            os._exit(7)
        raise KeyError(self.what)
