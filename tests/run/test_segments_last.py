"""Segments that last: a second training hands ids and names down, and a big silhouette alone wins nothing."""

from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from tests.executions import PLANTED, execute
from tests.run.short import SHORT, lines_of_a_shop, nothing_drawn, source_of

from clientscape.data.read import read
from clientscape.run.sources import load_source
from clientscape.run.understood import succession
from clientscape.segment.names import VALUE
from clientscape.track.model import load_model

GRID = "segments.clusterers=[{use: kmeans, n_segments: [4, 5]}]"
COLUMNS = "segments.columns=[recency_days, n_order_days, spend_total]"


@pytest.fixture(scope="module", autouse=True)
def plain():
    with nothing_drawn():
        yield


@pytest.fixture(scope="module")
def trained(new_store):
    """The sample at two dates a month apart, under one model name: the models, and what the second run left."""
    store = new_store()
    sets = (*SHORT, GRID, COLUMNS, "segments.spaces=[log_standard]", "window.lookback_days=300")
    execute(PLANTED, store, (*sets, "window.as_of=2025-03-01"))
    second = execute(PLANTED, store, sets)
    old, new = (load_model(f"models:/fast/{version}", store).scorer for version in (1, 2))
    source, root = load_source("sample")
    tables, _ = read(source, name="sample", root=root)
    return SimpleNamespace(old=old, new=new, second=second, tables=tables)


def named(scorer):
    return {label: found for label, found in scorer.parts["segment_names"].items() if label >= 0}


class TestTheSecondTraining:
    def test_kept_segments_keep_id_and_name_and_no_id_is_given_twice(self, trained):
        table = trained.second.outcome.finished.succession
        kept = table[table["status"] == "kept"]
        assert len(kept) >= 3  # a month changes little
        before = dict(named(trained.old).values())
        now = dict(named(trained.new).values())
        for segment_id in kept["segment_id"]:
            assert now[segment_id] == before[segment_id]
        fresh = set(now) - set(kept["segment_id"])
        assert all(segment_id >= trained.old.facts["next_segment_id"] for segment_id in fresh)
        assert trained.new.facts["next_segment_id"] == trained.old.facts["next_segment_id"] + len(fresh)
        assert len(set(now.values())) == len(now)

    def test_scores_carry_them(self, trained):
        pairs = trained.second.scores[["segment_id", "segment"]].drop_duplicates()
        assert set(pairs.itertuples(index=False, name=None)) <= set(named(trained.new).values())

    def test_most_customers_of_a_kept_segment_were_in_it(self, trained):
        """The same customers at the same date by both models: the overlap that the table tells."""
        old = trained.old.score(trained.tables, date(2025, 4, 1)).set_index("customer_id")["segment_id"]
        new = trained.second.scores.set_index("customer_id")["segment_id"]
        table = trained.second.outcome.finished.succession
        for row in table[table["status"] == "kept"].itertuples():
            one, other = set(old.index[old == row.segment_id]), set(new.index[new == row.segment_id])
            assert len(one & other) / len(one | other) == pytest.approx(row.overlap)
            assert row.overlap >= 0.5

    def test_succession_and_migration_are_written(self, trained):
        written = pd.read_csv(trained.second.folder / "succession.csv")
        table = trained.second.outcome.finished.succession
        assert written["segment_id"].tolist() == table["segment_id"].tolist()
        assert written["status"].tolist() == table["status"].tolist()
        files = {item.path for item in trained.second.client.list_artifacts(trained.second.parent.info.run_id)}
        assert {"succession.csv", "migration.csv"} <= files
        notes = " ".join(trained.second.outcome.finished.notes)
        assert f"{(table['status'] == 'kept').sum()} kept" in notes

    def test_the_migration_matrix_sums_to_the_customers(self, trained):
        found = pd.read_csv(trained.second.folder / "migration.csv", index_col=0)
        now = found.drop(columns="no longer seen").sum()
        counts = trained.second.scores["segment"].value_counts()
        assert now[now > 0].to_dict() == counts.to_dict()
        assert now.sum() == len(trained.second.scores)

    @pytest.mark.parametrize("shift", [1, 2])
    def test_how_the_champion_numbers_its_labels_changes_nothing(self, trained, shift):
        scores = trained.second.scores.assign(segment_id=own_ids(trained))
        free = int(trained.old.facts["next_segment_id"])
        expected = succession(trained.old, trained.tables, scores, free)
        renamed = renumbered(trained.old, shift)
        found = succession(renamed, trained.tables, scores, free)
        assert found.ids == expected.ids
        assert found.names == expected.names
        assert found.next_id == expected.next_id
        pd.testing.assert_frame_equal(found.table, expected.table)
        assert set(expected.names) >= {1}


def own_ids(trained):
    """Ids of the second model's segments as they were before anything was handed down: by label, from 1."""
    number = {segment_id: label + 1 for label, (segment_id, _) in named(trained.new).items()}
    return trained.second.scores["segment_id"].map(number).astype(int)


def renumbered(scorer, shift):
    """A scorer with the same segments under other labels."""
    labels = sorted(named(scorer))
    to = dict(zip(labels, np.roll(labels, shift).tolist(), strict=True))
    really = scorer.parts["clusterer"]

    def placed(X):
        found, confidence = really.placed(X)
        return np.array([to[label] for label in found.tolist()], dtype=np.int64), confidence

    other = type(scorer)(scorer.plan)
    other.facts = scorer.facts
    names = {to.get(label, label): found for label, found in scorer.parts["segment_names"].items()}
    clusterer = SimpleNamespace(placed=placed, predict=lambda X: placed(X)[0], confidence=lambda X: placed(X)[1])
    other.parts = scorer.parts | {"clusterer": clusterer, "segment_names": names}
    return other


@pytest.fixture(scope="module")
def by_money(tmp_path_factory, new_store):
    """A shop with a few buyers far above the others, segmented by money alone, raw and on a log scale, in German."""
    lines = lines_of_a_shop(150)
    rng = np.random.default_rng(5)
    ids = np.sort(lines["customer_id"].unique())
    factor = pd.Series(np.exp(rng.normal(size=len(ids))), index=ids)
    factor.iloc[:3] = 100.0
    lines = lines.assign(amount=(lines["amount"] * lines["customer_id"].map(factor)).round(2))
    sets = (
        "segments.spaces=[standard, log_standard]",
        "segments.judge_space=standard",
        "segments.columns=[spend_total, spend_day_max, spend_per_order_day]",
        "segments.clusterers=[{use: kmeans, n_segments: [3, 4, 5]}]",
        "segments.language=de",
        f"source={source_of(tmp_path_factory.mktemp('shop'), lines)}",
    )
    return execute(PLANTED, new_store(), (*SHORT, *sets))


class TestRawMoney:
    def test_it_has_the_highest_silhouettes_and_is_refused(self, by_money):
        trials = by_money.outcome.finished.trials
        raw = trials["space"] == "standard"
        assert trials.loc[raw, "silhouette_score"].min() > trials.loc[~raw, "silhouette_score"].max()
        assert trials.loc[raw, "largest_share"].min() > 0.8
        assert trials.loc[raw, "refused_by"].str.contains("smallest_share").all()
        assert trials.loc[trials["chosen"], "space"].tolist() == ["log_standard"]

    def test_the_sentence_says_so(self, by_money):
        trials = by_money.outcome.finished.trials
        first = trials.loc[trials["silhouette_score"].idxmax()]
        said = by_money.outcome.finished.answer
        assert (
            f"silhouette_score alone would have chosen {first['trial']} ({first['silhouette_score']:.3f}, refused"
            in said
        )
        assert f"refused for {first['refused_by']}" in said

    def test_in_german_the_scores_have_german_names(self, by_money):
        names = by_money.scores["segment"].unique()
        assert all(name.startswith(VALUE["de"]) for name in names)
        assert not any(word in name for name in names for word in ("value", "spend", "order"))
