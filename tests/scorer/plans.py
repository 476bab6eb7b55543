"""Plans of scorers that tests fit."""

from dataclasses import replace

from clientscape.catalog import Use, expand
from clientscape.evaluate.profit import Campaign
from clientscape.scorer.plan import Plan, Risk

RFM = ["recency_days", "n_order_days", "spend_total"]
KMEANS = Plan(
    features=expand([*RFM, "gap_cv_ratio", {"use": "spend_last", "days": [30, 90]}]),
    lifetime=Use("bgnbd_gamma_gamma"),
    segment_columns=[*RFM, "gap_cv_ratio", "expected_value"],
    space=Use("log_standard"),
    clusterer=Use("kmeans", {"n_segments": 4}),
    rules=Use("putler11"),
    stages=Use("lifecycle"),
    churn=Risk(
        Use("no_order"),
        Use("logistic"),
        [*RFM, "gap_cv_ratio", "spend_last_30", "spend_last_90", "expected_orders"],
    ),
    decline=Risk(
        Use("spend_decline", {"share": 0.5}),
        Use("boosted_trees", {"max_iter": 40}),
        [*RFM, "spend_last_30", "expected_orders"],
    ),
    campaign=Campaign(1.0, 5.0, (0.1, 0.3), 0.3, capacity=0.05),
    lookback_days=365,
    horizon_days=90,
    seed=7,
)
PLANS = {
    "kmeans": KMEANS,
    "gaussian_mixture": replace(
        KMEANS,
        space=Use("ranks"),
        clusterer=Use("gaussian_mixture", {"n_segments": 3}),
        churn=replace(KMEANS.churn, classifier=Use("hiatus")),
        decline=replace(KMEANS.decline, classifier=Use("recency")),
        lifetime=Use("paretonbd_gamma_gamma"),
        forecaster=Use("blend"),
        forecast_columns=[*RFM, "spend_last_30", "spend_last_90"],
    ),
    "hdbscan": replace(
        KMEANS,
        lifetime=Use("same_rate"),
        space=Use("standard"),
        clusterer=Use("hdbscan", {"min_cluster_size": 12, "min_samples": 3}),
        churn=replace(KMEANS.churn, classifier=Use("boosted_trees", {"max_iter": 40})),
    ),
}
