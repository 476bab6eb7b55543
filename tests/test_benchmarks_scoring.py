"""The benchmark of scoring: its shop, its peer, its parts and its tables, on a tiny shop."""

import importlib
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from clientscape.catalog import Use

N = 800


@pytest.fixture(scope="module")
def benchmark():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend("experiments/benchmarks")
        yield importlib.import_module


@pytest.fixture(scope="module")
def made(benchmark, tmp_path_factory):
    """A shop, and beside it a model that has every part of the heavy one but its many trees."""
    jobs = benchmark("scoring_jobs").Jobs(tmp_path_factory.mktemp("scoring"), "1GB")
    model = benchmark("scoring_model")
    plan = model.PLANS["heavy"]
    few = Use("boosted_trees", {"max_iter": 10})
    light = replace(plan, churn=model.LIGHT.churn, decline=replace(plan.decline, classifier=few))
    model.write_model(jobs.model("heavy"), benchmark("scoring_shop").write_shop(jobs.folder, N), light)
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


def test_parts_of_shares_make_the_whole(benchmark, made, tmp_path):
    parts, open_folder = benchmark("scoring_parts"), benchmark("clientscape.scorer.store").open_folder
    scorer = open_folder(made.model("heavy")).scorer
    whole, shared = (
        parts.spent(made.folder / f"shop_{N}.yaml", scorer, limit, tmp_path / f"{limit}.parquet")
        for limit in ("1GB", "20MB")
    )
    assert shared.n_shares > whole.n_shares == 1
    assert (whole.n_rows, whole.n_flagged) == (shared.n_rows, shared.n_flagged)
    assert whole.n_rows > whole.all_told > shared.all_told > 0
    assert set(whole.cpu_seconds) == set(parts.PARTS)
    written = [pd.read_parquet(tmp_path / f"{limit}.parquet") for limit in ("1GB", "20MB")]
    assert benchmark("equality").differences(*written) == []
    assert min(shared.cpu_seconds[part] for part in ("reading and contract", "features", "model")) > 0


def test_reasons_of_all_and_of_nobody(scores, monkeypatch):
    flagged, all_told, none = (scores(who, monkeypatch) for who in ("walk", "all", "none"))
    told = [set(given.loc[given["reasons"] != "", "customer_id"]) for given in (none, flagged, all_told)]
    assert told[0] == set()
    assert told[0] < told[1] < told[2]
    assert flagged.drop(columns="reasons").equals(all_told.drop(columns="reasons"))


def test_tables_hold_medians_and_ratios(benchmark):
    report, sampled = benchmark("scoring_report"), benchmark("memory").Sampled
    runs = [sampled(0, cpu, wall, 100.0) for cpu, wall in ((1.0, 2.0), (3.0, 4.0), (9.0, 90.0))]
    rows = [report.Row(10, 200, "walk", runs=runs), report.Row(10, 200, "pandas", runs=[sampled(0, 6.0, 10.0, 400.0)])]
    rows += [report.Row(10, 200, "spark", failed="ended with 1"), report.Row(10, 200, "spark", runs=runs[:1])]
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in report.jobs(rows).splitlines()[2:]]
    assert lines[0][3:] == ["4.0", "1.00", "3.0", "1.00", "100", "3"]
    assert lines[1][3:] == ["10.0", "2.50", "6.0", "2.00", "400", "1"]
    assert lines[2][2:] == ["`--engine spark`, local[2]: ended with 1", *[""] * 6]
    assert lines[3][3:] == ["2.0", "0.50", "", "", "100", "1"]  # CPU of its processes is not known


def test_shares_are_of_the_sum_and_reasons_are_held_against_scores(benchmark):
    report, parts = benchmark("scoring_report"), benchmark("scoring_parts")
    spent = parts.Spent(dict(zip(parts.PARTS, (1.0, 1.5, 4.0, 0.5, 0.5, 0.5), strict=True)), 3, 1000, 5, 20, 0.8)
    cells = report.shares({1000: spent}).splitlines()[2].strip("| ").split(" | ")
    assert cells == ["1,000", "3", "1.0 (12%)", "1.5 (19%)", "4.0 (50%)", *["0.5 (6%)"] * 3, "250"]
    # 0.8 s for 20 are 40 ms each; 4 s for 1,000 are 4 ms each
    assert "cost 10 times his scores (25 customers a CPU second" in report.paces({1000: spent})


def test_everything_is_told_on_one_page(benchmark, made, monkeypatch, capsys):
    scoring, spent = benchmark("scoring"), benchmark("scoring_parts").Spent

    def sampled(command):
        return benchmark("memory").Sampled(run(command, monkeypatch), 1.0, 2.0, 3.0)

    monkeypatch.setattr(scoring, "_prepare", lambda asked, made: None)
    monkeypatch.setattr(
        scoring, "_spent", lambda made, n: spent(dict.fromkeys(spent().cpu_seconds, 1.0), 1, n, 1, 1, 1.0)
    )
    monkeypatch.setattr(scoring, "_started", lambda asked, made: {"job": [sampled(made.command("walk", N))]})
    monkeypatch.setattr(scoring, "sampled", sampled)
    options = f"--customers {N} --what walk pandas --rounds 2 --check-customers 0 --folder {made.folder}"
    monkeypatch.setattr(sys, "argv", ["scoring.py", *options.split(), "--memory-limit", "1GB"])
    assert scoring.main() == 0
    printed = capsys.readouterr().out
    assert f"| {N} | {N * 20:,} | pandas in one go, the same model part | 2.0 | 1.00 | 1.0 | 1.00 | 3 | 2 |" in printed
    assert "python scoring.py --customers" in printed


def test_scores_that_differ_stop_it(benchmark, made, monkeypatch):
    scoring = benchmark("scoring")
    read_parquet = pd.read_parquet

    def disturbed(path, **options):  # the peer reads the log by it, too
        scores = read_parquet(path, **options)
        return scores.assign(stage="other") if path == made.scores("pandas", N) else scores

    def sampled(command):
        return benchmark("memory").Sampled(run(command, monkeypatch))

    monkeypatch.setattr(scoring, "sampled", sampled)
    monkeypatch.setattr(scoring.pd, "read_parquet", disturbed)
    found = dict(scoring.checked(made, N, ["pandas"]))
    n = len(read_parquet(made.scores("walk", N)))
    assert found == {"pandas": [f"stage: {n} of {n}"]}
