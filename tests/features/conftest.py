"""A shop with returns, a real log, prices learnt before the window."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from clientscape.catalog import expand
from clientscape.data.read import read
from clientscape.features.build import features, has
from clientscape.features.crowd import usual_prices
from clientscape.features.plan import lacking
from clientscape.run.sources import load_source
from clientscape.window import Window


@pytest.fixture(scope="session")
def rough(shop):
    """The shop with a tenth of its lines brought back, and some lines of an order on the day after."""
    rng = np.random.default_rng(5)
    log = shop.transactions
    back = log[rng.random(len(log)) < 0.1]
    taken_off = ["amount_minor", "margin_minor", "quantity_milli"]
    back = back.assign(order_id="R" + back["order_id"], **-back[taken_off])
    late = pd.Series(rng.random(len(log)) < 0.1) & (log["day"] < log["day"].max())
    log = log.assign(
        ordered_at=log["ordered_at"] + pd.to_timedelta(late.astype(int), unit="D"),
        day=log["day"] + late.astype(np.int32),
    )
    return replace(shop, transactions=pd.concat([log, back], ignore_index=True))


@pytest.fixture(scope="session")
def prices(rough, window):
    """Usual prices, learnt from all that lies before the window."""
    return usual_prices(rough, Window(window.start, window.covers))


@pytest.fixture(scope="session")
def described(window, every_use, prices):
    """A maker of features by customer: of the whole catalogue at the window, if nothing else is said."""

    def describe(tables, then=window, uses=every_use, **options):
        found = features(tables, then, uses, **{"prices": prices, **options})
        return found.drop(columns="as_of").set_index("customer_id")

    return describe


@pytest.fixture(scope="session")
def company(rough, described):
    """All customers of the shop."""
    return described(rough)


@pytest.fixture(scope="session")
def journey():
    """A year of 2,469 households of a grocery chain."""
    source, root = load_source("complete_journey")
    return read(source, name="complete_journey", root=root)[0]


@pytest.fixture(scope="session")
def autumn(journey):
    return Window(date(2017, 10, 1), journey.covers, lookback_days=180)


@pytest.fixture(scope="session")
def uses_of_journey(every_use, journey):
    """All features that it has what they need for."""
    asked = [*every_use, *expand([{"use": "attribute", "column": ["age", "household_size"]}])]
    absent = lacking(asked, has(journey))
    return [use for use in asked if use.name not in absent]
