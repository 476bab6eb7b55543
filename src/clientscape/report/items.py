"""What a finished run shows: its pictures and its page, out of finished tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from clientscape.report.cards import Personas
from clientscape.report.contests import judgement
from clientscape.report.curves import capture, tracking
from clientscape.report.forecasts import standings
from clientscape.report.histories import calibration, frequency_recency
from clientscape.report.maps import montage, segment_map
from clientscape.report.migration import alluvial
from clientscape.report.page import Picture, Report
from clientscape.report.portraits import profile_heat_map, segment_bars
from clientscape.report.steadiness import steadiness
from clientscape.report.sweeps import k_curve
from clientscape.report.tradeoffs import tradeoff
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


def pictures(finished: Finished) -> dict[str, Picture]:
    """The pictures of a run by file name."""
    made = {
        "k_curve": Picture(
            k_curve(finished.trials),
            "Silhouette is never read alone: who leaves customers out, or splits off a few, can have the highest. "
            "Grey: what the same clusterers reach where each column is shuffled by itself.",
            "Silhouette, stability, coverage and smallest share of every trial by number of segments",
            "contest",
        ),
        "tradeoff": Picture(
            tradeoff(finished.trials, _of_rules(finished.baselines)),
            "What silhouette hides: whether segments come back on other customers, and how much of the log spend of "
            "the horizon ahead their means of the horizon before explain.",
            "Stability by silhouette, and foresight by number of segments, of every trial",
            "contest",
        ),
        "montage": Picture(
            _montage(finished),
            "The same map, cut by the best trials of each family.",
            "Small maps of the best clusterings of each family, customers coloured by segment",
            "contest",
        ),
        "judgement": Picture(
            judgement(finished.judgement),
            "Models beside the simple rules, on a horizon that none of them saw.",
            "ROC AUC and average precision of models and simple rules for each label",
            "forecasts",
        ),
        **_of_forecasts(finished),
    }
    if finished.scores.empty:
        return made
    portraits = {
        "segment_map": Picture(
            segment_map(
                finished.coordinates,
                finished.scores["segment"].iloc[finished.on_map],
                title="The landscape of the customers",
            ),
            "The chosen segments on a map of all customers.",
            "Map of all customers coloured by segment",
            "segments",
        ),
        "segment_bars": Picture(
            segment_bars(finished.segments.set_index("segment")),
            "Share of the customers and of what they spent.",
            "Share of customers and of spend of each segment",
            "segments",
        ),
        "profile": Picture(
            profile_heat_map(finished.profile),
            "How each segment differs from the average customer.",
            "Heat map of segments by features, in standard deviations from the average customer",
            "segments",
        ),
        "steadiness": Picture(
            steadiness(finished.steady),
            "How much of each segment comes back where customers are drawn anew.",
            "Jaccard overlap of each segment with its like in other draws of the customers",
            "segments",
        ),
        "migration": Picture(
            alluvial(finished.migration),
            "Where customers were one horizon earlier, by the same model, and where they are now.",
            "Flows of customers between segments from one horizon earlier to now",
            "segments",
        ),
        "rfm_bars": Picture(
            segment_bars(finished.rfm.set_index("segment")),
            "The segments by rule.",
            "Share of customers and of spend of each RFM segment",
            "rfm",
        ),
    }
    return portraits | made


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


def _of_rules(baselines: pd.DataFrame) -> pd.DataFrame:
    """Rule sets without the plain groupings, which are lines."""
    plain = baselines["rules"].str.startswith(("value_tiers", "random_groups"))
    return baselines[~plain]


def _of_forecasts(finished: Finished) -> dict[str, Picture]:
    """The pictures of the contest of orders and spend."""
    table = {name: _stacked(finished, name) for name in ("calibration", "tracking", "capture", "grid")}
    made = {
        "standings": Picture(
            standings(finished.standings),
            "Forecasts of order days beside the simple rules: no measure alone, and not at one date alone. "
            "A hollow mark lies beyond the panel.",
            "Errors, correlation, Gini and total of each forecast of order days, by date",
            "amounts",
        ),
        "tracking": Picture(
            tracking(table["tracking"]),
            "All order days of the horizon, as they came and as each forecast has them.",
            "Cumulative order days by week, actual and forecast",
            "amounts",
        ),
        "calibration": Picture(
            calibration(table["calibration"]),
            "Mean forecast and mean outcome of customers, by how often they had come back before.",
            "Mean order days by repeat order days before, actual and forecast",
            "amounts",
        ),
        "capture": Picture(
            capture(table["capture"].drop_duplicates(["forecaster", "share_of_customers"])),
            "How much of what came was with the customers who were ranked highest.",
            "Share of order days on the customers with the highest forecasts",
            "amounts",
        ),
    }
    if table["grid"].empty:
        return made
    first = table["grid"]["forecaster"].iloc[0]
    shown = table["grid"][table["grid"]["forecaster"] == first]
    said = f"What {first} says of a customer known from the first day on, by how often and how lately he ordered."
    alt = f"Chance to be active and expected order days by frequency and recency, as {first} has them"
    return made | {"frequency_recency": Picture(frequency_recency(shown), f"{said} White: cannot be.", alt, "amounts")}


def _stacked(finished: Finished, name: str) -> pd.DataFrame:
    """One kind of curve of all forecasters, below each other."""
    several = [tables[name] for tables in finished.curves.values() if len(tables[name])]
    return pd.concat(several, ignore_index=True) if several else pd.DataFrame()


def _dropped(columns: pd.DataFrame) -> pd.DataFrame:
    """The columns that were dropped: used_by, column, why."""
    return columns if columns.empty else columns.loc[~columns["kept"], ["column", "used_by", "why"]]


def _montage(finished: Finished, each: int = 3) -> Figure:
    """The chosen trial and the best of each family by silhouette."""
    trials = finished.trials.set_index("trial")
    ranked = trials.sort_values("silhouette_score", ascending=False, kind="stable")
    best = ranked.groupby("family", sort=False).head(each).index
    chosen = next(iter(trials.index[trials["chosen"].to_numpy(bool)]), None)
    names = [chosen, *(name for name in best if name != chosen)] if chosen else list(best)
    return montage(finished.coordinates, {name: finished.labelings[name] for name in names}, trials, chosen=chosen)
