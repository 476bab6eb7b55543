"""The peers that clientscape is measured against compute the same."""

import importlib

import pandas as pd
import pytest


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.syspath_prepend("experiments/benchmarks")
    return importlib.import_module


def test_peers_compute_what_clientscape_does(benchmark, tmp_path):
    log = tmp_path / "log.parquet"
    benchmark("made_log").write_log(log, 20_000)
    prices = benchmark("task").learnt_prices(log)
    assert isinstance(prices, pd.DataFrame)
    found = dict(benchmark("equality").checked(log, prices, engine=False))
    assert len(found) == 8
    assert not any(found.values()), found
