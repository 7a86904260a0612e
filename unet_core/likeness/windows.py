"""A few numbers that say what an image looks like: its light, its colours, and how large and how fine things in it are.

They are taken from square windows and averaged, so that images of any size compare with the windows of the training
data. Brightness is taken from 0 at the darkest to 1 at the brightest percentile, since networks here see it so too.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unet_core.segment import GREY, check_pixels

SIDES = (128, 256)  # pixels of a window; an image takes the largest that fits into it
MOST = 5  # windows along each axis
LEVELS = 6  # blocks of 2, 4, .. 64 pixels
FIRST_LEVEL = 2  # what changes within 4 pixels is noise and sharpness, and has a number of its own
FLATTEST = 1 / 255  # contrast; below it there is nothing but rounding
Floats = NDArray[np.float64]

# Every number, in the order in which they are told.
NAMES = ("contrast", "middle", "colour", "warmth", "green", "grain", "colour_grain", "size")


@dataclass(frozen=True)
class Statistics:
    """`values` by the names of NAMES, from windows of `side` pixels; what a flat image has not is left out.

    contrast      99th less 1st percentile of the brightness, 0..1
    middle        where the median lies between these two, 0..1
    colour        largest less smallest of red, green and blue, mean, 0..1
    warmth        red less blue, mean, -1..1
    green         green less the mean of red and blue, mean, -1..1
    grain         how much the brightness of two neighbouring pixels differs, mean, as a share of the contrast
    colour_grain  how much their red less blue differs, mean
    size          of the blocks within which the brightness varies, pixels: geometric mean, weighted by the variance
    """

    side: int
    values: dict[str, float]


def statistics(pixels: NDArray[Any]) -> Statistics | None:
    """Of an image, float (H, W, 1 or 3) in 0..1, in about 20 ms. None for one smaller than the smallest window.

    Raises SegmentError.
    """
    check_pixels(pixels)
    side = max((side for side in SIDES if side <= min(pixels.shape[:2])), default=None)
    if side is None:
        return None
    rows, columns = (_places(length, side) for length in pixels.shape[:2])
    each = [of_window(pixels[row : row + side, column : column + side]) for row in rows for column in columns]
    found = {name: [values[name] for values in each if name in values] for name in NAMES}
    return Statistics(side, {name: float(np.mean(numbers)) for name, numbers in found.items() if numbers})


def of_window(pixels: NDArray[Any]) -> dict[str, float]:
    """The values of one window, float (S, S, 1 or 3), S a multiple of 2**LEVELS."""
    channels = [pixels[..., channel].astype(np.float64) for channel in range(pixels.shape[2])]
    red, green, blue = channels if len(channels) == 3 else channels * 3
    grey = red if len(channels) == 1 else GREY[0] * red + GREY[1] * green + GREY[2] * blue
    dark, bright = np.percentile(grey, (1, 99))
    contrast = float(bright - dark)
    values = {
        "contrast": contrast,
        "colour": float(np.mean(np.maximum.reduce(channels) - np.minimum.reduce(channels))),
        "warmth": float(np.mean(red - blue)),
        "green": float(np.mean(green - (red + blue) / 2)),
        "colour_grain": _difference(red - blue),
    }
    if contrast < FLATTEST:
        return values
    middle = float(np.clip((np.median(grey) - dark) / contrast, 0, 1))
    return values | {"middle": middle, "grain": _difference(grey) / contrast, "size": _size(grey)}


def _places(length: int, side: int) -> list[int]:
    """Where windows begin along an axis, spread evenly."""
    return [round(place) for place in np.linspace(0, length - side, min(MOST, -(-length // side)))]


def _difference(values: Floats) -> float:
    """Mean difference between neighbours, along rows and along columns alike."""
    return float(sum(np.abs(np.diff(values, axis=axis)).mean() for axis in (0, 1)) / 2)


def _size(grey: Floats) -> float:
    """At which size of blocks the variance is lost when ever larger blocks are averaged (Haar 1910)."""
    variances = []
    for _ in range(LEVELS):
        blocks = grey.reshape(grey.shape[0] // 2, 2, -1, 2)
        means = blocks.mean(axis=(1, 3))
        variances.append(float(np.mean((blocks - means[:, None, :, None]) ** 2)))
        grey = means
    sizes, shares = 2.0 ** np.arange(1, LEVELS + 1)[FIRST_LEVEL:], np.array(variances[FIRST_LEVEL:])
    if not shares.sum():
        return 1.0
    return float(np.exp((shares * np.log(sizes)).sum() / shares.sum()))
