"""The benchmark of the lifetime value models: its histories, its judgement and its tables, without a network."""

import importlib
from dataclasses import replace

import numpy as np
import pytest

from clientscape.clv.bgnbd import BGNBD
from clientscape.clv.gamma_gamma import GammaGamma
from clientscape.clv.histories import checked


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.syspath_prepend("experiments/benchmarks")
    return importlib.import_module


def distinct(h):
    return len(np.unique(np.stack([h.x, h.t_x, h.T]), axis=1).T)


@pytest.mark.parametrize("whole_days", [True, False])
def test_simulated_histories_are_valid_and_always_the_same(benchmark, whole_days):
    simulated = benchmark("clv_histories").simulated
    h, again = (simulated(20_000, whole_days=whole_days) for _ in range(2))
    checked(x=h.x, t_x=h.t_x, T=h.T, m_x=h.m_x)
    assert all(np.array_equal(getattr(h, name), getattr(again, name)) for name in ("x", "t_x", "T", "m_x"))
    assert np.array_equal(h.m_x > 0, h.x > 0)
    assert ((h.T > 26 * 7) & (h.T <= 39 * 7)).all()
    assert 0.55 < (h.x == 0).mean() < 0.65


def test_whole_days_merge_and_times_do_not(benchmark):
    simulated = benchmark("clv_histories").simulated
    days, times = simulated(20_000, whole_days=True), simulated(20_000, whole_days=False)
    assert (days.t_x == np.rint(days.t_x)).all()
    assert (days.x <= days.t_x).all()
    assert distinct(days) < 0.5 * 20_000
    assert distinct(times) == 20_000


def test_histories_come_back_from_files(benchmark, tmp_path):
    module = benchmark("clv_histories")
    h = module.simulated(1_000, whole_days=True)
    h.save(tmp_path)
    assert np.array_equal(module.Histories.load(tmp_path).m_x, h.m_x)
    assert module.Histories.load(tmp_path).first(10).x.size == 10


def test_likelihood_is_that_of_the_models(benchmark):
    judge = benchmark("clv_judge")
    h = benchmark("clv_histories").simulated(5_000, whole_days=True)
    orders, value = BGNBD().fit(h.x, h.t_x, h.T), GammaGamma().fit(h.x, h.m_x)
    found = {name: getattr(orders, f"{name}_") for name in ("r", "alpha", "a", "b")}
    assert judge.log_likelihood("BGNBD", found, h) == pytest.approx(orders.log_likelihood_, rel=1e-9)
    found = {name: getattr(value, f"{name}_") for name in ("p", "q", "v")}
    assert judge.log_likelihood("GammaGamma", found, h) == pytest.approx(value.log_likelihood_, rel=1e-9)


def test_forecasts_are_held_against_the_larger_and_known_ones(benchmark):
    largest = benchmark("clv_judge").largest_difference
    mine, other = np.array([1.0, 0.0, 2.0, np.nan]), np.array([1.0, 0.0, 1.0, 5.0])
    assert largest(mine, other) == 0.5


def test_what_a_contender_tells(benchmark):
    h = benchmark("clv_histories").simulated(2_000, whole_days=True)
    told, forecasts = benchmark("clv_contenders").measured("ours", "BGNBD", h, 39.0, 2)
    assert set(told["parameters"]) == {"r", "alpha", "a", "b"}
    assert all(told[what]["cpu_seconds"] > 0 for what in ("fit", "expected orders", "P(alive)"))
    assert all(values.shape == h.x.shape for values in forecasts.values())


def test_table_shows_failures_and_no_ratio_at_another_likelihood(benchmark):
    report = benchmark("clv_report")
    run = {"fit": {"cpu_seconds": 2.0, "peak_mib": 100.0}}
    ours = report.Row("days", "BGNBD", "ours", runs=[run], log_likelihood=-1000.0)
    as_good = replace(ours, who="lifetimes", log_likelihood=-1000.01)
    worse = replace(as_good, log_likelihood=-1001.0)
    failed = report.Row("days", "MBGNBD", "lifetimes", failed="not done after 9 s")
    cells = [line.split(" | ") for line in report.fits([ours, as_good, worse, failed]).splitlines()[2:]]
    assert [line[4] for line in cells] == ["1", "1", "does not count", ""]
    assert cells[3][2] == "lifetimes: not done after 9 s"
