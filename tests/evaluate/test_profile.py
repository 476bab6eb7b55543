"""What sets segments apart, against hand-computed values."""

import numpy as np
import pandas as pd
import pytest

from clientscape.evaluate.profile import deviations, lifts, medoids, sizes

SEGMENTS = pd.Series(["a", "a", "b", "b"])


@pytest.fixture
def table():
    return pd.DataFrame(
        {
            "flat": [5.0, 5.0, 5.0, 5.0],
            "n_orders": [6.0, 2.0, 1.0, 3.0],
            "gap_days": [10.0, np.nan, 30.0, np.nan],
            "spend_change_90": [0.5, 0.5, -0.4, -0.2],
            "city": ["x", "y", "x", "y"],
            "spend_total": [100.0, 50.0, -2.0, 52.0],
        }
    )


def test_deviations_are_in_spreads_of_all_customers():
    found = deviations(pd.DataFrame({"x": [1.0, 1.0, 3.0, 3.0], "flat": 7.0}), SEGMENTS)
    assert found.loc["a"].tolist() == [-1.0, 0.0]
    assert found.loc["b"].tolist() == [1.0, 0.0]


def test_sizes_are_shares_of_customers_and_spend():
    names = ("expected_orders", "expected_value", "p_churn", "p_decline")
    forecasts = {name: [1.0, 2.0, 3.0, np.nan] for name in names}
    found = sizes(pd.DataFrame({"segment": SEGMENTS, **forecasts}), pd.Series([1.0, 1.0, 5.0, 3.0]), "segment")
    assert found.index.tolist() == ["b", "a"]
    assert found.loc["b", ["n_customers", "share_of_customers", "share_of_spend", "p_churn"]].tolist() == [
        2,
        0.5,
        0.8,
        3,
    ]


def test_lifts_are_means_over_the_mean_of_all(table):
    found = lifts(table, SEGMENTS).set_index(["segment", "feature"])
    assert found.loc[("a", "n_orders"), ["mean", "base_mean", "lift"]].tolist() == [4.0, 3.0, pytest.approx(4 / 3)]
    assert found.loc[("a", "n_orders"), "deviation"] == pytest.approx(1 / np.std([6, 2, 1, 3]))
    assert found.loc[("b", "gap_days"), "lift"] == pytest.approx(1.5), "the missing are not counted"
    assert found.loc[("a", "flat"), "lift"] == 1.0
    assert "city" not in found.index.get_level_values("feature")


def test_a_scale_that_goes_below_zero_has_no_lift_but_a_few_returns_do_no_harm(table):
    found = lifts(table, SEGMENTS).set_index(["segment", "feature"])["lift"]
    assert np.isnan(found["a", "spend_change_90"])
    assert found["a", "spend_total"] == pytest.approx(75 / 50)
    assert lifts(table.assign(never=0.0), SEGMENTS).set_index("feature").loc["never", "lift"].isna().all()


def test_what_deviates_most_comes_first(table):
    found = lifts(table, SEGMENTS)
    first = found.groupby("segment").head(1)
    assert first["segment"].tolist() == ["a", "b"]
    assert set(first["feature"]) == {"gap_days"}, "a spread from the mean, and the change of spend a little less"


def test_medoids_are_in_the_middle_and_nearest_first():
    X = np.array([[0.0], [1.0], [2.0], [2.5], [40.0], [100.0], [101.0]])
    found = medoids(X, np.array(["a"] * 5 + ["b"] * 2, dtype=object), n=3, seed=1)
    assert found["a"].tolist() == [2, 3, 1], "distances sum to 41.5 at 2, and to more anywhere else"
    assert set(found["b"]) == {5, 6}


def test_the_medoid_of_a_sample_is_near_the_exact_one():
    rng = np.random.default_rng(3)
    X = rng.normal(0, 1, (3000, 2))
    labels = np.zeros(3000, dtype=object)
    exact, sampled = (medoids(X, labels, n=1, sample_size=size, seed=5)[0][0] for size in (3000, 500))
    distance = np.linalg.norm(X[:, None] - X[[exact, sampled]][None], axis=2).mean(axis=0)
    assert np.linalg.norm(X[exact]) < 0.1
    assert distance[1] < 1.01 * distance[0]
    again = medoids(X, labels, n=1, sample_size=500, seed=5)[0][0]
    assert again == sampled
