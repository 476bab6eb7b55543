"""The catalogue as a whole: nothing is left out, and what a shop lacks is absent by name."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from tests.features.logs import tables_of

from clientscape.catalog import expand, settings
from clientscape.features.build import CATALOGUE, features, has
from clientscape.features.plan import dictionary, lacking
from clientscape.tables import check_tables

TEXT = {"favourite", "favourite_category", "most_visited_category"}


def test_every_feature_is_used_and_computed(every_use, rough, prices, company):
    assert {use.use for use in every_use} == set(CATALOGUE)
    assert len({use.name for use in every_use}) == len(every_use)
    assert lacking(every_use, has(rough, prices)) == {}
    assert company.columns.tolist() == [use.name for use in every_use]


def test_every_feature_says_something_and_not_the_same_of_all(rough, described, window):
    found = described(rough, window.whole())
    assert [name for name in found if found[name].nunique() < 2] == []


def test_every_feature_has_meaning_and_unit(every_use):
    assert [entry.name for entry in dictionary(every_use) if not (entry.meaning and entry.unit)] == []


def test_columns_and_types_do_not_depend_on_the_log(company, described, every_use):
    bare = [("A", "1", "2025-03-01", 5.0, *[None] * 9)]
    tiny = described(tables_of(bare, customers=[("A", "north", True, "2025-01-01")]))
    assert tiny.dtypes.to_dict() == company.dtypes.to_dict()
    by_name = {use.name: use for use in every_use}
    text = {name for name in company.select_dtypes("str") if by_name[name].use != "attribute"}
    assert {by_name[name].use for name in text} == TEXT
    assert {str(kind) for kind in company.dtypes} == {"float64", "str"}


LACKED = {
    "touches": {"n_contacts", "contacts_last", "open_ratio", "click_ratio", "redeem_ratio", "reaction_recency_days",
                "n_referrals", "is_unsubscribed", "n_visits", "visit_days_without_order", "visit_day_order_share",
                "n_categories_visited", "most_visited_category"},
    "points": {"points_earned", "points_spent", "points_balance", "points_spent_last", "redemption_days"},
    "customers": {"attribute", "days_since"},
    "category": {"n_categories", "category_entropy", "favourite_category", "favourite_category_share",
                 "price_tier_ratio"},
    "product_id": {"n_products", "new_product_share", "repeat_product_share"},
    "quantity_milli": {"price_tier_ratio"},
    "discount_minor": {"discount_share", "coupon_share"},
    "coupon_minor": {"coupon_share"},
    "margin_minor": {"margin_total", "margin_share"},
    "prices": {"price_tier_ratio"},
}  # fmt: skip


@pytest.mark.parametrize("what", LACKED)
def test_features_of_what_a_shop_lacks_are_absent_and_the_others_equal(
    what, rough, prices, company, described, every_use
):
    given = None if what == "prices" else prices
    if what in ("touches", "points", "customers"):
        poor = replace(rough, **{what: None})
    else:
        poor = replace(rough, transactions=rough.transactions.drop(columns=what, errors="ignore"))
    found = described(poor, prices=given)
    absent = [use.name for use in every_use if use.use in LACKED[what]]
    pd.testing.assert_frame_equal(found, company.drop(columns=absent), check_exact=True)


@pytest.mark.parametrize("which", ["channel", "payment_method", "store"])
def test_a_way_that_is_not_told_is_absent_alone(which, rough, described, company):
    found = described(replace(rough, transactions=rough.transactions.drop(columns=which)))
    absent = [f"{use}_{which}" for use in ("n_used", "favourite", "favourite_share")]
    pd.testing.assert_frame_equal(found, company.drop(columns=absent), check_exact=True)


def test_touches_without_channels_or_categories(rough, described, company):
    found = described(replace(rough, touches=rough.touches.drop(columns=["channel", "category"])))
    through = [f"{use}_{way}" for use in ("n_contacts", "open_ratio", "click_ratio") for way in ("email", "app")]
    absent = [*through, "n_categories_visited", "most_visited_category"]
    pd.testing.assert_frame_equal(found, company.drop(columns=absent), check_exact=True)


def test_what_a_shop_never_writes_down_is_absent_and_not_zero(rough, described, company):
    """No opening was ever recorded, and orders have days only."""
    midnight = rough.transactions.assign(ordered_at=rough.transactions["ordered_at"].dt.normalize(), hour=np.int8(0))
    recorded = rough.records - {"touches.opened", "times of day"}
    found = described(replace(rough, transactions=midnight, records=recorded))
    absent = {"open_ratio", "open_ratio_email", "open_ratio_app", "hour_share", "hour_share_0_12"}
    assert set(company) - set(found) == absent
    touches = pd.DataFrame({"customer_id": "A", "at": [pd.Timestamp("2025-01-01")], "kind": "clicked"})
    lines = pd.DataFrame({"customer_id": ["A"], "order_id": 1, "ordered_at": touches["at"], "amount": 1.0})
    bare = check_tables({"transactions": lines, "touches": touches}, covers=rough.covers, currency="EUR")
    assert bare.records == {"touches.clicked"}


def test_what_is_lacking_is_said(shop):
    poor = replace(shop, points=None, transactions=shop.transactions.drop(columns="quantity_milli"))
    uses = expand(["n_orders", "points_balance", "price_tier_ratio", {"use": "attribute", "column": "shoe_size"}])
    assert lacking(uses, has(poor)) == {
        "points_balance": "points",
        "price_tier_ratio": "prices, transactions.quantity",
        "attribute_shoe_size": "customers.shoe_size",
    }


# The longest of a feature's own days that a window of 60 days, with 456 before as_of, allows.
LONGEST = {
    "orders_last": 60, "order_days_last": 60, "order_days_change": 30, "spend_last": 60, "spend_change": 30,
    "contacts_last": 60, "points_spent_last": 60, "new_product_share": 60, "is_new": 455,
}  # fmt: skip


@pytest.mark.parametrize(("use", "longest"), LONGEST.items())
def test_a_window_too_short_makes_a_feature_missing_for_all(rough, window, use, longest):
    found = features(rough, replace(window, lookback_days=60), expand([{"use": use, "days": [longest, longest + 1]}]))
    assert found[f"{use}_{longest}"].notna().any()
    assert found[f"{use}_{longest + 1}"].isna().all()
    assert found[f"{use}_{longest + 1}"].dtype == np.float64


# The days that a window must have, where a feature's own days are 30 or none.
MUST_SEE = {"spend_year_ago": 395, "spend_year_change": 395, "spend_slope": 360, "months_since_best_quarter": 360}


@pytest.mark.parametrize(("name", "days"), MUST_SEE.items())
def test_what_the_source_does_not_cover_is_missing_as_well(rough, window, name, days):
    """A window of 500 days sees no more of a year than the source covers before as_of."""
    uses = expand([{"use": name, "days": 30} if "days" in settings(CATALOGUE[name]) else name])
    dates = [
        replace(window, as_of=window.covers.first + timedelta(days=n), lookback_days=500) for n in (days - 1, days)
    ]
    missing = features(rough, dates, uses).set_index("as_of")[uses[0].name].isna().groupby("as_of").all()
    assert missing.tolist() == [True, False]


def test_every_feature_with_days_has_its_limit_tested():
    with_days = {name for name, function in CATALOGUE.items() if "days" in settings(function)}
    assert with_days == {*LONGEST, "spend_year_ago", "spend_year_change"}
