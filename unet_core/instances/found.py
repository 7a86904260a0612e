"""A network's probabilities and a threshold -> numbered objects, and what was decided on the way."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unet_core.images import MAX_PIXELS
from unet_core.messages import Message
from unet_core.objects import SMALLEST_OBJECT, Labels, ObjectError, check_number, large_only, objects_of

MAX_OBJECTS = 20_000  # that are listed; a mask with more is a mask of noise, and a table of them no help
APART = {  # classes of the network -> how its objects come apart
    1: Message("This network knows no boundary between objects: those that touch count as one."),
    3: Message("Objects that touch were set apart by a watershed on what the network calls inside and boundary."),
}
KINDS = Message("Objects of one kind that touch count as one.")


@dataclass(frozen=True, eq=False)
class FoundObjects:
    """`labels` is int32 (H, W): 0 background, 1 .. `count` the objects. `dropped` areas were too small to be any."""

    labels: Labels
    count: int
    dropped: int
    notes: tuple[Message, ...]


def find_objects(found: NDArray[np.float32], threshold: float = 0.5, smallest: int = SMALLEST_OBJECT) -> FoundObjects:
    """Objects in one image's probabilities (classes, H, W), as `Segmentation.per_class` has them.

    Of a sigmoid net that is P(foreground) alone, (1, H, W). The threshold acts on P(foreground); areas of fewer than
    `smallest` pixels are dropped. Raises ObjectError for other arrays, and for more than MAX_OBJECTS objects.
    """
    _check(found, threshold, smallest)
    labels = objects_of(found, threshold, smallest=1, most=MAX_OBJECTS)
    before = int(labels.max())
    labels = large_only(labels, smallest)
    count = int(labels.max())
    check_number(count, MAX_OBJECTS)
    notes = [APART.get(len(found), KINDS)]
    if before > count:
        notes.append(Message("Areas of fewer than {smallest} pixels were left out as specks: {dropped:,} of them.",
                             {"smallest": smallest, "dropped": before - count}))  # fmt: skip
    return FoundObjects(labels, count, before - count, tuple(notes))


def _check(found: NDArray[Any], threshold: float, smallest: int) -> None:
    if found.ndim != 3 or found.dtype.kind != "f" or not found.size:
        raise ObjectError("probabilities must be float (classes, height, width), got {kind} {shape}",
                          kind=str(found.dtype), shape=found.shape)  # fmt: skip
    if found[0].size > MAX_PIXELS:
        raise ObjectError("objects are looked for in at most {most:,} pixels, this mask has {pixels:,}: cut out a part "
                          "of the image", most=MAX_PIXELS, pixels=found[0].size)  # fmt: skip
    if not 0 <= threshold <= 1:
        raise ObjectError("the threshold must be 0..1, got {threshold}", threshold=threshold)
    if not 1 <= smallest <= MAX_PIXELS:
        raise ObjectError("the smallest area must be 1..{most:,} pixels, got {smallest}", most=MAX_PIXELS,
                          smallest=smallest)  # fmt: skip
