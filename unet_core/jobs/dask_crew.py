"""Workers on a Dask cluster: `UNET_EXPLORER_DASK=tcp://host:8786`. Needs requirements-dask.txt, here and there.

An actor on each of the cluster's workers keeps a process of ours beside it and hands its frames on: a thread of Dask's
own could not be ended. The server asks each actor for news a few times a second. One that is not asked any more ends
its process, so that nothing outlives the server; a cluster's worker that dies takes its process along.
"""

import importlib
import platform
import queue
import threading
import time
from collections import deque
from functools import cache
from hashlib import sha256
from typing import Any

from unet_core.jobs.crew import ROOT, WARM, Hear, Process, Worker
from unet_core.jobs.job import JobError
from unet_core.messages import Message

EVERY = 0.25  # seconds between two questions
FORGOTTEN = 20.0  # seconds without a question after which an actor ends its process
CONNECTING, ANSWERING = 5.0, 15.0  # seconds
COUNTING = 5.0  # seconds between two looks at who is in the cluster
LOST = Message("The connection to the computer that did the work was lost.")


def distributed() -> Any:
    """The module, or a JobError that says how to get it."""
    try:
        return importlib.import_module("distributed")
    except ImportError as error:
        raise JobError(
            "for trainings on a cluster the server needs one more package: python -m pip install -r "
            "requirements-dask.txt"
        ) from error


@cache
def version() -> str:
    """Of the code and of Python: jobs are pickled, so both ends must be the same."""
    total = sha256(".".join(platform.python_version_tuple()[:2]).encode())
    for path in sorted((ROOT / "unet_core").rglob("*.py")):
        total.update(path.read_bytes())
    return total.hexdigest()


class Relay:
    """The actor: one process beside a worker of the cluster."""

    def __init__(self, imports: tuple[str, ...], wanted: str) -> None:
        if wanted != version():
            raise RuntimeError("it has another version of this program")
        self._heard, self._asked, self._over = deque[bytes | Message](), time.monotonic(), False
        self._process = Process(imports, self._hear)
        threading.Thread(target=self._watch, daemon=True).start()

    def exchange(self, frames: list[bytes]) -> list[bytes | Message]:
        """Frames for the process, and what it has said since; a Message when it has ended."""
        self._asked = time.monotonic()
        for frame in frames:
            self._process.send(frame)
        return [self._heard.popleft() for _ in range(len(self._heard))]

    def kill(self) -> None:
        self._process.kill()

    def _hear(self, said: bytes | Message) -> None:
        self._heard.append(said)
        self._over = isinstance(said, Message)

    def _watch(self) -> None:
        while not self._over:
            if time.monotonic() - self._asked > FORGOTTEN:
                self._process.kill()
            time.sleep(0.5)


class Cluster:
    """One job at a time on each worker of the cluster, with as many threads as that has."""

    here = False

    def __init__(self, address: str, imports: tuple[str, ...] = (WARM,)) -> None:
        if not address.startswith(("tcp://", "tls://")):
            raise JobError("UNET_EXPLORER_DASK must be the address of a scheduler, like tcp://192.168.0.10:8786, got "
                           "{address}", address=repr(address[:60]))  # fmt: skip
        self._address, self._imports, self._module = address, imports, distributed()
        self._lock, self._closed = threading.Lock(), threading.Event()
        self._taken: set[str] = set()
        self._members: dict[str, int] = {}
        self._client = self._connect()
        self._count()
        threading.Thread(target=self._keep_counting, daemon=True, name="cluster").start()

    @property
    def size(self) -> int:
        return len(self._members)

    def threads_for(self, jobs: int) -> int:
        return min(self._members.values(), default=1)

    def hire(self, hear: Hear) -> Worker:
        return Remote(self, hear)

    def close(self) -> None:
        self._closed.set()
        threading.Timer(2 * EVERY, self._client.close).start()  # the last words get through

    def place(self) -> str:
        """The address of a worker that has none of our processes; JobError where there is none."""
        with self._lock:
            free = sorted(self._members.keys() - self._taken)
            if not free:
                raise JobError("no computer in the cluster is free")
            self._taken.add(free[0])
            return free[0]

    def leave(self, place: str) -> None:
        with self._lock:
            self._taken.discard(place)

    def actor(self, place: str) -> Any:
        """A new Relay there. Raises whatever Dask does."""
        future = self._client.submit(Relay, self._imports, version(), actor=True, workers=[place], pure=False,
                                     allow_other_workers=False)  # fmt: skip
        return future.result(timeout=ANSWERING)

    def _connect(self) -> Any:
        try:
            return self._module.Client(self._address, timeout=CONNECTING)
        except (OSError, ValueError) as error:
            raise JobError("no scheduler of a cluster answers at {address}", address=self._address) from error

    def _count(self) -> None:
        found = self._client.scheduler_info()["workers"]
        self._members = {address: int(worker["nthreads"]) for address, worker in found.items()}

    def _keep_counting(self) -> None:
        while not self._closed.wait(COUNTING):
            try:
                if self._client.status in ("closed", "closing"):
                    self._client = self._connect()
                self._count()
            except (OSError, TimeoutError, JobError):
                self._members = {}  # the scheduler is away; perhaps it comes back


class Remote:
    """One actor and the thread that asks it for news."""

    def __init__(self, cluster: Cluster, hear: Hear) -> None:
        self._cluster, self._hear = cluster, hear
        self._outbox = queue.SimpleQueue[bytes | None]()
        self._killed = False
        threading.Thread(target=self._work, daemon=True, name="cluster-job").start()

    def send(self, frame: bytes) -> None:
        self._outbox.put(frame)

    def kill(self) -> None:
        self._killed = True
        self._outbox.put(None)

    def _work(self) -> None:
        place, actor, why = "", None, LOST
        try:
            place = self._cluster.place()
            actor = self._cluster.actor(place)
            why = self._relay(actor)
        except JobError as error:
            why = error.message
        except Exception as error:  # whatever Dask raises, or what was raised on the other computer
            if actor is None:
                why = Message("A computer in the cluster can't do the work: {reason}.", {"reason": str(error)[:200]})
        self._cluster.leave(place)
        self._hear(why)

    def _relay(self, actor: Any) -> Message:
        """Until its process has ended; why that is."""
        while True:
            frames = self._frames()
            if self._killed:
                actor.kill().result(timeout=ANSWERING)
            for said in actor.exchange(frames).result(timeout=ANSWERING):
                if isinstance(said, Message):
                    return said
                self._hear(said)

    def _frames(self) -> list[bytes]:
        """What is to be sent, after a moment's wait for the first."""
        frames = list[bytes]()
        try:
            frame = self._outbox.get(timeout=EVERY)
            while True:
                frames += [frame] if frame is not None else []
                frame = self._outbox.get_nowait()
        except queue.Empty:
            return frames
