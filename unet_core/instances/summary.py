"""How large the objects are, taken together: quartiles and a histogram of their diameters."""

from dataclasses import dataclass
from math import ceil

import numpy as np

from unet_core.instances.table import Numbers, ObjectTable
from unet_core.messages import Message

MOST_BINS = 40


@dataclass(frozen=True)
class Histogram:
    """`counts[i]` objects have a diameter from `edges[i]` to below `edges[i + 1]`; the last bin includes its end."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True)
class SizeSummary:
    """Diameters of circles of the objects' areas, in `unit`, "" for pixels; `quartiles` and `histogram` of no object
    are None. `touching` objects lie at the image's edge; their diameters are those of the part that is seen.
    """

    count: int
    touching: int
    unit: str
    quartiles: tuple[float, float, float] | None  # a quarter of the objects is smaller, a half, three quarters
    extremes: tuple[float, float] | None  # the smallest and the largest
    histogram: Histogram | None

    @property
    def sentence(self) -> Message:
        """What a page says over the histogram."""
        if self.quartiles is None:
            return Message("No objects at this threshold.")
        unit: object = self.unit or Message("pixels")
        lower, median, upper = map(three_digits, self.quartiles)
        return Message(
            "Objects: {count:,}. Half of them measure {lower} to {upper} {unit} across, the median is {median} {unit}; "
            "{touching:,} of them touch the image's edge, where only a part may be seen.",
            {"count": self.count, "lower": lower, "upper": upper, "median": median, "unit": unit,
             "touching": self.touching},
        )  # fmt: skip


def summarise(table: ObjectTable, whole_only: bool = False) -> SizeSummary:
    """Sum up a table in its unit; with `whole_only` of the objects that don't touch the image's edge.

    Quartiles are interpolated linearly between the sorted diameters.
    """
    kept = ~table.touches if whole_only else np.ones(len(table), np.bool_)
    diameters, unit = table.length(table.diameter[kept]), table.unit.name if table.unit else ""
    touching = int(table.touches[kept].sum())
    if not len(diameters):
        return SizeSummary(0, touching, unit, None, None, None)
    low, median, high = np.quantile(diameters, (0.25, 0.5, 0.75)).tolist()
    extremes = float(diameters.min()), float(diameters.max())
    return SizeSummary(len(diameters), touching, unit, (low, median, high), extremes, _histogram(diameters, high - low))


def _histogram(values: Numbers, spread: float) -> Histogram:
    """Bins as wide as Freedman and Diaconis 1981 say, 2 x (upper - lower quartile) / cube root of the number of
    values, but at most MOST_BINS of them, and one where that width is 0.
    """
    width, reach = 2 * spread / np.cbrt(len(values)), float(np.ptp(values))
    bins = min(MOST_BINS, max(1, ceil(reach / width))) if width > 0 else 1
    counts, edges = np.histogram(values, bins)
    return Histogram(tuple(edges.tolist()), tuple(counts.tolist()))


def three_digits(value: float) -> str:
    """A length as it is read: 12.3, 0.0123, 1,230."""
    return f"{float(f'{value:.3g}'):,.10g}"
