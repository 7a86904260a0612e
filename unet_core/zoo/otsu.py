"""What Otsu's threshold (1979) reaches on the image in hand: the classical method, given its best chance.

The mask is that of `Classical` without blur and neighbourhood, which is the "otsu" of every card.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unet_core.comparison import Comparison, compare, overlap
from unet_core.messages import Message
from unet_core.segment import check_pixels
from unet_core.zoo.classical import Classical, grey_of, otsu_level


@dataclass(frozen=True, eq=False)
class OtsuMask:
    """`mask` is bool (H, W). `level` is the grey value, 0..255, from which on (bright) or down to which (dark) pixels
    are foreground; None for an image of one grey. `says` is how the mask was made.
    """

    mask: NDArray[np.bool_]
    bright: bool
    level: int | None
    says: Message


def otsu_mask(pixels: NDArray[np.floating[Any]], bright: bool = True) -> OtsuMask:
    """The mask of an image, float (H, W, 1 or 3) in 0..1, colours made grey as `segment` does. Raises SegmentError."""
    check_pixels(pixels)
    mask = Classical(bright=bright).mask(pixels.astype(np.float32))
    grey = grey_of(pixels.astype(np.float32))
    found = otsu_level(grey if bright else 1 - grey)
    if found is None:
        says = Message("All pixels have one grey value, so Otsu's method finds no threshold and no foreground.")
        return OtsuMask(mask, bright, None, says)
    level = found if bright else 255 - found
    says = Message(
        "Otsu's threshold on this image is the grey value {level} of 255; what is at least as bright is foreground."
        if bright else
        "Otsu's threshold on this image is the grey value {level} of 255; what is at least as dark is foreground.",
        {"level": level},
    )  # fmt: skip
    return OtsuMask(mask, bright, level, says)


def otsu_both(pixels: NDArray[np.floating[Any]]) -> tuple[OtsuMask, OtsuMask]:
    """`otsu_mask` for bright objects and for dark ones. Raises SegmentError."""
    return otsu_mask(pixels, bright=True), otsu_mask(pixels, bright=False)


def otsu_against(pixels: NDArray[np.floating[Any]], truth: NDArray[Any]) -> tuple[OtsuMask, Comparison]:
    """Otsu's mask and how it agrees with a truth, bool or classes (H, W), given the better way round."""
    return better_of(otsu_both(pixels), truth)


def better_of(both: tuple[OtsuMask, OtsuMask], truth: NDArray[Any]) -> tuple[OtsuMask, Comparison]:
    """Of two masks as `otsu_both` makes them, the one that agrees better with a truth, bool or classes (H, W).

    The method can't know whether objects are bright or dark. Both are tried and the better one is taken, which only
    somebody who knows the truth can do: `says` tells it, with both figures. Raises ComparisonError.
    """
    figures = [overlap(one.mask, truth).dice for one in both]
    best = int(figures[1] > figures[0])
    chosen = both[best]
    compared = compare(chosen.mask, truth)
    if chosen.level is None:
        return chosen, compared
    says = Message(
        "{how} Otsu's method can't know whether objects are bright or dark, so both were tried against the truth and "
        "the better one is shown: Dice {dice:.3f}, the other way round {other:.3f}.",
        {"how": chosen.says, "dice": figures[best], "other": figures[1 - best]},
    )
    return OtsuMask(chosen.mask, chosen.bright, chosen.level, says), compared
