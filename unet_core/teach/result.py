"""What was taught, as a model that can be saved and that segments other pictures: weights and an honest card."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import label

from unet_core.checkpoint import Card
from unet_core.device import describe_device
from unet_core.models import NestedUNet, UNet
from unet_core.scale import LONGER_SIDE
from unet_core.segment import Floats
from unet_core.strokes import UNPAINTED
from unet_core.teach.lesson import Choices, Labels
from unet_core.teach.training import Progress
from unet_core.teach.view import NORMALISATION

TAUGHT = "one picture, by strokes"  # the data's name on a card
SMALLEST_AREA = 9  # pixels, as seen by the network: fewer are a speck
NOT_FOR = ("any decision: it knows one picture, by a few strokes",
           "pictures that look unlike the one that it was taught")  # fmt: skip


def card_of(
    model: UNet | NestedUNet, pixels: NDArray[Any], labels: Labels, choices: Choices, last: Progress,
    names: Sequence[str], begun_from: str = "",
) -> Card:  # fmt: skip
    """The card of a network that was taught. `names` are those of the classes, the first is background.

    `begun_from` names the model whose weights it began with, "" are random ones. What its `right` says is measured on
    the pixels that it learned from, and nothing else is known of it: no truth, no other picture.
    """
    return Card(
        name="taught", description="Taught on one picture by strokes of a brush.", config=model.config,
        classes=tuple(names), normalisation=NORMALISATION, object_diameter=typical_diameter(last.preview),
        data=_data(pixels, labels, choices),
        training={
            "begun_from": begun_from or "random weights", "seed": choices.seed, "steps": last.step,
            "seconds": round(last.seconds, 2), "crop": choices.crop, "batch_size": choices.batch_size,
            LONGER_SIDE: choices.side, "device": describe_device("cpu"), "torch": torch.__version__,
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
        },
        metrics={"right_on_strokes": last.right, "measured_on": "the stroked pixels that it learned from"},
        baselines={}, not_for=NOT_FOR, licence="The weights belong to whoever taught them.",
    )  # fmt: skip


def _data(pixels: NDArray[Any], labels: Labels, choices: Choices) -> Mapping[str, Any]:
    levels = np.round(pixels * 65535).astype("<u2")
    stroked = [int((labels == number).sum()) for number in range(choices.classes)]
    return {"name": TAUGHT, "height": pixels.shape[0], "width": pixels.shape[1], "stroked_pixels": stroked,
            "unstroked_pixels": int((labels == UNPAINTED).sum()),
            "sha256": {"picture": hashlib.sha256(levels.tobytes()).hexdigest(),
                       "strokes": hashlib.sha256(labels.astype("<i2").tobytes()).hexdigest()}}  # fmt: skip


def typical_diameter(found: Floats | None) -> float:
    """Pixels of the reduced picture: the median over the connected areas of the foreground of probabilities (classes,
    h, w), of the circle with an area's size; without any area, that of the whole picture."""
    if found is None:
        return 1.0
    areas = np.bincount(label(found.argmax(axis=0) > 0)[0].ravel())[1:]
    areas = areas[areas >= SMALLEST_AREA]
    median = float(np.median(areas)) if areas.size else float(found.shape[1] * found.shape[2])
    return round(2 * float(np.sqrt(median / np.pi)), 1)
