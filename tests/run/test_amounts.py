"""The contest of forecasts of orders and spend, on a small shop."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from tests.executions import FAST, PLANTED

from clientscape.catalog import Use
from clientscape.faults import InputError
from clientscape.run.amounts import Doing, forecasts_of_amounts
from clientscape.run.choices import METRICS
from clientscape.run.config import load_experiment
from clientscape.run.contests import Trial
from clientscape.run.experiment import run_experiment, window_of
from clientscape.run.forecast_outcome import curves, exported_forecaster, forecast_notes, forecast_table, standings
from clientscape.run.origins import entrants, judged_windows, origin_of

ASKED = ("segments.truth=null", "forecasts.learned=[corrected_level, poisson_linear]")
TWO = "forecasts.judged_at=[{as_of: 2025-04-01, horizon_days: 60}, {as_of: 2025-03-01, horizon_days: 90}]"


def contest(tables, *sets):
    experiment = load_experiment(PLANTED, [FAST], [*ASKED, *sets])
    window = window_of(experiment, tables)
    steps = list(forecasts_of_amounts(experiment, tables, {}, window))
    return experiment, window, [step for step in steps if isinstance(step, Trial)], steps


@pytest.fixture(scope="module")
def judged(shop):
    return contest(shop, TWO, "lifetime=same_rate", "window.lookback_days=200")


def test_the_asked_model_comes_first_of_its_kind_and_nobody_twice():
    def names(*sets):
        return [
            (entrant.label, entrant.kind) for entrant in entrants(load_experiment(PLANTED, [FAST], [*ASKED, *sets]))
        ]

    learned = [("corrected level", "learned"), ("poisson linear", "learned")]
    rules = [("same rate", "simple rule"), ("last period", "simple rule")]
    assert names() == [("bgnbd", "model"), ("paretonbd", "model"), *learned, *rules]
    assert names("lifetime=last_period") == [("paretonbd", "model"), *learned, *rules[::-1]]
    margin = "lifetime={use: paretonbd_gamma_gamma, margin_share: 0.3, min_customers: 50}"
    assert names(margin)[0] == ("paretonbd 50", "model")


def test_without_a_list_the_window_and_two_earlier_ones_are_judged(shop):
    experiment = load_experiment(PLANTED, [FAST], [*ASKED, "window={lookback_days: 90, horizon_days: 60}"])
    window = window_of(experiment, shop)
    found = judged_windows(experiment, window)
    assert found == [window, window.before(), window.before().before()]


def test_every_date_is_judged_and_the_first_has_no_prefix(judged):
    _, _, trials, steps = judged
    assert [trial.name for trial in trials] == [
        *("paretonbd_gamma_gamma", "corrected_level", "poisson_linear", "same_rate", "last_period")
    ]
    for trial in trials:
        assert trial.params["judged_at"] == "2025-04-01 60d, 2025-03-01 90d"
        assert {"orders_gini_score", "2025-03-01 90d/orders_gini_score", "2025-03-01 90d/spend_gini_score"} <= set(
            trial.metrics
        )
    assert [trial.params.get("corrects") for trial in trials] == [None, "same_rate, ok", "same_rate, ok", None, None]
    assert "forecasts as of 2025-03-01" in [step.what for step in steps if isinstance(step, Doing)]
    told = standings(trials)
    assert told.groupby("as_of").size().to_dict() == {"2025-03-01": 5, "2025-04-01": 5}
    assert told["as_of"].iloc[0] == "2025-04-01"
    # A model that a rule stands in for is that rule: told in the table, not shown again, unless it was asked for.
    assert forecast_table(trials)["forecaster"].iloc[0] == "paretonbd (by fallback)"
    assert list(curves(trials)) == [trial.name for trial in trials]
    assert list(curves(trials[1:] + trials[:1])) == [trial.name for trial in trials[1:]]


def test_tracking_ends_with_the_horizon_s_last_whole_week(judged, shop):
    experiment, _, trials, _ = judged
    origin = origin_of(experiment, shop, {}, judged_windows(experiment, window_of(experiment, shop))[0])
    for trial in trials:
        path = trial.tables["tracking"]
        assert path["week"].iloc[-1] == 8  # of 60 days
        assert path["actual"].is_monotonic_increasing
        assert path["actual"].iloc[-1] <= origin.came.orders.sum()
        assert path["expected"].iloc[-1] == pytest.approx(trial.said["expected_orders"].sum() * 56 / 60, rel=0.05)
    days = shop.transactions["day"] - origin.snapshot.window.as_of_day
    known = shop.transactions["customer_id"].isin(origin.snapshot.table["customer_id"])
    week = shop.transactions[(days >= 0) & (days < 7) & known & (shop.transactions["amount_minor"] >= 0)]
    assert trials[0].tables["tracking"]["actual"].iloc[0] == len(week.drop_duplicates(["customer_id", "day"]))


def test_a_horizon_of_less_than_a_week_is_not_followed_by_the_week(shop):
    _, _, trials, _ = contest(shop, "window.horizon_days=5", "forecasts.learned=[]", "lifetime=same_rate")
    assert all(trial.tables["tracking"].empty for trial in trials)


@pytest.mark.parametrize("metric", METRICS["forecasts.choose_by"])
def test_every_metric_that_may_choose_can(judged, shop, metric):
    experiment = load_experiment(PLANTED, [FAST], [*ASKED, TWO, "lifetime=same_rate", f"forecasts.choose_by={metric}"])
    window = replace(window_of(experiment, shop), lookback_days=200)
    chosen = exported_forecaster(experiment, judged[2], window)
    assert chosen is None or chosen in (Use("corrected_level"), Use("poisson_linear"))
    given = np.array([0.0, 1, 2, 3]), np.array([0.5, 1, 1, 4])
    assert np.isfinite(METRICS["forecasts.choose_by"][metric](*given))


def test_scores_carry_the_best_by_the_window_s_own_horizon(judged, shop):
    experiment, window, trials, _ = judged

    def chosen(**better):
        changed = [
            replace(trial, metrics=trial.metrics | dict.fromkeys(better["at"], better[trial.name]))
            if trial.name in better
            else trial
            for trial in trials
        ]
        return exported_forecaster(experiment, changed, window)

    first = "orders_root_mean_squared_loss"
    other = replace(window, as_of=date(2025, 3, 1), horizon_days=90)
    assert chosen(poisson_linear=0.0, at=[first]) == Use("poisson_linear")
    assert chosen(same_rate=0.0, at=[first]) is None
    worse = [replace(t, metrics=t.metrics | {f"2025-03-01 90d/{first}": float(t.name == "same_rate")}) for t in trials]
    assert exported_forecaster(experiment, worse, other) == Use("corrected_level")


def test_what_could_not_take_part_is_said(shop):
    experiment, window, trials, _ = contest(shop, "window.lookback_days=450")
    assert {trial.params["kind"] for trial in trials} == {"model", "simple rule"}
    told = " ".join(forecast_notes(experiment, trials, window))
    assert "Not in the contest: corrected_level, poisson_linear." in told
    assert "Scores carry what `bgnbd_gamma_gamma` expects." in told


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        (
            "forecasts.judged_at=[{as_of: 2025-04-01, horizon_days: 60}, {as_of: 2025-04-01, horizon_days: 60}]",
            "2 times",
        ),
        ("forecasts.judged_at=[{as_of: 2025-06-30, horizon_days: 60}]", "forecasts.judged_at 2025-06-30"),
    ],
)
def test_dates_that_cannot_be_judged_are_refused_before_anything_runs(shop, setting, said):
    experiment = load_experiment(PLANTED, [FAST], ["segments.truth=null", setting])
    with pytest.raises(InputError, match=said):
        next(run_experiment(experiment, shop))


def test_a_date_with_hardly_a_customer_is_refused(shop, with_lines):
    first = shop.transactions.groupby("customer_id")["day"].transform("min")
    late = with_lines(shop, shop.transactions[first > shop.transactions["day"].min() + 60])
    early = "forecasts.judged_at=[{as_of: 2024-02-01, horizon_days: 60}]"
    experiment = load_experiment(PLANTED, [FAST], ["segments.truth=null", "window.lookback_days=all", early])
    with pytest.raises(InputError, match=r"forecasts\.judged_at 2024-02-01: found 0 customers; expected at least 30"):
        next(run_experiment(experiment, late))


def test_columns_of_the_lifetime_model_are_no_features_of_what_corrects_it():
    with pytest.raises(InputError, match=r"forecasts\.columns: found `expected_orders`"):
        load_experiment(PLANTED, [FAST], ["forecasts.columns=[expected_orders, recency_days]"])
    experiment = load_experiment(PLANTED, [FAST])
    assert "expected_orders" in experiment.churn.columns
    assert "expected_orders" not in experiment.forecast_columns
