"""Images and masks made small enough to be learned from in seconds."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

LONGEST = 512  # pixels a side: a larger image is reduced with its mask, for it is learned from in small parts


def reduced_size(size: tuple[int, int]) -> tuple[int, int]:
    """(height, width) with the longer side at most LONGEST."""
    scale = min(1.0, LONGEST / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def reduced_image(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """(H, W, C), each pixel the mean of those that it stands for."""
    height, width = reduced_size(pixels.shape[:2])
    if (height, width) == pixels.shape[:2]:
        return pixels
    channels = [Image.fromarray(pixels[..., c]).resize((width, height), Image.Resampling.BOX)
                for c in range(pixels.shape[2])]  # fmt: skip
    return np.stack([np.array(channel) for channel in channels], axis=-1)


def reduced_mask(values: NDArray[Any]) -> NDArray[Any]:
    """(H, W) of any numbers, each the one in the middle of those that it stands for."""
    rows, columns = (((np.arange(small) + 0.5) * side / small).astype(np.int64)
                     for side, small in zip(values.shape, reduced_size(values.shape), strict=True))  # fmt: skip
    part: NDArray[Any] = values[np.ix_(rows, columns)]
    return part
