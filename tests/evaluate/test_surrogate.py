"""Conditions that stand for segments: planted ones are found, and the figures are those of what is said."""

import numpy as np
import pandas as pd
import pytest

from clientscape.evaluate.surrogate import AT_LEAST, AT_MOST, Condition, describe, judge, matched

N = 2000


@pytest.fixture
def table():
    rng = np.random.default_rng(5)
    return pd.DataFrame(
        {
            "recency_days": rng.integers(1, 366, N).astype(float),
            "n_order_days": rng.integers(1, 40, N).astype(float),
            "spend_total": rng.lognormal(5, 1, N),
            "gap_days_median": np.where(rng.random(N) < 0.3, np.nan, rng.exponential(30, N)),
            "city": rng.choice(["x", "y"], N),
        }
    )


@pytest.fixture
def planted(table):
    loyal = (table["recency_days"] <= 45) & (table["n_order_days"] >= 12)
    lost = (table["recency_days"] >= 200) & (table["recency_days"] <= 300)
    return pd.Series(np.select([loyal, lost], ["loyal", "lost"], "other"))


def test_planted_conditions_are_found_to_the_number(table, planted):
    found = describe(table, planted, seed=1).set_index("segment")
    assert set(found.loc["loyal", "conditions"]) == {
        Condition("recency_days", AT_MOST, 45.0),
        Condition("n_order_days", AT_LEAST, 12.0),
    }
    assert found.loc["lost", "conditions"] == [
        Condition("recency_days", AT_LEAST, 200.0),
        Condition("recency_days", AT_MOST, 300.0),
    ]
    assert found.loc["loyal", ["precision", "recall", "fidelity_score"]].tolist() == [1.0, 1.0, 1.0]
    assert found.loc["loyal", "n_matched"] == (planted == "loyal").sum()


def test_the_figures_are_those_of_the_conditions_as_said(table, planted):
    noisy = planted.where(np.random.default_rng(3).random(N) < 0.85, "other")
    for row in describe(table, noisy, seed=1).to_dict("records"):
        inside = (noisy == row["segment"]).to_numpy()
        said = matched(table, row["conditions"])
        assert row["precision"] == pytest.approx(inside[said].mean())
        assert row["recall"] == pytest.approx(said[inside].mean())
        harmonic = 2 / (1 / inside[said].mean() + 1 / said[inside].mean())
        assert row["fidelity_score"] == pytest.approx(harmonic)
        assert row["n_matched"] == said.sum()


def test_thresholds_of_money_are_rounded_and_still_find_the_same(table):
    rich = pd.Series(np.where(table["spend_total"] >= 301.7734, "rich", "poor"))
    found = describe(table, rich, seed=1).set_index("segment")
    (condition,) = found.loc["rich", "conditions"]
    assert condition.threshold == 300.0
    assert found.loc["rich", "fidelity_score"] > 0.98


@pytest.mark.parametrize("most", [1, 2, 3])
def test_no_more_conditions_than_asked_for(table, planted, most):
    found = describe(table, planted, most_conditions=most, seed=1)
    assert all(1 <= len(conditions) <= most for conditions in found["conditions"])


def test_a_missing_value_meets_no_condition(table):
    conditions = [Condition("gap_days_median", AT_LEAST, 0.0)]
    assert (matched(table, conditions) == table["gap_days_median"].notna()).all()
    assert not matched(table, [Condition("gap_days_median", AT_MOST, 1e9)])[table["gap_days_median"].isna()].any()
    assert matched(table, []).all()


def test_what_finds_nobody_has_a_fidelity_of_zero(table):
    match = judge(table, np.arange(N) < 10, [Condition("recency_days", AT_LEAST, 1e6)])
    assert match == (0.0, 0.0, 0.0, 0)


@pytest.mark.parametrize("segments", [["one"] * N, ["a", "b"] * (N // 2)])
def test_where_nothing_tells_a_segment_apart_all_customers_are_found(segments, table):
    flat = table.assign(**dict.fromkeys(table.columns, 1.0))
    found = describe(flat, pd.Series(segments), seed=1)
    assert all(conditions == [] for conditions in found["conditions"])
    assert (found["recall"] == 1.0).all()
    assert (found["n_matched"] == N).all()


def test_a_column_that_nobody_has_does_no_harm(table, planted):
    with_gap = describe(table.assign(never=np.nan), planted, seed=1)
    assert with_gap.equals(describe(table, planted, seed=1))


def test_trees_of_a_sample_are_judged_on_everyone(table, planted):
    found = describe(table, planted, sample_size=500, seed=1).set_index("segment")
    assert found["n_matched"].sum() > 1000
    assert found.loc["loyal", "fidelity_score"] > 0.85
    assert found.equals(describe(table, planted, sample_size=500, seed=1).set_index("segment"))
