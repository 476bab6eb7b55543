"""Drift: whether tonight's log is still like the one that the model learnt from.

`reference` is frozen at training, `tally` counts tonight's customers in its bins, a share of them at a time, `judged`
compares the two.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from clientscape.evaluate.drift_columns import Count, count, learnt, psi
from clientscape.evaluate.drift_found import Drift, Limits
from clientscape.evaluate.drift_tables import compared, mixed, new_levels
from clientscape.evaluate.drift_words import sentences
from clientscape.evaluate.missing_days import closed, judged_days
from clientscape.faults import Fault, refuse
from clientscape.tables import SCORES
from clientscape.window import Window

__all__ = ["Drift", "Limits", "Tally", "judged", "reference", "tally"]

KEYS = ("as_of", "customer_id")
MIX = ("segment_id", "rfm_segment", "stage", "flagged")  # scores that are one of a few names
WATCHED = (*MIX, *(name for name, kind in SCORES.items() if kind in ("share", "amount", "money")))
FLAGS = {"True": "flagged", "False": "not flagged"}
Groups = dict[str, dict[str, Count]]


@dataclass(frozen=True, eq=False)
class Tally:
    """Customers in the bins of a reference; tallies of shares of the customers add up to that of all."""

    n: int
    counts: Groups

    def __add__(self, more: "Tally") -> "Tally":
        groups = {
            group: {name: one + more.counts[group][name] for name, one in columns.items()}
            for group, columns in self.counts.items()
        }
        return Tally(self.n + more.n, groups)


def reference(
    table: pd.DataFrame,
    scores: pd.DataFrame,
    earlier: pd.DataFrame | None,
    earlier_scores: pd.DataFrame | None = None,
) -> dict[str, Any]:
    """What training freezes of a snapshot's table and its scores: plain lists, text and numbers, ready for JSON.

    earlier : the table of the snapshot one horizon before, and its scores if there are any: how far columns move by
    themselves is frozen as `usual`.
    """
    groups = {
        "features": _learnt(table.drop(columns=list(KEYS), errors="ignore"), earlier),
        "scores": _learnt(scores[list(WATCHED)], earlier_scores),
    }
    named = scores[["segment_id", "segment"]].drop_duplicates()
    names = {str(segment_id): str(name) for segment_id, name in named.itertuples(index=False)}
    as_of = pd.Timestamp(scores["as_of"].iloc[0]).date()
    return {"n": len(table), "as_of": str(as_of), "segment_names": names, **groups}


def tally(reference: Mapping[str, Any], table: pd.DataFrame, scores: pd.DataFrame) -> Tally:
    """Tonight's customers, or a share of them, in the bins of a reference; rows of both tables are customers."""
    frames = {"features": table, "scores": scores}
    refuse(
        Fault(f"drift.{group}.{name}", "no such column", "the columns that the model learnt", "report this as a bug")
        for group, frame in frames.items()
        for name in reference[group]
        if name not in frame
    )
    counts = {
        group: {name: count(bins, frame[name]) for name, bins in reference[group].items()}
        for group, frame in frames.items()
    }
    return Tally(len(table), counts)


def judged(reference: Mapping[str, Any], tally: Tally, lines: pd.Series, window: Window, limits: Limits) -> Drift:
    """Compare tonight's customers with those of training.

    lines : what `missing_days.lines_per_day` counts over the window's past, of all parts of the log together.
    """
    names = {"segment_id": reference["segment_names"], "flagged": FLAGS}
    features = compared(reference["features"], tally.counts["features"], limits.feature_psi, "feature")
    rated = reference["scores"]
    scores = compared(rated, tally.counts["scores"], limits.score_psi, "score", len(rated), names)
    days = judged_days(lines, limits.day_share)
    recent = window.as_of - timedelta(days=limits.recent_days)
    counts = ~closed(days["day"], limits.closed)
    missing = days[days["missing"] & counts].drop(columns="missing")
    drift = Drift(
        features=features,
        scores=scores,
        mix=mixed(scores, MIX),
        days=days.assign(missing=days["missing"] & counts),
        missing_days=missing.assign(recent=missing["day"] >= recent).reset_index(drop=True),
        new_levels=new_levels(reference["features"], tally.counts["features"]),
        n_then=int(reference["n"]),
        n_now=tally.n,
        age_days=(window.as_of - date.fromisoformat(reference["as_of"])).days,
        limits=limits,
    )
    return replace(drift, sentences=sentences(drift))


def _learnt(table: pd.DataFrame, earlier: pd.DataFrame | None) -> dict[str, dict[str, Any]]:
    """Bins and counts of each column, and how far it moved since earlier: None where that is not known."""
    found: dict[str, dict[str, Any]] = {}
    for name in table:
        is_number = pd.api.types.is_numeric_dtype(table[name].dtype)
        bins = learnt(table[name], by_level=name in MIX or not is_number)
        usual = None
        if earlier is not None and name in earlier:
            moved = psi(count(bins, earlier[name]).counts, np.array(bins["counts"]))
            usual = None if np.isnan(moved) else moved
        found[str(name)] = bins | {"usual": usual}
    return found
