"""Numbered objects -> where each lies and how large it is, all at once.

By sums over the pixels of every object: scikit-image's `regionprops_table` says the same, and the tests ask it, but it
takes the objects one by one, 0.35 ms each: 7 s for the most that are listed, where this takes half a second.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unet_core.instances.unit import LengthUnit
from unet_core.objects import ObjectError

Numbers = NDArray[np.float64]
STRIP = 256  # rows that are summed at a time, to save memory


@dataclass(frozen=True, eq=False)
class ObjectTable:
    """One entry in each array for each object, in the order of their numbers 1, 2, ..

    `row` and `column` are the centre of gravity, `area` a number of pixels, `diameter` that of a circle of this area.
    `major` and `minor` are the axes of the ellipse with the object's second moments, as scikit-image has them: a line
    one pixel wide has a minor axis of 0. Lengths are in pixels; `length` and `squared` give them in the unit. `touches`
    says whether the object lies at the image's edge, where a part of it may be missing.
    """

    row: Numbers
    column: Numbers
    area: NDArray[np.int64]
    diameter: Numbers
    major: Numbers
    minor: Numbers
    touches: NDArray[np.bool_]
    unit: LengthUnit | None = None

    def __len__(self) -> int:
        return len(self.area)

    def length(self, pixels: Numbers) -> Numbers:
        """Lengths in pixels -> in the unit, where there is one."""
        return pixels / self.unit.pixels if self.unit else pixels

    def squared(self, pixels: NDArray[Any]) -> Numbers:
        """Areas in pixels -> in the square of the unit, where there is one."""
        return pixels / self.unit.pixels**2 if self.unit else pixels.astype(np.float64)


def measure_objects(labels: NDArray[np.integer[Any]], unit: LengthUnit | None = None) -> ObjectTable:
    """Measure the objects 1 .. n of integer labels (H, W), 0 = background, as `find_objects` numbers them.

    Raises ObjectError for other arrays, and where a number between 1 and n has no pixel.
    """
    if labels.ndim != 2 or labels.dtype.kind not in "iu" or not labels.size or labels.min() < 0:
        raise ObjectError("labels must be integers from 0, (height, width), got {kind} {shape}",
                          kind=str(labels.dtype), shape=labels.shape)  # fmt: skip
    if labels.max() > labels.size:
        raise ObjectError("objects must be numbered 1, 2, .. without gaps")
    slots = int(labels.max()) + 1
    area, row, column = (np.zeros(slots) for _ in range(3))
    for own, y, x in _pixels(labels):
        area += np.bincount(own, minlength=slots)
        row += np.bincount(own, y, slots)
        column += np.bincount(own, x, slots)
    if not area[1:].all():
        raise ObjectError("objects must be numbered 1, 2, .. without gaps")
    row, column = row / np.maximum(area, 1), column / np.maximum(area, 1)
    major, minor = _axes(labels, area, row, column)
    diameter = 2 * np.sqrt(area / np.pi)
    touches = _touching(labels, slots)
    return ObjectTable(
        row[1:], column[1:], area[1:].astype(np.int64), diameter[1:], major[1:], minor[1:], touches[1:], unit
    )


def _pixels(labels: NDArray[Any]) -> Iterator[tuple[NDArray[Any], Numbers, Numbers]]:
    """The pixels of all objects, some rows at a time: their number, row and column."""
    for start in range(0, len(labels), STRIP):
        strip = labels[start : start + STRIP]
        y, x = np.nonzero(strip)
        yield strip[y, x], (y + start).astype(np.float64), x.astype(np.float64)


def _axes(labels: NDArray[Any], area: Numbers, row: Numbers, column: Numbers) -> tuple[Numbers, Numbers]:
    """Four times the square roots of the eigenvalues of every object's covariance matrix; for an ellipse, its axes."""
    rows, columns, mixed = (np.zeros(len(area)) for _ in range(3))
    for own, y, x in _pixels(labels):
        y, x = y - row[own], x - column[own]  # from the centre: else large numbers would cancel out
        rows += np.bincount(own, y * y, len(area))
        columns += np.bincount(own, x * x, len(area))
        mixed += np.bincount(own, x * y, len(area))
    weight = np.maximum(area, 1)
    rows, columns, mixed = rows / weight, columns / weight, mixed / weight
    middle, reach = (rows + columns) / 2, np.hypot((rows - columns) / 2, mixed)
    return 4 * np.sqrt(middle + reach), 4 * np.sqrt(np.maximum(middle - reach, 0))


def _touching(labels: NDArray[Any], slots: int) -> NDArray[np.bool_]:
    touches = np.zeros(slots, np.bool_)
    for edge in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        touches[edge] = True
    return touches
