"""The pictures of a walk as addresses that hold their own data: the browser has nothing to ask for while it plays."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from unet_core.images import encode_png, indexed_png
from unet_core.walk import Journey, MarkedPixel
from unet_core.walk.cards import LOGITS
from unet_core.walk.journey import INPUT
from unet_core.walk.steps import ARGMAX, SOFTMAX

# Dark violet to yellow by way of teal: rises evenly in lightness, and reads without colour vision
COLOURS = np.array([(48, 18, 72), (52, 84, 140), (33, 145, 140), (122, 205, 92), (253, 231, 60)])
PLACES = np.linspace(0, len(COLOURS) - 1, 256)
PALETTE = np.stack([np.interp(PLACES, range(len(COLOURS)), band) for band in COLOURS.T], axis=1).round().astype(int)
GREYS = np.repeat(np.arange(256)[:, None], 3, axis=1)
ORANGE = np.array((255, 165, 0))
FOREGROUND = 1  # the class whose logit and probability are shown
IN_DRAWING = 64  # pixels a side of a picture in a box of the drawing
AROUND = 48  # pixels a side of what is shown around the marked pixel


@dataclass(frozen=True)
class CloseUp:
    """What lies around the marked pixel, `side` pixels wide, and where in it the pixel is, in percent."""

    pictures: Mapping[str, str]
    side: int
    left: float
    top: float


def pictures(journey: Journey) -> dict[str, str]:
    """A picture of every stop, and of the real image, logits, probabilities and mask, by name."""
    stops = {name: uri(indexed_png(stop.picture, PALETTE)) for name, stop in journey.stops.items()}
    return stops | _real(journey, float(journey.logits[FOREGROUND].min()), float(journey.logits[FOREGROUND].max()))


def thumbnails(journey: Journey) -> dict[str, str]:
    """A small picture of every stop, for the drawing."""
    found = {}
    for name, stop in journey.stops.items():
        small = Image.fromarray(stop.picture)
        small.thumbnail((IN_DRAWING, IN_DRAWING), Image.Resampling.BOX)
        found[name] = uri(indexed_png(np.asarray(small), GREYS if name == INPUT else PALETTE))
    return found


def close_up(journey: Journey, pixel: MarkedPixel) -> CloseUp:
    """The real pictures around the marked pixel, in the same colours as the whole ones."""
    height, width = journey.mask.shape
    side = min(AROUND, height, width)
    top = min(max(pixel.y - side // 2, 0), height - side)
    left = min(max(pixel.x - side // 2, 0), width - side)
    window = np.s_[..., top : top + side, left : left + side]
    logits = journey.logits[FOREGROUND]
    cut = replace(journey, image=journey.image[window], logits=journey.logits[window],
                  probabilities=journey.probabilities[window], mask=journey.mask[window])  # fmt: skip
    return CloseUp(
        _real(cut, float(logits.min()), float(logits.max())), side,
        100 * (pixel.x - left + 0.5) / side, 100 * (pixel.y - top + 0.5) / side,
    )  # fmt: skip


def _real(journey: Journey, low: float, high: float) -> dict[str, str]:
    """Image, logits (dark at `low`, bright at `high`), probabilities, and the mask over the image."""
    grey = _levels(journey.image[0], 0, 1)
    painted = np.repeat(grey[..., None], 3, axis=2)
    found = journey.mask > 0
    painted[found] = (0.45 * painted[found] + 0.55 * ORANGE).astype(np.uint8)
    return {
        INPUT: uri(indexed_png(grey, GREYS)),
        LOGITS: uri(indexed_png(_levels(journey.logits[FOREGROUND], low, high), PALETTE)),
        SOFTMAX: uri(indexed_png(_levels(journey.probabilities[FOREGROUND], 0, 1), PALETTE)),
        ARGMAX: uri(encode_png(painted)),
    }


def _levels(values: np.ndarray, low: float, high: float) -> np.ndarray:
    return (((values - low) / max(high - low, 1e-12)).clip(0, 1) * 255).round().astype(np.uint8)


def uri(png: bytes) -> str:
    return "data:image/png;base64," + b64encode(png).decode("ascii")
