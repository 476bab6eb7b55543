"""Scores are the same on every engine, and in chunks of any size: they do not depend on who else is asked about."""

import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests.long import times
from tests.scorer.plans import KMEANS, PLANS

from clientscape.catalog import Use
from clientscape.scorer.model import Scorer
from clientscape.scorer.on_spark import score_on_spark
from clientscape.tables import Tables


@pytest.fixture(scope="module")
def fitted(shop, window):
    """A plan that has all there is: a mixture, a forecaster, trees and a stack."""
    trees, stack = Use("boosted_trees", {"max_iter": 40}), Use("stacked")
    risks = {"churn": replace(KMEANS.churn, classifier=stack), "decline": replace(KMEANS.decline, classifier=trees)}
    return Scorer(replace(PLANS["gaussian_mixture"], **risks)).fit(shop, window)


@pytest.fixture(scope="module")
def training(fitted, shop, window):
    return fitted.score(shop, window.as_of)


def of_customers(tables: Tables, ids) -> Tables:
    names = ("transactions", "customers", "touches", "points")
    frames = {name: getattr(tables, name) for name in names}
    chosen = {name: frame[frame["customer_id"].isin(ids)].reset_index(drop=True) for name, frame in frames.items()}
    return replace(tables, **chosen)


def chunks(tables: Tables, size: int | None) -> list[Tables]:
    ids = tables.transactions["customer_id"].drop_duplicates().tolist()
    return [of_customers(tables, ids[at : at + (size or len(ids))]) for at in range(0, len(ids), size or len(ids))]


def assert_same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    assert list(found.columns) == list(expected.columns)
    for column, values in expected.items():
        if values.dtype.kind == "f":
            np.testing.assert_allclose(found[column], values, rtol=1e-9, atol=1e-9, err_msg=column)
        else:
            assert found[column].tolist() == values.tolist(), column


def together(parts) -> pd.DataFrame:
    return pd.concat(parts).sort_values("customer_id", ignore_index=True)


@pytest.mark.parametrize("engine", ["walk", "duckdb", "polars"])
@pytest.mark.parametrize("size", [1, 100, None])
def test_chunks_give_the_training_table(fitted, training, shop, window, engine, size):
    """One by one only some of the customers, by an engine that takes half a second for anything."""
    asked = chunks(shop, size)[:: 1 if size != 1 else times(50, 5)]
    ordered = [part for part in asked if window.past(part.transactions["day"]).any()]
    found = together(fitted.score(part, window.as_of, engine=engine, partial=True) for part in ordered)
    assert_same(found, training[training["customer_id"].isin(found["customer_id"])].reset_index(drop=True))
    assert len(found) == len(training) or size == 1


@pytest.mark.spark
@pytest.mark.usefixtures("spark_session")
@pytest.mark.skipif(shutil.which("java") is None, reason="no Java")
@pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")
class TestSpark:
    @pytest.mark.parametrize("at_once", [100, 1_000_000])
    def test_a_log_in_two_shares_gives_the_training_table(self, fitted, training, shop, window, tmp_path, at_once):
        halves = chunks(shop, 100)
        pieces = list(score_on_spark(fitted, halves, window.as_of, tmp_path, at_once=at_once))
        assert_same(together(scores for _, scores in pieces), training)
        described = together(table for table, _ in pieces)
        known, _ = fitted.described(shop, window.as_of)
        assert list(described) == list(known.table)
        for column in known.table.columns.drop("as_of"):
            values = known.table[column]
            if values.dtype.kind == "f":
                np.testing.assert_allclose(described[column], values, rtol=1e-9, err_msg=column)
            else:
                assert described[column].tolist() == values.tolist(), column

    def test_the_model_may_see_one_customer_at_a_time(self, fitted, training, shop, window, tmp_path):
        some = training["customer_id"][:: times(20, 1)].tolist()
        pieces = list(score_on_spark(fitted, [of_customers(shop, some)], window.as_of, tmp_path, at_once=1))
        assert_same(
            together(scores for _, scores in pieces),
            training[training["customer_id"].isin(some)].reset_index(drop=True),
        )
