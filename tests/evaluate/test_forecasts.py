"""Numbers about probabilities and amounts, by hand."""

import numpy as np
import pytest

from clientscape.catalog import ask, functions
from clientscape.evaluate import classification, forecast
from clientscape.evaluate.classification import (
    average_precision_score,
    base_rate,
    brier_loss,
    lift_at_10_score,
    roc_auc_score,
)
from clientscape.evaluate.forecast import (
    correlation_score,
    mean_absolute_loss,
    root_mean_squared_loss,
    top_decile_score,
    total_ratio,
)

PROBABILITIES, AMOUNTS = functions(classification), functions(forecast)
outcome = np.array([True, False, True, False, False])
p = np.array([0.9, 0.8, 0.6, 0.3, 0.1])
actual = np.array([0.0, 2.0, 4.0, 10.0])
predicted = np.array([1.0, 1.0, 3.0, 6.0])


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        (roc_auc_score, 5 / 6),  # of 6 pairs one is the wrong way round
        (average_precision_score, (1 + 2 / 3) / 2),
        (brier_loss, (0.01 + 0.64 + 0.16 + 0.09 + 0.01) / 5),
        (lift_at_10_score, 1 / 0.4),  # the first alone
    ],
)
def test_probabilities_by_hand(metric, value):
    assert metric(outcome, p) == pytest.approx(value)
    assert base_rate(outcome) == 0.4


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        (mean_absolute_loss, 7 / 4),
        (root_mean_squared_loss, np.sqrt((1 + 1 + 1 + 16) / 4)),
        (correlation_score, np.corrcoef(actual, predicted)[0, 1]),
        (total_ratio, 11 / 16),
        (top_decile_score, 10 / 16),
    ],
)
def test_amounts_by_hand(metric, value):
    assert metric(actual, predicted) == pytest.approx(value)


def both(n=400):
    rng = np.random.default_rng(0)
    p = np.round(rng.random(n), 1)  # many ties
    return rng.random(n) < p, rng.poisson(5 * p).astype(float), p


@pytest.mark.parametrize("name", [*PROBABILITIES, *AMOUNTS])
class TestEveryMetric:
    def said(self, name, yes, amount, p):
        if name in PROBABILITIES:
            return ask(PROBABILITIES[name], {"outcome": yes, "p": p})
        return ask(AMOUNTS[name], {"actual": amount, "predicted": p, "x": amount})

    def test_the_order_of_the_rows_does_not_matter(self, name):
        yes, amount, p = both()
        values = [self.said(name, yes, amount, p)]
        for rows in (np.s_[::-1], np.argsort(amount), np.argsort(-amount), np.argsort(yes)):
            values.append(self.said(name, yes[rows], amount[rows], p[rows]))
        assert values == pytest.approx(values[:1] * 5, rel=1e-12)

    def test_a_forecast_beats_its_shuffle(self, name):
        yes, amount, p = both()
        gain = self.said(name, yes, amount, p) - self.said(name, yes, amount, np.random.default_rng(1).permutation(p))
        if name.endswith("_score"):
            assert gain > 0
        elif name.endswith("_loss"):
            assert gain < 0
        else:
            assert gain == pytest.approx(0)  # a fact about totals

    def test_a_constant_forecast_is_no_error(self, name):
        yes, amount, p = both()
        value = self.said(name, yes, amount, np.full_like(p, 0.5))
        assert np.isnan(value) == (name in ("correlation_score", "rank_correlation_score"))


def test_what_chance_gives():
    yes, amount, p = both()
    constant = np.full_like(p, 0.5)
    assert roc_auc_score(yes, constant) == 0.5
    assert average_precision_score(yes, constant) == yes.mean()
    assert lift_at_10_score(yes, constant) == pytest.approx(1)
    assert top_decile_score(amount, constant) == pytest.approx(0.1)


def test_ties_at_the_cut_count_by_their_mean():
    p = np.r_[0.9, np.full(4, 0.5), np.zeros(15)]  # the tenth is two of twenty
    yes = np.r_[True, True, False, False, False, np.zeros(15, bool)]
    assert lift_at_10_score(yes, p) == pytest.approx((1 + 0.25) / 2 / 0.1)
    assert top_decile_score(10.0 * yes, p) == pytest.approx(12.5 / 20)


@pytest.mark.parametrize(("yes", "missing"), [(True, {"roc_auc_score"}), (False, set())])
def test_one_sided_outcomes(yes, missing):
    one_sided = np.full(5, yes)
    found = {name for name, f in PROBABILITIES.items() if np.isnan(ask(f, {"outcome": one_sided, "p": p}))}
    assert found == (missing or {"roc_auc_score", "average_precision_score", "lift_at_10_score"})


def test_nobody_bought():
    nothing = np.zeros(4)
    assert np.isnan([total_ratio(nothing, predicted), top_decile_score(nothing, predicted)]).all()
    assert np.isnan([correlation_score(nothing, predicted), correlation_score(actual, nothing)]).all()
