"""The models that score, fitted on a small shop of the same kind: one as heavy as is plausible, and a light one."""

from dataclasses import replace
from datetime import date
from pathlib import Path

from clientscape.catalog import Use, expand
from clientscape.data.read import read
from clientscape.evaluate.profit import Campaign
from clientscape.run.sources import load_source
from clientscape.scorer.model import Scorer
from clientscape.scorer.plan import Plan, Risk
from clientscape.scorer.store import save
from clientscape.window import Window

TAUGHT, AS_OF = date(2024, 12, 1), date(2025, 1, 1)
SEEN = (
    *("recency_days", "tenure_days", "n_order_days", "spend_total", "spend_per_order_day"),
    *("gap_days_mean", "gap_days_median", "gap_cv_ratio", "overdue_ratio", "order_days_per_month"),
    *("spend_last_30", "spend_last_90", "order_days_last_30", "order_days_last_90"),
    *("spend_change_45", "spend_change_90", "expected_orders"),
)
LIGHT = Plan(
    features=expand(
        [
            *("recency_days", "tenure_days", "n_orders", "n_order_days", "spend_total", "spend_day_max"),
            *("spend_per_order_day", "gap_days_mean", "gap_days_median", "gap_cv_ratio", "overdue_ratio"),
            "order_days_per_month",
            {"use": "spend_last", "days": [30, 90]},
            {"use": "order_days_last", "days": [30, 90]},
            {"use": "spend_change", "days": [45, 90]},
        ]
    ),
    lifetime=Use("bgnbd_gamma_gamma"),
    segment_columns=[
        "recency_days",
        "n_order_days",
        "spend_total",
        "gap_cv_ratio",
        "spend_change_90",
        "expected_value",
    ],
    space=Use("log_standard"),
    clusterer=Use("kmeans", {"n_segments": 6}),
    rules=Use("putler11"),
    stages=Use("lifecycle"),
    churn=Risk(Use("no_order"), Use("logistic"), list(SEEN)),
    decline=Risk(
        Use("value_decline", {"share": 0.5, "top_share": 0.4, "min_horizons": 2}), Use("logistic"), list(SEEN)
    ),
    campaign=Campaign(1.0, 5.0, (0.1, 0.3), 0.3, capacity=0.1),
    lookback_days=None,
    horizon_days=90,
    seed=7,
)
PLANS = {
    "light": LIGHT,
    "heavy": replace(
        LIGHT,
        clusterer=Use("gaussian_mixture", {"n_segments": 6}),
        churn=replace(LIGHT.churn, classifier=Use("stacked")),
        decline=replace(LIGHT.decline, classifier=Use("stacked")),
        forecaster=Use("blend"),
        forecast_columns=[name for name in SEEN if name != "expected_orders"],
    ),
}


def write_model(folder: Path, source: Path, plan: Plan) -> Path:
    """The folder of a model that is fitted to a shop as of TAUGHT."""
    described, root = load_source(str(source))
    tables, _ = read(described, name=str(source), root=root)
    window = Window(TAUGHT, tables.covers, plan.lookback_days, plan.horizon_days)
    save(Scorer(plan).fit(tables, window), folder)
    return folder
