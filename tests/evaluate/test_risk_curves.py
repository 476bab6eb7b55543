"""Curves of the probability of a label, by hand, and against scikit-learn's and the metrics."""

import numpy as np
import pytest
import sklearn.metrics as skm

from clientscape.evaluate.classification import calibration_loss, lift_at_10_score
from clientscape.evaluate.risk_curves import POINTS, by_origin, by_tenth, gains, precision_recall


@pytest.fixture
def judged():
    """Outcomes of 1,000 customers, and probabilities with many ties."""
    rng = np.random.default_rng(11)
    p = rng.beta(1, 4, 1000).round(2)
    return rng.random(1000) < p, p


def test_precision_and_recall_by_hand():
    outcome = np.array([True, False, True, False, False])
    p = np.array([0.9, 0.5, 0.5, 0.5, 0.1])
    curve = precision_recall(outcome, p)
    assert curve["recall"].tolist() == [0.5, 1.0]
    assert curve["precision"].tolist() == [1.0, 0.5]


def test_thinned_precision_and_recall_lie_on_the_whole_curve(judged):
    outcome, _ = judged
    p = np.random.default_rng(0).random(1000)
    curve = precision_recall(outcome, p)
    precision, recall, _ = skm.precision_recall_curve(outcome, p)
    whole = set(zip(recall.round(12), precision.round(12), strict=True))
    assert set(zip(curve["recall"].round(12), curve["precision"].round(12), strict=True)) <= whole
    assert 50 < len(curve) <= POINTS
    assert curve["recall"].is_monotonic_increasing
    assert curve["recall"].iloc[-1] == 1


def test_without_a_yes_there_is_no_precision():
    curve = precision_recall(np.zeros(4, bool), np.arange(4.0))
    assert curve.empty
    assert list(curve) == ["recall", "precision"]
    assert precision_recall(np.zeros(0, bool), np.zeros(0)).empty


def test_tenths_give_the_calibration_error_and_hold_everyone(judged):
    table = by_tenth(*judged)
    assert table["n_customers"].sum() == 1000
    assert table["predicted"].is_monotonic_increasing
    error = np.average((table["predicted"] - table["observed"]).abs(), weights=table["n_customers"])
    assert error == pytest.approx(calibration_loss(*judged))


def test_equal_probabilities_are_never_parted():
    p = np.array([0.2] * 7 + [0.6] * 13)
    outcome = np.arange(20) % 2 == 0
    table = by_tenth(outcome, p)
    assert table["n_customers"].tolist() == [7, 13]
    assert table["predicted"].tolist() == pytest.approx([0.2, 0.6])
    assert table["observed"].tolist() == pytest.approx([4 / 7, 6 / 13])


def test_gains_in_the_top_tenth_are_the_lift(judged):
    curve = gains(*judged).set_index("share_of_customers")["share_of_yes"]
    assert curve.iloc[0] == 0
    assert curve.iloc[-1] == pytest.approx(1)
    top = np.interp(0.1, curve.index, curve)
    assert top / 0.1 == pytest.approx(lift_at_10_score(*judged))


def test_curves_of_several_origins_are_marked_in_order(judged):
    outcome, p = judged
    tables = by_origin({"2017-11-01": (outcome, p), "2017-10-01": (outcome[:500], p[:500])})
    assert list(tables) == ["pr", "calibration", "lift"]
    for table in tables.values():
        assert list(dict.fromkeys(table["origin"])) == ["2017-11-01", "2017-10-01"]
    counts = tables["calibration"].groupby("origin")["n_customers"].sum()
    assert counts.to_dict() == {"2017-11-01": 1000, "2017-10-01": 500}
    assert all(table.empty for table in by_origin({}).values())
