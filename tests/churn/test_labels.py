from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from clientscape.catalog import functions
from clientscape.churn import labels
from clientscape.churn.examples import examples, one_sided
from clientscape.churn.labels import no_order, spend_decline
from clientscape.clv.simple import same_rate
from clientscape.scorer.snapshot import take

CATALOGUE = functions(labels)


def past(*rows):
    return pd.DataFrame(rows, columns=["n_order_days", "spend", "order_days_ever"]).astype(float)


def future(*rows):
    return pd.DataFrame(rows, columns=["n_order_days", "spend"]).astype(float)


def test_no_order_asks_everyone_whether_he_is_gone():
    before = past((2, 50, 9), (0, 0, 1), (1, -5, 1))
    assert no_order().eligible(before).tolist() == [True, True, True]
    # The second came again, the third only brought something back.
    assert no_order().outcome(before, future((0, 0), (1, 8), (0, -8))).tolist() == [True, False, True]


def test_spend_decline_asks_who_spent_in_the_last_horizon_and_is_known():
    before = past((2, 50, 3), (2, 50, 2), (0, 0, 9), (1, -5, 9))
    assert spend_decline().eligible(before).tolist() == [True, False, False, False]
    assert spend_decline(min_order_days=1).eligible(before).tolist() == [True, True, False, False]


@pytest.mark.parametrize(("after", "declined"), [(49.99, True), (50.0, False), (0.0, True), (-3.0, True), (120, False)])
def test_spend_declines_below_the_share_not_at_it(after, declined):
    assert spend_decline(share=0.5).outcome(past((2, 100, 3)), future((1, after))).tolist() == [declined]


@pytest.fixture(scope="module")
def snapshot(shop, window):
    return take(shop, window, [], same_rate(), fit=True)


@pytest.mark.parametrize("name", CATALOGUE)
class TestEveryLabel:
    def test_who_is_asked_does_not_depend_on_the_future(self, name, shop, window, snapshot, with_lines):
        lines = shop.transactions
        blind = with_lines(shop, lines[lines["day"] < window.as_of_day])
        label = CATALOGUE[name]()
        seen, unseen = (examples(tables, window, snapshot.table, snapshot.past, label) for tables in (shop, blind))
        assert seen.positions.tolist() == unseen.positions.tolist()
        assert len(seen.y)
        assert unseen.y.all()  # whom no future is known of, left
        assert 0 < seen.y.mean() < 1

    def test_the_outcome_is_that_of_the_horizon_and_of_nothing_after_it(self, name, shop, window, snapshot, with_lines):
        short = replace(window, horizon_days=30)
        label, lines = CATALOGUE[name](), shop.transactions
        ends = with_lines(shop, lines[lines["day"] < short.as_of_day + 30])
        whole, cut = (examples(tables, short, snapshot.table, snapshot.past, label) for tables in (shop, ends))
        assert whole.y.tolist() == cut.y.tolist()

    def test_rows_belong_together(self, name, shop, window, snapshot):
        found = examples(shop, window, snapshot.table, snapshot.past, CATALOGUE[name]())
        assert found.X["customer_id"].tolist() == snapshot.table["customer_id"].iloc[found.positions].tolist()
        assert len(found.X) == len(found.y) == len(found.past) == len(found.future)
        assert found.y.dtype == bool


def test_a_horizon_by_plain_loops(shop, window, snapshot):
    found = examples(shop, window, snapshot.table, snapshot.past, no_order())
    at = shop.transactions["ordered_at"]
    after = shop.transactions[(at >= "2025-04-01") & (at < pd.Timestamp("2025-04-01") + pd.Timedelta(days=90))]
    assert (~found.X["customer_id"].isin(after["customer_id"])).tolist() == found.y.tolist()
    assert found.future["spend"].sum() == pytest.approx(
        after.loc[after["customer_id"].isin(found.X["customer_id"]), "amount_minor"].sum() / 100
    )


def test_one_outcome_only_and_empty_columns_are_told(shop, window, snapshot):
    seen = examples(shop, window, snapshot.table, snapshot.past, no_order())
    assert one_sided(seen, ["recency_days"], "churn") == []
    never = replace(seen, y=np.zeros(len(seen.y), bool))
    assert [fault.found for fault in one_sided(never, [], "churn")] == [
        f"{len(seen.y)} eligible customers, 0 of them yes"
    ]
    empty = replace(seen, X=seen.X.assign(recency_days=np.nan))
    assert [fault.where for fault in one_sided(empty, ["recency_days"], "churn")] == ["churn: recency_days"]
