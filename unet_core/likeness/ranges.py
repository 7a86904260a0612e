"""Within what the statistics of a data set lie: measured on its training and validation images, never on a test image.

Every whole window of an image counts, and of the image at the sizes to which the recipe's augmentation scales it; not
one in which there is hardly an object, since such a window shows only what the network should leave alone. The
cut-offs lie a tenth of a range beyond what was measured. They are kept in `assets/likeness`, made by
`python -m unet_core likeness`.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unet_core.data.samples import ASSETS, DataSet, Sample
from unet_core.likeness.windows import NAMES, SIDES, of_window
from unet_core.scale import resize

FOLDER = ASSETS / "likeness"
MARGIN = 0.1  # of a range, beyond either end
LEAST_MARGIN = {"middle": 0.05, "colour": 0.01, "warmth": 0.02, "green": 0.02}  # a difference that nobody sees
SMALLEST = {"contrast": 1e-3, "grain": 1e-3, "colour_grain": 1e-4, "size": 1.0}  # of these the ratio counts, from here
COVERED = 0.01  # of a window by objects, at least
OF_GREY = ("contrast", "middle", "colour", "grain", "size")  # the others follow, where nothing has a colour
AT_ONCE = {"nuclei": 8, "pebbles": 1}  # images whose windows are written down together
SCALES = {"nuclei": (1.0,), "pebbles": (0.7, 1.0, 1.4)}  # the ends of the recipe's augmentation
QUANTILES = (0.0, 0.05, 0.5, 0.95, 1.0)
DIGITS = 6


@dataclass(frozen=True)
class Range:
    """What was measured, least..most, and the cut-offs low..high."""

    low: float
    least: float
    most: float
    high: float


@dataclass(frozen=True)
class Ranges:
    """The ranges of a data set by the side of the window, then by the name of the number."""

    data: str
    object_diameter: float  # pixels
    sides: Mapping[int, Mapping[str, Range]]


def cut_offs(name: str, least: float, most: float) -> tuple[float, float]:
    """The lowest and the highest value that is still like least..most: a tenth of the range, or of its log, away."""
    if name not in SMALLEST:
        margin = max(LEAST_MARGIN[name], MARGIN * (most - least))
        return least - margin, most + margin
    bottom, top = (max(end, SMALLEST[name]) for end in (least, most))
    factor = (top / bottom) ** MARGIN
    return bottom / factor, top * factor


@cache
def ranges_of(data: str) -> Ranges | None:
    """The committed ranges of a data set, by the name that a card's `data` has for it; None where there are none."""
    for path in sorted(FOLDER.glob("*.json")):
        kept = json.loads(path.read_text("utf-8"))
        if kept["about"]["name"] == data:
            sides = {int(side): {name: Range(*ends) for name, ends in each.items()}
                     for side, each in kept["ranges"].items()}  # fmt: skip
            return Ranges(data, kept["object_diameter"], sides)
    return None


def measured(data: DataSet) -> dict[str, Any]:
    """All that is kept of a data set, plain JSON; it opens no test image."""
    groups: list[dict[str, Any]] = []
    everything: dict[int, list[dict[str, float]]] = {side: [] for side in SIDES}
    for samples in (*_together(data.training, AT_ONCE[data.name]), *_together(data.validation, AT_ONCE[data.name])):
        windows = windows_of(samples, SCALES[data.name])
        groups.append(group(samples, windows))
        for side in SIDES:
            everything[side] += windows[side]
    ends = {str(side): extremes(everything[side]) for side in SIDES}
    return {
        "about": {name: data.about[name] for name in ("name", "split", "training", "validation", "sha256")
                  if name in data.about},
        "object_diameter": round(data.object_diameter, 1),
        "command": f"python -m unet_core likeness {data.name}",
        "scales": list(SCALES[data.name]), "covered": COVERED, "margin": MARGIN,
        "windows": {str(side): len(everything[side]) for side in SIDES},
        "ranges": {side: {name: _with_cut_offs(name, *pair) for name, pair in each.items()}
                   for side, each in ends.items()},
        "quantiles": {str(side): _quantiles(everything[side]) for side in SIDES},
        "groups": groups,
    }  # fmt: skip


def _together(samples: Sequence[Sample], count: int) -> list[Sequence[Sample]]:
    return [samples[first : first + count] for first in range(0, len(samples), count)]


def windows_of(samples: Iterable[Sample], scales: Sequence[float]) -> dict[int, list[dict[str, float]]]:
    """By their side: the values of every window of the samples in which objects cover enough."""
    found: dict[int, list[dict[str, float]]] = {side: [] for side in SIDES}
    for sample in samples:
        for scale in scales:
            image, mask = _scaled(sample, scale)
            for side in SIDES:
                found[side] += [of_window(image[place]) for place in _grid(mask.shape, side)
                                if mask[place].mean() >= COVERED]  # fmt: skip
    names = NAMES if any(values["colour"] for values in found[SIDES[0]]) else OF_GREY
    return {side: [{name: values[name] for name in names if name in values} for values in each]
            for side, each in found.items()}  # fmt: skip


def group(samples: Sequence[Sample], windows: Mapping[int, list[dict[str, float]]]) -> dict[str, Any]:
    """What is written down of a few images: enough to compute it again."""
    ends = {str(side): extremes(windows[side]) for side in SIDES}
    return {"images": [sample.name for sample in samples], "windows": [len(windows[side]) for side in SIDES], **ends}


def extremes(windows: Sequence[Mapping[str, float]]) -> dict[str, list[float]]:
    """Least and most of every number."""
    return {name: [min(numbers), max(numbers)] for name, numbers in _columns(windows).items()}


def _columns(windows: Sequence[Mapping[str, float]]) -> dict[str, list[float]]:
    columns = {name: [round(values[name], DIGITS) for values in windows if name in values] for name in NAMES}
    return {name: numbers for name, numbers in columns.items() if numbers}


def _quantiles(windows: Sequence[Mapping[str, float]]) -> dict[str, list[float]]:
    return {name: [round(float(value), DIGITS) for value in np.quantile(numbers, QUANTILES)]
            for name, numbers in _columns(windows).items()}  # fmt: skip


def _with_cut_offs(name: str, least: float, most: float) -> list[float]:
    low, high = cut_offs(name, least, most)
    return [round(low, DIGITS), least, most, round(high, DIGITS)]


def _scaled(sample: Sample, scale: float) -> tuple[NDArray[np.float32], NDArray[Any]]:
    if scale == 1:
        return sample.image, sample.mask
    size = (math.floor(sample.image.shape[0] * scale), math.floor(sample.image.shape[1] * scale))
    image = resize(sample.image.transpose(2, 0, 1), size).transpose(1, 2, 0)
    return image, resize(sample.mask[None].astype(np.float32), size)[0]


def _grid(shape: Sequence[int], side: int) -> list[tuple[slice, slice]]:
    rows, columns = (range(0, length - side + 1, side) for length in shape)
    return [(slice(row, row + side), slice(column, column + side)) for row in rows for column in columns]


def path_of(data: str) -> Path:
    """Where the ranges of a data set, by its name in DATA_SETS, are kept."""
    return FOLDER / f"{data}.json"
