"""No feature sees the future, of whichever table."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from tests.features.laws import each

from clientscape.catalog import Use
from clientscape.clv.lifetime import bgnbd_gamma_gamma
from clientscape.features.build import activity, features, letters
from clientscape.features.crowd import usual_prices
from clientscape.scorer.snapshot import take

MINORS = ("amount_minor", "discount_minor", "coupon_minor", "margin_minor", "quantity_milli", "points_milli")


def drop(tables, as_of_day):
    return in_events(tables, lambda frame: frame[frame["day"] < as_of_day])


def change_everything(tables, as_of_day):
    """Other numbers, other words, another hour: whatever stands in the future."""

    def other(frame):
        future = frame["day"] >= as_of_day
        numbers = {name: frame[name].where(~future, frame[name] * -100) for name in MINORS if name in frame}
        words = ("product_id", "category", "channel", "payment_method", "store")
        texts = {name: frame[name].where(~future, "!" + frame[name]) for name in words if name in frame}
        kinds = {"kind": frame["kind"].where(~future, "redeemed")} if "kind" in frame else {}
        return frame.assign(**numbers, **texts, **kinds)

    return in_events(tables, other)


def add_at_midnight(tables, as_of_day):
    """Every customer orders, is written to, visits and earns points at exactly as_of, newcomers too."""

    def more(frame):
        known = frame.drop_duplicates("customer_id")
        new = known.assign(customer_id="new " + known["customer_id"])
        there = on_day(pd.concat([known, new]), as_of_day)
        if "order_id" in there:
            there = there.assign(order_id="M" + there["customer_id"], amount_minor=9_999_900, hour=0)
        visits = [there.assign(kind="visited")] if "kind" in there else []
        return pd.concat([frame, *(added.astype(frame.dtypes) for added in (there, *visits))])

    return in_events(tables, more)


def go_on_with_old_orders(tables, as_of_day):
    """Lines after as_of that belong to orders from before it."""
    lines = tables.transactions
    last = lines[lines["day"] < as_of_day].drop_duplicates("customer_id", keep="last")
    on = on_day(last, as_of_day).assign(channel="!", store="!", hour=0).astype(lines.dtypes)
    return replace(tables, transactions=pd.concat([lines, on], ignore_index=True))


def in_events(tables, change):
    """The tables with other events; those of customers have no dates of change."""
    return each(tables, lambda frame: change(frame) if "day" in frame else frame)


def on_day(frame, day):
    time = "ordered_at" if "ordered_at" in frame else "at"
    return frame.assign(day=np.int32(day), **{time: pd.Timestamp(day, unit="D")})


FUTURES = (drop, change_everything, add_at_midnight, go_on_with_old_orders)


@pytest.fixture(params=FUTURES, ids=lambda change: change.__name__)
def other_future(request, rough, window):
    return request.param(rough, window.as_of_day)


@pytest.fixture(scope="module")
def snapshot(rough, window, every_use):
    return take(rough, window, every_use, bgnbd_gamma_gamma(), fit=True)


def same_bytes(found, known):
    assert_frame_equal(found, known, check_exact=True)
    for name in known.select_dtypes("number"):
        assert found[name].to_numpy().tobytes() == known[name].to_numpy().tobytes(), name


def test_features_are_equal_whatever_comes(other_future, described, company):
    same_bytes(described(other_future), company)


def test_features_of_the_whole_history_are_equal_whatever_comes(other_future, rough, described, window):
    same_bytes(described(other_future, window.whole()), described(rough, window.whole()))


def test_usual_prices_are_equal_whatever_comes(other_future, rough, window):
    assert_frame_equal(usual_prices(other_future, window), usual_prices(rough, window), check_exact=True)


def test_letters_and_activity_are_equal_whatever_comes(rough, other_future, window, company):
    assert_frame_equal(letters(other_future, window), letters(rough, window), check_exact=True)
    who = company.index.to_series()
    for w in (window, window.recent()):
        before, after = (activity(tables, w, who) for tables in (rough, other_future))
        assert_frame_equal(after, before, check_exact=True)


def test_a_snapshot_and_what_it_learns_are_equal_whatever_comes(snapshot, other_future, window, every_use):
    found = take(other_future, window, every_use, bgnbd_gamma_gamma(), fit=True)
    for part in ("table", "past", "prices"):
        assert_frame_equal(getattr(found, part), getattr(snapshot, part), check_exact=True)


def test_a_date_of_joining_yet_to_come_is_missing_whichever_it_is(rough, window, described, company):
    """A customer's attributes are told as they stand today; days are counted since past dates only."""
    people = rough.customers
    coming = people["joined_on"] >= pd.Timestamp(window.as_of)
    moved = people.assign(joined_on=people["joined_on"].where(~coming, people["joined_on"] + pd.Timedelta(days=500)))
    at_midnight = people.assign(joined_on=people["joined_on"].where(~coming, pd.Timestamp(window.as_of)))
    assert coming.any()
    for other in (moved, at_midnight):
        found = described(replace(rough, customers=other), customers=people["customer_id"])
        known = described(rough, customers=people["customer_id"])
        same_bytes(found.drop(columns="attribute_joined_on"), known.drop(columns="attribute_joined_on"))
        assert found.loc[people["customer_id"][coming], "days_since_joined_on"].isna().all()


def test_the_future_is_seen_from_behind_it(rough, other_future, window, company):
    who = company.index.to_series()
    ahead = [activity(tables, window.ahead(), who) for tables in (rough, other_future)]
    assert not ahead[0].equals(ahead[1])


def test_a_change_of_the_past_is_seen_by_every_feature(rough, window, described):
    """Two thirds of all rows are gone; or what is older than 50 days, which is what makes a customer new."""
    known = described(rough, window.whole())
    fewer = described(each(rough, lambda frame: frame[::3]), window.whole())
    young = described(in_events(rough, lambda f: f[f["day"] >= window.as_of_day - 50]), window.whole())
    same = [{name for name in known if cut[name].equals(known.loc[cut.index, name])} for cut in (fewer, young)]
    assert same[0] & same[1] == set()
    assert same[0] <= {"is_new", "is_new_30", "is_new_365"}


@pytest.mark.parametrize(("second", "counts"), [("2025-03-31 23:59:59.999999", True), ("2025-04-01 00:00:00", False)])
def test_the_last_microsecond_counts_and_midnight_does_not(lines, window, second, counts):
    tables = lines([("A", "1", "2025-03-20", 10.0), ("A", "2", second, 7.0)])
    row = features(tables, window, [Use("recency_days"), Use("n_orders"), Use("spend_total")]).iloc[0]
    assert row[["recency_days", "n_orders", "spend_total"]].tolist() == ([1, 2, 17.0] if counts else [12, 1, 10.0])


@pytest.mark.parametrize(("first", "counts"), [("2024-04-01 00:00:00", True), ("2024-03-31 23:59:59.999999", False)])
def test_the_past_begins_with_its_first_midnight(lines, window, first, counts):
    tables = lines([("A", "1", first, 10.0), ("A", "2", "2025-03-20", 7.0)])
    row = features(tables, window, [Use("tenure_days")]).iloc[0]
    assert row["tenure_days"] == (365 if counts else 12)
    assert letters(tables, window)["T"].tolist() == [364 if counts else 365]
