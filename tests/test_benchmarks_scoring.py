"""The benchmark of scoring: its shop, its peer, its parts and its tables, on a tiny shop."""

import importlib
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

N = 800


@pytest.fixture(scope="module")
def benchmark():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend("experiments/benchmarks")
        yield importlib.import_module


@pytest.fixture(scope="module")
def made(benchmark, tmp_path_factory):
    """A shop and two models of it, beside each other."""
    jobs = benchmark("scoring_jobs").Jobs(tmp_path_factory.mktemp("scoring"), "1GB")
    source = benchmark("scoring_shop").write_shop(jobs.folder, N)
    model = benchmark("scoring_model")
    light = model.PLANS["light"]
    heavy = replace(model.PLANS["heavy"], churn=light.churn)  # one stack is slow enough here
    for name, plan in {"light": light, "heavy": heavy}.items():
        model.write_model(jobs.model(name), source, plan)
    return jobs


def run(command, monkeypatch):
    """A contender's command in this process; its exit code."""
    script = command[2] if command[1] == "-c" else ""
    with monkeypatch.context() as patch:
        patch.setattr(sys, "argv", command[2:] if script else command[1:])
        if not script:
            importlib.import_module("scoring_pandas").main()
            return 0
        with pytest.raises(SystemExit) as ended:
            importlib.import_module("clientscape.run.cli").main()
        return ended.value.code or 0


@pytest.fixture(scope="module")
def scores(made):
    """The scores of the shop by contender, each made once."""
    known = {}

    def of(who, monkeypatch):
        if who not in known:
            assert run(made.command(who, N), monkeypatch) == 0
            known[who] = pd.read_parquet(made.scores(who, N))
        return known[who]

    return of


def test_everyone_buys_while_he_is_with_the_shop(benchmark, made):
    shop = benchmark("scoring_shop")
    log = pd.read_parquet(shop.log_of(made.folder, N))
    assert len(log) == N * shop.LINES_A_CUSTOMER
    assert log["customer_id"].nunique() == N
    assert (log.groupby("order_id")["customer_id"].nunique() == 1).all()
    span = log.groupby("customer_id", observed=True)["ordered_at"].agg(["min", "max"])
    first, end = log["ordered_at"].min(), log["ordered_at"].max()
    third = (end - first) / 3
    assert 0.15 < (span["max"] < end - third).mean() < 0.6  # they have left
    assert 0.15 < (span["min"] > first + third).mean() < 0.6  # they are new


def test_buyers_are_always_the_same(benchmark):
    buyers = benchmark("scoring_shop").buyers
    who = buyers(50, 400)
    np.testing.assert_array_equal(who, buyers(50, 400))
    assert len(who) == 400
    assert set(who) == set(range(50))
    assert not np.array_equal(who, buyers(50, 400, seed=8))


def test_the_peer_gives_the_same_scores(benchmark, scores, monkeypatch):
    ours, pandas = scores("walk", monkeypatch), scores("pandas", monkeypatch)
    assert len(ours) > 0.99 * N
    assert ours["flagged"].any()
    assert benchmark("equality").differences(ours, pandas) == []


def test_a_difference_is_seen(benchmark, scores, monkeypatch):
    ours = scores("walk", monkeypatch)
    other = ours.assign(p_churn=ours["p_churn"] + 1e-6 * (ours.index == 3))
    assert benchmark("equality").differences(ours, other) == [f"p_churn: 1 of {len(ours)}"]
    assert benchmark("equality").differences(ours, ours.assign(stage="new")) != []
