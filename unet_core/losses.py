"""What training makes small: cross-entropy plus (1 - soft Dice), averaged over the heads of a net that has several.

Cross-entropy rewards every pixel alike; Dice keeps small foregrounds from being drowned by background.
"""

import torch
from torch import Tensor
from torch.nn import functional

SMOOTHING = 1.0  # pixels, so that a crop without any foreground has a Dice and a gradient


def segmentation_loss(logits: Tensor | tuple[Tensor, ...], classes: Tensor) -> Tensor:
    """Logits (B, classes, H, W), or one such per head, and int64 classes (B, H, W) -> a scalar, 0 when perfect."""
    if not isinstance(logits, Tensor):
        return torch.stack([segmentation_loss(head, classes) for head in logits]).mean()
    if logits.shape[1] == 1:
        truth = (classes > 0).to(logits.dtype)
        entropy = functional.binary_cross_entropy_with_logits(logits[:, 0], truth)
        return entropy + 1 - soft_dice(logits[:, 0].sigmoid(), truth)
    truth = (classes > 0).to(logits.dtype)
    return functional.cross_entropy(logits, classes) + 1 - soft_dice(1 - logits.softmax(dim=1)[:, 0], truth)


def soft_dice(probability: Tensor, truth: Tensor) -> Tensor:
    """Dice over a whole batch with probabilities in place of yes and no: (B, H, W), (B, H, W) -> scalar in 0..1."""
    both = (probability * truth).sum()
    return (2 * both + SMOOTHING) / (probability.sum() + truth.sum() + SMOOTHING)
