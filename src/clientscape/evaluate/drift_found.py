"""What was found to have drifted, from where on that counts, and what follows from it."""

import re
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd


@dataclass(frozen=True)
class Limits:
    """From where on a log has drifted, and what follows; frozen in the model, the job may set others.

    A feature has drifted if its index is above `feature_psi`, above what chance explains, and above twice what it moved
    in the horizon before training. The log has drifted if more than `features_share` of the features have, or any score
    or mix of segments by `score_psi`, if there are fewer customers than `customers_share` of those then, or if one of
    its last `recent_days` is missing and not among `closed`: has less than `day_share` of the lines usual on its
    weekday. Older missing days are told, but may have been there at training, and would stop a job for as long as the
    lookback is.
    """

    on_drift: Literal["warn", "block", "ignore"] = "warn"
    feature_psi: float = 0.25  # population stability index
    score_psi: float = 0.25
    features_share: float = 0.1
    day_share: float = 0.5
    recent_days: int = 28
    customers_share: float = 0.5  # of those at training: with fewer customers than that the log has drifted
    closed: tuple[str, ...] = ()  # days without orders that are no gap: 2026-04-03, or 12-25 of every year


@dataclass(frozen=True, eq=False)
class Drift:
    """What has moved between training and tonight, and what follows from it.

    features, scores : a row a column, the most moved first: feature (or score), psi, chance, usual, limit, drifted,
    missing_then and missing_now [share of customers], and for pictures bins, then, now: lists of names and of shares.
    mix : score, name, then, now [share of customers]. days : a row a day of the past: day, lines, usual, missing.
    missing_days : of these the missing, with `recent`: whether it counts. new_levels : feature, level, now [share of
    customers], new: whether nobody had it at training, or few may have. n_then, n_now : customers. age_days : from
    the model's date to tonight's. sentences : all of it in plain words, the verdict first.
    """

    features: pd.DataFrame
    scores: pd.DataFrame
    mix: pd.DataFrame
    days: pd.DataFrame
    missing_days: pd.DataFrame
    new_levels: pd.DataFrame
    n_then: int
    n_now: int
    age_days: int
    limits: Limits
    sentences: list[str] = field(default_factory=list)

    @property
    def verdict(self) -> Literal["ok", "drifted"]:
        """Whether the log has drifted, see `Limits`."""
        return "drifted" if self.reasons else "ok"

    @property
    def reasons(self) -> list[str]:
        """By what the log has drifted: `customers` (too few), `days`, `features`, `scores`."""
        found = {
            "customers": self.n_now < self.limits.customers_share * self.n_then,
            "days": bool(self.missing_days["recent"].any()),
            "features": self.features_drifted > self.limits.features_share,
            "scores": bool(self.scores["drifted"].any()),
        }
        return [reason for reason, is_so in found.items() if is_so]

    @property
    def features_drifted(self) -> float:
        """Share of the features that have drifted [0..1]."""
        return float(self.features["drifted"].mean()) if len(self.features) else 0.0

    @property
    def blocks(self) -> bool:
        """Whether nothing may be written tonight."""
        return self.limits.on_drift == "block" and self.verdict == "drifted"

    def metrics(self) -> dict[str, float]:
        """Numbers to watch over the nights, by names that MLflow takes; what is not known is left out."""
        of_columns = {
            f"{prefix}_{_plain(name)}": float(value)
            for prefix, table, by in (("psi", self.features, "feature"), ("psi_score", self.scores, "score"))
            for name, value in zip(table[by], table["psi"], strict=True)
            if value == value
        }
        return of_columns | {
            "drifted": float(self.verdict == "drifted"),
            "features_drifted_share": self.features_drifted,
            "scores_drifted": float(self.scores["drifted"].sum()),
            "missing_days": float(self.missing_days["recent"].sum()),
            "n_customers": float(self.n_now),
        }


def _plain(name: str) -> str:
    """A name with the characters that MLflow allows."""
    return re.sub(r"[^\w. -]", "_", name)
