"""What a finished run shows, as finished tables, and its page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clientscape.report.cards import Personas
from clientscape.report.page import Picture, Report
from clientscape.segment.traits import Language


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
    judgement : a row for each label and forecaster; forecast : a row for each forecaster of orders and spend.
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
        reengage=finished.reengage.head(20),
        judgement=finished.judgement,
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
