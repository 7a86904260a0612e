"""Untrusted bytes -> a mask of an image that is there already, or one sentence that says what to do instead.

A mask is an image of the same size whose background is black; what has any other colour is foreground, be it white, a
colour for each class or a number for each object. It is decoded by `unet_core.images`, within the bounds of uploads.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unet_core.images import load_image
from unet_core.messages import ExplainedError, Message

FLAT = 0.5  # of the pixels of a mask have at least the colour of the one to their left; a photograph has less
LOSSY = ("JPEG", "WEBP", "AVIF")  # formats that may change colours, black among them
CLEAR, SHARE = 0.25, 0.98  # so near to black or white lie so many pixels of a mask of two colours that was changed
LOOKED_AT = 256  # rows in which colours are counted for the sentence


class MaskError(ExplainedError):
    """An image that is no mask of this image."""


@dataclass(frozen=True, eq=False)
class LoadedMask:
    """`mask` is bool (H, W), True in the foreground; `notes` says what was done to get it."""

    mask: NDArray[np.bool_]
    notes: tuple[Message, ...]


def load_mask(data: bytes, size: tuple[int, int]) -> LoadedMask:
    """The mask of an image of `size` (height, width), from the first page of a file.

    Raises ImageError for bytes that are no image, MaskError for another size or a photograph.
    """
    image = load_image(data)
    height, width = image.pixels.shape[:2]
    if (height, width) != size:
        raise MaskError(
            "this mask has {height} × {width} pixels and the image {image_height} × {image_width}: save the mask at "
            "the size of the image",
            height=height, width=width, image_height=size[0], image_width=size[1],
        )  # fmt: skip
    lossy = image.format in LOSSY
    mask = _two_colours(image.pixels, image.format) if lossy else _any_colour(image.pixels)
    notes = list(image.notes)
    if lossy:
        notes.append(Message("{format} changes colours a little: what is brighter than half counts as foreground. PNG "
                             "keeps them.", {"format": image.format}))  # fmt: skip
    if mask.all():
        notes.append(Message("Nothing in this mask is black, so all of it counts as foreground."))
    return LoadedMask(mask, tuple(notes))


def _any_colour(pixels: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Whatever is not black, where areas have one colour each."""
    same = np.equal(pixels[:, 1:], pixels[:, :-1]).all(axis=2)
    if same.size and same.mean() < FLAT:
        raise _photograph(pixels)
    return np.asarray((pixels > 0).any(axis=2))


def _two_colours(pixels: NDArray[np.float32], kind: str) -> NDArray[np.bool_]:
    """The brighter of black and white."""
    grey = pixels.mean(axis=2)
    if (np.abs(grey - 0.5) >= 0.5 - CLEAR).mean() < SHARE:
        raise MaskError("this {format} file is no mask of black and white: save the mask as PNG, which keeps every "
                        "colour as it is", format=kind)  # fmt: skip
    return np.asarray(grey >= 0.5)


def _photograph(pixels: NDArray[np.float32]) -> MaskError:
    rows = pixels[:: max(1, len(pixels) // LOOKED_AT)]
    colours = len(np.unique(rows.reshape(-1, rows.shape[2]), axis=0))
    return MaskError(
        "this image has {colours:,} colours or more, and they change from pixel to pixel as in a photograph: a mask "
        "has a black background and one colour for each class or object",
        colours=colours,
    )
