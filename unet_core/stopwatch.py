"""Measuring in turns: everything in one process and one after the other, so that ratios hold on any machine."""

import time
from collections.abc import Callable, Mapping
from statistics import median


def in_turns(
    works: Mapping[str, Callable[[], object]], rounds: int, between: Callable[[], None] | None = None
) -> dict[str, list[float]]:
    """Seconds of every work in every round, after one that is thrown away; each round begins with another one.

    `between` is called after each round, and its time does not count.
    """
    seconds: dict[str, list[float]] = {name: [] for name in works}
    names = list(works)
    for number in range(rounds + 1):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            start = time.perf_counter()
            works[name]()
            if number:
                seconds[name].append(time.perf_counter() - start)
        if between is not None:
            between()
    return seconds


def ratio(seconds: Mapping[str, list[float]], slow: str, fast: str) -> float:
    """How many times as fast, the median over the rounds: what slows a whole round down cancels."""
    return median(a / b for a, b in zip(seconds[slow], seconds[fast], strict=True))
