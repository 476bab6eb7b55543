"""Numbers about amounts, by hand."""

import numpy as np
import pytest

from clientscape.catalog import ask, functions
from clientscape.evaluate import forecast
from clientscape.evaluate.forecast import (
    correlation_score,
    mean_absolute_loss,
    root_mean_squared_loss,
    top_decile_score,
    total_ratio,
)

AMOUNTS = functions(forecast)
actual = np.array([0.0, 2.0, 4.0, 10.0])
predicted = np.array([1.0, 1.0, 3.0, 6.0])


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
    predicted = np.round(rng.random(n), 1)  # many ties
    return rng.poisson(5 * predicted).astype(float), predicted


@pytest.mark.parametrize("name", AMOUNTS)
class TestEveryMetric:
    def said(self, name, actual, predicted):
        return ask(AMOUNTS[name], {"actual": actual, "predicted": predicted, "x": actual})

    def test_the_order_of_the_rows_does_not_matter(self, name):
        actual, predicted = both()
        values = [self.said(name, actual, predicted)]
        for rows in (np.s_[::-1], np.argsort(actual), np.argsort(-actual), np.argsort(predicted)):
            values.append(self.said(name, actual[rows], predicted[rows]))
        assert values == pytest.approx(values[:1] * 5, rel=1e-12)

    def test_a_forecast_beats_its_shuffle(self, name):
        actual, predicted = both()
        shuffled = np.random.default_rng(1).permutation(predicted)
        gain = self.said(name, actual, predicted) - self.said(name, actual, shuffled)
        if name.endswith("_score"):
            assert gain > 0
        elif name.endswith("_loss"):
            assert gain < 0
        else:
            assert gain == pytest.approx(0)  # a fact about totals

    def test_a_constant_forecast_is_no_error(self, name):
        actual, predicted = both()
        value = self.said(name, actual, np.full_like(predicted, 0.5))
        assert np.isnan(value) == (name in ("correlation_score", "rank_correlation_score"))


def test_what_chance_gives():
    actual, predicted = both()
    assert top_decile_score(actual, np.full_like(predicted, 0.5)) == pytest.approx(0.1)


def test_ties_at_the_cut_count_by_their_mean():
    p = np.r_[0.9, np.full(4, 0.5), np.zeros(15)]  # the tenth is two of twenty
    yes = np.r_[True, True, False, False, False, np.zeros(15, bool)]
    assert top_decile_score(10.0 * yes, p) == pytest.approx(12.5 / 20)


def test_nobody_bought():
    nothing = np.zeros(4)
    assert np.isnan([total_ratio(nothing, predicted), top_decile_score(nothing, predicted)]).all()
    assert np.isnan([correlation_score(nothing, predicted), correlation_score(actual, nothing)]).all()
