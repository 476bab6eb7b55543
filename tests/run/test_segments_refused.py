"""What cannot be segmented is refused before anything is written; what only looks so is segmented."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import yaml
from tests.executions import FAST, PLANTED
from tests.run.short import SHORT, lines_of_a_shop, nothing_drawn, source_of
from typer.testing import CliRunner

from clientscape.data.read import read
from clientscape.faults import InputError
from clientscape.run import contests
from clientscape.run.cli import app
from clientscape.run.sources import load_source
from clientscape.segment.identity import UNPLACED
from clientscape.track.model import load_model

MODEL = "models:/fast@champion"
SIX = Path("configs/rules/six_plain.yaml")
KMEANS = "segments.clusterers=[{use: kmeans, n_segments: [3, 4]}]"


def invoke(store, *sets):
    words = ["run", str(PLANTED), "--over", str(FAST), "--store", str(store)]
    return CliRunner().invoke(app, [*words, *(word for setting in sets for word in ("--set", setting))])


def refused(tmp_path, *sets):
    """What is said; nothing is written."""
    result = invoke(tmp_path / "runs", *sets)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert "Traceback" not in result.output
    assert not (tmp_path / "runs").exists()
    return " ".join(result.stderr.split())


class TestAsking:
    @pytest.mark.parametrize(
        ("sets", "said"),
        [
            (["segments.refits.nulls=0"], ["for 1 reason(s)", "`above_null_score` where segments.refits.nulls is 0"]),
            (
                ["segments.refits.nulls=0", "segments.choose_by=above_null_score"],
                ["for 2 reason(s)", "segments.guards", "segments.choose_by=above_null_score"],
            ),
            (
                ["segments.refits.halves=0", "segments.choose_by=prediction_strength_score"],
                ["for 1 reason(s)", "set segments.refits.halves above 0"],
            ),
            (
                ["segments.refits.seeds=0", "segments.guards={seed_agreement_score: {at_least: 0.5}}"],
                ["for 1 reason(s)", "set segments.refits.seeds above 0"],
            ),
            (
                ["segments.choose_by={silhouete_score: 1, n_segments: 2}"],
                ["for 2 reason(s)", "write `silhouette_score`", "`n_segments`"],
            ),
            (["segments.choose_by={silhouette_score: 0}"], ["segments.choose_by", "greater than 0"]),
            (["segments.choose_by={silhouette_score: -1}"], ["segments.choose_by", "greater than 0"]),
            (
                ["rules=putler12", "segments.beside=[six_plane, {use: value_tiers, n_segments: 1}]"],
                ["for 3 reason(s)", "write `putler11`", "write `six_plain`", "value_tiers.n_segments", "equal to 2"],
            ),
            (["stages=no/such.yaml"], ["no/such.yaml", "a readable YAML file"]),
            (
                ["segments.groups={money: {columns: [nothing, expected_value], weight: 1}}"],
                ["for 2 reason(s)", "segments.groups.money.columns found `nothing`", "`expected_value`"],
            ),
            (
                [
                    "segments.groups={a: {columns: [n_order_days, n_order_days], weight: 1}, "
                    "b: {columns: [n_order_days], weight: 2}}"
                ],
                [
                    "for 2 reason(s)",
                    "a.columns found `n_order_days`",
                    "b.columns found `n_order_days`",
                    "in `a` already",
                ],
            ),
            (
                ["segments.groups={a: {columns: [], weight: 0}}"],
                ["for 2 reason(s)", "at least 1 item", "segments.groups.a.weight", "greater than 0"],
            ),
            *(
                ([f"segments.spaces=[{{use: log_standard, pca: {share}}}]"], ["log_standard.pca", said])
                for share, said in (("0", "greater than 0"), ("1.0", "less than 1"), ("3", "less than 1"))
            ),
            (["segments.judge_space={use: ranks, pca: [0.8, 0.9]}"], ["judge_space", "this is no contest"]),
            (["segments.language=fr"], ["'en' or 'de'"]),
            (["segments.workers=0"], ["segments.workers", "equal to 1"]),
        ],
    )
    def test_a_fault_is_told_with_its_cure(self, sets, said, tmp_path):
        text = refused(tmp_path, *sets)
        for words in said:
            assert words in text

    def test_all_that_is_wrong_with_a_shop_s_own_rules_is_told_at_once(self, tmp_path):
        written = yaml.safe_load(SIX.read_text())
        written["names"]["Gone"] = "1[1-2]"  # 13 has no name any more
        written["names"]["Regulars"] += " 55 6[1-2]"  # 55 has two; there is no 6
        written["names"]["Nobody"] = []
        path = tmp_path / "own.yaml"
        path.write_text(yaml.safe_dump(written))
        text = refused(tmp_path, f"rules={path}", "map=nowhere")
        assert "for 5 reason(s)" in text
        for words in ("1 without a name: 13", "55 (Best customers, Regulars)", "`6[1-2]` (Regulars)", "`Nobody`"):
            assert words in text
        assert text.count(str(path)) >= 4


@pytest.fixture(scope="module")
def plain():
    with nothing_drawn():
        yield


@pytest.fixture(scope="module")
def alike(tmp_path_factory):
    """Settings for a shop in which every order is worth the same; every fourth customer has one only."""
    lines = lines_of_a_shop(70).drop_duplicates(["customer_id", "order_id"]).assign(amount=10.0)
    lines = lines.assign(ordered_at=pd.to_datetime(lines["ordered_at"]).dt.normalize())
    lines = lines.drop_duplicates(["customer_id", "ordered_at"])
    last = ~lines.sort_values("ordered_at").duplicated("customer_id", keep="last").sort_index()
    rare = lines["customer_id"].isin(sorted(lines["customer_id"].unique())[::4])
    source = source_of(tmp_path_factory.mktemp("shop"), lines[~rare | last])
    return (*SHORT, KMEANS, f"source={source}", "segments.spaces=[log_standard, ranks, yeo_johnson]")


@pytest.mark.usefixtures("plain")
class TestTheData:
    """One column is constant, two tell the same, one is missing for some."""

    def test_constant_collinear_and_missing_columns_are_segmented(self, alike, new_store):
        store = new_store()
        columns = "segments.columns=[spend_day_max, spend_total, n_order_days, gap_days_mean, recency_days]"
        result = invoke(store, *alike, columns)
        assert result.exit_code == 0, result.output
        scores = pd.read_parquet(store / "reports/03_planted_segments+fast/scores.parquet")
        assert scores["segment_id"].nunique() in (3, 4)
        assert scores["segment_confidence"].between(0, 1).all()
        space = load_model(MODEL, store).scorer.parts["space"]
        same = pd.DataFrame({c: [1.0, 1.0] for c in space.columns}).assign(gap_days_mean=[np.nan, 30.0])
        assert np.isfinite(space.transform(same)).all()

    def test_customers_who_are_all_equal_are_refused(self, alike, tmp_path):
        text = refused(tmp_path, *alike, "segments.columns=[spend_day_max, spend_per_order_day]")
        assert "for 1 reason(s)" in text
        assert "customers equal in spend_day_max, spend_per_order_day" in text
        assert "expected columns in which customers differ" in text

    def test_infinite_values_are_refused_by_column(self, alike, tmp_path, monkeypatch):
        def spoilt(*asked, **settings):
            taken = take(*asked, **settings)
            table = taken.table.assign(spend_total=taken.table["spend_total"].mask(taken.table.index < 2, np.inf))
            return replace(taken, table=table)

        take = contests.take
        monkeypatch.setattr(contests, "take", spoilt)
        text = refused(tmp_path, *alike, "segments.columns=[recency_days, spend_total]")
        assert "segments.columns: spend_total found 4 infinite" in text

    def test_more_segments_than_half_the_customers_are_refused(self, alike, tmp_path):
        text = refused(tmp_path, *alike, "segments.clusterers=[{use: ward, n_segments: [3, 71]}]")
        assert "at least 142 with an order in the window" in text
        assert "fewer n_segments" in text


@pytest.fixture(scope="module")
def exported(tmp_path_factory, new_store, plain):
    """A model of a shop with categories and rules of its own."""
    folder, store = tmp_path_factory.mktemp("shop"), new_store()
    lines = lines_of_a_shop(70, "category")
    source = source_of(folder, lines)
    rules = folder / "own.yaml"
    rules.write_text(SIX.read_text().replace("Best customers", "Stars").replace("Gone", "Lost souls"))
    columns = "recency_days, n_order_days, spend_total, n_categories"
    sets = (f"source={source}", f"rules={rules}", f"features.use=[{columns}]", f"segments.columns=[{columns}]")
    result = invoke(store, *SHORT, *sets, KMEANS)
    assert result.exit_code == 0, result.output
    return SimpleNamespace(
        store=store, lines=lines, source=source, names=set(yaml.safe_load(rules.read_text())["names"])
    )


class TestAModel:
    def score(self, exported, source, out):
        words = ["score", str(source), "--model", MODEL, "--as-of", "2025-04-01", "--out", str(out)]
        return CliRunner().invoke(app, [*words, "--store", str(exported.store)])

    def test_a_shop_s_own_rules_go_into_it(self, exported, tmp_path):
        assert self.score(exported, exported.source, tmp_path / "scores.parquet").exit_code == 0
        again = pd.read_parquet(tmp_path / "scores.parquet")
        trained = pd.read_parquet(exported.store / "reports/03_planted_segments+fast/scores.parquet")
        assert {"Stars", "Lost souls"} <= set(again["rfm_segment"]) <= exported.names
        columns = ["customer_id", "rfm_segment", "segment_id", "segment"]
        pd.testing.assert_frame_equal(again[columns], trained[columns])

    @pytest.mark.parametrize(
        ("drop", "currency", "said"),
        [
            (["category"], "EUR", ["score: n_categories", "what the model was trained with"]),
            ([], "USD", ["score.currency", "EUR, the currency of the training log"]),
        ],
    )
    def test_another_shop_that_it_cannot_place_is_refused(self, drop, currency, said, exported, tmp_path):
        source = source_of(tmp_path, exported.lines.drop(columns=drop), currency=currency)
        result = self.score(exported, source, tmp_path / "out" / "scores.parquet")
        assert result.exit_code == 2
        for words in said:
            assert words in " ".join(result.stderr.split())
        assert not (tmp_path / "out").exists()

    def test_a_table_without_its_features_is_refused(self, exported):
        scorer = load_model(MODEL, exported.store).scorer
        with pytest.raises(InputError) as caught:
            scorer.coordinates(pd.DataFrame({"recency_days": [1.0], "spend_total": [5.0]}))
        assert [fault.found for fault in caught.value.faults] == [
            "no column `n_order_days`",
            "no column `n_categories`",
        ]

    def test_a_label_that_was_unknown_at_training_is_unplaced(self, exported):
        scorer = load_model(MODEL, exported.store).scorer
        found = scorer.parts["clusterer"]
        unknown = np.arange(400) % 2 == 0

        def placed(X):
            return np.where(unknown[: len(X)], 99, found.predict(X)), found.confidence(X)

        scorer.parts["clusterer"] = SimpleNamespace(placed=placed)
        source, root = load_source(str(exported.source))
        tables, _ = read(source, name="shop", root=root)
        scores = scorer.score(tables, date(2025, 4, 1))
        lost = unknown[: len(scores)]
        assert set(scores["segment"][lost]) == {UNPLACED}
        assert set(scores["segment_id"][lost]) == {0}
        assert (scores["segment_id"][~lost] > 0).all()
        assert scores["rfm_segment"].isin(exported.names).all()
