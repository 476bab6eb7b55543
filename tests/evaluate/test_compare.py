"""Whether a difference is beyond chance."""

import numpy as np
import pytest
import sklearn.metrics as skm

from clientscape.catalog import functions
from clientscape.evaluate import classification
from clientscape.evaluate.classification import average_precision_score, brier_loss, roc_auc_score
from clientscape.evaluate.compare import WEIGHTED, Judged, _told, paired_interval, paired_interval_over

METRICS = functions(classification)
rng = np.random.default_rng(0)
OUTCOME = rng.random(800) < 0.3
GOOD = np.clip(OUTCOME * 0.5 + rng.random(800) * 0.5, 0, 1)
POOR = rng.random(800)


@pytest.mark.parametrize("name", ["roc_auc_score", "average_precision_score"])
def test_a_real_gain_lies_above_zero_and_turns_with_the_sides(name):
    low, high = paired_interval(METRICS[name], OUTCOME, GOOD, POOR, n_draws=100, seed=1)
    assert 0 < low < METRICS[name](OUTCOME, GOOD) - METRICS[name](OUTCOME, POOR) < high
    turned = paired_interval(METRICS[name], OUTCOME, POOR, GOOD, n_draws=100, seed=1)
    np.testing.assert_allclose(turned, (-high, -low))


def test_chance_lies_around_zero_and_a_forecast_does_not_beat_itself():
    low, high = paired_interval(METRICS["roc_auc_score"], OUTCOME, rng.random(800), POOR, n_draws=100, seed=1)
    assert low < 0 < high
    assert paired_interval(METRICS["roc_auc_score"], OUTCOME, GOOD, GOOD, n_draws=100, seed=1) == (0, 0)


def test_the_seed_decides_and_one_outcome_gives_nothing():
    first, again, other = (
        paired_interval(METRICS["brier_loss"], OUTCOME, GOOD, POOR, n_draws=100, seed=s) for s in (1, 1, 2)
    )
    assert first == again != other
    assert np.isnan(paired_interval(METRICS["roc_auc_score"], np.zeros(9, bool), GOOD[:9], POOR[:9], seed=1)).all()


def judged(seed, customers=None, gain=0.1, n=600):
    """A date at which one forecast knows more than the other; both have ties."""
    rng = np.random.default_rng(seed)
    customers = np.arange(n) if customers is None else customers
    outcome = rng.random(len(customers)) < 0.3
    other = np.round(0.6 * rng.random(len(customers)) + 0.2 * outcome, 1)
    return Judged(customers, outcome, np.round(other + gain * outcome, 2), other)


THREE = [judged(seed) for seed in (1, 2, 3)]


class TestOverDates:
    def test_the_mean_is_that_of_the_dates_and_lies_within(self):
        found = paired_interval_over(average_precision_score, THREE, seed=1)
        each = [
            average_precision_score(at.outcome, at.p) - average_precision_score(at.outcome, at.other) for at in THREE
        ]
        assert found.by_origin == pytest.approx(each)
        assert found.mean == pytest.approx(np.mean(each))
        assert 0 < found.low < found.mean < found.high

    @pytest.mark.parametrize("metric", [average_precision_score, roc_auc_score])
    def test_sorted_once_it_says_the_same_as_rows_that_are_repeated(self, metric):
        plain = paired_interval_over(lambda outcome, p: metric(outcome, p), THREE, n_draws=50, seed=1)
        quick = paired_interval_over(metric, THREE, n_draws=50, seed=1)
        np.testing.assert_allclose([*quick[:3], *quick[3]], [*plain[:3], *plain[3]], rtol=1e-12)

    @pytest.mark.parametrize(
        ("metric", "peer"),
        [(average_precision_score, skm.average_precision_score), (roc_auc_score, skm.roc_auc_score)],
    )
    def test_weights_are_those_of_scikit_learn(self, metric, peer):
        at = judged(4)
        for weights in (np.random.default_rng(5).integers(0, 4, 600), np.random.default_rng(6).random(600)):
            said = _told(metric, at.outcome, at.p)(weights)
            assert said == pytest.approx(peer(at.outcome, at.p, sample_weight=weights), rel=1e-12)

    def test_at_one_date_it_is_the_plain_interval(self):
        at = judged(7, n=2000)
        found = paired_interval_over(brier_loss, [at], n_draws=800, seed=1)
        plain = paired_interval(brier_loss, at.outcome, at.p, at.other, n_draws=800, seed=2)
        assert (found.low, found.high) == pytest.approx(plain, abs=0.1 * (plain[1] - plain[0]))

    def test_the_same_customers_at_two_dates_tell_no_more_than_once_and_others_do(self):
        at = judged(8)
        once = paired_interval_over(roc_auc_score, [at], seed=1)
        twice = paired_interval_over(roc_auc_score, [at, at], seed=1)
        assert (twice.low, twice.high) == pytest.approx((once.low, once.high), rel=1e-12)
        stranger = Judged(at.customers + 600, at.outcome, at.p, at.other)
        others = paired_interval_over(roc_auc_score, [at, stranger], seed=1)
        assert (others.high - others.low) / (once.high - once.low) == pytest.approx(2**-0.5, rel=0.15)

    def test_customers_may_be_names_and_come_in_any_order(self):
        at = judged(9)
        named = Judged(np.array([f"C{i:04}" for i in at.customers]), at.outcome, at.p, at.other)
        mixed = np.random.default_rng(1).permutation(600)
        turned = Judged(at.customers[mixed], at.outcome[mixed], at.p[mixed], at.other[mixed])
        found = [paired_interval_over(roc_auc_score, [one], seed=1)[:3] for one in (at, named, turned)]
        np.testing.assert_allclose(found[1:], found[:1] * 2, rtol=1e-12)

    def test_customers_come_and_go_between_dates(self):
        dates = [judged(1, np.arange(0, 400)), judged(2, np.arange(200, 800))]
        found = paired_interval_over(average_precision_score, dates, seed=3)
        assert found.low < found.mean < found.high

    def test_a_date_without_both_outcomes_does_not_count(self):
        empty = Judged(np.arange(5), np.zeros(5, bool), np.arange(5.0), np.arange(5.0))
        found = paired_interval_over(roc_auc_score, [THREE[0], empty], seed=1)
        assert np.isnan(found.by_origin[1])
        assert found[:3] == paired_interval_over(roc_auc_score, THREE[:1], seed=1)[:3]
        for dates in ([empty], []):
            nothing = paired_interval_over(roc_auc_score, dates, seed=1)
            assert np.isnan(nothing[:3]).all()

    def test_draws_without_a_yes_are_left_out(self):
        rare = Judged(np.arange(6), np.arange(6) == 0, np.arange(6.0)[::-1], np.arange(6.0))
        for metric in (*WEIGHTED, lambda outcome, p: average_precision_score(outcome, p)):
            low, high = paired_interval_over(metric, [rare], seed=1)[1:3]
            assert 0 < low <= high <= 1

    def test_the_seed_decides(self):
        first, again, other = (paired_interval_over(brier_loss, THREE, n_draws=40, seed=s) for s in (1, 1, 2))
        assert first == again
        assert first[1:3] != other[1:3]
