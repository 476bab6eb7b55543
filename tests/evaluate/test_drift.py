"""Drift between training and a night: found where it is planted, and not where there is none."""

import json
from dataclasses import replace
from datetime import date
from functools import reduce
from operator import add

import numpy as np
import pandas as pd
import pytest
from tests.evaluate.drifting import SEGMENTS, WINDOW, lines, night

from clientscape.evaluate.drift import Limits, judged, reference, tally
from clientscape.faults import InputError


@pytest.fixture(scope="module")
def learnt():
    """What training froze of 5,000 customers, through JSON as it is stored."""
    earlier, earlier_scores = night(4000, seed=1)
    return json.loads(json.dumps(reference(*night(5000, seed=2), earlier, earlier_scores), allow_nan=False))


def found(learnt, table, scores, limits=None, days=None):
    return judged(learnt, tally(learnt, table, scores), lines() if days is None else days, WINDOW, limits or Limits())


def test_the_same_customers_have_not_moved_at_all(learnt):
    drift = found(learnt, *night(5000, seed=2))
    assert set(drift.features["feature"]) == set(night(1, 0)[0]) - {"as_of", "customer_id"}
    assert drift.features["psi"].eq(0).all()
    assert drift.scores["psi"].eq(0).all()
    assert drift.verdict == "ok"
    assert drift.sentences == ["Tonight's log is like the one that the model learnt from."]
    assert (drift.n_then, drift.n_now, drift.age_days) == (5000, 5000, 59)


@pytest.mark.parametrize("n", [5000, 300, 30, 5])
def test_other_customers_of_the_same_shop_have_not_drifted(learnt, n):
    drifts = [found(learnt, *night(n, seed), Limits(customers_share=0.0)) for seed in range(10, 20)]
    assert {drift.verdict for drift in drifts} == {"ok"}


def test_what_is_planted_in_one_feature_is_found_and_told(learnt):
    table, scores = night(5000, seed=3)
    drift = found(learnt, table.assign(recency_days=table["recency_days"] + 90), scores)
    first = drift.features.iloc[0]
    assert first["feature"] == "recency_days"
    assert first["drifted"]
    assert drift.features["drifted"].sum() == 1
    assert drift.reasons == ["features"]  # one of six is more than a tenth
    assert drift.sentences[0].endswith("learnt from: 1 of 6 features have drifted.")
    assert drift.sentences[1].startswith("The feature recency_days has moved (index ")
    assert not drift.blocks
    assert found(learnt, table, scores, replace(Limits(), features_share=0.2)).verdict == "ok"


def test_only_block_blocks_and_only_what_has_drifted(learnt):
    table, scores = night(5000, seed=3)
    moved = table.assign(recency_days=table["recency_days"] + 90)
    assert found(learnt, moved, scores, Limits(on_drift="block")).blocks
    assert not found(learnt, moved, scores, Limits(on_drift="ignore")).blocks
    assert not found(learnt, table, scores, Limits(on_drift="block")).blocks


def test_a_column_that_becomes_missing_is_found(learnt):
    table, scores = night(5000, seed=3)
    drift = found(learnt, table.assign(gap_days_median=np.nan), scores)
    row = drift.features.set_index("feature").loc["gap_days_median"]
    assert row["drifted"]
    assert row["missing_then"] == pytest.approx(0.2, abs=0.02)
    assert row["missing_now"] == 1.0
    assert row["bins"][-1] == "missing"


def test_a_rare_value_that_becomes_usual_is_found(learnt):
    table, scores = night(5000, seed=3)
    drift = found(learnt, table.assign(n_returns=np.arange(5000) % 2.0), scores)
    row = drift.features.set_index("feature").loc["n_returns"]
    assert row["bins"] == ["0", "above 0"]
    assert row["now"] == [0.5, 0.5]
    assert row["drifted"]


def test_what_moves_by_itself_as_far_has_not_drifted():
    then, now, later = (night(3000, seed) for seed in (1, 2, 3))
    aged = [table.assign(tenure_days=table["recency_days"] + 60 * k) for k, (table, _) in enumerate((then, now, later))]
    with_usual = reference(aged[1], now[1], aged[0])
    without = reference(aged[1], now[1], None)
    by_itself, unknown = (
        found(frozen, aged[2], later[1]).features.set_index("feature").loc["tenure_days"]
        for frozen in (with_usual, without)
    )
    assert by_itself["psi"] == unknown["psi"] > Limits().feature_psi
    assert by_itself["psi"] == pytest.approx(by_itself["usual"], rel=0.1)
    assert not by_itself["drifted"]
    assert np.isnan(unknown["usual"])
    assert unknown["drifted"]


def test_the_mix_of_segments_has_names_and_drifts(learnt):
    table, scores = night(5000, seed=3)
    drift = found(learnt, table, scores.assign(segment_id=np.where(np.arange(5000) % 10 < 8, 1, 2)))
    mix = drift.mix[drift.mix["score"] == "segment_id"].set_index("name")
    assert list(mix.index) == [SEGMENTS[2], SEGMENTS[3], SEGMENTS[1]]  # by their share then
    assert mix["now"].tolist() == [0.2, 0.0, 0.8]
    assert mix["then"].sum() == pytest.approx(1.0)
    assert drift.reasons == ["scores"]
    assert "The score segment has moved (index " in drift.sentences[1]
    assert drift.sentences[1].endswith("“big <spenders>” now holds 80% of the customers, at training 20%.")


def test_a_new_level_is_named(learnt):
    table, scores = night(5000, seed=3)
    region = table["attribute_region"].where(np.arange(5000) >= 150, "east")
    drift = found(learnt, table.assign(attribute_region=region), scores)
    assert drift.new_levels.to_dict("records") == [
        {"feature": "attribute_region", "level": "east", "now": 0.03, "new": True}
    ]
    assert drift.sentences[-1] == "3% of the customers have “east” as attribute_region, which nobody had at training."


def test_nobody_to_score_has_drifted(learnt):
    table, scores = night(10, seed=3)
    drift = found(learnt, table.iloc[:0], scores.iloc[:0])
    assert drift.reasons == ["customers"]
    assert drift.sentences[0].startswith("Nobody is to be scored tonight")
    assert drift.metrics() == {
        "drifted": 1.0,
        "features_drifted_share": 0.0,
        "scores_drifted": 0.0,
        "missing_days": 0.0,
        "n_customers": 0.0,
    }


def test_that_most_customers_are_gone_is_told(learnt):
    drift = found(learnt, *night(2000, seed=3))
    assert (drift.verdict, drift.reasons) == ("drifted", ["customers"])
    assert drift.sentences[0].endswith("most of its customers are gone.")
    assert drift.sentences[1] == "Customers tonight: 2,000; the model learnt from 5,000."
    assert found(learnt, *night(2000, seed=3), Limits(customers_share=0.3)).verdict == "ok"


@pytest.mark.parametrize("seed", range(5))
def test_tallies_of_shares_add_up_to_that_of_all(learnt, seed):
    table, scores = night(1000, seed=4)
    rng = np.random.default_rng(seed)
    region = pd.Series(rng.choice([f"place {k}" for k in range(rng.integers(2, 3000))], 1000), dtype="str")
    table["attribute_region"] = region
    share = rng.integers(0, 7, 1000)  # a share may be empty
    parts = reduce(add, [tally(learnt, table[share == k], scores[share == k]) for k in range(8)])
    whole = tally(learnt, table, scores)
    assert parts.n == whole.n == 1000
    for group, columns in whole.counts.items():
        for name, count in columns.items():
            assert parts.counts[group][name].counts.tolist() == count.counts.tolist()
            assert parts.counts[group][name].others == count.others


def test_metrics_are_numbers_by_names_that_are_allowed(learnt):
    table, scores = night(3000, seed=3)
    learnt = learnt | {"features": learnt["features"] | {"attribute_größe (€)": learnt["features"]["n_orders"]}}
    metrics = found(learnt, table.assign(**{"attribute_größe (€)": table["n_orders"]}), scores).metrics()
    assert metrics["psi_attribute_größe ___"] == metrics["psi_n_orders"] > 0
    assert metrics["psi_score_expected_orders"] > 0
    assert (metrics["drifted"], metrics["n_customers"]) == (0.0, 3000.0)
    assert all(type(value) is float and value == value for value in metrics.values())


def test_columns_that_are_lacking_are_refused_together(learnt):
    table, scores = night(10, seed=3)
    with pytest.raises(InputError) as refused:
        tally(learnt, table.drop(columns="n_orders"), scores.drop(columns="stage"))
    assert [fault.where for fault in refused.value.faults] == ["drift.features.n_orders", "drift.scores.stage"]


def test_a_recent_missing_day_counts_and_an_older_one_is_told(learnt):
    customers = night(5000, seed=2)
    recent, older = lines(), lines()
    recent.iloc[-3:-1] = 0
    older.iloc[100] = 0
    gap, hole = found(learnt, *customers, days=recent), found(learnt, *customers, days=older)
    assert gap.reasons == ["days"]
    assert gap.sentences[0].endswith("learnt from: 2 recent days are missing.")
    usual = gap.missing_days["usual"].sum()
    assert gap.sentences[1] == (
        f"2 days in a row, Thursday 2026-02-26 to Friday 2026-02-27, have no lines, where about {usual:,.0f} are usual."
    )
    assert usual == pytest.approx(400, rel=0.1)
    assert hole.verdict == "ok"
    assert hole.sentences[1:] == ["1 older day has few lines or none: Tuesday 2025-06-10."]
    assert gap.metrics()["missing_days"] == 2
    assert hole.metrics()["missing_days"] == 0


def test_the_last_day_is_told_as_such(learnt):
    days = lines()
    days.iloc[-1] = 20
    drift = found(learnt, *night(5000, seed=2), days=days)
    assert drift.sentences[1].startswith("Saturday 2026-02-28, the last before the scores' date, has 20 lines, where")


@pytest.mark.parametrize("closed", ["2026-02-26", "02-26"])
def test_a_day_that_is_said_to_be_closed_is_no_gap(learnt, closed):
    days = lines()
    days.iloc[-3:-1] = 0
    drift = found(learnt, *night(5000, seed=2), Limits(closed=(closed,)), days)
    assert drift.missing_days["day"].tolist() == [date(2026, 2, 27)]


def test_what_is_too_much_to_tell_is_counted(learnt):
    table, scores = night(5000, seed=3)
    numbers = table.select_dtypes("number") * 0 - 1
    days = lines()
    days.iloc[[-10, -8, -6, -4, 3, 30, 60, 90]] = 0
    region = pd.Series(np.arange(5000) % 5).map("place {}".format)
    told = found(learnt, table.assign(**numbers, attribute_region=region), scores, days=days).sentences
    assert "1 more gap lies before that." in told
    assert "4 older days have few lines or none, the latest: " in "\n".join(told)
    assert "3 more features have moved as well." in told
    assert told[-1] == "2 more levels are new or rare at training as well."
