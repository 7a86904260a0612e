"""Photographs of pebbles with every stone drawn by hand, split by photo: no stone is in two sets.

948 stones in 7 photographs of one outcrop by one camera, by David Mair (2023), from ImageGrains. Three classes, so
that stones which touch come apart. A photo with stones of another size than these, or from farther away, is another
task: `drone` shows one.
"""

import hashlib
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from unet_core.data.samples import ASSETS, PARTS, DataSet, Sample, boundary_classes, diameters
from unet_core.images import load_image

FOLDER = ASSETS / "pebbles"
SPLIT = {"training": (1, 2, 3, 5, 6), "validation": (7,), "test": (4,)}  # numbers of photos
NORMALISATION = {"name": "percentile", "low": 1.0, "high": 99.0, "clip": [-1.0, 4.0]}  # of each colour by itself


@cache
def load() -> DataSet:
    """Six photos of 512 x 512 in colour and a seventh behind `open_test`; about 0.2 s, then kept."""
    training, validation = (tuple(map(photo, SPLIT[part])) for part in ("training", "validation"))
    sizes = diameters(training)
    return DataSet(
        name="pebbles", classes=PARTS, normalisation=NORMALISATION, training=training, validation=validation,
        open_test=lambda: tuple(map(photo, SPLIT["test"])), object_diameter=float(np.median(sizes)),
        about=_about(sizes),
    )  # fmt: skip


@cache
def photo(number: int) -> Sample:
    """Photo 1..7 with its stones."""
    image = load_image((FOLDER / f"{number}.jpg").read_bytes()).pixels.copy()  # writeable, as torch wants it
    with Image.open(FOLDER / f"{number}_mask.png") as mask:  # `load_image` would stretch 16-bit labels to 0..1
        instances = np.array(mask).astype(np.int32)
    return Sample(image, boundary_classes(instances), instances, f"pebbles {number}")


@cache
def drone() -> NDArray[np.float32]:
    """Pebbles from the air, float32 (1350, 1200, 3) in 0..1, without a truth: to look at, never to measure by."""
    return load_image((FOLDER / "drone_no_mask.jpg").read_bytes()).pixels.copy()


def _about(sizes: NDArray[np.float64]) -> dict[str, Any]:
    return {
        "name": "pebbles",
        "source": "7 photographs from the source archive of ImageGrains 0.8.15, (c) 2023 David Mair",
        "licence": "BSD-3-Clause, assets/pebbles/LICENSE.md",
        "split": "by photo; no two photos overlap",
        **{part: {"photos": list(numbers)} for part, numbers in SPLIT.items()},
        "sha256": {name: hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() for name in _files()},
        "scale": {
            "objects": len(sizes),
            "median_diameter": round(float(np.median(sizes)), 1),
            "largest_diameter": round(float(sizes.max()), 1),
            "measured": "on the training photos, in pixels, of the circle with a stone's visible area",
        },
    }


def _files() -> list[str]:
    return [f"{number}{end}" for number in sorted(sum(SPLIT.values(), ())) for end in (".jpg", "_mask.png")]
