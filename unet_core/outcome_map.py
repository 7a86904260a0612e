"""What of a mask is right and what is wrong, as colours over the image.

Blue, orange-red and yellow of Okabe and Ito 2008, which colour-blind people tell apart too: they differ in lightness as
well. The image beneath is grey, so that a colour always means an outcome.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unet_core.comparison import FALSE_NEGATIVE, FALSE_POSITIVE, TRUE_POSITIVE
from unet_core.zoo.classical import grey_of

Colour = tuple[int, int, int]  # red, green, blue, 0..255
COLOURS: Mapping[int, Colour] = {
    TRUE_POSITIVE: (86, 180, 233), FALSE_POSITIVE: (213, 94, 0), FALSE_NEGATIVE: (240, 228, 66),
}  # fmt: skip
OPACITY = {TRUE_POSITIVE: 0.45, FALSE_POSITIVE: 0.9, FALSE_NEGATIVE: 0.9}  # what is wrong is seen first
ROWS = 256  # of the image that are blended at a time, to save memory


def outcome_map(pixels: NDArray[Any], outcome: NDArray[np.uint8], gain: float = 1.0) -> NDArray[np.uint8]:
    """An image, float (H, W, 1 or 3) in 0..1, and a `Comparison.outcome` (H, W) -> uint8 (H, W, 3).

    The image is shown `gain` times as bright as it is.
    """
    return code_map(pixels, outcome, {code: (COLOURS[code], OPACITY[code]) for code in COLOURS}, gain)


def code_map(
    pixels: NDArray[Any], codes: NDArray[np.uint8], inks: Mapping[int, tuple[Colour, float]], gain: float = 1.0
) -> NDArray[np.uint8]:  # fmt: skip
    """The same for any codes 0..3: of each its colour and how much that covers; one without shows the grey image."""
    colours, opacities = np.zeros((4, 3), np.float32), np.zeros(4, np.float32)
    for code, (colour, opacity) in inks.items():
        colours[code], opacities[code] = colour, opacity
    result = np.empty((*codes.shape, 3), np.uint8)
    for start in range(0, len(codes), ROWS):
        rows = slice(start, start + ROWS)
        covered = opacities[codes[rows]][..., None]
        grey = 255 * np.clip(gain * grey_of(pixels[rows].astype(np.float32)), 0, 1)[..., None]
        result[rows] = np.round((1 - covered) * grey + covered * colours[codes[rows]])
    return result
