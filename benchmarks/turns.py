"""Measuring in turns: everything in one process and one after the other, so that ratios hold on any machine."""

import time
from collections.abc import Callable, Mapping
from statistics import median

import torch

THREADS = (1, 2)
SIDES = (128, 256, 512)
MULTIPLIED = (512, 1024)  # sides of the square matrices whose product shows what the machine can do


def in_turns(works: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Seconds of every work in every round, after one that is thrown away; each round begins with another one."""
    seconds: dict[str, list[float]] = {name: [] for name in works}
    names = list(works)
    for number in range(rounds + 1):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            start = time.perf_counter()
            works[name]()
            if number:
                seconds[name].append(time.perf_counter() - start)
    return seconds


def ratio(seconds: Mapping[str, list[float]], slow: str, fast: str) -> float:
    """How many times as fast, the median over the rounds: what slows a whole round down cancels."""
    return median(a / b for a, b in zip(seconds[slow], seconds[fast], strict=True))


def peak(rounds: int = 7) -> float:
    """Multiply-adds a second of the best matrix product in float32, with the threads as they are set."""
    best = 0.0
    for side in MULTIPLIED:
        a, b = torch.randn(side, side), torch.randn(side, side)
        times = in_turns({"product": lambda a=a, b=b: a @ b}, rounds)["product"]
        best = max(best, side**3 / min(times))
    return best
