"""What holds for every feature, whatever it computes."""

import pandas as pd
import pytest
from hypothesis import given, settings
from pandas.testing import assert_frame_equal, assert_series_equal
from tests.features.laws import (
    CHANGES,
    LAWS,
    MONEY_UNITS,
    NEARLY,
    doubled,
    of,
    with_all_days_later,
    with_money_doubled,
)
from tests.features.logs import AS_OF, COVERS, PRICES, nasty
from tests.long import times

from clientscape.features.plan import dictionary
from clientscape.window import Window

LONG = Window(AS_OF.date(), COVERS)  # long enough for the same days of a year earlier


def changes_under(law, uses):
    """What a law does to which feature."""
    changes = dict(CHANGES.get(law, {}))
    if law is with_money_doubled:
        changes |= {entry.name: doubled for entry in dictionary(uses) if entry.unit in MONEY_UNITS}
    return changes


def same_under(law, before, tables, window, describe, uses):
    after = describe(*law(tables, window)).drop("stranger", errors="ignore")
    for name, change in changes_under(law, uses).items():
        before = before.assign(**{name: change(before[name])})
    for name in NEARLY.get(law, []):
        assert_series_equal(after[name], before[name], rtol=1e-9, atol=1e-12)
        before = before.assign(**{name: after[name]})
    assert_frame_equal(after, before, check_exact=True)


@given(tables=nasty(6, 40))
@settings(max_examples=times(5, 70))
def test_any_small_log_is_described_the_same(tables, described, every_use):
    def describe(tables, window):
        return described(tables, window, prices=PRICES)

    before = describe(tables, LONG)
    for law in LAWS:
        same_under(law, before, tables, LONG, describe, every_use)
    for who in before.index:
        assert_frame_equal(describe(of(tables, who), LONG), before.loc[[who]], check_exact=True)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_a_shop_is_described_the_same(law, rough, described, every_use):
    same_under(law, described(rough, LONG), rough, LONG, described, every_use)


@pytest.mark.parametrize("law", CHANGES, ids=lambda law: law.__name__)
def test_what_a_law_changes_does_change(law, rough, described, every_use):
    before, after = described(rough, LONG), described(*law(rough, LONG))
    changed = {name for name in before if not after[name].equals(before[name])}
    assert changed - set(NEARLY.get(law, [])) == set(changes_under(law, every_use))


def test_a_customer_alone_is_described_as_in_company(company, rough, described):
    for who in company.index[::10]:
        assert_frame_equal(described(of(rough, who)), company.loc[[who]], check_exact=True)


def test_days_that_are_no_weeks_change_the_weekdays_only(rough, described):
    before, after = described(rough, LONG), described(*with_all_days_later(rough, LONG, days=37))
    changed = {name for name in before if not after[name].equals(before[name])}
    assert changed == {"weekend_share", "favourite_weekday", "attribute_joined_on"}
    one_weekday = before["favourite_weekday"].notna() & (before["n_orders"] == 1)
    rotated = (before["favourite_weekday"] - 1 + 37) % 7 + 1
    assert after["favourite_weekday"][one_weekday].equals(rotated[one_weekday])


def test_a_customer_who_is_asked_for_is_described_without_orders(rough, described, company):
    """A customer without cells has sums of 0 and no extremes; the others are as without him."""
    asked = pd.Series([*company.index[:5], "nobody"])
    found = described(rough, customers=asked)
    assert_frame_equal(found.loc[company.index[:5]], company[:5], check_exact=True)
    nobody = found.loc["nobody"]
    assert nobody[["n_orders", "spend_total", "points_balance", "n_contacts", "n_used_store"]].tolist() == [0.0] * 5
    assert nobody[["recency_days", "favourite_category", "spend_change_90", "weekend_share"]].isna().all()
