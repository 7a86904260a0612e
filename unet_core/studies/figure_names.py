"""What the figures of a study are called, wherever a sentence or an axis names one."""

from collections.abc import Mapping

from unet_core.messages import Message

FIGURES: Mapping[str, Message] = {
    "mean_dice": Message("mean Dice of inside and boundary"),
    "dice": Message("Dice of the foreground"),
    "dice_2": Message("Dice of the boundary"),
    "boundary_f": Message("boundary F-score at 2 px"),
    "object_f1": Message("F1 of objects"),
    "unstroked_dice": Message("Dice on the pixels without a stroke"),
}
