"""Tables behind the pictures of a forecast."""

import numpy as np
import pytest

from clientscape.clv.lifetime import paretonbd_gamma_gamma
from clientscape.clv.simple import last_period
from clientscape.evaluate.buckets import buckets
from clientscape.evaluate.curves import calibration, capture, frequency_recency
from clientscape.evaluate.forecast import calibration_loss, gini_score, rank_correlation_score, top_decile_score

rng = np.random.default_rng(0)
X = rng.geometric(0.5, 1000) - 1.0
CAME = rng.poisson(1 + X).astype(float)


def test_buckets_are_those_of_the_papers_for_newcomers_and_fifths_for_regulars():
    names, at = buckets(np.array([0, 0, 1, 3, 7, 12.0]))
    assert names == ["0", "1", "3", "7+"]
    assert at.tolist() == [0, 0, 1, 2, 3, 3]
    names, at = buckets(np.arange(10, 110.0))
    assert names == ["10–28", "29–48", "49–68", "69–88", "89–109"]
    assert np.bincount(at).tolist() == [19, 20, 20, 20, 21]
    assert buckets(np.array([0, 0, 0, 8, 9, 10.0]))[0] == ["0", "7+"]  # half have come back seven times
    assert buckets(np.array([0, 0, 0, 8, 9, 10, 11.0]))[0][-1] == "9–11"  # and here more of them
    names, at = buckets(np.full(5, 50.0))
    assert (names, at.tolist()) == (["50"], [0] * 5)


def test_calibration_is_the_mean_of_each_bucket():
    table = calibration(np.array([0, 0, 1, 1.0]), np.array([0, 2, 4, 4.0]), np.array([1, 1, 3, 4.0]))
    assert table["bucket"].tolist() == ["0", "1"]
    assert table["n_customers"].tolist() == [2, 2]
    assert table["actual"].tolist() == [1, 4]
    assert table["expected"].tolist() == [1, 3.5]
    assert table["low"].tolist() == [0, 4]  # 1 - 1.96, but no order days below 0; no spread, no interval
    assert table["high"].tolist() == pytest.approx([1 + 1.96 * np.sqrt(2) / np.sqrt(2), 4])
    assert calibration_loss(np.array([0, 2, 4, 4.0]), np.array([1, 1, 3, 4.0]), np.array([0, 0, 1, 1.0])) == 0.25


def test_the_curve_of_capture_passes_through_the_top_decile():
    curve = capture(CAME, X).set_index("share_of_customers")["share_of_orders"]
    assert curve.iloc[[0, -1]].tolist() == [0, 1]
    assert curve.is_monotonic_increasing
    assert curve.loc[0.1] == pytest.approx(top_decile_score(CAME, X))
    assert (capture(CAME, CAME)["share_of_orders"] >= curve.to_numpy() - 1e-12).all()
    assert capture(CAME, np.zeros(1000))["share_of_orders"].to_numpy() == pytest.approx(np.linspace(0, 1, 101))
    assert capture(np.zeros(9), np.arange(9.0))["share_of_orders"].isna().all()


def test_gini_is_the_area_of_the_capture_curve_over_that_of_perfect_foresight():
    def area(predicted):
        spread = np.array([CAME[predicted == value].mean() for value in predicted])  # ties by their mean
        return np.cumsum(spread[np.argsort(-predicted)]).sum() / CAME.sum() / 1000 - 0.5 * 1001 / 1000

    assert gini_score(CAME, X) == pytest.approx(area(X) / area(CAME))
    assert gini_score(CAME, CAME) == pytest.approx(1)
    assert gini_score(CAME, -CAME) == pytest.approx(-1)
    assert gini_score(CAME, np.zeros(1000)) == pytest.approx(0, abs=1e-12)
    assert np.isnan(gini_score(np.ones(9), np.arange(9.0)))
    assert rank_correlation_score(np.array([1, 2, 3, 40.0]), np.array([1, 2, 5, 6.0])) == pytest.approx(1)


def leavers(n=2000):
    """Customers who order at their own rate until they leave, unseen."""
    rng = np.random.default_rng(1)
    lived = np.minimum(rng.exponential(1 / rng.gamma(0.8, 1 / 60, n)), 200.0)
    x = rng.poisson(rng.gamma(0.8, 1 / 20, n) * lived).astype(float)
    t_x = np.where(x > 0, np.maximum(1.0, np.ceil(lived * rng.random(n) ** (1 / np.maximum(x, 1)))), 0.0)
    ones = np.ones(n)
    return {"x": x, "t_x": t_x, "T": 200 * ones, "m_x": ones, "m_all": 1 + rng.random(n), "last_rate": ones}


def test_where_a_rule_stands_in_there_is_no_grid():
    assert frequency_recency(last_period().fit(leavers()), 200.0, 30.0, 90.0).empty


@pytest.mark.parametrize(("known_days", "most", "cells"), [(273.0, 29.0, 29 * 40), (10.0, 300.0, 55)])
def test_the_grid_holds_the_histories_that_can_be_and_is_bounded(known_days, most, cells):
    model = paretonbd_gamma_gamma().fit(leavers())
    assert not model.status.startswith("fallback: orders")
    grid = frequency_recency(model, known_days, most, 90.0)
    assert 0 < len(grid) <= cells <= 1600
    assert (grid["x"] <= known_days + 1 - grid["recency_days"]).all()
    assert grid["recency_days"].min() == 1
    one = grid.iloc[len(grid) // 2]  # an order on the last known day is one day old, and t_x is T
    history = [one["x"]], [known_days + 1 - one["recency_days"]], [known_days]
    assert model.orders_.p_alive(*history) == pytest.approx(one["p_alive"])
    assert not grid.duplicated(["x", "recency_days"]).any()
    at = grid.set_index(["x", "recency_days"])["p_alive"].unstack()
    assert (at.diff(axis=1).iloc[:, 1:].fillna(0) <= 1e-12).all(axis=None)  # the longer silent, the surelier gone
