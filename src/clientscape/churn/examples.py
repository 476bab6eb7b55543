"""Examples to learn a label from and to be judged on: features before a date, what happened after it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clientscape.churn.classifiers import Classifier
from clientscape.churn.labels import Label
from clientscape.faults import Fault
from clientscape.features.build import activity
from clientscape.tables import Tables
from clientscape.window import Window


@dataclass(frozen=True)
class Examples:
    """Eligible customers at one date: features X, outcome y, and their positions in the snapshot they come from."""

    X: pd.DataFrame
    y: NDArray[np.bool_]
    positions: NDArray[np.int64]
    past: pd.DataFrame
    future: pd.DataFrame


def examples(tables: Tables, window: Window, table: pd.DataFrame, past: pd.DataFrame, label: Label) -> Examples:
    """Examples of a label at a window whose horizon the source covers.

    table holds the features and past the activity of the same customers, in the same order (see `Label`).
    """
    future = activity(tables, window.ahead(), table["customer_id"])
    eligible = np.flatnonzero(label.eligible(past))
    before, after = past.iloc[eligible], future.iloc[eligible]
    y = label.outcome(before, after)
    return Examples(table.iloc[eligible].reset_index(drop=True), y, eligible, before, after)


def one_sided(seen: Examples, columns: Sequence[str], where: str) -> list[Fault]:
    """Why a label cannot be learnt from examples, or judged on them: one outcome only, columns without a value."""
    n, n_yes = len(seen.y), int(seen.y.sum())
    if 0 < n_yes < n:
        empty = [column for column in columns if seen.X[column].isna().all()]
        cure = "remove it, or ask for a span that the window covers"
        return [Fault(f"{where}: {column}", "nothing but missing", "values", cure) for column in empty]
    cure = "choose another horizon_days, as_of or label, or a source with more customers"
    return [Fault(where, f"{n} eligible customers, {n_yes} of them yes", "both outcomes", cure)]


def contest(
    candidates: Mapping[str, Classifier], train: Examples, test: Examples, columns: Mapping[str, list[str]]
) -> dict[str, NDArray[np.float64]]:
    """Forecast probabilities of each candidate, with its columns, for the test customers; all learn from the same."""
    return {
        name: candidate.fit(train.X[columns[name]], train.y).predict_proba(test.X[columns[name]])[:, 1]
        for name, candidate in candidates.items()
    }
