"""Whose turn it is to compute: as many networks run at once as the machine has cores for, whoever asks.

Thirty at once would each take thirty times as long, and the pages of everybody else with them. A long piece of work
passes its turn on between two of its parts, so that a small image does not wait for a large one to end.
"""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import torch

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
THREADS = max(1, CORES // 4)  # of one computation; on two cores one, so that the other core answers the pages
_TURNS = threading.BoundedSemaphore(CORES // THREADS)
Result = TypeVar("Result")


@contextmanager
def turn() -> Iterator[None]:
    """Wait for a turn and keep it."""
    with _TURNS:
        torch.set_num_threads(THREADS)  # counts for the thread that calls it
        yield


def queued(work: Callable[[], Result]) -> Result:
    """What `work` gives, computed in a turn of its own."""
    with turn():
        return work()


def pass_on() -> None:
    """Let somebody else have this turn, and wait for the next: between two tiles, two channels, two steps."""
    _TURNS.release()
    _TURNS.acquire()
