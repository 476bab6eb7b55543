"""Tables behind the pictures of the probability of a label: along its ranking, and by its height.

outcome is (n,) of True and False; p is (n,), the forecast probability of True.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clientscape.evaluate.curves import capture

Outcome = NDArray[np.bool_]
Vector = NDArray[np.float64]

POINTS = 100  # of a curve, at most
TENTHS = 10


def by_origin(judged: Mapping[str, tuple[Outcome, Vector]]) -> dict[str, pd.DataFrame]:
    """All curves of one forecaster at several origins, `pr`, `calibration` and `lift`, rows marked by `origin`.

    judged : origin (text, in the order to be shown) -> outcome, p.
    """
    made = {"pr": precision_recall, "calibration": by_tenth, "lift": gains}
    several = {
        name: [curve(*both).assign(origin=origin) for origin, both in judged.items()] for name, curve in made.items()
    }
    return {
        name: pd.concat(tables, ignore_index=True) if tables else pd.DataFrame() for name, tables in several.items()
    }


def precision_recall(outcome: Outcome, p: Vector) -> pd.DataFrame:
    """Precision and recall of all who are above a threshold, thinned evenly along the recall.

    A row a threshold, highest first: recall, precision. Equal p are above or below it together. It begins where a
    hundredth of the yes cases is found: before, a single customer would make it leap. Empty without a yes.
    """
    order = np.argsort(-p, kind="stable")
    last_of_equals = np.flatnonzero(np.diff(p[order], append=-np.inf))
    found = np.cumsum(outcome[order])[last_of_equals]
    if not len(p) or not found[-1]:
        return pd.DataFrame({"recall": [], "precision": []}, dtype=float)
    recall, precision = found / found[-1], found / (last_of_equals + 1)
    kept = np.unique(np.searchsorted(recall, np.linspace(1 / POINTS, 1.0, POINTS)))
    return pd.DataFrame({"recall": recall[kept], "precision": precision[kept]})


def by_tenth(outcome: Outcome, p: Vector) -> pd.DataFrame:
    """Mean probability and share of yes in each tenth of the customers by p; equal p stay together.

    A row a tenth, lowest first: predicted, observed, n_customers. Fewer rows where many share one p.
    """
    ranks = np.searchsorted(np.sort(p), p, side="left")  # of equals that of the first
    groups = pd.DataFrame({"predicted": p, "observed": outcome.astype(float)}).groupby(ranks * TENTHS // max(len(p), 1))
    return groups.mean().assign(n_customers=groups.size()).reset_index(drop=True)


def gains(outcome: Outcome, p: Vector) -> pd.DataFrame:
    """Share of the yes cases among those ranked highest; among equal p they are spread evenly.

    A row a point, from nobody to all: share_of_customers, share_of_yes.
    """
    return capture(outcome.astype(float), p).rename(columns={"share_of_orders": "share_of_yes"})
