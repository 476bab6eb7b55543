from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from clientscape.catalog import Use, functions
from clientscape.churn import labels
from clientscape.churn.activity import past_of
from clientscape.churn.examples import Minimums, examples, lacking, pooled
from clientscape.churn.labels import no_order, rhythm_break, spend_decline, value_decline
from clientscape.features.build import features, letters

CATALOGUE = functions(labels)


def seen_at(tables, window, label):
    table = features(tables, window, [Use("recency_days"), Use("spend_total")])
    past = past_of(tables, window, table["customer_id"], letters(tables, window))
    return examples(tables, window, table, past, label)


@pytest.fixture(scope="module")
def several(shop, window):
    return [seen_at(shop, replace(window, as_of=window.as_of - timedelta(days=k)), no_order()) for k in (30, 0, 60)]


@pytest.mark.parametrize("name", CATALOGUE)
class TestEveryLabel:
    def test_who_is_asked_does_not_depend_on_the_future(self, name, shop, window, with_lines):
        lines = shop.transactions
        blind = with_lines(shop, lines[lines["day"] < window.as_of_day])
        seen, unseen = (seen_at(tables, window, CATALOGUE[name]()) for tables in (shop, blind))
        assert_frame_equal(seen.X, unseen.X)
        assert len(seen.y)
        assert unseen.y.all()  # whom no future is known of, left
        assert 0 < seen.y.mean() < 1

    def test_the_outcome_is_that_of_the_horizon_and_of_nothing_after_it(self, name, shop, window, with_lines):
        short, lines = replace(window, horizon_days=30), shop.transactions
        ends = with_lines(shop, lines[lines["day"] < short.as_of_day + 30])
        whole, cut = (seen_at(tables, short, CATALOGUE[name]()) for tables in (shop, ends))
        assert whole.y.tolist() == cut.y.tolist()
        longer = with_lines(shop, lines[lines["day"] < short.as_of_day + 29])
        assert seen_at(longer, short, CATALOGUE[name]()).future["spend"].sum() < cut.future["spend"].sum()

    def test_rows_belong_together(self, name, shop, window):
        found = seen_at(shop, window, CATALOGUE[name]())
        table = features(shop, window, [Use("spend_total")])
        past = past_of(shop, window, table["customer_id"], letters(shop, window))
        asked = found.label.eligible(past) & (found.label.bound(past) > 0)
        table = table[asked]
        assert found.X["customer_id"].tolist() == table["customer_id"].tolist()
        assert found.X["spend_total"].tolist() == table["spend_total"].tolist()
        assert_frame_equal(found.past, past[asked].reset_index(drop=True))
        assert found.past["spend_year"].to_numpy() == pytest.approx(
            table["spend_total"].to_numpy()
        )  # a lookback of 365
        for frame in (found.X, found.past, found.future):
            assert frame.index.tolist() == list(range(len(found.y)))
        assert found.label.eligible(found.past).all()
        assert found.label.outcome(found.past, found.future).tolist() == found.y.tolist()
        assert (found.y.dtype, found.window) == (bool, window)


def test_a_label_is_fitted_at_each_date_and_the_one_handed_in_stays_as_it_is(shop, window):
    label = value_decline()
    earlier, later = (seen_at(shop, at, label) for at in (window.before(), window))
    assert not hasattr(label, "cut_")
    assert earlier.label.cut_ != later.label.cut_


def test_who_can_fall_below_nothing_in_a_low_season_is_no_example(shop, window):
    table = features(shop, window, [Use("recency_days")])
    past = past_of(shop, window, table["customer_id"], letters(shop, window)).assign(season_orders=0.5)
    found = examples(shop, window, table, past, rhythm_break())
    eligible, bound = found.label.eligible(past), found.label.bound(past)
    assert (bound[eligible] == 0).any()
    assert found.X["customer_id"].tolist() == table.loc[eligible & (bound > 0), "customer_id"].tolist()
    assert len(found.y)
    assert len(found.past) == len(found.future) == len(found.y)


def test_a_horizon_by_plain_loops(shop, window):
    found = seen_at(shop, window, no_order())
    at = shop.transactions["ordered_at"]
    after = shop.transactions[(at >= "2025-04-01") & (at < pd.Timestamp("2025-04-01") + pd.Timedelta(days=90))]
    assert (~found.X["customer_id"].isin(after["customer_id"])).tolist() == found.y.tolist()
    asked = after["customer_id"].isin(found.X["customer_id"])
    assert found.future["spend"].sum() == pytest.approx(after.loc[asked, "amount_minor"].sum() / 100)


def test_who_is_active_and_who_does_not_decline_visibly_yet(several):
    # Usual are 90 in a horizon of 90 days; the fifth has not been known for a year, and spends 2 a day.
    seen = replace(
        several[0],
        past=pd.DataFrame(
            {
                "n_order_days": [2, 1, 1, 0, 3, 0],
                "spend": [90.0, 45.0, 44.9, 0.0, 89.0, 0.0],
                "spend_year": [365.0, 365.0, 365.0, 365.0, 200.0, 0.0],
                "days_year": [365.0, 365.0, 365.0, 365.0, 100.0, 365.0],
                "horizon_days": 90.0,
                "log_days": 456.0,
            }
        ),
    )
    assert seen.active.tolist() == [True, True, True, False, True, False]
    assert seen.unseen.tolist() == [True, True, False, False, False, False]  # the last has nothing to decline from


def test_pooled_rows_of_a_customer_stand_together_by_date(several):
    together = pooled(several)
    ids, dates = together.X["customer_id"], together.X["as_of"]
    assert len(together.y) == len(together.X) == sum(len(seen.y) for seen in several)
    assert ids.is_monotonic_increasing
    assert dates.groupby(ids).is_monotonic_increasing.all()
    assert ids.value_counts().max() == 3
    of = {(row.customer_id, row.as_of): y for row, y in zip(together.X.itertuples(), together.y, strict=True)}
    for seen in several:
        assert [of[row.customer_id, row.as_of] for row in seen.X.itertuples()] == seen.y.tolist()
    assert_frame_equal(pooled(several[::-1]).X, together.X)


def test_nothing_is_lacking_where_there_is_enough(several):
    assert lacking(several[:2], several[2], Minimums(100, 10)) == []
    assert lacking(several[:2], None, Minimums(100, 10)) == []


def test_what_is_lacking_is_said_once_for_each_side(several):
    n = len(set().union(*(seen.X["customer_id"] for seen in several[:2])))
    said = lacking(several[:2], several[2], Minimums(n + 1, 10))
    assert said[0] == (
        f"To learn from, as of 2025-03-02, 2025-04-01, there are {n} eligible customers; at least {n + 1} are needed."
    )
    assert said[1].startswith(f"To judge by, as of 2025-01-31, there are {len(several[2].y)} eligible customers;")
    assert lacking(several[:2], several[2], Minimums(n, 10))[0].startswith("To judge by")


def test_a_customer_counts_once_however_often_he_is_looked_at(several):
    n = len(several[0].y)
    assert len(lacking([several[0]] * 3, None, Minimums(n + 1, 1))) == 1
    assert lacking([several[0]] * 3, None, Minimums(n, 1)) == []


@pytest.mark.parametrize(("yes", "which"), [(True, "did not come true"), (False, "the label came true")])
def test_one_outcome_only_is_too_few_of_the_other(several, yes, which):
    never = replace(several[0], y=np.full(len(several[0].y), yes))
    (to_learn,) = lacking([never], None, Minimums(1, 1))
    assert to_learn.startswith("To learn from")
    assert "there are 0 customers" in to_learn
    assert which in to_learn
    (to_judge,) = lacking([several[0]], never, Minimums(1, 1))
    assert to_judge.startswith("To judge by")


def test_without_a_date_to_learn_from_the_history_is_too_short(several):
    (said,) = lacking([], several[0], Minimums(1, 1))
    assert "no date to learn from" in said


def test_of_nobody_there_are_no_examples_and_that_is_said(shop, window):
    few = seen_at(shop, window, spend_decline(min_order_days=5000))
    assert len(few.y) == 0
    assert len(pooled([few, few]).y) == 0
    assert "there are 0 eligible customers" in lacking([few], None, Minimums(100, 20))[0]
