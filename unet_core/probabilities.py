"""From logits to probabilities, and from these to one class per pixel: what a threshold means is decided here alone.

One class is a sigmoid, more are a softmax with the background as class 0; a threshold acts on 1 - P(background).
"""

import numpy as np
from numpy.typing import NDArray
from torch import Tensor


def probabilities(logits: Tensor) -> Tensor:
    """Logits (B, classes, H, W) -> 0..1, the same shape; of a sigmoid net the one map is P(foreground)."""
    return logits.sigmoid() if logits.shape[1] == 1 else logits.softmax(dim=1)


def foreground(logits: Tensor) -> Tensor:
    """P(foreground) = 1 - P(background): logits (B, classes, H, W) -> (B, H, W) in 0..1."""
    if logits.shape[1] == 1:
        return logits[:, 0].sigmoid()
    return 1 - logits.softmax(dim=1)[:, 0]


def foreground_of(found: NDArray[np.float32]) -> NDArray[np.float32]:
    """P(foreground), (H, W), of one image's probabilities (classes, H, W), as `probabilities` makes them."""
    mask: NDArray[np.float32] = found[0] if len(found) == 1 else 1 - found[0]
    return mask


def class_map(found: NDArray[np.float32], threshold: float = 0.5) -> NDArray[np.int64]:
    """Probabilities (classes, H, W) -> the class of each pixel, int64 (H, W), 0 = background.

    Foreground is where P(foreground) reaches the threshold; which of the others it is, the likeliest of them says. So
    the classes together are the mask, at any threshold.
    """
    mask = foreground_of(found) >= threshold
    likeliest = 1 + found[1:].argmax(axis=0) if len(found) > 1 else np.ones(mask.shape, np.int64)
    return np.where(mask, likeliest, 0)
