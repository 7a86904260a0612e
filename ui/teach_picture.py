"""The mask of a lesson over its picture, as it is while the network still learns."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ui.kept import kept
from ui.pictures import brighter, shown_size
from ui.segment_state import image_key
from unet_core.images import LoadedImage
from unet_core.overlay import overlay
from unet_core.scale import resize

SHOWN_SIDE = 640  # pixels a side of a picture that changes every second


def over(picture: NDArray[np.float32], preview: Any) -> NDArray[np.uint8]:
    """uint8 (H, W, 3): a picture, float (H, W, C), under probabilities, uint8 (classes, h, w) in 1/255."""
    probability = resize(preview.astype(np.float32), (picture.shape[0], picture.shape[1]))
    return overlay(picture, probability.argmax(axis=0))


@kept(64, key=image_key)
def small(image: LoadedImage) -> NDArray[np.float32]:
    """The picture at the size in which it is shown, float (H, W, C)."""
    size = shown_size(image.pixels.shape, SHOWN_SIDE)
    made = resize(image.pixels.transpose(2, 0, 1), size).transpose(1, 2, 0) * brighter(image)
    return np.ascontiguousarray(made.clip(0, 1))


def enlarged(seen: NDArray[np.uint8]) -> NDArray[np.float32]:
    """A picture as a network saw it, uint8 (h, w, C), as large as others are shown."""
    factor = SHOWN_SIDE / max(seen.shape[:2])
    size = (max(1, round(seen.shape[0] * factor)), max(1, round(seen.shape[1] * factor)))
    made = resize(seen.transpose(2, 0, 1).astype(np.float32) / 255, size).transpose(1, 2, 0)
    return np.ascontiguousarray(made.clip(0, 1))
