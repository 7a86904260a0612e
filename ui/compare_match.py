"""The width at which B equals A in parameters or in multiply-adds; from the traces, and shared between visitors."""

from collections.abc import Callable
from functools import lru_cache

from ui.drawing import cached_trace
from unet_core.config import UNetConfig
from unet_core.pairing import Pair
from unet_core.pairing.match import width_for
from unet_core.sizes import closest_legal
from unet_core.trace import Trace

COUNTS: dict[str, Callable[[Trace], int]] = {"parameters": lambda run: run.params, "macs": lambda run: run.macs}


@lru_cache(maxsize=256)
def width_at(budget: str, pair: Pair) -> int:
    """B's filters at the top at which it is nearest to A in `budget`, a key of COUNTS, at the pair's size."""
    count = COUNTS[budget]

    def counted(config: UNetConfig) -> int:
        side = closest_legal(config, pair.side)
        return count(cached_trace(config, (side, side)))

    return width_for(pair.b, count(cached_trace(pair.a, pair.sizes[0])), counted)
