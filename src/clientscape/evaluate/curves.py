"""Tables behind the pictures of a forecast: by bucket, along its ranking, over all histories that can be."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clientscape.clv.heuristics import Rule
from clientscape.clv.worth import Lifetime
from clientscape.evaluate.buckets import buckets

Vector = NDArray[np.float64]

SURE = 1.96  # standard errors to each side of a mean: 95%
POINTS = 101  # of a curve
CELLS = 40  # to a side of the grid


def calibration(x: Vector, actual: Vector, predicted: Vector) -> pd.DataFrame:
    """Mean outcome, with its 95% interval, and mean forecast of each bucket of repeat order days before.

    A row a bucket: bucket, n_customers, actual, low, high, expected.
    """
    names, at = buckets(x)
    groups = pd.DataFrame({"actual": actual, "expected": predicted}).groupby(at)
    means, n = groups.mean(), groups.size()
    away: pd.Series[float] = SURE * groups["actual"].std().fillna(0.0) / np.sqrt(n)
    return pd.DataFrame(
        {
            "bucket": names,
            "n_customers": n,
            "actual": means["actual"],
            "low": (means["actual"] - away).clip(lower=0.0),
            "high": means["actual"] + away,
            "expected": means["expected"],
        }
    )


def capture(actual: Vector, predicted: Vector) -> pd.DataFrame:
    """Share of the outcome on the customers with the highest forecasts; among equal ones it is spread evenly.

    A row a point, from nobody to all: share_of_customers, share_of_orders.
    """
    spread = pd.Series(actual).groupby(predicted).transform("mean").to_numpy()
    found = np.concatenate([[0.0], np.cumsum(spread[np.argsort(-predicted, kind="stable")])])
    share = np.linspace(0.0, 1.0, POINTS)
    reached = np.interp(share * len(actual), np.arange(len(found)), found)
    return pd.DataFrame({"share_of_customers": share, "share_of_orders": reached / found[-1] if found[-1] else np.nan})


def frequency_recency(model: Lifetime, known_days: float, most: float, horizon: float) -> pd.DataFrame:
    """What a lifetime model says of all histories of one length, on a grid of at most 40 by 40 cells.

    A row a history that can be: x (repeat order days, from 1 up to `most`), recency_days (since the last order, 1 for
    the last known day), p_alive, expected_orders (over the horizon). Empty where a rule stands in for the model.
    """
    if isinstance(model.orders_, Rule):
        return pd.DataFrame()
    counts = np.unique(np.rint(np.linspace(1.0, max(1.0, min(most, known_days)), CELLS)))
    since = np.unique(np.rint(np.linspace(1.0, max(1.0, known_days), CELLS)))
    x, recency = (side.ravel() for side in np.meshgrid(counts, since))
    t_x = known_days + 1 - recency
    can_be = x <= t_x  # one order day a day
    x, recency, t_x = x[can_be], recency[can_be], t_x[can_be]
    ones = np.ones(x.size)  # the value of orders does not matter to how many will come
    letters = {"x": x, "t_x": t_x, "T": known_days * ones, "m_x": ones, "m_all": ones, "last_rate": ones}
    said = model.predict(letters, horizon)
    grid = pd.DataFrame({"x": x, "recency_days": recency})
    return grid.assign(p_alive=said["p_alive"], expected_orders=said["expected_orders"])
