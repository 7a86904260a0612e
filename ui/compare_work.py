"""A measurement of Compare at work beside the page: a thread of its own, which passes its turn on after every round."""

import threading
from collections.abc import Callable
from dataclasses import replace

from cachetools import TTLCache

from ui.side_work import SideWork
from unet_core.config import UNetConfig
from unet_core.messages import Message
from unet_core.pairing import Pair
from unet_core.pairing.clock import Times, measure
from unet_core.pairing.match import width_by_time

MINUTES = 60  # that a measurement is shown to whoever asks for the same pair
ROUNDS = 5  # of each width that is tried
_KEPT: TTLCache[Pair, Times] = TTLCache(64, 60 * MINUTES)
_LOCK = threading.Lock()


def known(pair: Pair) -> Times | None:
    """What was measured of the pair in the last hour, by anybody; weights don't matter, so models are all the same."""
    with _LOCK:
        return _KEPT.get(_bare(pair))


def _bare(pair: Pair) -> Pair:
    return Pair(pair.a, pair.b, pair.side)


class Measuring(SideWork):
    """Begins at once, and waits for its turn. `alive` is asked after every round whether anybody still waits.

    With `start`, a first guess, it looks for the width of B that takes as long as A: `width` then.
    """

    broke_off = Message("The measurement broke off: {reason}.")

    def __init__(self, pair: Pair, alive: Callable[[], bool], start: int | None = None) -> None:
        super().__init__(alive)
        self.pair, self.start = _bare(pair), start
        self.width: int | None = None
        self.rounds = 0
        self.begin()

    def work(self) -> None:
        if self.start is None:
            self._keep(measure(self.pair, between=self.between))
        else:
            self.width, _ = width_by_time(self.pair.b, self.start, self._ratio)

    def _ratio(self, config: UNetConfig) -> float:
        times = measure(replace(self.pair, b=config), ROUNDS, self.between)
        self._keep(times, config)
        return times.ratio

    def _keep(self, times: Times, b: UNetConfig | None = None) -> None:
        with _LOCK:
            _KEPT[replace(self.pair, b=b or self.pair.b)] = times

    def between(self) -> None:
        self.rounds += 1
        super().between()
