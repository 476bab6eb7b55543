"""What is refused, and with which cure."""

from importlib.util import find_spec

import pytest

from clientscape.catalog import Use, expand
from clientscape.faults import InputError
from clientscape.features import engines
from clientscape.features.build import features


@pytest.mark.parametrize(("engine", "near"), [("duck", "duckdb"), ("Polars", "polars"), ("sparc", "spark")])
def test_an_unknown_engine_is_refused_with_the_nearest(shop, window, engine, near):
    with pytest.raises(InputError, match=f"engine: found `{engine}`.*duckdb, polars, spark.*write `{near}`"):
        features(shop, window, [Use("n_orders")], engine=engine)


@pytest.mark.parametrize(("engine", "package"), [("polars", "polars"), ("spark", "pyspark")])
def test_an_engine_that_is_not_installed_is_refused_with_the_cure(shop, window, engine, package, monkeypatch):
    monkeypatch.setattr(engines, "find_spec", lambda name: None if name == package else find_spec(name))
    with pytest.raises(InputError, match=rf"no package {package}.*pip install 'clientscape\[{engine}\]'"):
        features(shop, window, [Use("n_orders")], engine=engine)


@pytest.mark.parametrize("engine", ["walk", "polars"])
def test_days_since_a_column_of_text_or_of_flags_are_refused_together(shop, window, engine):
    uses = expand([{"use": "days_since", "column": ["region", "email_consent", "joined_on"]}])
    with pytest.raises(InputError, match="region::TIMESTAMP") as refused:
        features(shop, window, uses, engine=engine)
    refused_columns = {fault.where for fault in refused.value.faults}
    assert refused_columns == {"features.days_since_region", "features.days_since_email_consent"}


def test_an_unknown_feature_is_refused_with_the_nearest(shop, window):
    with pytest.raises(InputError, match="write `n_orders`"):
        features(shop, window, [Use("n_order")])
