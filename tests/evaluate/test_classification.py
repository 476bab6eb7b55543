"""Numbers about probabilities, by hand and beside scikit-learn."""

import numpy as np
import pytest
import sklearn.metrics as skm

from clientscape.catalog import ask, functions
from clientscape.evaluate import classification
from clientscape.evaluate.classification import (
    active_roc_auc_score,
    average_precision_score,
    base_rate,
    brier_loss,
    calibration_loss,
    lift_at_10_score,
    lift_at_capacity_score,
    log_loss,
    precision_at_capacity_score,
    recall_at_capacity_score,
    roc_auc_score,
    unseen_roc_auc_score,
)

METRICS = functions(classification)
AT_CAPACITY = {lift_at_capacity_score: 1 / 0.4, precision_at_capacity_score: 1, recall_at_capacity_score: 1 / 2}
outcome = np.array([True, False, True, False, False])
p = np.array([0.9, 0.8, 0.6, 0.3, 0.1])


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        (roc_auc_score, 5 / 6),  # of 6 pairs one is the wrong way round
        (average_precision_score, (1 + 2 / 3) / 2),
        (brier_loss, (0.01 + 0.64 + 0.16 + 0.09 + 0.01) / 5),
        (log_loss, -np.log(0.9 * 0.2 * 0.6 * 0.7 * 0.9) / 5),
        (calibration_loss, (0.1 + 0.8 + 0.4 + 0.3 + 0.1) / 5),  # each a bin of his own
        (lift_at_10_score, 1 / 0.4),  # the first alone
    ],
)
def test_by_hand(metric, value):
    assert metric(outcome, p) == pytest.approx(value)
    assert base_rate(outcome) == 0.4


@pytest.mark.parametrize(("metric", "value"), AT_CAPACITY.items())
def test_at_the_capacity_by_hand(metric, value):
    assert metric(outcome, p, 1) == pytest.approx(value)
    both = {lift_at_capacity_score: 0.5 / 0.4, precision_at_capacity_score: 0.5, recall_at_capacity_score: 0.5}
    assert metric(outcome, p, 2) == pytest.approx(both[metric])
    everyone = {lift_at_capacity_score: 1, precision_at_capacity_score: 0.4, recall_at_capacity_score: 1}
    assert metric(outcome, p, 5) == metric(outcome, p, 99) == pytest.approx(everyone[metric])


def test_ties_at_the_cut_count_by_their_mean():
    p = np.r_[0.9, np.full(4, 0.5), np.zeros(15)]  # the tenth is two of twenty
    yes = np.r_[True, True, False, False, False, np.zeros(15, bool)]
    assert lift_at_10_score(yes, p) == pytest.approx((1 + 0.25) / 2 / 0.1)
    assert recall_at_capacity_score(yes, p, 3) == pytest.approx((1 + 2 * 0.25) / 2)
    assert precision_at_capacity_score(yes, p, 5) == pytest.approx(2 / 5)


class TestCalibration:
    def test_ten_bins_of_equal_counts(self):
        p = np.arange(40) / 40
        yes = np.arange(40) % 4 == 0  # one of the four in each bin
        assert calibration_loss(yes, p) == pytest.approx(np.abs(p.reshape(10, 4).mean(axis=1) - 0.25).mean())

    def test_equal_probabilities_stay_together(self):
        p = np.repeat([0.2, 0.7], [50, 50])
        yes = np.r_[np.ones(10, bool), np.zeros(40, bool), np.ones(30, bool), np.zeros(20, bool)]
        assert calibration_loss(yes, p) == pytest.approx((50 * 0 + 50 * 0.1) / 100)

    def test_it_is_small_where_the_probabilities_are_true(self):
        rng = np.random.default_rng(0)
        p = rng.random(20_000)
        yes = rng.random(20_000) < p
        assert calibration_loss(yes, p) < 0.02 < calibration_loss(yes, p**2)


def test_a_logarithm_is_that_of_scikit_learn_and_certainty_has_its_price():
    rng = np.random.default_rng(1)
    p = rng.uniform(0.001, 0.999, 500)
    yes = rng.random(500) < p
    assert log_loss(yes, p) == pytest.approx(skm.log_loss(yes, p))
    assert log_loss(np.array([True]), np.array([0.0])) == pytest.approx(np.log(1e6))
    assert log_loss(np.array([True, False]), np.array([1.0, 0.0])) == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("among", [active_roc_auc_score, unseen_roc_auc_score])
def test_ranking_among_some_looks_at_them_alone(among):
    some = np.array([False, True, True, True, True])
    assert among(outcome, p, some) == pytest.approx(2 / 3)
    assert among(outcome, p, np.ones(5, bool)) == roc_auc_score(outcome, p)
    assert np.isnan(among(outcome, p, np.zeros(5, bool)))
    assert np.isnan(among(outcome, p, ~outcome))


def both(n=400):
    rng = np.random.default_rng(0)
    p = np.round(rng.random(n), 1)  # many ties
    return {"outcome": rng.random(n) < p, "p": p, "active": rng.random(n) < 0.6, "unseen": rng.random(n) < 0.6}


@pytest.mark.parametrize("name", METRICS)
class TestEveryMetric:
    def said(self, name, given):
        return ask(METRICS[name], given | {"n_capacity": 37})

    def test_the_order_of_the_rows_does_not_matter(self, name):
        given = both()
        orders = (np.s_[:], np.s_[::-1], np.argsort(given["outcome"]), np.argsort(given["active"]))
        values = [self.said(name, {key: column[rows] for key, column in given.items()}) for rows in orders]
        assert values == pytest.approx(values[:1] * 4, rel=1e-12)

    def test_a_forecast_beats_its_shuffle(self, name):
        given = both()
        shuffled = np.random.default_rng(1).permutation(given["p"])
        gain = self.said(name, given) - self.said(name, given | {"p": shuffled})
        if name.endswith("_score"):
            assert gain > 0
        elif name.endswith("_loss"):
            assert gain < 0
        else:
            assert gain == 0  # a fact about the outcome

    def test_a_constant_forecast_is_no_error(self, name):
        given = both()
        assert np.isfinite(self.said(name, given | {"p": np.full(400, 0.5)}))


def test_what_chance_gives():
    given = both()
    yes, constant = given["outcome"], np.full(400, 0.5)
    assert roc_auc_score(yes, constant) == active_roc_auc_score(yes, constant, given["active"]) == 0.5
    assert average_precision_score(yes, constant) == yes.mean()
    assert lift_at_10_score(yes, constant) == pytest.approx(1)
    assert [metric(yes, constant, 40) for metric in AT_CAPACITY] == pytest.approx([1, yes.mean(), 0.1])


NEED_BOTH = {name for name in METRICS if "auc" in name}
NEED_YES = NEED_BOTH | {name for name in METRICS if name.startswith(("average_precision", "lift", "recall"))}


@pytest.mark.parametrize(("yes", "missing"), [(True, NEED_BOTH), (False, NEED_YES)])
def test_one_sided_outcomes(yes, missing):
    given = {"outcome": np.full(5, yes), "p": p, "n_capacity": 2, "active": outcome, "unseen": outcome}
    assert {name for name, metric in METRICS.items() if np.isnan(ask(metric, given))} == missing


def test_without_capacity_there_is_no_rate():
    assert np.isnan(precision_at_capacity_score(outcome, p, 0))
    assert recall_at_capacity_score(outcome, p, 0) == 0
