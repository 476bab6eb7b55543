"""The choice among trials: guards first, then one metric; a sentence says why."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Guard:
    """Bounds that a metric must keep before a trial may be chosen."""

    at_least: float | None = None
    at_most: float | None = None

    def refuses(self, value: float) -> bool:
        """Whether a value breaks a bound; a missing one breaks any."""
        low = self.at_least is not None and not value >= self.at_least
        return low or (self.at_most is not None and not value <= self.at_most)


def refused_by(trials: pd.DataFrame, guards: Mapping[str, Guard]) -> "pd.Series[str]":
    """For each trial the guards that refuse it, with what was found; empty for one that passes."""
    said = [
        ", ".join(f"{metric} {trial[metric]:.3g}" for metric, guard in guards.items() if guard.refuses(trial[metric]))
        for _, trial in trials.iterrows()
    ]
    return pd.Series(said, index=trials.index, dtype="str")


def choose(trials: pd.DataFrame, guards: Mapping[str, Guard], by: str) -> tuple[int | None, str]:
    """Position of the chosen trial, or None if the guards refuse all, and why.

    trials has a row a trial, with `trial` and the metrics as columns. A name that ends in `_loss` is better when
    lower. Among equals the first is chosen.
    """
    kept = trials[(refused_by(trials, guards) == "").to_numpy()]
    passed = kept.dropna(subset=[by])
    if passed.empty:
        refused = f"the guards ({_spelled(guards)}) refused {len(trials) - len(kept)} of {len(trials)} trials"
        missing = f", and {by} is missing for the other {len(kept)}" if len(kept) else ""
        return None, f"No segmentation was chosen: {refused}{missing}."
    ranked = passed.sort_values(by, ascending=by.endswith("_loss"), kind="stable")
    best = ranked.iloc[0]
    unguarded = trials.dropna(subset=[by]).sort_values(by, ascending=by.endswith("_loss"), kind="stable").iloc[0]
    field = f"{len(passed)} of {len(trials)} trials that keep the guards ({_spelled(guards)})"
    why = f"{best['trial']} has the best {by} ({best[by]:.3f}) of the {field}."
    if len(ranked) > 1:
        why += f" Next is {ranked.iloc[1]['trial']} ({ranked.iloc[1][by]:.3f})."
    if unguarded["trial"] != best["trial"]:
        refusal = refused_by(trials.loc[[unguarded.name]], guards).iloc[0]
        why += f" {by} alone would have chosen {unguarded['trial']} ({unguarded[by]:.3f}), refused for {refusal}."
    return list(trials.index).index(best.name), why


def _spelled(guards: Mapping[str, Guard]) -> str:
    bounds = [
        f"{metric} {word} {bound:g}"
        for metric, guard in guards.items()
        for word, bound in (("at least", guard.at_least), ("at most", guard.at_most))
        if bound is not None
    ]
    return ", ".join(bounds) or "none"
