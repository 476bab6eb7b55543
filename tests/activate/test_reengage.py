import json

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from clientscape.activate.reengage import COLUMNS, value_at_risk, win_back
from clientscape.faults import InputError


def test_value_at_risk_is_the_expected_loss():
    p, usual = np.array([0.5, 1.0, 0.0, np.nan]), np.array([200.0, 80.0, 50.0, 10.0])
    assert_allclose(value_at_risk(p, usual, still_spent=0.25), [75, 60, 0, np.nan])


def test_who_costs_more_than_he_brings_puts_nothing_at_risk():
    assert value_at_risk(np.array([0.9]), np.array([-40.0]), 0.2).tolist() == [0]


REASON = json.dumps([{"feature": "recency_days", "value": 83, "contribution": 0.7}])
GAINS = np.array([5.0, 5.0, 9.004, 1.0, np.nan, -2.0])


def scored(ids):
    return pd.DataFrame(
        {
            "customer_id": ids,
            "value_at_risk": np.arange(len(ids), dtype=float),
            "p_decline": 0.3,
            "p_churn": 0.123456,
            **dict.fromkeys(("segment", "rfm_segment", "stage", "status"), "some"),
            **dict.fromkeys(("expected_orders", "expected_value"), 2.345),
            "reasons": REASON,
            "unheard_of": 1,
        }
    )


SIX = scored(["B", "A", "D", "C", "E", "F"])


def listed(scores=SIX, gains=GAINS, why=None, **asked):
    why = pd.Series("", index=scores.index) if why is None else why
    return win_back(scores, gains, **{"n_capacity": 5, "control_share": 0.0, "salt": "2024", "left_out": why} | asked)


def many(n=4000):
    return scored([f"C{i:05}" for i in range(n)]), np.random.default_rng(0).lognormal(1, 1, n)


class TestTheList:
    def test_whose_contact_pays_the_most_profitable_first_then_by_id(self):
        table = listed()
        assert table["customer_id"].tolist() == ["D", "A", "B", "C"]
        assert table["rank"].tolist() == [1, 2, 3, 4]
        assert table.columns.tolist() == list(COLUMNS)
        assert set(table["group"]) == {"contact"}

    def test_numbers_as_a_reader_can_use_them_and_reasons_as_they_were(self):
        first = listed().iloc[0]
        assert (first["expected_profit"], first["p_churn"], first["value_at_risk"]) == (9.0, 0.1235, 2.0)
        assert json.loads(first["reasons"])[0]["value"] == 83

    def test_it_ends_where_the_capacity_is_filled(self):
        assert listed(n_capacity=2)["customer_id"].tolist() == ["D", "A"]

    def test_who_must_not_be_contacted_is_not_there_and_the_next_moves_up(self):
        why = pd.Series(["", "unsubscribed", "", "", "", ""], index=SIX.index)
        assert listed(n_capacity=2, why=why)["customer_id"].tolist() == ["D", "B"]

    def test_it_does_not_depend_on_the_order_or_on_who_else_is_scored(self):
        whole = listed(n_capacity=4)
        pd.testing.assert_frame_equal(listed(SIX[::-1], GAINS[::-1], n_capacity=4), whole)
        pays = GAINS > 0
        pd.testing.assert_frame_equal(listed(SIX[pays], GAINS[pays], n_capacity=4), whole)

    def test_where_nobody_pays_it_is_empty(self):
        empty = listed(gains=-np.ones(6))
        assert empty.empty
        assert empty.columns.tolist() == list(COLUMNS)


class TestControl:
    def test_they_stand_in_the_list_and_do_not_count(self):
        scores, gains = many()
        table = listed(scores, gains, n_capacity=500, control_share=0.2)
        assert (table["group"] == "contact").sum() == 500
        assert table["group"].iloc[-1] == "contact"
        best = np.argsort(-gains)[: len(table)]
        assert table["customer_id"].tolist() == scores["customer_id"].iloc[best].tolist()
        assert 0.14 < (table["group"] == "control").mean() < 0.26  # 4 standard errors

    def test_who_it_is_hangs_on_him_and_the_salt_alone(self):
        scores, gains = many(300)
        drawn = listed(scores, gains, n_capacity=300, control_share=0.3).set_index("customer_id")["group"]
        part = listed(scores[100:], gains[100:], n_capacity=150, control_share=0.3).set_index("customer_id")["group"]
        assert (drawn[part.index] == part).all()
        more = listed(scores, gains, n_capacity=300, control_share=0.5).set_index("customer_id")["group"]
        assert set(drawn.index[drawn == "control"]) < set(more.index[more == "control"])
        other = listed(scores, gains, n_capacity=300, control_share=0.3, salt="2025").set_index("customer_id")["group"]
        both = pd.crosstab(drawn, other.reindex(drawn.index))
        assert both.loc["control", "control"] < 0.6 * (drawn == "control").sum()

    def test_the_draw_is_always_the_same(self):
        scores, gains = scored([f"C{i}" for i in range(12)]), np.arange(12.0, 0, -1)
        table = listed(scores, gains, n_capacity=12, control_share=0.25, salt="spring")
        # A quarter: `printf 'spring\nC3' | sha256sum` begins with 0 to 3, as it does for these alone.
        assert table.loc[table["group"] == "control", "customer_id"].tolist() == ["C3", "C6", "C10"]

    def test_it_is_even(self):
        scores, gains = many()
        for share in (0.1, 0.5, 0.9):
            table = listed(scores, gains, n_capacity=4000, control_share=share)
            assert len(table) == 4000
            found = (table["group"] == "control").mean()
            assert found == pytest.approx(share, abs=4 * (share * (1 - share) / 4000) ** 0.5)


class TestRefusals:
    @pytest.mark.parametrize("n_capacity", [0, -3, 6])
    def test_a_capacity_that_cannot_be_filled(self, n_capacity):
        with pytest.raises(InputError, match=r"found .*expected a whole number from 1 to 5, as so many .* Cure: write"):
            listed(n_capacity=n_capacity)

    @pytest.mark.parametrize("share", [-0.1, 1.0, 30.0, np.nan])
    def test_a_control_share_that_is_none(self, share):
        with pytest.raises(InputError, match=r"control share: found .*from 0 on and below 1"):
            listed(control_share=share)

    def test_nobody_eligible(self):
        with pytest.raises(InputError, match="nobody with a forecast of decline"):
            listed(gains=np.full(6, np.nan))

    def test_both_at_once(self):
        with pytest.raises(InputError) as caught:
            listed(n_capacity=0, control_share=2)
        assert [fault.where for fault in caught.value.faults] == ["capacity", "control share"]
