import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from clientscape.activate.reengage import COLUMNS, flag_threshold, reengage, still_spent_share, value_at_risk


@pytest.fixture
def risk():
    """What 200 customers put at risk; a fifth are not eligible."""
    rng = np.random.default_rng(0)
    return np.where(rng.random(200) < 0.2, np.nan, rng.lognormal(3, 1, 200))


def test_value_at_risk_is_the_expected_loss():
    p, usual = np.array([0.5, 1.0, 0.0, np.nan]), np.array([200.0, 80.0, 50.0, 10.0])
    assert_allclose(value_at_risk(p, usual, still_spent=0.25), [75, 60, 0, np.nan])


def test_who_costs_more_than_he_brings_puts_nothing_at_risk():
    assert value_at_risk(np.array([0.9]), np.array([-40.0]), 0.2).tolist() == [0]


def test_what_decliners_still_spend():
    before, after = np.array([100.0, 300.0, 50.0]), np.array([20.0, 60.0, 500.0])
    assert still_spent_share(before, after, np.array([True, True, False])) == 0.2
    assert still_spent_share(before, after, np.zeros(3, bool)) == 0
    assert still_spent_share(before, -after, np.array([True, True, False])) == 0  # more returned than bought


@pytest.mark.parametrize("share", [0.05, 0.1, 0.25, 1.0])
def test_the_threshold_flags_the_top_share_of_the_eligible(risk, share):
    eligible = risk[~np.isnan(risk)]
    flagged = risk >= flag_threshold(risk, share)
    assert flagged.sum() == pytest.approx(share * len(eligible), abs=1)
    assert eligible[eligible >= flag_threshold(risk, share)].min() >= np.sort(eligible)[-flagged.sum()]


def test_nobody_s_flag_hangs_on_the_last_bit_of_his_value(risk):
    threshold = flag_threshold(risk, 0.1)
    assert np.nanmin(np.abs(risk - threshold)) > 1e-3
    assert (flag_threshold(risk, 1e-9) < risk).sum() == 1


@pytest.mark.parametrize("values", [[], [np.nan, np.nan], [0.0] * 9, [0.0] * 99 + [5.0]])
def test_nobody_is_flagged_for_nothing(values):
    values = np.array(values, float)
    assert (values >= flag_threshold(values, 0.1)).tolist() == (values > 0).tolist()


@pytest.fixture
def scores():
    return pd.DataFrame(
        {
            "customer_id": ["B", "A", "D", "C", "E"],
            "value_at_risk": [5.0, 5.0, 9.0, 1.0, np.nan],
            "p_decline": [0.5, 0.6, 0.7, 0.8, np.nan],
            "p_churn": 0.123456,
            **dict.fromkeys(("segment", "rfm_segment", "stage", "status"), "some"),
            **dict.fromkeys(("expected_orders", "expected_value"), 2.345),
            "flagged": [True, True, True, False, False],
            "unheard_of": 1,
        }
    )


def test_the_list_is_ranked_by_what_is_at_stake_then_by_id(scores):
    table = reengage(scores)
    assert table["customer_id"].tolist() == ["D", "A", "B"]
    assert table["rank"].tolist() == [1, 2, 3]
    assert table.columns.tolist() == ["rank", *COLUMNS]
    assert table["p_churn"].tolist() == [0.1235] * 3


def test_the_list_does_not_depend_on_the_order_or_on_who_else_is_scored(scores):
    for part in (scores[::-1], scores[scores["flagged"]]):
        pd.testing.assert_frame_equal(reengage(part), reengage(scores))


def test_nobody_flagged_is_an_empty_list(scores):
    assert reengage(scores.assign(flagged=False)).empty
