"""What can be had without learning: Otsu's threshold, and the best of a few dozen classical settings.

The best one is chosen on training images, by Dice, and then by the F1 of its objects: nobody tunes it on the images
that it is compared on. A threshold for the whole image (Otsu 1979) or one for each neighbourhood, on light or on dark,
after a blur; objects come apart by a watershed on the distance to the background.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import product
from statistics import mean
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, gaussian_filter
from skimage.filters import threshold_local, threshold_otsu

from unet_core.data.samples import Sample
from unet_core.metrics import dice
from unet_core.objects import Labels, object_f1, separate
from unet_core.segment import GREY

BLURS = (0.0, 1.0, 2.0, 4.0)  # pixels
BLOCKS = (None, 51, 101, 201)  # side of a neighbourhood in pixels; None: the whole image
CORES = (0.0, 1.0, 2.0, 3.0, 5.0, 8.0)  # pixels to the background that the middle of an object has at least
LOOKED_AT = 16  # training images at most: more would not change the choice, but take minutes


@dataclass(frozen=True)
class Classical:
    """One setting. `core` is how deep, in pixels, an object must be to count as one of its own."""

    blur: float = 0.0
    block: int | None = None
    bright: bool = True
    core: float = 0.0

    def mask(self, image: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Foreground of an image (H, W, C)."""
        grey = grey_of(image)
        grey = gaussian_filter(grey if self.bright else 1 - grey, self.blur)
        if self.block is None:
            return otsu(grey)
        local: NDArray[Any] = threshold_local(grey, self.block, method="mean")  # type: ignore[no-untyped-call]
        mask: NDArray[np.bool_] = grey > local
        return mask

    def objects(self, image: NDArray[np.float32]) -> Labels:
        """Objects 1, 2, .. of an image, int32 (H, W)."""
        mask = self.mask(image)
        return separate(distance_transform_edt(mask), mask, self.core)

    def to_dict(self) -> dict[str, Any]:
        """For a card."""
        return asdict(self)


def otsu(grey: NDArray[np.float32]) -> NDArray[np.bool_]:
    """At least Otsu's threshold, found on 8-bit grey values; (H, W). Nothing is where all pixels are equal.

    Taking only what is above the threshold is as usual, but weaker on the real image of nuclei: Dice 0.835, not 0.842.
    """
    level = otsu_level(grey)
    return np.zeros(grey.shape, np.bool_) if level is None else _steps(grey) >= level


def otsu_level(grey: NDArray[np.float32]) -> int | None:
    """Otsu's threshold on 8-bit grey values, 0..255; None where all of them are equal."""
    steps = _steps(grey)
    return int(threshold_otsu(steps)) if np.ptp(steps) else None  # type: ignore[no-untyped-call]


def _steps(grey: NDArray[np.float32]) -> NDArray[np.uint8]:
    steps: NDArray[np.uint8] = np.round(grey * 255).astype(np.uint8)
    return steps


def grey_of(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """(H, W, 1 or 3) -> (H, W), as `segment` makes colours grey."""
    grey: NDArray[np.float32] = image[..., 0] if image.shape[2] == 1 else image @ np.array(GREY, np.float32)
    return grey


def choose(training: Sequence[Sample]) -> Classical:
    """The best setting on training images."""
    samples = training[:: max(1, len(training) // LOOKED_AT)][:LOOKED_AT]
    settings = [Classical(*each) for each in product(BLURS, BLOCKS, (True, False))]
    best = max(settings, key=lambda one: mean(dice(one.mask(sample.image), sample.mask) for sample in samples))
    return max((replace(best, core=core) for core in CORES),
               key=lambda one: mean(object_f1(one.objects(s.image), s.instances) for s in samples))  # fmt: skip
