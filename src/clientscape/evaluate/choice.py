"""The choice among trials: guards first, then one metric or the weighted rank of several; a sentence says why."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

SUBSAMPLED = "subsampled_"


@dataclass(frozen=True)
class Guard:
    """Bounds that a metric must keep before a trial may be chosen."""

    at_least: float | None = None
    at_most: float | None = None

    def refuses(self, value: float) -> bool:
        """Whether a value breaks a bound; a missing one breaks any."""
        low = self.at_least is not None and not value >= self.at_least
        return low or (self.at_most is not None and not value <= self.at_most)


def measured_as(metric: str, trials: pd.DataFrame) -> str:
    """The column that holds a metric: its own, or where it was measured on a sample only the one that says so."""
    sampled = SUBSAMPLED + metric
    whole = metric in trials and trials[metric].notna().any()
    return sampled if not whole and sampled in trials else metric


def refused_by(trials: pd.DataFrame, guards: Mapping[str, Guard]) -> "pd.Series[str]":
    """For each trial the guards that refuse it, with what was found; empty for one that passes."""
    named = {measured_as(metric, trials): guard for metric, guard in guards.items()}
    said = [
        ", ".join(f"{metric} {trial[metric]:.3g}" for metric, guard in named.items() if guard.refuses(trial[metric]))
        for _, trial in trials.iterrows()
    ]
    return pd.Series(said, index=trials.index, dtype="str")


def ranked(trials: pd.DataFrame, by: Mapping[str, float]) -> "pd.Series[float]":
    """Weighted mean of each trial's ranks by several metrics: 1 is best by all; equal values share their mean rank.

    A name that ends in `_loss` is better when lower; a trial that lacks one of the metrics has no rank.
    """
    ranks = {
        metric: trials[metric].rank(ascending=metric.endswith("_loss"), na_option="keep") * weight
        for metric, weight in by.items()
    }
    total: pd.Series[float] = pd.DataFrame(ranks, index=trials.index).sum(axis=1, skipna=False) / sum(by.values())
    return total


def choose(trials: pd.DataFrame, guards: Mapping[str, Guard], by: Mapping[str, float]) -> tuple[int | None, str]:
    """Position of the chosen trial, or None if the guards refuse all, and why.

    trials has a row a trial, with `trial` and the metrics as columns; `by` has the weight of each metric that counts.
    Among equals the first is chosen.
    """
    by = {measured_as(metric, trials): weight for metric, weight in by.items()}
    trials = trials.assign(refused=refused_by(trials, guards))
    kept = trials[(trials["refused"] == "").to_numpy()]
    passed = kept.dropna(subset=list(by))
    if passed.empty:
        said = f"the guards ({_spelled(guards)}) refused {len(trials) - len(kept)} of {len(trials)} trials"
        missing = f", and {' or '.join(by)} is missing for the other {len(kept)}" if len(kept) else ""
        return None, f"No segmentation was chosen: {said}{missing}."
    rank = ranked(passed, by).sort_values(kind="stable")
    best = passed.loc[rank.index[0]]
    field = f"the {len(passed)} of {len(trials)} trials that keep the guards ({_spelled(guards)})"
    why = [_why(passed, by, rank, field)]
    for metric in by:
        alone = trials.dropna(subset=[metric]).sort_values(metric, ascending=metric.endswith("_loss"), kind="stable")
        favourite = alone.iloc[0]
        if favourite["trial"] != best["trial"]:
            refusal = f", refused for {favourite['refused']}" if favourite["refused"] else ""
            found = f"{favourite['trial']} ({favourite[metric]:.3f}{refusal})"
            why.append(f"{metric} alone would have chosen {found}.")
    return list(trials.index).index(best.name), " ".join(why)


def _why(passed: pd.DataFrame, by: Mapping[str, float], rank: "pd.Series[float]", field: str) -> str:
    """What the chosen trial is ahead by."""
    best = passed.loc[rank.index[0]]
    following = passed.loc[rank.index[1]] if len(rank) > 1 else None
    if len(by) == 1:
        metric = next(iter(by))
        after = "" if following is None else f" Next is {following['trial']} ({following[metric]:.3f})."
        return f"{best['trial']} has the best {metric} ({best[metric]:.3f}) of {field}.{after}"
    places = {m: int(passed[m].rank(ascending=m.endswith("_loss"), method="min")[best.name]) for m in by}
    each = ", ".join(f"{m} {best[m]:.3f} (place {places[m]}, weight {weight:g})" for m, weight in by.items())
    after = "" if following is None else f" Next is {following['trial']} ({rank.iloc[1]:.1f})."
    return f"{best['trial']} has the best weighted rank ({rank.iloc[0]:.1f}) of {field}: {each}.{after}"


def _spelled(guards: Mapping[str, Guard]) -> str:
    bounds = [
        f"{metric} {word} {bound:g}"
        for metric, guard in guards.items()
        for word, bound in (("at least", guard.at_least), ("at most", guard.at_most))
        if bound is not None
    ]
    return ", ".join(bounds) or "none"
