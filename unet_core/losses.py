"""What training makes small. Five losses of one form: (logits, classes, weights) -> a scalar.

    loss = loss_of("cross-entropy+dice")(model(images), classes)

Cross-entropy rewards every pixel alike; Dice (Milletari, Navab, Ahmadi 2016) keeps small foregrounds from being drowned
by background; focal (Lin et al. 2017) turns from what is easy to what is hard; "unet-2015" (Ronneberger, Fischer, Brox
2015) weighs each pixel by a map that is made once per image, see `border_weights`. A net with several heads has the
mean of the losses of its heads.
"""

import math
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, find_objects
from torch import Tensor
from torch.nn import functional

from unet_core.messages import ExplainedError
from unet_core.ranges import check_range

SMOOTHING = 1.0  # pixels, so that a crop without any foreground has a Dice and a gradient
FOCUS = 2.0  # the focal loss's gamma, as in its paper
REACH = 6.0  # sigmas: what lies further from a border weighs w0 * 2e-8 at most, less than rounding

Logits = Tensor | tuple[Tensor, ...]
Loss = Callable[[Logits, Tensor, Tensor | None], Tensor]


class LossError(ExplainedError):
    """A loss that is not known, or that was not given what it needs."""


def loss_of(name: str) -> Loss:
    """The loss `name` of LOSSES, for one head or a tuple of them.

    Logits (B, classes, h, w), int64 classes (B, H, W), weights (B, H, W) or None -> scalar, 0 when perfect. Where valid
    convolutions made h, w smaller than H, W, truth and weights are cropped, centred. Only "unet-2015" reads the
    weights. One class is a sigmoid, more are a softmax. Raises LossError.
    """
    if name not in LOSSES:
        raise LossError("there is no loss {name}; there is {known}", name=name, known=", ".join(LOSSES))
    of_one_head = LOSSES[name]

    def loss(logits: Logits, classes: Tensor, weights: Tensor | None = None) -> Tensor:
        if not isinstance(logits, Tensor):
            return torch.stack([loss(head, classes, weights) for head in logits]).mean()
        return of_one_head(logits, centred(classes, logits), None if weights is None else centred(weights, logits))

    return loss


def centred(pixels: Tensor, logits: Tensor) -> Tensor:
    """The middle of (..., H, W) that has the height and width of the logits (..., h, w)."""
    height, width = logits.shape[-2:]
    top, left = (pixels.shape[-2] - height) // 2, (pixels.shape[-1] - width) // 2
    return pixels[..., top : top + height, left : left + width]


def _cross_entropy(logits: Tensor, classes: Tensor, weights: Tensor | None) -> Tensor:
    return _entropy(logits, classes, "mean")


def _dice(logits: Tensor, classes: Tensor, weights: Tensor | None) -> Tensor:
    return 1 - mean_soft_dice(logits, classes)


def _cross_entropy_and_dice(logits: Tensor, classes: Tensor, weights: Tensor | None) -> Tensor:
    return _entropy(logits, classes, "mean") + 1 - mean_soft_dice(logits, classes)


def _focal(logits: Tensor, classes: Tensor, weights: Tensor | None) -> Tensor:
    """Mean of (1 - p)^gamma times -log p, p = the probability of the true class."""
    entropy = _entropy(logits, classes, "none")
    missing: Tensor = -torch.expm1(-entropy)  # 1 - p
    return (missing**FOCUS * entropy).mean()


def _unet_2015(logits: Tensor, classes: Tensor, weights: Tensor | None) -> Tensor:
    """The paper's energy over the number of pixels, so that it does not grow with the crop."""
    if weights is None:
        raise LossError("the loss unet-2015 needs a weight for every pixel; give Pairs the maps of border_weights")
    return (_entropy(logits, classes, "none") * weights).mean()


LOSSES: dict[str, Callable[[Tensor, Tensor, Tensor | None], Tensor]] = {
    "cross-entropy": _cross_entropy,
    "dice": _dice,
    "cross-entropy+dice": _cross_entropy_and_dice,
    "focal": _focal,
    "unet-2015": _unet_2015,
}


def _entropy(logits: Tensor, classes: Tensor, reduction: str) -> Tensor:
    """-log of the probability of the true class: (B, H, W) for "none", a scalar for "mean"."""
    if logits.shape[1] == 1:
        truth = (classes > 0).to(logits.dtype)
        return functional.binary_cross_entropy_with_logits(logits[:, 0], truth, reduction=reduction)
    return functional.cross_entropy(logits, classes, reduction=reduction)


def mean_soft_dice(logits: Tensor, classes: Tensor) -> Tensor:
    """Mean of `soft_dice` over the classes that are not background: what only a Dice per class can tell apart."""
    if logits.shape[1] == 1:
        return soft_dice(logits[:, 0].sigmoid(), (classes > 0).to(logits.dtype))
    probability = logits.softmax(dim=1)
    each = [soft_dice(probability[:, k], (classes == k).to(logits.dtype)) for k in range(1, logits.shape[1])]
    return torch.stack(each).mean()


def soft_dice(probability: Tensor, truth: Tensor) -> Tensor:
    """Dice over a whole batch with probabilities in place of yes and no: (B, H, W), (B, H, W) -> scalar in 0..1."""
    both = (probability * truth).sum()
    return (2 * both + SMOOTHING) / (probability.sum() + truth.sum() + SMOOTHING)


def border_weights(
    instances: NDArray[np.integer], w0: float = 10.0, sigma: float = 5.0, foreground_share: float | None = None
) -> NDArray[np.float32]:  # fmt: skip
    """How much each pixel counts, float32 (H, W): w_c + w0 exp(-(d1 + d2)^2 / (2 sigma^2)), Ronneberger et al. 2015.

    d1 and d2 are the distances in pixels to the nearest and the second nearest instance, 0 within one: a narrow gap
    between two weighs most. The paper's cells always have such a gap; where ours touch, both sides of the line have
    its weight. (The formula as printed there lacks the minus sign.) w_c balances foreground and background: each has
    half of the weight where `foreground_share` of all pixels is foreground, by default as much as in this image. Give
    it the share in the whole training set, or the few pixels of a nearly empty image weigh very much.

    Raises LossError when instances are not integers (H, W), 0 = background, and RangeError.
    """
    if instances.ndim != 2 or instances.dtype.kind not in "iu" or not instances.size:
        raise LossError("instances must be integers (height, width), got {kind} {shape}", kind=str(instances.dtype),
                        shape=instances.shape)  # fmt: skip
    share = float((instances > 0).mean()) if foreground_share is None else foreground_share
    for name, value, low, high in (("w0", w0, 0, 1e6), ("sigma", sigma, 0.1, 1e3), ("foreground_share", share, 0, 1)):
        check_range(name, value, low, high)
    nearest, second = _two_nearest(instances, math.ceil(REACH * sigma))
    border = w0 * np.exp(-((nearest + second) ** 2) / (2 * sigma**2))
    return (border + _balance(instances > 0, share)).astype(np.float32)


def _balance(mask: NDArray[np.bool_], share: float) -> NDArray[np.float64]:
    """1 on average where `share` of the pixels is foreground, and 1 everywhere where there is but one class."""
    if share in (0, 1):
        return np.ones(mask.shape)
    return np.where(mask, 1 / (2 * share), 1 / (2 * (1 - share)))


def _two_nearest(instances: NDArray[np.integer], reach: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Distances to the nearest and the second nearest instance, (H, W) each; infinite when farther than `reach`."""
    nearest, second = np.full(instances.shape, np.inf), np.full(instances.shape, np.inf)
    for number, box in enumerate(find_objects(instances), 1):
        if box is None:
            continue  # numbers may have gaps
        window = tuple(slice(max(0, side.start - reach), side.stop + reach) for side in box)
        distance = distance_transform_edt(instances[window] != number)
        second[window] = np.minimum(second[window], np.maximum(nearest[window], distance))
        nearest[window] = np.minimum(nearest[window], distance)
    return nearest, second
