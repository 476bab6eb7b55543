"""What a finished run shows, as finished tables, and its page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clientscape.report.cards import Personas
from clientscape.report.page import Picture, Report
from clientscape.segment.traits import Language

SHOWN = 20  # of the win-back list
LISTED = ("rank", "customer_id", "group", "expected_profit", "value_at_risk", "p_decline", "p_churn", "segment")


@dataclass(frozen=True)
class Finished:
    """The finished tables of a run; those of a segmentation are empty where none was chosen.

    trials : a row a clustering: trial, family, space, metrics, refused_by, passed, chosen.
    baselines : a row a rule set or plain grouping: rules, n_segments, foresight.
    labelings : trial -> labels (m,) of the customers of the map.
    coordinates : (m, 2), the map; on_map : (m,), their positions in scores.
    columns : a row for each column that was asked for: used_by, column, kept, why; empty where none was selected.
    columns_said : how the columns were selected, in sentences.
    scores : the training table of scores; segments, rfm : a row a segment; profile : segments by columns.
    steady, described, lifts, typical, over_bought, typical_customers, other_names : what is understood of each segment.
    succession : a row for each segment, and for each of the champion's that is gone; empty without a champion.
    migration : customers by segment one horizon before (rows) and now (columns).
    judgement : a row for each label and forecaster; labels : a row for each label; policies, profits : what contacting
    the flagged would have brought, and by number contacted; importances, dependence : what the exported forecasts of
    labels rest on; risk_said : all this in sentences (see `clientscape.run.risk_outcome`).
    forecast : a row for each forecaster of orders and spend.
    standings : a row for each of them and date; curves : trial -> calibration, tracking, capture, grid (see the
    figures of these names).
    """

    question: str
    answer: str
    currency: str
    trials: pd.DataFrame
    baselines: pd.DataFrame
    labelings: dict[str, NDArray[np.int64]]
    coordinates: NDArray[np.float64]
    on_map: NDArray[np.int64]
    judgement: pd.DataFrame
    labels: pd.DataFrame
    policies: pd.DataFrame
    profits: pd.DataFrame
    importances: pd.DataFrame
    dependence: pd.DataFrame
    risk_said: Sequence[str]
    forecast: pd.DataFrame
    standings: pd.DataFrame
    curves: Mapping[str, Mapping[str, pd.DataFrame]]
    columns: pd.DataFrame
    columns_said: Sequence[str]
    scores: pd.DataFrame
    segments: pd.DataFrame
    profile: pd.DataFrame
    rfm: pd.DataFrame
    reengage: pd.DataFrame
    notes: Sequence[str]
    language: Language = "en"
    steady: pd.DataFrame = field(default_factory=pd.DataFrame)
    described: pd.DataFrame = field(default_factory=pd.DataFrame)
    lifts: pd.DataFrame = field(default_factory=pd.DataFrame)
    typical: pd.DataFrame = field(default_factory=pd.DataFrame)
    over_bought: pd.DataFrame = field(default_factory=pd.DataFrame)
    typical_customers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    other_names: Mapping[str, str] = field(default_factory=dict)
    succession: pd.DataFrame = field(default_factory=pd.DataFrame)
    migration: pd.DataFrame = field(default_factory=pd.DataFrame)


def report(finished: Finished, shown: dict[str, Picture], title: str, facts: Sequence[tuple[str, object]]) -> Report:
    """The page of a run; facts are what the reader needs to trust or repeat it."""
    return Report(
        title=title,
        question=finished.question,
        answer=finished.answer,
        currency=finished.currency,
        facts=facts,
        notes=finished.notes,
        figures=shown,
        segments=finished.segments,
        rfm=finished.rfm,
        reengage=_told(finished),
        judgement=finished.judgement,
        labels=finished.labels,
        policies=finished.policies,
        risk_said=finished.risk_said,
        forecast=finished.forecast,
        trials=finished.trials,
        columns=_dropped(finished.columns),
        columns_said=finished.columns_said,
        personas=_personas(finished),
    )


def _personas(finished: Finished) -> Personas | None:
    if not len(finished.segments):
        return None
    told = (finished.described, finished.lifts, finished.typical, finished.over_bought, finished.typical_customers)
    return Personas(finished.language, finished.other_names, *told)


def _dropped(columns: pd.DataFrame) -> pd.DataFrame:
    """The columns that were dropped: used_by, column, why."""
    return columns if columns.empty else columns.loc[~columns["kept"], ["column", "used_by", "why"]]


def _told(finished: Finished) -> pd.DataFrame:
    """The first of the win-back list, with the reasons of each as lines."""
    table = finished.reengage.head(SHOWN)
    if table.empty:
        return table
    names = [name for name in table if str(name).startswith("reason_")]
    why = [[text for text in row if text] for row in table[names].itertuples(index=False)]
    return table[list(LISTED)].assign(why=pd.Series(why, index=table.index, dtype=object))
