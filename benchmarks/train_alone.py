"""One training without any page, for `benchmarks/train_load.py`: how soon it speaks, and how soon it has learned."""

import statistics
import time
from typing import Any

SOON, GOOD, IN_TIME = 1.5, 0.9, 30.0  # bars: seconds, Dice, seconds
TINY = (4, 2)  # filters at the top and depth: its steps are short on any machine


def training(seconds: float, base: int = 8, depth: int = 3) -> Any:
    """A real one: a small U-Net on drawn shapes."""
    from unet_core.config import UNetConfig
    from unet_core.messages import Message
    from unet_core.runs.job import job_of
    from unet_core.runs.order import Entrant, Order
    from unet_core.runs.task import SHAPES, task_of

    net = UNetConfig(in_channels=3, classes=4, base_channels=base, depth=depth, padding="same", norm="batch")
    return job_of(Order(SHAPES, (Entrant(Message("small"), net),), seconds), task_of(SHAPES))


def first(rounds: int) -> bool:
    from unet_core.jobs import Processes, Queue

    queue, times = Queue(Processes(1)), list[float]()
    while not queue._desks[0].ready:
        time.sleep(0.1)
    for _ in range(rounds):
        job, began = training(3, *TINY), time.perf_counter()
        link = queue.submit(job, "me")
        while not queue.look(link).last:
            time.sleep(0.005)
        times.append(time.perf_counter() - began)
        while not queue.look(link).ended:
            time.sleep(0.05)
    queue.close()
    middle = statistics.median(times)
    print(f"first: {middle:.2f} s from the start to the first word in the median (bar {SOON})")
    print(f"    at most {max(times):.2f} s, n = {rounds}", flush=True)
    return middle <= SOON


def learns() -> bool:
    from unet_core.jobs import Processes, Queue
    from unet_core.runs.history import history

    queue = Queue(Processes(1))
    link = queue.submit(training(IN_TIME), "me")
    while not queue.look(link).ended:
        time.sleep(0.5)
    seen = queue.look(link)
    queue.close()
    looks = history((each.value, each.preview) for each in seen.progress).tracks[0].looks
    when = next((look.seconds for look in looks if look.figures["dice"] >= GOOD), None)
    best = max((look.figures["dice"] for look in looks), default=0.0)
    said = "not within its time" if when is None else f"after {when:.1f} s"
    print(f"learns: Dice {GOOD} on shapes {said} (bar {IN_TIME:.0f} s), at best {best:.3f}", flush=True)
    return when is not None
