"""Means and paired intervals, against scipy and by hand."""

import numpy as np
import pytest
from scipy.stats import ttest_rel

from unet_core.studies.statistics import Difference, estimate, paired

RNG = np.random.default_rng(4)


@pytest.mark.parametrize("n", [2, 3, 5, 7])
def test_the_interval_is_that_of_the_paired_t_test(n: int) -> None:
    one, other = RNG.normal(0.8, 0.02, n), RNG.normal(0.79, 0.02, n)
    found = paired(dict(enumerate(one.tolist())), dict(enumerate(other.tolist())))
    expected = ttest_rel(one, other).confidence_interval(0.95)
    assert found is not None and found.n == n
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.mean == pytest.approx(float(np.mean(one - other)))


def test_the_interval_catches_the_truth_in_19_of_20() -> None:
    caught = 0
    for draw in RNG.normal(0.01, 0.02, (2000, 5)).tolist():
        found = paired(dict(enumerate(draw)), dict.fromkeys(range(5), 0.0))
        assert found is not None and found.low is not None and found.high is not None
        caught += found.low <= 0.01 <= found.high
    assert 0.93 < caught / 2000 < 0.97


def test_only_repeats_that_both_have_make_pairs() -> None:
    found = paired({1: 0.5, 2: 0.7, 3: 0.9}, {3: 0.6, 1: 0.4, 9: 0.1})
    assert found is not None and found.n == 2 and found.mean == pytest.approx(0.2)
    assert paired({1: 0.5}, {2: 0.5}) is None


def test_one_pair_has_no_interval() -> None:
    assert paired({1: 0.75}, {1: 0.5}) == Difference(1, 0.25, None, None)
    assert Difference(1, 0.25, None, None).sign is None


def test_the_sign_is_where_the_interval_lies() -> None:
    ends = [((0.01, 0.02), 1), ((-0.02, -0.01), -1), ((-0.01, 0.02), 0), ((0.0, 0.02), 0), ((-0.02, 0.0), 0)]
    assert [Difference(5, 0.0, *interval).sign for interval, _ in ends] == [sign for _, sign in ends]


def test_mean_and_spread() -> None:
    values = [0.7, 0.9, 0.8, 0.65]
    found = estimate(values)
    assert (found.n, found.low, found.high) == (4, 0.65, 0.9)
    assert (found.mean, found.deviation) == pytest.approx((np.mean(values), np.std(values, ddof=1)))
    assert estimate([0.5]).deviation is None
