"""Mean, spread, and the interval of a paired difference."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev

from scipy.stats import t as students_t

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Estimate:
    """Of n repeats: the mean, the standard deviation (None for one repeat), the lowest and the highest."""

    n: int
    mean: float
    deviation: float | None
    low: float
    high: float


@dataclass(frozen=True)
class Difference:
    """Of n pairs, condition minus reference: the mean, and the ends of its 95 % interval (None for fewer than 2)."""

    n: int
    mean: float
    low: float | None
    high: float | None

    @property
    def sign(self) -> int | None:
        """1 or -1 where the interval lies on one side of 0; 0 where it includes 0; None where there is none."""
        if self.low is None or self.high is None:
            return None
        return 1 if self.low > 0 else -1 if self.high < 0 else 0


def estimate(values: Sequence[float]) -> Estimate:
    """Of at least one value."""
    deviation = stdev(values) if len(values) > 1 else None
    return Estimate(len(values), fmean(values), deviation, min(values), max(values))


def paired(values: Mapping[int, float], reference: Mapping[int, float]) -> Difference | None:
    """Over the repeats that both have, by Student's t (1908) of the differences; None where they share none."""
    differences = [values[repeat] - reference[repeat] for repeat in values if repeat in reference]
    if not differences:
        return None
    n, mean = len(differences), fmean(differences)
    if n < 2:
        return Difference(n, mean, None, None)
    half = float(students_t.ppf((1 + CONFIDENCE) / 2, n - 1)) * stdev(differences) / sqrt(n)
    return Difference(n, mean, mean - half, mean + half)
