"""An image with its mask laid over it, and the colours of the classes."""

import colorsys
from typing import Any

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Colour = tuple[int, int, int]
OPACITY = 0.35  # of a class over the image; its outline is opaque
DIM = 0.6  # of the brightest pixels, below which an image is shown brighter
SAMPLED = 1000  # pixels a side, about, that are looked at for it
ROWS = 256  # of the image that are blended at a time, to save memory
COLOURS: tuple[Colour, ...] = (  # Okabe and Ito 2008, which colour-blind people tell apart too; the app's orange first
    (255, 165, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66), (213, 94, 0), (204, 121, 167), (0, 114, 178),
)  # fmt: skip
GOLDEN = 0.61803398875  # steps of the hue by which no two of many colours come close


def palette(classes: int) -> tuple[Colour, ...]:
    """A colour for each of `classes` classes, black for the background first; none twice."""
    further = (colorsys.hsv_to_rgb(number * GOLDEN % 1, 0.65, 0.9) for number in range(classes))
    made = (tuple(round(255 * part) for part in colour) for colour in further)
    return ((0, 0, 0), *COLOURS, *made)[:classes]  # type: ignore[return-value]  # of three parts each


def overlay(pixels: NDArray[Any], classes: NDArray[np.integer[Any]], fill: bool = True) -> Bytes:
    """An image, float (H, W, 1 or 3) in 0..1, and the class of each pixel, (H, W) -> uint8 (H, W, 3).

    What is no background is outlined in its class's colour and, with `fill`, tinted in it. A dim image is shown
    brighter.
    """
    colours, gain = np.array(palette(int(classes.max()) + 1), np.float32), _gain(pixels)
    outline = _outline(classes)
    result = np.empty((*classes.shape, 3), np.uint8)
    for start in range(0, len(classes), ROWS):
        rows = slice(start, start + ROWS)
        opacity = np.where(outline[rows], 1, OPACITY * fill * (classes[rows] > 0))[..., None].astype(np.float32)
        shown = 255 * np.clip(gain * pixels[rows], 0, 1)
        result[rows] = np.round((1 - opacity) * shown + opacity * colours[classes[rows]])
    return result


def _gain(pixels: NDArray[Any]) -> float:
    """The factor that brings the brightest of a dim image to DIM, as the app shows it too; 1 for others."""
    step = max(1, int(max(pixels.shape[:2]) // SAMPLED))
    bright = float(np.percentile(pixels[::step, ::step], 99.8))
    return 1.0 if not 0 < bright < DIM else 0.9 / bright


def _outline(classes: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
    """Pixels of a class that have another class above, below or beside them; the image's edge is no outline."""
    edge = np.zeros(classes.shape, np.bool_)
    for marked, seen in ((edge, classes), (edge.T, classes.T)):
        differs = seen[1:] != seen[:-1]
        marked[1:] |= differs
        marked[:-1] |= differs
    edge &= classes > 0
    return edge
