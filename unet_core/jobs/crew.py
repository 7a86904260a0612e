"""Who does the work: processes on this machine. A cluster has the same interface, see dask_crew.py."""

import io
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from unet_core.jobs import frames
from unet_core.messages import Message

ROOT = Path(__file__).parents[2]
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
SIZE = max(1, min(8, CORES // 2))  # processes: half of the cores stay for pages
WARM = "unet_core.jobs.warm"
THREADS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}  # torch is told job by job
Hear = Callable[[bytes | Message], None]  # a frame, or why there will be none any more


class Worker(Protocol):
    """One process somewhere, with at most one job."""

    def send(self, frame: bytes) -> None:
        """Give it a frame; does not wait until it is read."""

    def kill(self) -> None:
        """End it at once, whatever it does. It is heard of once more."""


class Crew(Protocol):
    """Where workers come from."""

    @property
    def size(self) -> int:
        """How many there may be at once."""

    @property
    def here(self) -> bool:
        """Whether they share this machine's memory."""

    def threads_for(self, jobs: int) -> int:
        """Threads for each of so many jobs."""

    def hire(self, hear: Hear) -> Worker:
        """A new one, which tells `hear` from a thread of its own. It says "ready" when all is imported."""

    def close(self) -> None:
        """No more."""


class Processes:
    """Processes on this machine, of low priority; `imports` are modules that they have ready."""

    here = True

    def __init__(self, size: int = SIZE, imports: Sequence[str] = (WARM,)) -> None:
        self.size, self._imports = size, tuple(imports)

    def threads_for(self, jobs: int) -> int:
        """Of half of the cores."""
        return max(1, CORES // 2 // max(1, min(jobs, self.size)))

    def hire(self, hear: Hear) -> Worker:
        return Process(self._imports, hear)

    def close(self) -> None:
        """They end with their pipes."""


class Process:
    """One process, a thread that reads what it says, and one that writes what it is told."""

    def __init__(self, imports: Sequence[str], hear: Hear) -> None:
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        low = getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)  # Windows; elsewhere the process is nice by itself
        self._process = subprocess.Popen(
            [sys.executable, "-m", "unet_core.jobs.worker", *imports], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env={**os.environ, **THREADS, "PYTHONPATH": path}, start_new_session=True, creationflags=low,
        )  # fmt: skip
        self._hear, self._outbox = hear, queue.SimpleQueue[bytes | None]()
        for target in (self._read, self._write):
            threading.Thread(target=target, daemon=True, name=f"job-{self.pid}").start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, frame: bytes) -> None:
        self._outbox.put(frame)

    def kill(self) -> None:
        if self._process.poll() is None:
            self._process.kill()

    def _read(self) -> None:
        assert isinstance(self._process.stdout, io.BufferedReader)
        while (frame := frames.read(self._process.stdout)) is not None:
            self._hear(frame)
        self._process.stdout.close()
        self._outbox.put(None)
        self._hear(_why(self._process.wait()))

    def _write(self) -> None:
        assert self._process.stdin is not None
        with suppress(OSError):  # it is gone, which the reader finds out, too
            while (frame := self._outbox.get()) is not None:
                self._process.stdin.write(frame)
                self._process.stdin.flush()
        with suppress(OSError):  # what it has not read any more
            self._process.stdin.close()


def _why(code: int) -> Message:
    if code == -getattr(signal, "SIGKILL", 9):
        return Message("The process that did the work was killed, by somebody or because the machine had no memory "
                       "left.")  # fmt: skip
    return Message("The process that did the work has crashed (code {code}).", {"code": code})
