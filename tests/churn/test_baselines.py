"""What the simple rules say, held against numbers reckoned by hand."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from clientscape.churn.baselines import below_usual, expected_orders, hiatus, last_change, overdue, recency

rng = np.random.default_rng(8)
N = 800
SEEN = pd.DataFrame(
    {
        "recency_days": rng.integers(1, 200, N).astype(float),
        "gap_days_median": rng.integers(0, 60, N).astype(float),
        "expected_orders": rng.gamma(1, 2, N),
        "spend_last_horizon": rng.gamma(1, 50, N).round(),
        "spend_horizon_before": rng.gamma(1, 50, N).round(),
        "usual_value": rng.gamma(1, 60, N).round(2),
    }
)
SILENT = SEEN["recency_days"].to_numpy() + rng.normal(0, 30, N) > 100


def ranked(rule, y, X=SEEN):
    return rule.fit(SEEN, y).predict_proba(X)[:, 1]


def same_order(p, numbers):
    return (np.sign(np.subtract.outer(p, p)) == np.sign(np.subtract.outer(numbers, numbers))).all()


def test_recency_ranks_as_recency_does():
    p = ranked(recency(), SILENT)
    assert roc_auc_score(SILENT, p) == roc_auc_score(SILENT, SEEN["recency_days"])
    assert same_order(p, SEEN["recency_days"].to_numpy())


def test_a_rule_is_a_logistic_curve_over_its_number():
    log = np.log1p(SEEN[["recency_days"]])
    scaled = ((log - log.mean()) / log.std(ddof=0)).to_numpy()
    by_hand = LogisticRegression().fit(scaled, SILENT).predict_proba(scaled)[:, 1]
    assert ranked(recency(), SILENT) == pytest.approx(by_hand, rel=1e-6)


def test_overdue_ranks_by_the_customers_own_usual_gap():
    asked = pd.DataFrame({"recency_days": [60.0, 60.0, 10.0, 5.0], "gap_days_median": [60.0, 10.0, 5.0, 0.0]})
    ratio = SEEN["recency_days"] / SEEN["gap_days_median"].clip(lower=1)
    p = ranked(overdue(), np.asarray(ratio > 5), asked)
    assert same_order(p, np.array([1.0, 6.0, 2.0, 5.0]))  # a gap of no day counts as one


def test_overdue_takes_the_training_median_gap_for_who_has_none():
    rule = overdue().fit(SEEN, SILENT)
    usual = SEEN["gap_days_median"].median()
    asked = pd.DataFrame({"recency_days": [33.0, 33.0, 70.0], "gap_days_median": [np.nan, usual, np.nan]})
    p = rule.predict_proba(asked)[:, 1]
    assert p[0] == p[1] < p[2]
    single = SEEN.assign(gap_days_median=np.nan)
    p = overdue().fit(single, SILENT).predict_proba(single)[:, 1]
    assert same_order(p, SEEN["recency_days"].to_numpy())


def test_last_change_ranks_by_the_fall_whatever_the_size():
    change = (SEEN["spend_last_horizon"] - SEEN["spend_horizon_before"]) / (
        SEEN["spend_last_horizon"] + SEEN["spend_horizon_before"]
    )
    asked = pd.DataFrame(
        {"spend_last_horizon": [10.0, 1000.0, 5.0, 0.0, 0.0, -5.0], "spend_horizon_before": [30, 3000, 5, 0, 7, 7]}
    )
    p = ranked(last_change(), np.asarray(change < 0), asked)
    # Returns beyond what was bought count as nothing bought; nothing before and after is no change.
    assert same_order(p, np.array([0.5, 0.5, 0.0, 0.0, 1.0, 1.0]))


def test_last_change_takes_the_training_median_where_a_horizon_is_not_covered():
    change = (SEEN["spend_last_horizon"] - SEEN["spend_horizon_before"]).to_numpy()
    rule = last_change().fit(SEEN, change < 0)
    unknown = rule.predict_proba(SEEN.assign(spend_horizon_before=np.nan))[:, 1]
    assert len(np.unique(unknown)) == 1
    assert np.median(rule.predict_proba(SEEN)[:, 1]) == pytest.approx(unknown[0], abs=1e-3)
    blind = last_change().fit(SEEN.assign(spend_horizon_before=np.nan), change < 0)
    assert blind.predict_proba(SEEN)[:, 1] == pytest.approx((change < 0).mean(), abs=1e-6)


def test_below_usual_ranks_by_the_share_of_the_usual_spend():
    share = (SEEN["spend_last_horizon"] / SEEN["usual_value"]).to_numpy()
    asked = pd.DataFrame({"spend_last_horizon": [10.0, 1000, 40, 0, -5], "usual_value": [20.0, 2000, 40, 50, 70]})
    p = ranked(below_usual(), share < 0.5, asked)
    assert same_order(p, np.array([0.5, 0.5, 0.0, 1.0, 1.0]))  # returns beyond what was bought are nothing bought
    unknown = ranked(below_usual(), share < 0.5, asked.assign(usual_value=0.0))  # of nothing there is no share
    assert unknown == pytest.approx(np.full(5, np.median(ranked(below_usual(), share < 0.5))), abs=1e-3)


def test_fewer_expected_orders_mean_more_risk_down_to_none():
    y = np.asarray(SEEN["expected_orders"] + rng.normal(0, 1, N) < 1)
    asked = pd.DataFrame({"expected_orders": [0.0, 0.01, 0.5, 5.0, 50.0]})
    assert (np.diff(ranked(expected_orders(), y, asked)) < 0).all()


def test_hiatus_cuts_where_the_two_sides_differ_most():
    X = pd.DataFrame({"recency_days": [10, 20, 30, 40, 50, 60]})
    rule = hiatus().fit(X, np.array([False, False, True, False, True, True]))
    assert rule.cut_days_ in (30, 50)
    assert hiatus().fit(X, np.arange(6) >= 3).cut_days_ == 40
    asked = pd.DataFrame({"recency_days": [39, 40]})
    assert_array_equal(hiatus().fit(X, np.arange(6) >= 3).predict_proba(asked)[:, 1], [0, 1])


def test_hiatus_gives_everyone_the_base_rate_where_recency_tells_the_wrong_way():
    X = pd.DataFrame({"recency_days": [10, 20, 30, 40]})
    rule = hiatus().fit(X, np.array([True, True, False, False]))
    assert rule.predict_proba(X)[:, 1].tolist() == [0.5] * 4
