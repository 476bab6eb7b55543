"""Days that a log lacks: found wherever they are, and not where a shop is closed or small."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from tests.evaluate.drifting import WINDOW, lines
from tests.long import times

from clientscape.evaluate.missing_days import judged_days, lines_per_day
from clientscape.window import Covers, day_number


def missing(days: pd.Series, day_share: float = 0.5) -> list[int]:
    """Places of the missing days."""
    return np.flatnonzero(judged_days(days, day_share)["missing"]).tolist()


def test_lines_are_counted_within_the_past_and_add_up():
    first = day_number(date(2025, 3, 2))
    day = np.array([first - 1, first, first, WINDOW.as_of_day - 1, WINDOW.as_of_day])
    counted = lines_per_day(day, WINDOW)
    assert (len(counted), counted.index[0], counted.index[-1]) == (364, first, WINDOW.as_of_day - 1)
    assert (counted.iloc[0], counted.iloc[-1], counted.sum()) == (2, 1, 3)
    parts = lines_per_day(day[:2], WINDOW) + lines_per_day(pd.Series(day[2:]), WINDOW)
    pd.testing.assert_series_equal(parts, counted)


def test_days_that_the_source_does_not_cover_are_not_asked_for():
    window = replace(WINDOW, covers=Covers(date(2026, 2, 1), date(2027, 1, 1)))
    assert len(lines_per_day(np.array([], dtype=np.int64), window)) == 28
    assert len(lines_per_day(np.array([], dtype=np.int64), window.whole())) == 28


def test_usual_is_the_median_of_the_same_weekdays():
    weeks = np.arange(1, 11) * 100  # Mondays of ten weeks, 100 to 1,000; all other days 50
    days = pd.Series(np.where(np.arange(70) % 7 == 0, np.repeat(weeks, 7), 50), pd.RangeIndex(70))
    table = judged_days(days, 0.5)
    assert table["usual"].iloc[35] == 600  # of 200 ... 500 and 700 ... 1,000
    assert table["usual"].iloc[0] == 350  # nothing before: of 200 ... 500
    assert table["usual"].iloc[63] == 750
    assert table["day"].iloc[1] == date(1970, 1, 2)


@pytest.mark.parametrize("gap", [[363], [362, 363], [0], [180], [100, 101, 102], [7, 14, 21], list(range(200, 290))])
def test_empty_days_are_found_and_nothing_else(gap):
    days = lines()
    days.iloc[gap] = 0
    assert missing(days) == gap


def test_a_feed_that_has_been_dead_for_months_is_missing_to_the_end():
    days = lines()
    days.iloc[250:] = 0
    assert missing(days) == list(range(250, 364))


@pytest.mark.parametrize(("share", "is_found"), [(0.1, True), (0.4, True), (0.8, False)])
def test_a_day_that_is_half_loaded_is_found(share, is_found):
    days = lines()
    days.iloc[363] = round(200 * share)
    assert missing(days) == ([363] if is_found else [])


def test_sundays_on_which_the_shop_is_closed_are_none():
    days = lines(closed_on=6)
    assert missing(days) == []
    days.iloc[362] = 0  # a Friday
    assert missing(days) == [362]


@pytest.mark.parametrize("per_day", [0.3, 1.0, 3.0])
def test_a_tiny_shop_has_quiet_days(per_day):
    for seed in range(times(20, 300)):
        assert missing(lines(per_day, seed)) == []


def test_quiet_days_of_a_wild_shop_are_none_and_empty_ones_are():
    wild = np.random.default_rng(0).lognormal(6, 0.25, 364).astype(int)
    days = pd.Series(wild, lines().index)
    assert missing(days) == []
    days.iloc[363] = 0
    assert missing(days) == [363]


def test_a_log_of_few_days_has_none():
    assert missing(lines().iloc[-10:]) == []
    assert missing(lines().iloc[:0]) == []
    assert missing(lines() * 0) == []


@pytest.mark.parametrize("n_days", [28, 35, 60, 90])
@pytest.mark.parametrize("mean", [1000, 100, 20])
def test_a_noisy_log_that_has_stopped_is_missing_to_its_end(mean, n_days):
    """Days vary by a quarter, as negative binomial ones of the shape 16 do."""
    rng = np.random.default_rng(n_days)
    days = pd.Series(rng.negative_binomial(16, 16 / (16 + mean), 364), pd.RangeIndex(364))
    days.iloc[-n_days:] = 0
    assert missing(days)[-n_days:] == list(range(364 - n_days, 364))


def test_what_one_empty_day_of_a_small_shop_does_not_tell_several_do():
    """Six lines a day, Poisson: one empty day comes by chance once a year, fourteen in a row never."""
    rng = np.random.default_rng(1)
    days = pd.Series(rng.poisson(6, 364), pd.RangeIndex(364))
    assert missing(days) == []
    days.iloc[-14:] = 0
    assert missing(days) == list(range(350, 364))
