"""Moves between two dates by hand."""

import numpy as np
import pandas as pd
import pytest

from clientscape.evaluate.migration import NO_LONGER, NOT_YET, alerts, half_lives, matrix, moves, revenue


def scores(*rows, value="expected_value", by="segment"):
    return pd.DataFrame(rows, columns=["customer_id", by, value])


@pytest.fixture
def before():
    return scores(("a", "high", 100.0), ("b", "high", 80.0), ("c", "low", 10.0), ("d", "low", 20.0), ("e", "mid", 50.0))


@pytest.fixture
def now():
    return scores(("f", "low", 8.0), ("e", "high", 70.0), ("b", "low", 5.0), ("a", "high", 90.0), ("c", "low", 12.0))


def test_moves_of_everyone_by_falling_loss(before, now):
    assert moves(before, now).to_numpy().tolist() == [
        ["b", "high", "low", 80.0, 5.0],
        ["d", "low", NO_LONGER, 20.0, 0.0],
        ["a", "high", "high", 100.0, 90.0],
        ["c", "low", "low", 10.0, 12.0],
        ["f", NOT_YET, "low", 0.0, 8.0],
        ["e", "mid", "high", 50.0, 70.0],
    ]


def test_the_matrix_holds_everyone_from_best_to_worst(before, now):
    found = matrix(before, now)
    assert found.index.tolist() == ["high", "mid", "low", NOT_YET]
    assert found.columns.tolist() == ["high", "low", NO_LONGER]
    assert found.to_numpy().tolist() == [[1, 1, 0], [1, 0, 0], [0, 1, 1], [0, 1, 0]]


def test_the_value_that_moved_is_that_of_before_and_of_newcomers_that_of_now(before, now):
    found = revenue(before, now)
    assert found.to_numpy().tolist() == [[100, 80, 0], [50, 0, 0], [0, 10, 20], [0, 8, 0]]
    assert found.drop(index=NOT_YET).to_numpy().sum() == before["expected_value"].sum()


@pytest.mark.parametrize("seed", range(3))
def test_sums_over_random_shops_and_the_order_of_rows(seed):
    rng = np.random.default_rng(seed)

    def shop(n):
        ids = rng.permutation(300)[:n].astype(str)
        return pd.DataFrame({"customer_id": ids, "stage": rng.choice(list("xyz"), n), "worth": rng.gamma(1, 50, n)})

    one, two = shop(200), shop(220)
    asked = {"by": "stage", "value": "worth"}
    customers = matrix(one, two, **asked)
    assert customers.to_numpy().sum() == len(set(one["customer_id"]) | set(two["customer_id"]))
    assert customers.drop(index=NOT_YET).sum(axis=1).to_dict() == one["stage"].value_counts().to_dict()
    assert customers.drop(columns=NO_LONGER).sum().to_dict() == two["stage"].value_counts().to_dict()
    assert revenue(one, two, **asked).drop(index=NOT_YET).to_numpy().sum() == pytest.approx(one["worth"].sum())
    mixed = one.sample(frac=1, random_state=1), two.sample(frac=1, random_state=2)
    pd.testing.assert_frame_equal(matrix(*mixed, **asked), customers)
    pd.testing.assert_frame_equal(alerts(*mixed, **asked), alerts(one, two, **asked))


def test_nobody_came_and_nobody_left_still_has_their_row_and_column(before):
    found = matrix(before, before)
    assert found.loc[NOT_YET].sum() == found[NO_LONGER].sum() == 0
    assert (half_lives(found, 30)["half_life_days"] == np.inf).all()
    assert alerts(before, before).empty


def test_half_lives_are_those_of_a_constant_hazard(before, now):
    found = half_lives(matrix(before, now), 90)
    assert found.index.tolist() == ["high", "mid", "low"]
    assert found["customers"].tolist() == [2, 1, 2]
    assert found["stayed"].tolist() == [1, 0, 1]
    assert found["stay_share"].tolist() == [0.5, 0, 0.5]
    assert found["half_life_days"].tolist() == [90, 0, 90]  # half stayed for 90 days


def test_a_half_life_is_that_of_the_exponential_that_lost_as_many():
    table = pd.DataFrame({"A": [80], NO_LONGER: [20]}, index=["A"])
    half_life = half_lives(table, 30)["half_life_days"].item()
    assert 0.5 ** (30 / half_life) == pytest.approx(0.8)


def test_alerts_are_falls_by_value_lost(before, now):
    assert alerts(before, now).to_numpy().tolist() == [
        ["high", "low", 1, 80.0, 5.0, 0.5],
        ["low", NO_LONGER, 1, 20.0, 0.0, 0.5],
    ]
    assert list(alerts(before, now)) == ["from", "to", "customers", "value_before", "value_now", "share_of_from"]


def test_a_segment_that_nobody_was_in_before_counts_by_its_value_now(before):
    now = scores(("a", "better", 300.0), ("b", "worse", 1.0), ("c", "low", 1.0), ("d", "low", 1.0), ("e", "mid", 1.0))
    assert alerts(before, now)[["from", "to"]].to_numpy().tolist() == [["high", "worse"]]


def test_named_segments_slip_whatever_their_value_says():
    before = scores(
        ("a", "Champions", 10.0), ("b", "Champions", 10.0), ("c", "Can't Lose Them", 99.0), ("d", "Promising", 1.0),
        ("e", "At Risk", 2.0), by="rfm_segment",
    )  # fmt: skip
    now = scores(
        ("a", "Can't Lose Them", 4.0), ("b", "Promising", 9.0), ("c", "Champions", 100.0), ("d", "At Risk", 1.0),
        ("e", "At Risk", 2.0), by="rfm_segment",
    )  # fmt: skip
    found = alerts(before, now, by="rfm_segment")
    # To Can't Lose Them, who are worth more, is an alert; back from there to Champions, who are worth less, is none.
    assert found[["from", "to"]].to_numpy().tolist() == [["Champions", "Can't Lose Them"], ["Champions", "Promising"]]
