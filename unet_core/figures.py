"""All figures of one image at once, by the names that cards and studies use."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from unet_core.metrics import boundary_f, count, count_classes, mean_dice, mean_iou
from unet_core.objects import Labels, components, object_f1, objects_of
from unet_core.probabilities import class_map, foreground_of


def figures(
    found: NDArray[np.float32], classes: NDArray[np.integer], instances: NDArray[np.integer], threshold: float = 0.5
) -> dict[str, float]:  # fmt: skip
    """Of one image's probabilities (classes, H, W) against the truth, classes and instances (H, W); each is 0..1.

    "dice", "iou", "accuracy" and "boundary_f" are the foreground's at the threshold, so that they compare with any
    other mask; "object_f1" is that of `objects_of`. A net of more than two classes also has "dice_1", "dice_2", .. of
    each class by itself, and "mean_dice" and "mean_iou" of these classes.
    """
    whole = figures_of_mask(foreground_of(found) >= threshold, instances, objects_of(found, threshold))
    if len(found) <= 2:
        return whole
    counts = count_classes(class_map(found, threshold), classes, len(found))
    by_class = {f"dice_{number}": one.dice for number, one in enumerate(counts) if number}
    return {**whole, **by_class, "mean_dice": mean_dice(counts), "mean_iou": mean_iou(counts)}


def figures_of_mask(
    mask: NDArray[np.bool_], instances: NDArray[np.integer], objects: Labels | None = None
) -> dict[str, float]:  # fmt: skip
    """The figures of a mask (H, W), whoever made it; by default its connected areas are its objects."""
    truth: NDArray[Any] = instances > 0
    counts = count(mask, truth)
    return {
        "dice": counts.dice,
        "iou": counts.iou,
        "accuracy": counts.accuracy,
        "boundary_f": boundary_f(mask, truth),
        "object_f1": object_f1(components(mask) if objects is None else objects, instances),
    }
