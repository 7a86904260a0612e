"""A batch of images at work beside the page: a thread of its own, which passes its turn on after every tile."""

import time
from collections.abc import Callable, Sequence

import torch

from ui.side_work import SideWork
from unet_core.batch import File, Result, segment_all
from unet_core.checkpoint import Card
from unet_core.messages import Message


class Work(SideWork):
    """Begins at once. `results` grow while it runs; `alive` is asked after every tile whether anybody still waits."""

    broke_off = Message("The work broke off: {reason}.")

    def __init__(
        self, network: torch.nn.Module, card: Card, files: Sequence[File], threshold: float, marked: float | None,
        alive: Callable[[], bool],
    ) -> None:  # fmt: skip
        super().__init__(alive)
        self.card, self.files, self.threshold, self.marked = card, files, threshold, marked
        self.results: list[Result] = []
        self.began, self.ended = time.monotonic(), None
        self._network = network
        self.begin()

    @property
    def seconds_left(self) -> float | None:
        """By the files so far; None before the first."""
        done = len(self.results)
        return (time.monotonic() - self.began) / done * (len(self.files) - done) if done else None

    def work(self) -> None:
        for result in segment_all(self._network, self.card, self.files, self.threshold, self.marked, self.between):
            self.results.append(result)
            self.between()
