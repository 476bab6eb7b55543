"""Typical attributes and tastes, against tests of other hands and planted truth."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact, norm

from clientscape.evaluate.attributes import over_bought, typical

N = 600


@pytest.fixture
def segments():
    return pd.Series(np.repeat(["a", "b", "c"], N // 3))


@pytest.fixture
def attributes(segments):
    rng = np.random.default_rng(11)
    north = rng.random(N) < np.where(segments == "b", 0.7, 0.3)
    region = pd.Series(np.where(north, "north", "south"), dtype=object).mask(rng.random(N) < 0.2)
    rare = np.where(np.arange(N) < 15, "rare", "usual")
    return pd.DataFrame({"region": region, "noise": rng.choice(list("uvw"), N), "rare": rare})


def test_shares_and_p_values_are_those_of_fishers_exact_test(attributes, segments):
    found = typical(attributes, segments).set_index(["segment", "attribute", "level"]).loc[("b", "region", "north")]
    known = attributes["region"].notna()
    inside, north = (segments == "b")[known], (attributes["region"] == "north")[known]
    cells = [[(inside & north).sum(), (inside & ~north).sum()], [(~inside & north).sum(), (~inside & ~north).sum()]]
    assert found["p_value"] == pytest.approx(fisher_exact(cells, alternative="greater").pvalue)
    assert found["n_customers"] == cells[0][0]
    assert found["share"] == pytest.approx(north[inside].mean())
    assert found["base_share"] == pytest.approx(north.mean())
    assert found["lift"] == pytest.approx(north[inside].mean() / north.mean())
    assert found["known_share"] == pytest.approx(attributes["region"][segments == "b"].notna().mean())


def test_what_was_planted_is_found_and_noise_is_not(attributes, segments):
    found = typical(attributes.drop(columns="rare"), segments)
    significant = found[found["significant"]]
    assert ("b", "region", "north") in set(significant[["segment", "attribute", "level"]].itertuples(index=False))
    assert "noise" not in set(significant["attribute"])


def test_levels_of_few_customers_are_not_looked_at(attributes, segments):
    assert "rare" not in set(typical(attributes, segments)["level"])
    assert "rare" in set(typical(attributes, segments, min_customers=10)["level"])


def test_more_tests_ask_for_more_evidence(segments):
    rng = np.random.default_rng(2)
    noise = pd.DataFrame({f"noise_{i}": rng.choice(list("ab"), N) for i in range(40)})
    found = typical(noise, segments)
    assert (found["p_value"] < 0.05).sum() > 3
    assert found["significant"].sum() <= 1


def test_without_attributes_nothing_is_typical(segments):
    found = typical(pd.DataFrame(index=segments.index), segments)
    assert found.empty
    assert {"segment", "attribute", "level", "lift", "significant"} <= set(found)
    nobody_known = typical(pd.DataFrame({"region": [None] * N}), segments)
    assert nobody_known.empty


def lines(rng, taste=0.2, n=300):
    """Three segments of customers, those of `a` with large orders; `b` buys a share of its lines in `garden`."""
    customers = pd.DataFrame({"customer_id": [f"C{i}" for i in range(n)], "segment": np.resize(["a", "b", "c"], n)})
    each = customers.loc[customers.index.repeat(np.where(customers["segment"] == "a", 40, 8))].reset_index(drop=True)
    category = pd.Series(rng.choice(["books", "garden", "toys", "wine"], len(each)), dtype=object)
    turned = (each["segment"] == "b") & (rng.random(len(each)) < taste)
    return each.assign(category=category.mask(turned, "garden"), amount=rng.lognormal(3, 0.5, len(each)))


def test_shares_of_spend_are_counted_by_hand():
    table = pd.DataFrame(
        [
            *(("a", "A", "x", 30.0), ("a", "A", "y", 10.0), ("a", "B", "x", 20.0), ("a", "B", None, 99.0)),
            *(("b", "C", "y", 50.0), ("b", "C", "y", -10.0), ("b", "D", "x", 20.0), ("b", "D", "y", 20.0)),
        ],
        columns=["segment", "customer_id", "category", "amount"],
    )
    found = over_bought(table, min_customers=1)
    row = found[(found["segment"] == "a") & (found["category"] == "x")].iloc[0]
    assert row["n_customers"] == 2
    assert row["share_of_spend"] == pytest.approx(50 / 60)
    assert row["base_share"] == pytest.approx(70 / 140)
    assert row["lift"] == pytest.approx((50 / 60) / 0.5)
    assert found[["segment", "category"]].to_numpy().tolist() == [["a", "x"], ["b", "y"]]


def test_the_p_value_is_that_of_customers_drawn_anew():
    """Against the spread of the share over 2,000 bootstrap draws of customers."""
    rng = np.random.default_rng(4)
    table = lines(rng, taste=0.06)
    wide = table.assign(garden=table["amount"].where(table["category"] == "garden", 0.0))
    wide = wide.groupby(["segment", "customer_id"])[["garden", "amount"]].sum().reset_index()
    drawn = [
        group[rng.integers(0, len(group), (2000, len(group)))].sum(axis=1)
        for group in (
            wide.loc[rows, ["garden", "amount"]].to_numpy() for rows in (wide["segment"] == "b", wide["segment"] != "b")
        )
    ]
    gains = drawn[0][:, 0] / drawn[0][:, 1] - drawn[1][:, 0] / drawn[1][:, 1]
    found = over_bought(table).set_index(["segment", "category"]).loc[("b", "garden"), "p_value"]
    assert norm.isf(found) == pytest.approx(gains.mean() / gains.std(), rel=0.1)


def test_a_planted_taste_is_found_and_heavy_buyers_have_none():
    found = over_bought(lines(np.random.default_rng(8)))
    significant = found[found["significant"]]
    assert ["b", "garden"] in significant[["segment", "category"]].to_numpy().tolist()
    calm = [over_bought(lines(np.random.default_rng(seed), taste=0.0))["significant"].any() for seed in range(20)]
    assert sum(calm) <= 3, "heavy buyers buy of every category, but no larger a share"


def test_one_big_buyer_is_no_taste_and_few_customers_are_not_looked_at():
    table = lines(np.random.default_rng(9), taste=0.0)
    big = pd.DataFrame({"segment": ["b"], "customer_id": ["C1"], "category": ["wine"], "amount": [40_000.0]})
    found = over_bought(pd.concat([table, big], ignore_index=True)).set_index(["segment", "category"])
    assert found.loc[("b", "wine"), "lift"] > 1.5
    assert not found.loc[("b", "wine"), "significant"]
    assert over_bought(table, min_customers=101).empty


def test_without_lines_nothing_is_over_bought():
    bare = pd.DataFrame(columns=["segment", "category", "amount", "customer_id"]).astype({"amount": float})
    assert over_bought(bare).empty
    assert "significant" in over_bought(bare)


def test_one_segment_alone_has_no_taste():
    assert over_bought(lines(np.random.default_rng(1)).assign(segment="all")).empty
