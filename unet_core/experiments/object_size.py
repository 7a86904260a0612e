"""Object size against field size: why a network that sees too little leaves holes in large objects."""

import numpy as np
from numpy.typing import NDArray

from unet_core.experiments.field import Field
from unet_core.inside.subject import Subject
from unet_core.messages import Message


def field_says(of: Subject, field: Field, objects: NDArray[np.integer] | None = None) -> tuple[Message, ...]:
    """The field's figures beside those of objects: of the training data and, where `objects` (H, W) are given, of the
    largest on the image; 0 is background there. Pixels are those of the image as the network saw it.
    """
    side, looked, usual = field.side, 2 * field.radius_95 + 1, of.card.object_diameter
    told = [
        Message("The box is {side} pixels wide; 95 % of the influence comes from the inner {looked}, half of it from "
                "the inner {half}.", {"side": side, "looked": looked, "half": 2 * field.radius_50 + 1}),
        Message("Objects in the training data are about {diameter:.0f} pixels across (median): {times:.1f} of them "
                "stand side by side in the box.", {"diameter": usual, "times": side / usual}),
    ]  # fmt: skip
    sizes = diameters(objects) if objects is not None else np.zeros(0)
    if len(sizes):
        told.append(_largest(float(sizes.max()) * of.size[0] / of.pixels.shape[0], side, looked))
    return tuple(told)


def _largest(diameter: float, side: int, looked: int) -> Message:
    values = {"largest": diameter, "side": side, "looked": looked}
    if diameter > side:
        return Message("The largest object here is {largest:.0f} pixels across, more than the box of {side}: from its "
                       "middle the network can't see its edge. So large objects get holes.", values)  # fmt: skip
    if diameter > looked:
        return Message("The largest object here is {largest:.0f} pixels across. Seen from its middle, its edge lies in "
                       "the box of {side}, but outside the {looked} pixels that count for most.", values)  # fmt: skip
    return Message("Even the largest object here, {largest:.0f} pixels across, fits into the {looked} pixels that "
                   "count for most: from its middle the network sees its edge.", values)  # fmt: skip


def diameters(objects: NDArray[np.integer]) -> NDArray[np.float64]:
    """Of each object in (H, W), 0 = background: that of a circle of its area, in pixels."""
    numbers, areas = np.unique(objects, return_counts=True)
    found: NDArray[np.float64] = np.sqrt(4 / np.pi * areas[numbers != 0])
    return found
