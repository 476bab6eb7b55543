"""The columns of an experiment are chosen before anything is judged, told, and frozen in the model."""

import html
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.executions import PLANTED, SMALL, execute
from tests.run.short import no_pictures

from clientscape.data.read import read
from clientscape.faults import InputError
from clientscape.run import names
from clientscape.run.asked import ask
from clientscape.run.config import load_experiment
from clientscape.run.contests import snapshot
from clientscape.run.experiment import run_experiment, window_of
from clientscape.run.refusals import snapshot_faults
from clientscape.run.selected import select_columns
from clientscape.run.sources import load_source
from clientscape.track.model import load_model

FAST = Path("configs/fast.yaml")
SUPPORTED = "features.select={supported: true, repeats: 2, folds: 3}"
SHORT = "window={lookback_days: 180, horizon_days: 60}"  # a past that earlier origins have as well
COLUMNS = "churn.columns=[recency_days, n_order_days, n_orders, spend_total, gap_cv_ratio, spend_last_30]"


FEW = ("churn.decline_label=spend_decline", "churn.least_customers=20", "churn.least_yes=5")  # enough for a small shop


def selected(tables, *sets):
    experiment = load_experiment(PLANTED, [FAST], ["segments.truth=null", *FEW, *sets])
    window = window_of(experiment, tables)
    now, then = (snapshot(experiment, tables, w) for w in (window, window.before()))
    return select_columns(experiment, tables, now, ask(experiment, tables, now, then))


def refusals(*sets):
    with pytest.raises(InputError) as refused:
        load_experiment(PLANTED, [FAST], sets)
    return [str(fault) for fault in refused.value.faults]


@pytest.mark.parametrize("short", [(), (SHORT,)], ids=["one origin", "several"])
def test_the_judged_horizon_cannot_influence_the_choice(shop, window, with_lines, short):
    log = shop.transactions
    ahead = log["day"] >= window.as_of_day
    assert ahead.any()
    gone = with_lines(shop, log[~ahead | (log.index % 2 == 0)])
    dear = with_lines(shop, log.assign(amount_minor=log["amount_minor"].where(~ahead, 1000 * log["amount_minor"])))
    other_past = with_lines(shop, log[ahead | (log["amount_minor"] > log["amount_minor"].median())])
    settings = (SUPPORTED, COLUMNS, "lifetime=same_rate", *short)
    seen, *others, moved = (selected(tables, *settings) for tables in (shop, gone, dear, shop, other_past))
    for other in others:
        assert other.lists == seen.lists
        assert other.said == seen.said
        pd.testing.assert_frame_equal(other.verdicts, seen.verdicts, check_exact=True)
    assert not moved.verdicts.equals(seen.verdicts)


def test_every_origin_that_the_history_allows_is_used_and_told(shop):
    several = selected(shop, SUPPORTED, COLUMNS, "lifetime=same_rate", SHORT).said[1]
    # The source covers 180 days before 2024-08-04, but not 60 days earlier.
    assert several.endswith(
        "churn and decline out of time, 3 times one horizon later, learnt from 2024-08-04, judged up to 2025-01-31; "
        "what came after earlier dates that are judged too had a say in it."
    )
    one = selected(shop, SUPPORTED, COLUMNS, "lifetime=same_rate").said[1]
    assert "churn and decline in folds of customers at 2025-01-01, as the history allows one origin" in one
    assert one.startswith("Support is what logistic loses in average_precision_score")


def test_duplicates_go_among_segments_and_forecasts_and_the_first_stays(shop):
    columns = "[n_order_days, recency_days, n_orders, spend_total]"
    found = selected(shop, f"segments.columns={columns}", f"churn.columns={columns}", "features.select={}")
    assert found.lists["segments"] == ["n_order_days", "recency_days", "spend_total"]
    gone = found.verdicts[~found.verdicts["kept"]]
    assert set(gone["column"]) == {"n_orders"}
    assert set(gone["duplicate_of"]) == {"n_order_days"}
    assert set(gone["used_by"]) == {"segments", "churn", "decline"}


def test_what_the_shop_cannot_give_is_dropped_with_that_reason_and_refused_where_nothing_is_selected(shop):
    kept = "n_order_days, recency_days, spend_total"
    columns = f"churn.columns=[{kept}, attribute_age]"
    use = "features.use=[recency_days, n_order_days, spend_total, {use: attribute, column: age}]"
    sets = (use, columns, f"segments.columns=[{kept}]")
    gone = selected(shop, *sets, "features.select={}").verdicts.query("~kept")
    assert gone["why"].tolist() == ["not to be had from this shop's tables"] * 2
    steps = run_experiment(
        load_experiment(PLANTED, [FAST], ["segments.truth=null", *sets, "features.select=null"]), shop
    )
    with pytest.raises(InputError, match=r"churn\.columns: attribute_age: found nothing to make it of"):
        next(steps)


def test_null_keeps_every_column(shop):
    found = selected(shop, "features.select=null", COLUMNS)
    assert found.lists["churn"] == found.lists["decline"]
    assert len(found.lists["churn"]) == 6
    assert found.verdicts.empty
    assert not found.said


def test_fewer_than_two_segment_columns_are_refused_with_a_cure(shop):
    sets = ("segments.columns=[n_orders, n_order_days]", "features.select={max_correlation: 0.5}")
    with pytest.raises(InputError) as refused:
        selected(shop, *sets)
    (fault,) = refused.value.faults
    assert fault.where == "segments.columns"
    assert fault.found.startswith("1 of 2 columns left for segments (n_order_days: duplicate of n_orders")
    assert "features.select.max_correlation" in fault.cure


@pytest.mark.parametrize(
    ("setting", "where", "said"),
    [
        ("features.select={max_corelation: 0.9}", "features.select.max_corelation", "an unknown key"),
        ("features.select={max_correlation: 0}", "features.select.max_correlation", "greater than 0"),
        ("features.select={max_correlation: 1.01}", "features.select.max_correlation", "less than or equal to 1"),
        ("features.select={supported: 1}", "features.select.supported", "a valid boolean"),
        ("features.select={repeats: 0}", "features.select.repeats", "greater than or equal to 1"),
        ("features.select={folds: 1}", "features.select.folds", "greater than or equal to 2"),
        ("features.select={at_least: 0}", "features.select.at_least", "greater than or equal to 1"),
        ("features.select=yes", "features.select", "True"),
        ("features=[recency_days]", "features", "a section: {use: [features by name], select: ...}"),
        ("features.use=[]", "features.use", "at least 1 item"),
        ("features.usse=[n_orders]", "features.usse", "an unknown key"),
    ],
)
def test_what_cannot_be_selected_by_is_refused(setting, where, said):
    told = [fault for fault in refusals(setting) if f": {where}: found" in fault]
    assert len(told) == 1
    assert said in told[0]


def test_text_may_be_a_feature_and_tell_of_segments_and_labels_but_of_no_amounts(monkeypatch):
    def favourite_channel(n_orders):
        """Channel of most orders [text]."""

    choices, given = names.CHOICES["features.use"]
    known = {**names.CHOICES, "features.use": ({**choices, "favourite_channel": favourite_channel}, given)}
    monkeypatch.setattr(names, "CHOICES", known)
    use = "features.use=[recency_days, n_orders, favourite_channel]"
    fine = [f"{part}.columns=[favourite_channel, recency_days, n_orders]" for part in ("segments", "churn")]
    assert load_experiment(PLANTED, [FAST], [use, *fine]).features.use[-1] == "favourite_channel"
    told = refusals(use, *fine, "forecasts.columns=[favourite_channel, recency_days]")
    assert [fault.partition(": found ")[0].split(": ")[-1] for fault in told] == ["forecasts.columns"]
    assert "`favourite_channel`, which is text; expected columns of numbers" in told[0]


def test_a_column_of_forecasts_that_turns_out_to_be_text_is_refused(shop):
    experiment = load_experiment(PLANTED, [FAST], ["forecasts.columns=[recency_days]"])
    window = window_of(experiment, shop)
    now, then = (snapshot(experiment, shop, w) for w in (window, window.before()))
    assert snapshot_faults(experiment, now, then) == []
    now.table["recency_days"] = "long ago"
    faults = snapshot_faults(experiment, now, then)
    assert [fault.where for fault in faults] == ["forecasts.columns: recency_days"]


def test_text_among_the_columns_of_labels_stays_out_of_what_is_measured(shop):
    use = "features.use=[recency_days, n_orders, n_order_days, spend_total, {use: attribute, column: region}]"
    columns = "[recency_days, n_orders, n_order_days, spend_total, attribute_region]"
    sets = (use, f"churn.columns={columns}", "segments.columns=[recency_days, n_order_days]", "lifetime=same_rate")
    found = selected(shop, *sets, "features.select={supported: true, repeats: 1, folds: 2}")
    for part in ("churn", "decline"):
        assert "attribute_region" in found.lists[part]
        assert "n_order_days" not in found.lists[part]


def test_a_run_is_refused_before_its_first_trial(shop):
    sets = ["segments.truth=null", "segments.columns=[n_orders, n_order_days]", "features.select.max_correlation=0.5"]
    with pytest.raises(InputError, match="1 of 2 columns left for segments"):
        next(run_experiment(load_experiment(PLANTED, [FAST], sets), shop))


@pytest.fixture(scope="module")
def narrowed(new_store):
    """A run whose forecasts keep what is supported."""
    with no_pictures():
        return execute(PLANTED, new_store(), (SMALL, SUPPORTED, "churn.choose_by=roc_auc_score"))


def test_the_frozen_lists_are_in_the_stored_model_and_the_job_scores_with_them(narrowed):
    plan = load_model("models:/fast@champion", narrowed.store).scorer.plan
    verdicts = narrowed.outcome.finished.columns
    stay = verdicts[verdicts["kept"]].groupby("used_by")["column"].agg(list)
    assert [plan.segment_columns, plan.churn.columns, plan.decline.columns] == [
        stay["segments"],
        stay["churn"],
        stay["decline"],
    ]
    asked = load_experiment(PLANTED, [FAST]).churn.columns
    assert 3 <= len(plan.churn.columns) < len(asked)
    loaded = load_model("models:/fast@champion", narrowed.store).scorer
    source, root = load_source("sample")
    scores = loaded.score(read(source, name="sample", root=root)[0], date(2025, 4, 1))
    for column in ("segment_id", "p_churn", "p_decline"):
        np.testing.assert_allclose(scores[column], narrowed.scores[column], rtol=0, atol=1e-9)
    for part in ("churn", "decline"):
        learnt = getattr(loaded.parts[part].model, "feature_names_in_", None)
        assert learnt is None or list(learnt) == plan.risks[part].columns


def test_every_trial_says_which_columns_it_saw(narrowed):
    plan = narrowed.outcome.scorer.plan
    for child in narrowed.children:
        if child.data.tags["contest"] == "segments":
            assert child.data.params["columns"] == ", ".join(plan.segment_columns)
        elif child.data.params.get("kind") == "model" and child.data.tags["contest"] != "forecast":
            listed = plan.risks[child.data.tags["contest"]].columns
            assert child.data.params["columns"] == ", ".join(listed)


def test_the_parent_run_holds_the_table_and_the_counts(narrowed):
    listed = pd.read_csv(narrowed.folder / "columns.csv")
    assert listed["why"].where(~listed["kept"]).notna().sum() == (~listed["kept"]).sum() > 0
    files = {item.path for item in narrowed.client.list_artifacts(narrowed.parent.info.run_id)}
    assert "columns.csv" in files
    for part in ("segments", "churn", "decline"):
        rows = listed[listed["used_by"] == part]
        assert narrowed.parent.data.params[f"columns_{part}"] == f"{rows['kept'].sum()} of {len(rows)}"
    assert narrowed.parent.data.tags["columns"] == " ".join(narrowed.outcome.finished.columns_said)


def test_an_experiment_s_own_features_leave_the_selection_as_it_is(tmp_path):
    own = tmp_path / "own.yaml"
    own.write_text("features: {use: [recency_days, n_orders]}\n")
    sets = ["segments.columns=[recency_days, n_orders]", "churn.columns=[recency_days]"]
    experiment = load_experiment(PLANTED, [FAST, own], ["features.select={max_correlation: 0.7}", *sets])
    assert experiment.features.use == ["recency_days", "n_orders"]
    below = tmp_path / "below.yaml"
    below.write_text("features: {select: {max_correlation: 0.7}}\n")
    kept = load_experiment(PLANTED, [FAST, below, own], sets).features.select
    assert kept is not None
    assert kept.max_correlation == 0.7


def test_the_page_says_what_was_dropped_and_why(narrowed):
    page = html.unescape((narrowed.folder / "report.html").read_text(encoding="utf-8"))
    dropped = narrowed.outcome.finished.columns.query("~kept")
    assert narrowed.outcome.finished.columns_said[0] in page
    assert len(dropped) > 3
    assert all(why in page for why in dropped["why"])
