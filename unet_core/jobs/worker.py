"""The process that does the work: `python -m unet_core.jobs.worker`, spoken to over its standard input and output.

It ends with the server, however that ends: the pipe closes then, and a thread of its own is waiting for nothing else.
"""

import argparse
import gc
import importlib
import os
import pickle
import signal
import sys
import threading
from collections import deque
from dataclasses import dataclass
from typing import BinaryIO

from unet_core.jobs import frames
from unet_core.jobs.job import Command, Job
from unet_core.jobs.limits import MEGABYTE
from unet_core.jobs.memory_bound import bounded, ran_out, resident
from unet_core.messages import ExplainedError, Message

SWOLLEN = 512 * MEGABYTE  # a process that keeps so much more than at its start, once a job is done, is replaced
NICE = 15  # of 19: pages come first
NICE_AT_FIRST = 5  # while it makes itself ready: somebody may be waiting for that


class Cancelled(BaseException):
    """Nobody wants the job any more; not an Exception, so that no job catches it by accident."""


@dataclass(eq=False)
class Errand:
    """A job as the server sent it, and what it has sent about it since."""

    link: str
    job: bytes
    checkpoint: bytes | None
    commands: list[Command]
    memory: int  # bytes
    threads: int
    cancelled: bool = False


class Channel:
    """Frames to the server, and what has come from it. A thread reads, so that a busy job is heard of at once."""

    def __init__(self, incoming: BinaryIO, outgoing: BinaryIO) -> None:
        self._incoming, self._outgoing, self._lock = incoming, outgoing, threading.Lock()
        self.arrived = threading.Condition()
        self.errands: deque[Errand] = deque()  # not begun yet
        self.errand: Errand | None = None
        threading.Thread(target=self._listen, daemon=True).start()

    def send(self, *parts: object) -> None:
        content = frames.pack(*parts)
        try:
            with self._lock:
                self._outgoing.write(content)
                self._outgoing.flush()
        except OSError:
            os._exit(0)  # the server is gone

    def _listen(self) -> None:
        while (content := frames.read(self._incoming)) is not None:
            kind, link, *rest = frames.unpack(content)
            with self.arrived:
                if kind == "begin":
                    self.errands.append(Errand(link, *rest))
                # One about a job that has ended meanwhile is for nobody; one that waits until this process has made
                # itself ready, or has let go of the job before, is spoken to like the one at work
                for errand in (self.errand, *self.errands):
                    if errand is not None and errand.link == link:
                        if kind == "command":
                            errand.commands.append(rest[0])
                        errand.cancelled |= kind == "cancel"
                self.arrived.notify_all()
        os._exit(0)  # the server has let go, or has died

    def next_errand(self) -> Errand:
        """Wait for it."""
        with self.arrived:
            self.arrived.wait_for(lambda: self.errands)
            self.errand = self.errands.popleft()
            return self.errand


class Mailboxes:
    """Report and Commands of one job in one."""

    def __init__(self, channel: Channel, errand: Errand) -> None:
        self._channel, self._errand, self._taken = channel, errand, 0
        self._look_up()

    def progress(self, value: object, preview: object = None) -> None:
        self._send("progress", value, preview)

    def checkpoint(self, state: bytes) -> None:
        self._send("checkpoint", state, self._taken)

    def result(self, value: object) -> None:
        self._send("result", value)

    def paused(self, now: bool) -> None:
        self._send("paused", now)

    def take(self) -> list[Command]:
        with self._channel.arrived:
            self._look_up()
            commands = list(self._errand.commands)
            self._errand.commands.clear()
        self._taken += len(commands)
        return commands

    def wait(self, seconds: float) -> bool:
        with self._channel.arrived:
            self._channel.arrived.wait_for(lambda: self._errand.commands or self._errand.cancelled, seconds)
            self._look_up()
            return bool(self._errand.commands)

    def _send(self, kind: str, *parts: object) -> None:
        self._look_up()
        self._channel.send(kind, self._errand.link, *parts)

    def _look_up(self) -> None:
        if self._errand.cancelled:
            raise Cancelled


def work(channel: Channel, most: int) -> bool:
    """One job. False when this process has had its day: it keeps more than `most` bytes, or something went wrong."""
    errand = channel.next_errand()
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(errand.threads)
    ending, reason, stays = "ended", None, True
    try:
        with bounded(errand.memory):
            mailboxes = Mailboxes(channel, errand)
            _run(pickle.loads(errand.job), mailboxes, errand.checkpoint)
    except Cancelled:
        pass
    except ExplainedError as error:
        ending, reason = "failed", error.message
    except Exception as error:
        stays = False
        if ran_out(error):
            ending = "lost"
            reason = Message("The work needed more than the {most:,.0f} MB of memory that were set aside for it.",
                             {"most": errand.memory / MEGABYTE})  # fmt: skip
        else:
            sys.excepthook(type(error), error, error.__traceback__)  # for whoever looks after the server
            ending = "failed"
            reason = Message("The work broke off: {reason}.", {"reason": f"{type(error).__name__} {error}"[:200]})
    errand.job, errand.checkpoint = b"", None
    gc.collect()
    stays = stays and resident() <= most
    channel.send(ending, errand.link, reason, stays)
    return stays


def _run(job: Job, mailboxes: Mailboxes, checkpoint: bytes | None) -> None:
    """In a frame of its own: when it is left, nothing holds the job."""
    job.run(mailboxes, mailboxes, checkpoint)


def _be_nice(more: int) -> None:
    if hasattr(os, "nice"):  # not on Windows, where the process is begun with a low priority
        os.nice(more)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("imports", nargs="*", help="modules that jobs will want, imported before the first one")
    names = parser.parse_args().imports
    outgoing = os.fdopen(os.dup(1), "wb")
    incoming = os.fdopen(os.dup(0), "rb")
    os.dup2(2, 1)  # what a library prints must not end up between the frames
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which takes this process along
    channel = Channel(incoming, outgoing)
    _be_nice(NICE_AT_FIRST)
    for name in names:
        importlib.import_module(name)
    _be_nice(NICE - NICE_AT_FIRST)
    gc.collect()
    gc.freeze()
    channel.send("ready", "")
    most = resident() + SWOLLEN
    while work(channel, most):
        pass
    os._exit(0)  # the listener is waiting in a read that nothing else would end


if __name__ == "__main__":
    main()
