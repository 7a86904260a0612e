"""What every data set is made of: an image and its truth, and the sets for training, validation and test."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter, minimum_filter

from unet_core.messages import ExplainedError

ASSETS = Path(__file__).parents[2] / "assets"
PARTS = ("background", "inside", "boundary")  # what `boundary_classes` numbers 0, 1, 2
WIDEST_BOUNDARY = 32  # pixels


class DataError(ExplainedError):
    """An image and a truth that don't belong together, or a set that can't be made as it was asked for."""


@dataclass(frozen=True, eq=False)
class Sample:
    """One image and its truth.

    `image` is float32 (H, W, C) in 0..1, C = 1 or 3; `classes` uint8 (H, W) and `instances` int32 (H, W) are 0 in the
    background. Raises DataError where the three don't fit each other.
    """

    image: NDArray[np.float32]
    classes: NDArray[np.uint8]
    instances: NDArray[np.int32]
    name: str = ""

    def __post_init__(self) -> None:
        image, classes, instances = self.image, self.classes, self.instances
        kinds = [array.dtype.name for array in (image, classes, instances)] == ["float32", "uint8", "int32"]
        shapes = image.ndim == 3 and image.shape[2] in (1, 3) and image.shape[:2] == classes.shape == instances.shape
        if not (kinds and shapes):
            described = (f"{array.dtype} {array.shape}" for array in (image, classes, instances))
            raise DataError(
                "a sample is a float32 image (H, W, 1 or 3), uint8 classes (H, W) and int32 instances (H, W), "
                "got {image}, {classes} and {instances}",
                **dict(zip(("image", "classes", "instances"), described, strict=True)),
            )

    @property
    def mask(self) -> NDArray[np.bool_]:
        """The foreground: everything that is not background, (H, W)."""
        return self.classes > 0


@dataclass(frozen=True, eq=False)
class DataSet:
    """Images to learn from, images to choose by, and images to be judged by once.

    `classes` are names, background first; `normalisation` is what `segment.normalise` is told; `object_diameter` is
    the median over the training data, in pixels; `about` is plain JSON: source, licence, split, digests, scale. The
    test images are behind a call, so that nobody opens them by accident.
    """

    name: str
    classes: tuple[str, ...]
    normalisation: Mapping[str, Any]
    training: tuple[Sample, ...]
    validation: tuple[Sample, ...]
    open_test: Callable[[], tuple[Sample, ...]]
    object_diameter: float
    about: Mapping[str, Any]


def boundary_classes(instances: NDArray[np.integer[Any]], width: int = 2) -> NDArray[np.uint8]:
    """Instances (H, W) -> uint8 (H, W): 0 background, 1 inside, 2 boundary, so that objects that touch come apart.

    Boundary is each pixel of an object within `width` pixels, between centres, of another object or of background.
    What lies beyond the image's edge is unknown and makes no boundary. DataError for a width that is not 1..32.
    """
    if not 1 <= width <= WIDEST_BOUNDARY:
        raise DataError("width must be 1..{most} pixels, got {width}", most=WIDEST_BOUNDARY, width=width)
    y, x = np.ogrid[-width : width + 1, -width : width + 1]
    disc = x**2 + y**2 <= width**2
    # "nearest" repeats the image's own edge pixels, which are never farther away than those they stand in for
    highest = maximum_filter(instances, footprint=disc, mode="nearest")
    lowest = minimum_filter(instances, footprint=disc, mode="nearest")
    classes: NDArray[np.uint8] = ((instances > 0) * (1 + (highest != lowest))).astype(np.uint8)
    return classes


def digest(samples: Iterable[Sample]) -> str:
    """SHA-256 over images, in 16 bits, and instances: a set's fingerprint for a model card."""
    total = hashlib.sha256()
    for sample in samples:
        total.update(np.round(sample.image * 65535).astype("<u2").tobytes())
        total.update(sample.instances.astype("<i4").tobytes())
    return total.hexdigest()


def diameters(samples: Iterable[Sample]) -> NDArray[np.float64]:
    """One for each object, in pixels: of the circle with the object's visible area."""
    areas = np.concatenate([np.bincount(sample.instances.ravel())[1:] for sample in samples])
    return 2 * np.sqrt(areas[areas > 0] / np.pi)


def object_diameter(samples: Iterable[Sample]) -> float:
    """The median of the diameters, in pixels."""
    return float(np.median(diameters(samples)))
