"""A model with every feature of the catalogue, registered in a store, and what it is asked with."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from tests.conftest import COVERS, with_all_columns

from clientscape.catalog import Use
from clientscape.data.synthesize import shop as make_shop
from clientscape.evaluate.profit import Campaign
from clientscape.scorer.model import Scorer
from clientscape.scorer.plan import Plan, Risk

RFM = ["recency_days", "n_order_days", "spend_total"]


@dataclass(frozen=True)
class Exported:
    """A registered scorer, its store, the training run, and the shop's rows as one stacked frame."""

    scorer: Scorer
    store: Path
    run_id: str
    rows: pd.DataFrame


def plan_of(features: list[Use], columns: list[str]) -> Plan:
    """A quick plan whose classifiers see the columns."""
    return Plan(
        features=features,
        lifetime=Use("same_rate"),
        segment_columns=RFM,
        space=Use("log_standard"),
        clusterer=Use("kmeans", {"n_segments": 3}),
        rules=Use("putler11"),
        stages=Use("lifecycle"),
        churn=Risk(Use("no_order"), Use("logistic"), RFM, calibrate=False),
        decline=Risk(Use("spend_decline", {"share": 0.5}), Use("boosted_trees", {"max_iter": 20}), columns, "", False),
        campaign=Campaign(1.0, 5.0, (0.1, 0.3), 0.3, capacity=0.1),
        lookback_days=365,
        horizon_days=90,
        seed=7,
    )


def stacked(until: str) -> pd.DataFrame:
    """All rows of the made-up shop before a date, as one frame: what each table does not have is missing."""
    frames = with_all_columns(make_shop(200, first=COVERS.first, end=COVERS.end, seed=7))
    rows = pd.concat([frame.assign(table=name) for name, frame in frames.items()], ignore_index=True)
    known = rows["ordered_at"].fillna(rows["at"]).fillna(pd.Timestamp("1970-01-01")) < pd.Timestamp(until)
    return rows[known].reset_index(drop=True)
