"""How large an image may be whose feature maps are to be kept, by what its trace says before anything is computed."""

from collections.abc import Callable

from unet_core.config import UNetConfig
from unet_core.diagram.maps import grouped
from unet_core.messages import ExplainedError
from unet_core.segment import MAX_SIDE, input_size, reduced_size
from unet_core.trace import Trace, trace

MOST_BYTES = 2**30  # of feature maps in float32 that one experiment may hold
Cost = Callable[[Trace], int]  # bytes


class RoomError(ExplainedError):
    """An image whose feature maps take more memory than they may; the sentence says which side would do."""


def drawn_bytes(traced: Trace) -> int:
    """Bytes of all feature maps that are drawn, in float32: the most that an experiment keeps of one run."""
    assert traced.config is not None
    return sum(rows[-1].bytes for _, rows in grouped(traced, traced.config))


def largest_side(
    config: UNetConfig, size: tuple[int, int], cost: Cost = drawn_bytes, most: int = MOST_BYTES,
    max_side: int = MAX_SIDE,
) -> int:  # fmt: skip
    """To how many pixels the longer side of an image of `size` (height, width) must be reduced so that it costs at
    most `most` bytes: what `prepare` takes as `max_side`. The side itself where it fits. 0 where no side does.
    """
    low, high = 0, min(max(size), max_side)
    if _bytes(config, size, high, cost) <= most:
        return high
    while high - low > 1:  # low fits, high does not
        middle = (low + high) // 2
        low, high = (middle, high) if _bytes(config, size, middle, cost) <= most else (low, middle)
    return low


def check_room(
    config: UNetConfig, size: tuple[int, int], cost: Cost = drawn_bytes, most: int = MOST_BYTES,
    max_side: int = MAX_SIDE,
) -> None:  # fmt: skip
    """Raise RoomError when the feature maps of an image of `size`, reduced to `max_side`, cost more than `most`."""
    needed = _bytes(config, size, max_side, cost)
    if needed <= most:
        return
    height, width = reduced_size(size, max_side)
    side = largest_side(config, size, cost, most, max_side)
    values = {"height": height, "width": width, "needed": needed / 1e6, "most": most / 1e6}
    if side == 0:
        raise RoomError(
            "the feature maps of {height} × {width} pixels take {needed:,.0f} MB, and the bound here is {most:,.0f} "
            "MB: this network is too large for it at any size",
            **values,
        )  # fmt: skip
    raise RoomError(
        "the feature maps of {height} × {width} pixels take {needed:,.0f} MB, and the bound here is {most:,.0f} "
        "MB: reduce the image to at most {side} pixels a side",
        **values, side=side,
    )  # fmt: skip


def _bytes(config: UNetConfig, size: tuple[int, int], max_side: int, cost: Cost) -> int:
    return cost(trace(config, input_size(config, size, max_side)))
