import numpy as np
import pandas as pd
import pytest
import skops.io
from numpy.testing import assert_allclose

from clientscape.faults import InputError
from clientscape.scorer.store import TRUSTED
from clientscape.segment.coordinates import MOST_LEVELS, Coordinates, Group
from clientscape.segment.spaces import log_standard, ranks, standard


@pytest.fixture
def table():
    """Numbers and words of 400 customers."""
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "spend": rng.lognormal(3, 1, 400),
            "orders": rng.poisson(4, 400).astype(float),
            "region": rng.choice(["north", "south", None], 400, p=[0.5, 0.3, 0.2]),
            "band": rng.choice(list("abcdefghijklmnopqrst"), 400),
        }
    )


def squared(X):
    return ((X[:, None] - X[None]) ** 2).sum(axis=2).mean()


def test_numbers_alone_are_what_the_space_makes_of_them(table):
    numbers = ["spend", "orders"]
    assert_allclose(
        Coordinates(log_standard(), numbers).fit(table).transform(table),
        log_standard().fit(table[numbers].to_numpy()).transform(table[numbers].to_numpy()),
    )


@pytest.mark.parametrize("space", [log_standard, ranks])
def test_an_attribute_varies_as_much_as_a_number(table, space):
    numbers, both = (Coordinates(space(), columns) for columns in (["spend", "orders"], ["spend", "orders", "region"]))
    varies = [each.fit(table).transform(table).var(axis=0).sum() for each in (numbers, both)]
    assert varies[1] == pytest.approx(varies[0] * 3 / 2)


def test_levels_are_frozen_and_a_strange_one_is_a_rare_one(table):
    fitted = Coordinates(log_standard(), ["band"]).fit(table)
    assert fitted.transform(table).shape == (400, MOST_LEVELS + 1)
    strange = pd.DataFrame({"band": ["?", "never seen", table["band"].value_counts().index[-1]]})
    assert len(np.unique(fitted.transform(strange), axis=0)) == 1


def test_nobody_knows_is_a_level_of_its_own(table):
    fitted = Coordinates(log_standard(), ["region"]).fit(table)
    placed = fitted.transform(pd.DataFrame({"region": ["north", None, np.nan, "south"]}))
    assert len(np.unique(placed, axis=0)) == 3
    assert_allclose(placed[1], placed[2])


def test_a_group_weighs_as_much_as_it_is_told_to(table):
    twice = table.assign(spend_again=table["spend"])
    plain = Coordinates(standard(), ["spend", "orders"]).fit(table)
    columns = ["spend", "spend_again", "orders"]
    doubled = Coordinates(standard(), columns, [Group(["spend", "spend_again"], 1.0)]).fit(twice)
    assert squared(doubled.transform(twice)) == pytest.approx(squared(plain.transform(table)))
    heavy = Coordinates(standard(), columns, [Group(["spend", "spend_again"], 3.0)]).fit(twice)
    assert squared(heavy.transform(twice)) == pytest.approx(2 * squared(plain.transform(table)))


def test_principal_axes_hold_the_share_that_was_asked_for(table):
    rng = np.random.default_rng(1)
    alike = pd.DataFrame({f"c{i}": table["spend"] + rng.normal(0, 0.1, 400) for i in range(5)} | {"o": table["orders"]})
    plain, on_axes = (Coordinates(space, list(alike)).fit(alike) for space in (standard(), standard(pca=0.95)))
    whole, kept = plain.transform(alike), on_axes.transform(alike)
    assert kept.shape == (400, 2)
    assert 0.95 <= kept.var(axis=0).sum() / whole.var(axis=0).sum() <= 1
    assert_allclose(np.cov(kept.T)[0, 1], 0, atol=1e-10)


def test_a_customer_alone_lies_where_he_lies_in_company(table):
    columns = ["spend", "orders", "region", "band"]
    for space in (log_standard(), ranks(pca=0.9)):
        fitted = Coordinates(space, columns, [Group(["region", "band"], 0.5)]).fit(table)
        together = fitted.transform(table)
        assert np.array_equal(np.vstack([fitted.transform(table.iloc[[i]]) for i in range(20)]), together[:20])
        again = skops.io.loads(skops.io.dumps(fitted), trusted=sorted(TRUSTED))
        assert again.transform(table).tobytes() == together.tobytes()


def test_constant_and_collinear_columns_are_taken(table):
    dull = table.assign(same=1.0, twice=2 * table["spend"], nothing=np.nan, word="one")
    for space in (log_standard(), ranks(), standard(pca=0.9), log_standard(pca=0.99)):
        columns = ["spend", "same", "twice", "nothing", "word"]
        assert np.isfinite(Coordinates(space, columns).fit(dull).transform(dull)).all()
    assert np.ptp(Coordinates(standard(pca=0.9), ["same"]).fit(dull).transform(dull)) == 0


def test_infinite_values_and_lacking_columns_are_refused_all_at_once(table):
    fitted = Coordinates(log_standard(), ["spend", "orders", "region"]).fit(table)
    with pytest.raises(InputError) as lacking:
        fitted.transform(table[["spend"]])
    assert [fault.found for fault in lacking.value.faults] == ["no column `orders`", "no column `region`"]
    endless = table.assign(spend=np.inf, orders=[-np.inf, *table["orders"][1:]])
    with pytest.raises(InputError) as infinite:
        Coordinates(log_standard(), ["spend", "orders"]).fit(endless)
    assert [fault.found for fault in infinite.value.faults] == ["400 infinite", "1 infinite"]
