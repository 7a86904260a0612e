"""What teaching makes small: to be right where strokes are, and to change its mind only where the picture does.

From strokes alone a network learns the strokes by heart. The second term asks for the rest of the picture that pixels
which lie close and look alike get the same class: the Potts energy of gated CRF losses (Obukhov, Georgoulis, Dai, Van
Gool 2019), here over a few fixed offsets in place of a dense window, which costs a small part of a step.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from unet_core.strokes import UNPAINTED

OFFSETS = (1, 3, 6)  # pixels between the two of a pair
TOLERANCE = 0.25  # of a difference of colours, in standard deviations of the picture's: more is an edge
LABEL_SMOOTHING = 0.05


def class_weights(labels: Tensor, classes: int) -> Tensor:
    """What one stroked pixel of each class counts, float32 (classes,), so that all classes count alike in all.

    From int (H, W), `UNPAINTED` where there is no stroke; the mean over the stroked pixels is 1. A class without any
    has 0.
    """
    counts = torch.bincount(labels[labels != UNPAINTED].long(), minlength=classes)[:classes].float()
    present = counts > 0
    shares = counts.sum() / (counts.clamp(min=1) * present.sum().clamp(min=1))
    return torch.where(present, shares, torch.zeros(()))


def stroke_loss(logits: Tensor, labels: Tensor, weights: Tensor) -> Tensor:
    """Cross-entropy of the stroked pixels, with smoothed labels, each weighted by its class; 0 where there is none.

    Logits (B, classes, h, w), int64 labels (B, h, w), weights (classes,) -> scalar. Smoothing (Szegedy et al. 2016)
    keeps the network from becoming surer of a stroke than the strokes can tell.
    """
    entropy = functional.cross_entropy(logits, labels, ignore_index=UNPAINTED, reduction="none",
                                       label_smoothing=LABEL_SMOOTHING)  # fmt: skip
    counted = weights[labels.clamp(min=0)] * (labels != UNPAINTED)
    return (entropy * counted).sum() / counted.sum().clamp(min=1e-6)


def smoothness(
    probability: Tensor, colours: Tensor, offsets: Sequence[int] = OFFSETS, tolerance: float = TOLERANCE
) -> Tensor:  # fmt: skip
    """The mean over pairs of pixels of likeness times disagreement, 0..1, a scalar.

    Probabilities p (B, classes, H, W) and colours (B, C, H, W), in standard deviations. A pair lies `offset` pixels
    apart along a row, a column or a diagonal, in four directions; its likeness is exp(-|difference|^2 / (2
    tolerance^2)), its disagreement 1 - sum over the classes of p p', which for two classes is p(1 - p') + p'(1 - p).
    Offsets as large as the picture have no pairs.
    """
    total, pairs = probability.new_zeros(()), 0
    for offset in offsets:
        for down, across in ((0, offset), (offset, 0), (offset, offset), (offset, -offset)):
            first, second = _pair(colours, down, across)
            if not first.numel():
                continue
            likeness = torch.exp((first - second).square().sum(dim=1) / (-2 * tolerance**2))
            here, there = _pair(probability, down, across)
            total = total + (likeness * (1 - (here * there).sum(dim=1))).sum()
            pairs += likeness.numel()
    return total / max(1, pairs)


def _pair(values: Tensor, down: int, across: int) -> tuple[Tensor, Tensor]:
    """(..., H, W) twice, so that pixels at one place are `down` rows and `across` columns apart."""
    height, width = values.shape[-2:]
    first = values[..., : max(0, height - down), max(0, -across) : max(0, width - max(0, across))]
    second = values[..., down:, max(0, across) : max(0, width + min(0, across))]
    return first, second
