"""Which input sizes fit a network, what comes out, and where an unfit one goes wrong. One axis at a time, in pixels.

With c pixels lost per block and d poolings (c = 0 for same padding), a side I is legal when (I + c) % 2**d == 0 and a
pixel is left; the mask then has side I - c * (3 * 2**d - 2). Height and width are independent.
"""

from unet_core.config import GROUPS, UNetConfig
from unet_core.messages import ExplainedError

LARGEST_SIDE = 65_536  # pixels; far beyond what fits into memory, and far below what overflows a count


class SizeError(ExplainedError):
    """An input size that does not fit the network; the sentence names the nearest that do."""


def smallest_legal(config: UNetConfig) -> int:
    """The smallest side that leaves a pixel of mask, and two wherever PyTorch refuses to normalise one."""
    lost, poolings = config.loss_per_block, 1 << config.depth
    for_mask = -(-(_fewest(config, 0) + lost * (poolings - 1)) // poolings)
    bottleneck = max(for_mask, _fewest(config, config.depth))
    return poolings * (bottleneck + 2 * lost) - lost


def _fewest(config: UNetConfig, level: int) -> int:
    """2 where a norm would get a number that stands alone: one pixel, per channel or in groups of one channel."""
    alone = config.norm == "instance" or (config.norm == "group" and config.channels(level) == GROUPS)
    return 2 if alone else 1


def is_legal(config: UNetConfig, side: int) -> bool:
    """True when `side` fits: every pooling halves an even number, and a pixel is left."""
    return side >= smallest_legal(config) and (side + config.loss_per_block) % 2**config.depth == 0


def nearest_legal(config: UNetConfig, side: int) -> tuple[int | None, int]:
    """The largest legal side <= side (None when there is none) and the smallest legal side >= side."""
    smallest = smallest_legal(config)
    if side < smallest:
        return None, smallest
    rest = (side - smallest) % 2**config.depth
    return side - rest, side - rest + (2**config.depth if rest else 0)


def closest_legal(config: UNetConfig, side: int) -> int:
    """The one legal side that is nearest, the smaller of two equally near: what a page snaps to."""
    below, above = nearest_legal(config, side)
    return above if below is None or above - side < side - below else below


def output_side(config: UNetConfig, side: int) -> int:
    """Side of the mask for a legal input side; raises SizeError for others."""
    check_size(config, (side, side))
    return side - lost_pixels(config)


def lost_pixels(config: UNetConfig) -> int:
    """By how many the mask's side is smaller than the input's, at every legal size."""
    return config.loss_per_block * (3 * (1 << config.depth) - 2)


def floor_level(config: UNetConfig, side: int) -> int | None:
    """The first level whose pooling meets an odd side and drops a row, or None where no pooling does."""
    for level in range(config.depth):
        side -= config.loss_per_block
        if side < 1:
            return None  # nothing is left to pool
        if side % 2:
            return level
        side //= 2
    return None


def check_size(config: UNetConfig, size: tuple[int, int]) -> None:
    """Raise SizeError, with the nearest sizes that fit, unless (height, width) fits the network."""
    if not all(isinstance(side, int) and side <= LARGEST_SIDE for side in size):
        raise SizeError("an input side must be a whole number up to {largest}", largest=LARGEST_SIDE)
    if all(is_legal(config, side) for side in size):
        return
    pairs = [nearest_legal(config, side) for side in size]
    above = [pair[1] for pair in pairs]
    below = [pair[0] for pair in pairs]
    values = {"size": _times(size), "depth": config.depth, "padding": config.padding, "above": _times(above)}
    if None in below:
        raise SizeError(
            "an input of {size} is too small for depth {depth} with {padding} padding; the nearest that fits is "
            "{above}",
            **values,
        )
    raise SizeError(
        "an input of {size} does not fit depth {depth} with {padding} padding; nearest are {below} and {above}",
        **values, below=_times(below),
    )  # fmt: skip


def _times(sides: object) -> str:
    return " x ".join(map(str, sides))  # type: ignore[call-overload]
