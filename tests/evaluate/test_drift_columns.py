"""Bins, the population stability index, and what of it is chance."""

from math import log

import numpy as np
import pandas as pd
import pytest
from scipy.special import rel_entr
from tests.long import times

from clientscape.evaluate.drift_columns import NAMED, chance, count, learnt, names_of, psi


def test_the_index_by_hand():
    # Half a customer more in each bin: shares 0.2, 0.3, 0.5 then and 0.4, 0.3, 0.3 now.
    then, now = np.array([19.5, 29.5, 49.5]), np.array([3.5, 2.5, 2.5])
    assert psi(then, now) == pytest.approx(0.2 * log(2) - 0.2 * log(0.6))


def test_an_empty_bin_counts_half_a_customer():
    # 0.5 and 0.5 become 39.5/40 and 0.5/40
    by_hand = (39.5 / 40 - 0.5) * log(39.5 / 20) + (0.5 / 40 - 0.5) * log(0.5 / 20)
    assert psi(np.array([10, 10]), np.array([39, 0])) == pytest.approx(by_hand)
    assert psi(np.array([10, 10, 0]), np.array([5, 5, 0])) == 0.0


def test_the_index_is_that_of_relative_entropies():
    rng = np.random.default_rng(0)
    then, now = rng.integers(1, 1000, 12), rng.integers(1, 1000, 12)
    e, a = (counts + 0.5 for counts in (then, now))
    both = rel_entr(a / a.sum(), e / e.sum()) + rel_entr(e / e.sum(), a / a.sum())
    assert psi(then, now) == pytest.approx(both.sum())


def test_nobody_has_no_index():
    assert np.isnan(psi(np.array([3, 4]), np.array([0, 0])))
    assert np.isnan(chance(np.array([3, 4]), np.array([0, 0])))
    assert np.isnan(chance(np.array([3, 0]), np.array([7, 0])))  # a bin alone cannot move


def test_chance_by_the_table_of_chi_squared():
    # 27.877 is the 99.9% point with 9 degrees of freedom; the eleventh bin has nobody
    ten = np.array([*[100] * 10, 0])
    assert chance(ten, ten * 5) == pytest.approx(27.877 * (1 / 1000 + 1 / 5000), rel=1e-4)
    assert chance(ten, ten, among=10) == pytest.approx(33.720 * 2 / 1000, rel=1e-4)  # 99.99%


@pytest.mark.parametrize("drawn", ["continuous", "discrete"])
def test_chance_alone_goes_beyond_about_once_in_a_thousand(drawn):
    rng = np.random.default_rng(5)
    n, above = times(1000, 20000), 0
    for _ in range(n):
        then, now = (
            pd.Series(rng.normal(size=m) if drawn == "continuous" else rng.geometric(0.4, m).astype(float))
            for m in (400, 600)
        )
        bins = learnt(then, by_level=False)
        counts = np.array(bins["counts"]), count(bins, now).counts
        above += psi(*counts) > chance(*counts)
    assert above / n < 0.005
    assert n < 10000 or above / n > 0.0002


def test_bins_are_tenths_and_hold_everybody():
    values = pd.Series(np.random.default_rng(0).permutation(np.arange(1000.0)))
    bins = learnt(values, by_level=False)
    assert len(bins["edges"]) == 9
    assert bins["counts"][-1] == 0
    assert min(bins["counts"][:-1]) >= 99
    assert sum(bins["counts"]) == 1000


def test_shared_values_have_a_bin_of_their_own():
    values = pd.Series([0.0] * 95 + [1.0, 2.0, 3.0] + [np.nan] * 2)
    bins = learnt(values, by_level=False)
    assert bins["edges"] == [[0.0, False], [0.0, True]]
    assert bins["counts"] == [0, 95, 3, 2]
    assert names_of(bins) == ["below 0", "0", "above 0", "missing"]
    later = pd.Series([-1.0, 0.0, 0.5, np.inf, -np.inf, np.nan])
    assert count(bins, later).counts.tolist() == [2, 1, 2, 1]


@pytest.mark.parametrize("values", [[np.nan, np.nan], [np.inf, np.inf], [], [7.0]])
def test_columns_that_say_nothing_have_bins_all_the_same(values):
    bins = learnt(pd.Series(values, dtype=float), by_level=False)
    assert sum(bins["counts"]) == len(values)
    assert len(names_of(bins)) == len(bins["counts"])


def test_names_say_what_is_in_a_bin():
    bins = {"edges": [(1.0, False), (1.0, True), (2.5, True), (12345.6, False)]}
    assert names_of(bins) == ["below 1", "1", "1 to 2.5", "2.5 to below 12,346", "from 12,346", "missing"]


def test_the_commonest_levels_have_bins():
    levels = [f"level {k:02d}" for k in range(30) for _ in range(30 - k)]
    bins = learnt(pd.Series([*levels, None], dtype="str"), by_level=True)
    assert bins["levels"] == [f"level {k:02d}" for k in range(20)]
    assert bins["counts"][:3] == [30, 29, 28]
    assert bins["counts"][-2:] == [sum(range(1, 11)), 1]
    counted = count(bins, pd.Series(["level 00", "other", "other", None], dtype="str"))
    assert counted.counts.tolist() == [1, *[0] * 19, 2, 1]
    assert counted.others == {"other": 2}


def test_equal_levels_are_ordered_by_name_whoever_comes_first():
    assert learnt(pd.Series(["b", "a", "c", "c"], dtype="str"), by_level=True)["levels"] == ["c", "a", "b"]


def test_categories_booleans_and_whole_numbers_of_segments():
    assert learnt(pd.Series([True, False, True]), by_level=True)["levels"] == ["True", "False"]
    unused = pd.Series(pd.Categorical(["x", None], categories=["x", "y"]))
    assert learnt(unused, by_level=True) == {"levels": ["x"], "counts": [1, 0, 1]}
    empty = count({"levels": ["x"], "counts": [1, 0, 0]}, pd.Series([np.nan, np.nan]))
    assert empty.counts.tolist() == [0, 0, 2]


def test_too_many_other_levels_are_not_counted_one_by_one():
    bins = learnt(pd.Series(["known"], dtype="str"), by_level=True)
    many = count(bins, pd.Series([f"street {k}" for k in range(NAMED + 1)], dtype="str"))
    assert many.others is None
    assert (many + many).others is None
    assert many.counts.tolist() == [0, NAMED + 1, 0]
