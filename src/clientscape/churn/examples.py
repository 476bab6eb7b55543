"""Examples to learn a label from and to be judged on: features before a date, what happened after it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clientscape.churn.classifiers import Classifier
from clientscape.churn.labels import Label
from clientscape.faults import Fault, InputError
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


def contest(
    candidates: Mapping[str, Classifier], train: Examples, test: Examples, columns: list[str]
) -> dict[str, NDArray[np.float64]]:
    """Forecast probabilities of each candidate for the test customers, all fitted on the same training examples."""
    if train.y.all() or not train.y.any():
        same = "positive" if train.y.all() else "negative"
        cure = "choose another horizon_days or as_of, or a source with more customers"
        raise InputError([Fault("churn", f"{len(train.y)} training examples, all {same}", "both outcomes", cure)])
    return {
        name: candidate.fit(train.X[columns], train.y).predict_proba(test.X[columns])[:, 1]
        for name, candidate in candidates.items()
    }
