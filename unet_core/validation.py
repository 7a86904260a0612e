"""How good a network is while it learns: figures that take moments, always in float32. `figures` has them all."""

from dataclasses import astuple, dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from unet_core.losses import centred, loss_of
from unet_core.metrics import Counts, count, count_classes, mean_dice
from unet_core.models import mean_of_heads
from unet_core.pairs import Pairs
from unet_core.probabilities import class_map, foreground_of, probabilities

BATCH = 4  # images at once; only memory depends on it


@dataclass(frozen=True, eq=False)
class Validation:
    """`metrics` are means over the images: "dice" and "iou" of the foreground at threshold 0.5, "mean_dice" over the
    classes that are not background (of a net of one class that is Dice), and "loss". "class_dice" is the mean Dice of
    these classes with the pixels of all images counted together: an image in which a class is neither there nor found
    says nothing of it there, where it is a Dice of 1 in "mean_dice".

    `preview` is P(foreground) of the first image, float32 (H, W).
    """

    metrics: dict[str, float]
    preview: NDArray[np.float32]


def validate(model: nn.Module, data: Pairs, loss: str = "cross-entropy+dice") -> Validation:
    """Look at every whole image, in eval; the model is left in the mode that it came in."""
    mode, device = model.training, next(model.parameters()).device
    each: list[dict[str, float]] = []
    counts: list[tuple[Counts, ...]] = []
    previews: list[NDArray[np.float32]] = []
    total = 0.0
    model.eval()
    with torch.inference_mode():
        for start in range(0, len(data.images), BATCH):
            images, classes, *weights = (tensor[start : start + BATCH].to(device) for tensor in data.tensors())
            logits = model(images.to(memory_format=torch.channels_last))
            total += float(loss_of(loss)(logits, classes, weights[0] if weights else None)) * len(images)
            found = probabilities(mean_of_heads(logits))
            truths = centred(classes, found).cpu().numpy()
            for image, truth in zip(found.cpu().numpy(), truths, strict=True):
                figures, by_class = _figures(image, truth)
                each.append(figures)
                counts.append(by_class)
            previews = previews or [foreground_of(found[0].cpu().numpy())]
    model.train(mode)
    means = {name: float(np.mean([figures[name] for figures in each])) for name in each[0]}
    together = mean_dice([_summed(of_a_class) for of_a_class in zip(*counts, strict=True)])
    return Validation({**means, "class_dice": together, "loss": total / len(each)}, previews[0].copy())


def _summed(counts: tuple[Counts, ...]) -> Counts:
    return Counts(*(sum(part) for part in zip(*map(astuple, counts), strict=True)))


def _figures(found: NDArray[np.float32], truth: NDArray[np.int64]) -> tuple[dict[str, float], tuple[Counts, ...]]:
    """Of one image: probabilities (classes, H, W) and classes (H, W)."""
    classes, mask = class_map(found), truth > 0
    whole = count(classes > 0, mask)
    by_class = count_classes(classes, mask.astype(np.int64) if len(found) == 1 else truth, max(2, len(found)))
    return {"dice": whole.dice, "iou": whole.iou, "mean_dice": mean_dice(by_class)}, by_class
