"""What a network said of an image, as files that other programs read: the probability, and the mask."""

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from unet_core.images import UPLOAD, Bounds, indexed_png
from unet_core.images.limits import check_size
from unet_core.messages import ExplainedError
from unet_core.overlay import palette
from unet_core.probabilities import class_map

WHITE = 65_535  # the value that stands for a probability of 1


class ResultError(ExplainedError):
    """An array that is no result of a network."""


def probability_png(probability: NDArray[np.floating[Any]], bounds: Bounds = UPLOAD) -> bytes:
    """Probabilities 0..1 (H, W) -> a 16-bit grey PNG whose values are round(65535 p).

    So p = value / 65535, exact to half of 1/65535; 32768 and more is at least 0.5. Raises ResultError, ImageError.
    """
    if probability.ndim != 2 or not probability.size or probability.dtype.kind != "f":
        raise ResultError("a probability must be float (height, width), got {kind} {shape}",
                          kind=str(probability.dtype), shape=probability.shape)  # fmt: skip
    if not (probability.min() >= 0 and probability.max() <= 1):  # NaN is neither
        raise ResultError("a probability must be 0..1 everywhere")
    check_size(probability.shape[1], probability.shape[0], bounds)
    buffer = io.BytesIO()
    Image.fromarray(np.round(probability.astype(np.float64) * WHITE).astype(np.uint16)).save(buffer, "PNG")
    return buffer.getvalue()


def mask_png(found: NDArray[np.float32], threshold: float = 0.5, bounds: Bounds = UPLOAD) -> bytes:
    """Probabilities (classes, H, W) as `Segmentation.per_class` has them -> an indexed PNG whose values are classes.

    0 is the background; the colours are those of the overlay. Of a sigmoid net the classes are 0 and 1.
    """
    return indexed_png(class_map(found, threshold), palette(max(2, len(found))), bounds)
