"""RFM rules, stages of life, and what segments are called."""

import itertools
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from clientscape.catalog import functions
from clientscape.segment import rules, stages
from clientscape.segment.identity import identify, place
from clientscape.segment.rules import putler11
from clientscape.segment.stages import STAGES, lifecycle

CODES = ["".join(code) for code in itertools.product("12345", repeat=3)]
# Codes whose name is told by the published table, cell by cell: R, then F and M.
PUBLISHED = {
    "511": "New Customers",
    "512": "Potential Loyalists",  # F and M average 1.5, which is halved upwards
    "533": "Potential Loyalists",
    "544": "Champions",
    "555": "Champions",
    "411": "Promising",
    "433": "Potential Loyalists",
    "444": "Loyal Customers",
    "455": "Champions",
    "311": "About To Sleep",
    "322": "About To Sleep",
    "333": "Need Attention",
    "344": "Loyal Customers",
    "355": "Loyal Customers",
    "211": "Hibernating",
    "222": "Hibernating",
    "233": "At Risk",
    "244": "At Risk",
    "255": "At Risk",
    "111": "Lost",
    "122": "Hibernating",
    "133": "At Risk",
    "144": "Can't Lose Them",
    "155": "Can't Lose Them",
    "115": "At Risk",
}


@pytest.fixture(scope="module")
def names():
    """Name of each of the 125 codes, asked of customers who have that code."""
    fitted = putler11().fit(*crowd())
    values = pd.DataFrame([[6 - int(r), int(f), int(m)] for r, f, m in CODES])
    scores = np.column_stack(fitted.scores(values[0], values[1], values[2]))
    assert ["".join(map(str, row)) for row in scores] == CODES
    return dict(zip(CODES, fitted.predict(values[0], values[1], values[2]), strict=True))


def crowd():
    """Customers of whom each fifth has a recency, a frequency and a spend of 1, 2, 3, 4, 5."""
    fifths = np.repeat([1.0, 2, 3, 4, 5], 20)
    return fifths, fifths, fifths


def test_every_code_has_one_of_eleven_names(names):
    assert len(names) == 125
    assert len(set(names.values())) == 11
    assert set(names.values()) == set(PUBLISHED.values())


@pytest.mark.parametrize(("code", "name"), PUBLISHED.items())
def test_published_names(names, code, name):
    assert names[code] == name


def test_three_names_belong_to_one_code_each(names):
    counts = Counter(names.values())
    assert {name for name, count in counts.items() if count == 1} == {"New Customers", "Promising", "Lost"}


def test_frequency_and_money_weigh_the_same(names):
    assert all(names[r + f + m] == names[r + m + f] for r, f, m in CODES)


@pytest.mark.parametrize("name", functions(rules))
class TestEveryRule:
    @pytest.fixture
    def customers(self):
        rng = np.random.default_rng(2)
        return rng.integers(1, 300, 400).astype(float), 1.0 + rng.poisson(0.4, 400), rng.lognormal(3, 1, 400)

    def test_equal_customers_are_equal(self, name, customers):
        fitted = functions(rules)[name]().fit(*customers)
        twice = [np.r_[values, values[::-1]] for values in customers]
        named = fitted.predict(*twice)
        assert (named[:400] == named[:399:-1]).all()

    def test_a_customer_alone_is_named_as_in_company(self, name, customers):
        fitted = functions(rules)[name]().fit(*customers)
        named = fitted.predict(*customers)
        for i in range(0, 400, 40):
            assert fitted.predict(*(values[[i]] for values in customers))[0] == named[i]

    def test_cuts_are_frozen_at_fit(self, name, customers):
        fitted = functions(rules)[name]().fit(*customers)
        before = fitted.predict(*customers)
        rich = (values * factor for values, factor in zip(customers, (0, 50, 50), strict=True))
        fitted.predict(*rich)
        assert (fitted.predict(*customers) == before).all()

    def test_a_better_customer_never_scores_lower(self, name, customers):
        fitted = functions(rules)[name]().fit(*customers)
        R, F, M = fitted.scores(*(np.sort(values) for values in customers))
        assert (np.diff(R) <= 0).all()
        assert (np.diff(F) >= 0).all()
        assert (np.diff(M) >= 0).all()


def test_a_score_is_one_more_than_the_cuts_strictly_below():
    fitted = putler11().fit([1] * 10, [1] * 8 + [2, 9], np.arange(10.0))
    _, F, M = fitted.scores([1, 1, 1, 1], [0, 1, 2, 10], [0.0, 1.8, 1.9, 99])
    assert F.tolist() == [1, 1, 5, 5]  # most order once: no 2, 3 or 4
    assert M.tolist() == [1, 1, 2, 5]


@pytest.mark.parametrize("name", functions(stages))
def test_every_lifecycle_goes_on_in_one_direction(name):
    fitted = functions(stages)[name]().fit(np.arange(1.0, 101))
    seen = fitted.predict(np.arange(1, 500), np.full(499, 5))
    order = [STAGES.index(stage) for stage in seen]
    assert order == sorted(order)
    assert set(seen) == {"active", "lapsing", "lost"}


def test_stages_change_at_the_quantiles_of_the_shops_gaps():
    fitted = lifecycle().fit([np.nan, *np.arange(0.0, 101)])
    assert fitted.predict([80, 81, 97, 98], [2, 2, 2, 2]).tolist() == ["active", "lapsing", "lapsing", "lost"]
    assert fitted.predict([80, 81], [1, 1]).tolist() == ["new", "lapsing"]


def test_where_nobody_came_twice_a_month_is_active():
    fitted = lifecycle().fit([np.nan, np.nan])
    assert fitted.predict([30, 31, 90, 91], [2, 2, 2, 2]).tolist() == ["active", "lapsing", "lapsing", "lost"]


@pytest.fixture
def profile():
    columns = ["recency_days", "spend_total", "gap_cv_ratio"]
    return pd.DataFrame(
        [[2, 0.5, 0], [2, 0.5, 0.1], [-0.3, 0.9, 0.1], [0, 0, 0.0]], columns=columns, index=[0, 1, 2, -1]
    )


def test_ids_count_down_the_value_and_names_differ(profile):
    found = identify(profile, pd.Series({0: 10.0, 1: 30.0, 2: 20.0, -1: 99.0}))
    assert {label: number for label, (number, _) in found.items()} == {-1: 0, 1: 1, 2: 2, 0: 3}
    names = [name for _, name in found.values()]
    assert len(set(names)) == len(names)
    assert found[-1][1] == "unplaced"


def test_labels_of_another_number_get_the_same_names(profile):
    value = pd.Series({0: 10.0, 1: 30.0, 2: 20.0})
    other = {0: 2, 1: 0, 2: 1}
    renamed = identify(profile.rename(index=other), value.rename(index=other))
    assert {label: renamed[other[label]] for label in other} == {
        label: named for label, named in identify(profile, value).items() if label >= 0
    }


@pytest.mark.parametrize("n_columns", [1, 2])
def test_equal_segments_still_get_names_of_their_own(n_columns):
    profile = pd.DataFrame(np.ones((6, n_columns)), columns=["recency_days", "spend_total"][:n_columns])
    names = [name for _, name in identify(profile, pd.Series(np.arange(6.0))).values()]
    assert len(set(names)) == 7
    assert "long unseen" in " ".join(names)


def test_a_label_unknown_at_training_is_unplaced(profile):
    ids, names = place(np.array([2, -1, 17]), identify(profile, pd.Series({0: 1.0, 1: 2.0, 2: 3.0})))
    assert ids.tolist() == [1, 0, 0]
    assert names[1:].tolist() == ["unplaced", "unplaced"]
