import numpy as np
import pandas as pd
import pytest

from clientscape.churn.credibility import between_variance, halves_variance

# Hachemeister's bodily injury claims by state (1975): weighted means and weights, and the variances that the package
# `actuar` (Dutang, Goulet, Pigeon 2008) prints for them in the example of its function `cm`.
MEANS = np.array([2060.921, 1511.224, 1805.843, 1352.976, 1599.829])
WEIGHTS = np.array([100155.0, 19895.0, 13735.0, 4152.0, 36110.0])
WITHIN, BETWEEN = 139120026, 89639


def test_the_variance_between_states_of_the_textbook():
    assert between_variance(MEANS, WEIGHTS, WITHIN) == pytest.approx(BETWEEN, rel=1e-4)


def test_the_variance_within_by_hand():
    # 3 and 2 days: 6 and 4 in them, so rates of 2, 2 about 2; 4 and 4 days: 0 and 12, rates of 0, 3 about 1.5.
    total, late = pd.Series([10.0, 12.0]), pd.Series([4.0, 12.0])
    assert halves_variance(total, late, np.array([5.0, 8.0])) == (0 + 4 * 1.5**2 + 4 * 1.5**2) / 2


def test_of_nobody_or_one_there_is_nothing_between():
    assert halves_variance(pd.Series([], dtype=float), pd.Series([], dtype=float), np.array([])) == 0
    assert between_variance(np.array([]), np.array([]), 0.0) == 0
    assert between_variance(np.array([3.0]), np.array([7.0]), 1.0) == 0


def test_both_are_unbiased():
    rng = np.random.default_rng(4)
    n, s, a = 400, 9.0, 0.25
    found = []
    for _ in range(60):
        days = rng.integers(20, 365, n).astype(float)
        true = rng.normal(5, np.sqrt(a), n)
        halves = [true * w + rng.normal(0, np.sqrt(s * w)) for w in (days - days // 2, days // 2)]
        total, late = pd.Series(halves[0] + halves[1]), pd.Series(halves[1])
        within = halves_variance(total, late, days)
        found.append((within, between_variance(total.to_numpy() / days, days, within)))
    assert np.mean(found, axis=0) == pytest.approx([s, a], rel=0.03)


def test_alike_customers_have_no_variance_between():
    rng = np.random.default_rng(5)
    days = np.full(2000, 100.0)
    assert abs(between_variance(rng.poisson(5.0, 2000) / days, days, 0.05)) < 1e-4
