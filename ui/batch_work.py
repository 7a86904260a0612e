"""A batch of images at work beside the page: a thread of its own, which passes its turn on after every tile."""

import threading
import time
from collections.abc import Callable, Sequence

import torch

from ui.turns import pass_on, turn
from unet_core.batch import File, Result, segment_all
from unet_core.checkpoint import Card
from unet_core.messages import ExplainedError, Message


class _Stopped(Exception):
    """Somebody pressed Stop, or nobody is there any more."""


class Work:
    """Begins at once. `results` grow while it runs; `alive` is asked after every tile whether anybody still waits."""

    def __init__(
        self, network: torch.nn.Module, card: Card, files: Sequence[File], threshold: float, marked: float | None,
        alive: Callable[[], bool],
    ) -> None:  # fmt: skip
        self.card, self.files, self.threshold, self.marked = card, files, threshold, marked
        self.results: list[Result] = []
        self.failed: Message | None = None
        self.began, self.ended = time.monotonic(), None
        self._network, self._alive, self._stop = network, alive, threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="batch")
        self._thread.start()

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    @property
    def seconds_left(self) -> float | None:
        """By the files so far; None before the first."""
        done = len(self.results)
        return (time.monotonic() - self.began) / done * (len(self.files) - done) if done else None

    def stop(self) -> None:
        """After the tile that is being computed; what is done stays."""
        self._stop.set()

    def wait(self, seconds: float) -> None:
        self._thread.join(seconds)

    def _run(self) -> None:
        try:
            with turn():
                for result in segment_all(self._network, self.card, self.files, self.threshold, self.marked,
                                          self._between):  # fmt: skip
                    self.results.append(result)
                    self._between()
        except _Stopped:
            pass
        except ExplainedError as error:
            self.failed = error.message
        except (MemoryError, RuntimeError) as error:  # the device's own: out of memory, or lost
            self.failed = Message("The work broke off: {reason}.", {"reason": str(error)[:200] or "out of memory"})

    def _between(self) -> None:
        if self._stop.is_set() or not self._alive():
            raise _Stopped
        pass_on()
