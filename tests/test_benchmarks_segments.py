"""The benchmark of the sweep: its customers, its contenders on a tiny sweep, its judgement and its tables."""

import importlib
import math

import numpy as np
import pytest

TINY = {"n": 600, "measured_on": 600, "draws": 2, "halves": 1, "seeds": 1, "nulls": 1, "most_segments": 3}


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.syspath_prepend("experiments/benchmarks")
    return importlib.import_module


def tiny(benchmark, who, **changed):
    return benchmark("segments_contenders").measured(who, benchmark("segments_sweep").Sweep(**TINY | changed))


def test_customers_are_as_shops_have_them_and_always_the_same(benchmark):
    module = benchmark("segments_customers")
    X = module.customers(4_000)
    np.testing.assert_array_equal(X, module.customers(4_000))
    assert np.isfinite(X).all()
    np.testing.assert_allclose(X.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(X.std(axis=0), 1)
    different = dict(zip(module.COLUMNS, (len(np.unique(column)) for column in X.T), strict=True))
    assert different["n_categories"] <= module.MOST_CATEGORIES
    assert different["n_order_days"] < 200
    assert different["spend_total"] > 3_000


def test_nulls_keep_the_columns_and_lose_their_relation(benchmark):
    module = benchmark("segments_customers")
    X = module.customers(3_000)
    null = module.shuffled(X, 2, seed=1)[1]
    np.testing.assert_array_equal(np.sort(null, axis=0), np.sort(X, axis=0))
    together, apart = (np.corrcoef(each.T) - np.eye(6) for each in (X, null))
    assert abs(apart).max() < 0.1 < 0.5 < abs(together).max()


@pytest.fixture
def sweeps(benchmark):
    return tiny(benchmark, "ours"), tiny(benchmark, "plain")


def test_both_say_the_same(benchmark, sweeps):
    (took, ours), (_, plain) = sweeps
    assert took["cpu_seconds"] > 0
    assert ours.metrics.keys() == plain.metrics.keys()
    found = benchmark("segments_judge").verdict(ours.as_json(), plain.as_json(), ours.labels, plain.labels)
    assert found.divisions["kmeans"] == (2, 2)
    assert found.divisions["hdbscan"] == (5, 5)
    assert found.identical == 5
    assert found.silhouettes < 1e-6
    assert found.statistics < 1e-6
    assert found.worse() == 0


def test_a_kept_tree_changes_no_number(benchmark):
    plain, kept = (
        tiny(benchmark, who, draws=1, halves=0, families=("hdbscan",))[1] for who in ("plain", "plain_cached")
    )
    for name, metrics in plain.metrics.items():
        assert kept.metrics[name] == pytest.approx(metrics, nan_ok=True)


def test_refits_on_fewer_customers_have_another_name_and_are_the_same(benchmark):
    ours, plain = (
        tiny(benchmark, who, measured_on=300, families=("kmeans", "hdbscan"))[1] for who in ("ours", "plain")
    )
    for name, metrics in plain.metrics.items():
        assert "stability_score" not in metrics
        assert "subsampled_stability_score" in metrics
        assert {key: ours.metrics[name][key] for key in metrics} == pytest.approx(metrics, nan_ok=True)


def test_the_judge_sees_who_is_together_and_not_the_numbers(benchmark):
    together = benchmark("segments_judge").together
    labels = np.array([0, 0, 1, 2, -1])
    assert together(labels, np.array([2, 2, 0, 1, -1]))
    assert not together(labels, np.array([0, 0, 1, 1, -1]))
    assert not together(labels, np.array([0, 0, 1, 2, 3]))


def test_the_judge_tells_differences(benchmark):
    judge = benchmark("segments_judge")
    labels = {"kmeans(n_segments=2)": np.array([0, 1, 1])}
    told = {"metrics": {"kmeans(n_segments=2)": {"silhouette_score": 0.5, "stability_score": 0.9}}}
    other = {"metrics": {"kmeans(n_segments=2)": {"silhouette_score": 0.5, "stability_score": math.nan}}}
    likelier, less = ({"log_likelihoods": {"a": value, "b": 1.0}} for value in (-2.0, -2.1))
    found = judge.verdict(told | likelier, other | less, labels, labels)
    assert (found.silhouettes, found.statistics) == (0, math.inf)
    assert (found.better(), found.worse()) == (1, 0)


def run(cpu, **spent):
    return {"cpu_seconds": cpu, "wall_seconds": cpu, "peak_mib": 100.0, "spent": spent}


def test_the_table_tells_medians_and_ratios_to_the_plain_loop_on_as_many_customers(benchmark):
    report = benchmark("segments_report")
    rows = [
        report.Row(500, 900, "ours", runs=[run(9.0), run(10.0), run(30.0)]),
        report.Row(500, 900, "plain", runs=[run(100.0, hdbscan=60.0)]),
        report.Row(500, 900, "plain_cached", runs=[run(11.0, hdbscan=10.0)]),
        report.Row(500, 200, "ours", runs=[run(4.0)]),
        report.Row(800, 900, "ours", failed="ended with 1"),
    ]
    cells = [line.strip("| ").split(" | ") for line in report.costs(rows).splitlines()[2:]]
    assert [line[3:5] for line in cells[:4]] == [["10.0", "10.0"], ["100", ""], ["51.0", "2.0"], ["4.0", "25.0"]]
    assert [line[1] for line in cells[:4]] == ["all", "all", "all", "200"]
    assert cells[4][2].startswith("clientscape: ended with 1")
