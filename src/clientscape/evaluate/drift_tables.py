"""What has moved, as tables: columns, the mix of segments, levels that nobody knew."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from clientscape.evaluate.drift_columns import Count, chance, names_of, psi

NEW_SHARE = 0.01  # of the customers who have a level that had no bin, for it to be told
BY_ITSELF = 2.0  # times what a column moved in the horizon before training: as the model ages, that grows

COLUMNS = ("psi", "chance", "usual", "limit", "drifted", "missing_then", "missing_now", "bins", "then", "now")


def compared(
    learnt: Mapping[str, Any],
    now: Mapping[str, Count],
    limit: float,
    by: str,
    among: int = 1,
    words: Mapping[str, Mapping[str, str]] | None = None,
) -> pd.DataFrame:
    """A row a column, the most moved first; see `clientscape.evaluate.drift.Drift`.

    by : what the column of names is called. among : see `chance`. words : of columns whose levels are shown by another
    name.
    """
    rows = []
    for name, bins in learnt.items():
        then, tonight = np.array(bins["counts"], dtype=np.int64), now[name].counts
        moved, by_chance = psi(then, tonight), chance(then, tonight, among)
        usual = float("nan") if bins["usual"] is None else float(bins["usual"])
        floor = np.nanmax([limit, by_chance, BY_ITSELF * usual])
        shown = (then > 0) | (tonight > 0)
        names = [(words or {}).get(name, {}).get(level, level) for level in names_of(bins)]
        before, after = then / max(then.sum(), 1), tonight / max(tonight.sum(), 1)
        rows.append(
            {
                by: name,
                "psi": moved,
                "chance": by_chance,
                "usual": usual,
                "limit": limit,
                "drifted": bool(moved > floor),
                "missing_then": before[-1],
                "missing_now": after[-1],
                "bins": [name for name, is_shown in zip(names, shown, strict=True) if is_shown],
                "then": before[shown].tolist(),
                "now": after[shown].tolist(),
            }
        )
    table = pd.DataFrame(rows, columns=[by, *COLUMNS])
    return table.sort_values(["psi", by], ascending=[False, True], ignore_index=True)


def mixed(scores: pd.DataFrame, of: Sequence[str]) -> pd.DataFrame:
    """The shares of customers in each segment: score, name, then, now; a row a segment."""
    known = scores.set_index("score")
    rows = [
        (score, name, then, now)
        for score in of
        for name, then, now in zip(*known.loc[score, ["bins", "then", "now"]], strict=True)
    ]
    return pd.DataFrame(rows, columns=["score", "name", "then", "now"])


def new_levels(learnt: Mapping[str, Any], now: Mapping[str, Count]) -> pd.DataFrame:
    """Levels of text that one customer in a hundred or more has, and that had no bin: feature, level, now, new.

    new : nobody had it at training, as all levels of then have a bin.
    """
    rows = [
        (name, level, n / now[name].counts.sum(), not bins["counts"][-2])
        for name, bins in learnt.items()
        if "levels" in bins
        for level, n in sorted((now[name].others or {}).items())
        if n >= NEW_SHARE * now[name].counts.sum()
    ]
    table = pd.DataFrame(rows, columns=["feature", "level", "now", "new"])
    return table.sort_values("now", ascending=False, kind="stable", ignore_index=True)
