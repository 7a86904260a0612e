"""What training makes small. Five losses of one form: (logits, classes, weights) -> a scalar.

    loss = loss_of("cross-entropy+dice")(model(images), classes)

Cross-entropy rewards every pixel alike; Dice (Milletari, Navab, Ahmadi 2016) keeps small foregrounds from being drowned
by background; focal (Lin et al. 2017) turns from what is easy to what is hard; "unet-2015" (Ronneberger, Fischer, Brox
2015) weighs each pixel by a map that is made once per image, see `border_weights`. A net with several heads has the
mean of the losses of its heads.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from unet_core.messages import ExplainedError

SMOOTHING = 1.0  # pixels, so that a crop without any foreground has a Dice and a gradient
FOCUS = 2.0  # the focal loss's gamma, as in its paper

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
