"""What sets segments apart: sizes, shares of the spend, each feature beside the average customer, who is typical."""

from collections.abc import Hashable

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import pairwise_distances

MOST_BELOW_ZERO = 0.05  # share of a column's size that may lie below zero for its ratios to say how much


def deviations(coordinates: pd.DataFrame, segments: "pd.Series[str] | pd.Series[int]") -> pd.DataFrame:
    """Mean of each column in each segment, in spreads of the column over all customers; 0 is the average customer.

    coordinates has a row a customer and a column a feature, best on the scale of the space; result: a row a segment.
    """
    spread = coordinates.std(ddof=0).replace(0.0, np.nan)
    standard = (coordinates - coordinates.mean()) / spread
    return standard.fillna(0.0).groupby(segments.to_numpy()).mean()


def sizes(scores: pd.DataFrame, spend: "pd.Series[float]", by: str) -> pd.DataFrame:
    """Customers and spend of each segment: n_customers, share_of_customers, share_of_spend, means of the forecasts."""
    grouped = scores.assign(_spend=spend.to_numpy()).groupby(by)
    table = pd.DataFrame({"n_customers": grouped.size(), "spend": grouped["_spend"].sum()})
    table["share_of_customers"] = table["n_customers"] / table["n_customers"].sum()
    total = table["spend"].sum()
    table["share_of_spend"] = table.pop("spend") / total if total else np.nan
    for column in ("expected_orders", "expected_value", "p_churn", "p_decline"):
        table[column] = grouped[column].mean()
    return table.sort_values("share_of_spend", ascending=False, kind="stable")


def lifts(table: pd.DataFrame, segments: "pd.Series[str] | pd.Series[int]") -> pd.DataFrame:
    """How many times the average customer each segment has of each number of a table.

    table : a row a customer; text is passed over, a missing value does not count. segments : (n,), of its rows.

    Result: a row for each segment and feature, those that deviate most first: segment, feature, mean, base_mean (of
    all customers), lift (mean over base_mean), deviation (of the means, in spreads of all customers). A lift is missing
    where the base mean is 0 or less, and where the feature is a scale that goes below zero, a change say: half of
    minus one is not less.
    """
    numbers = table.select_dtypes(["number", "bool"]).astype(float)
    base, spread = numbers.mean(), numbers.std(ddof=0).replace(0.0, np.nan)
    below = numbers.clip(upper=0.0).abs().sum() / numbers.abs().sum().replace(0.0, np.nan)
    comparable = base.where((base > 0) & (below <= MOST_BELOW_ZERO))
    means = numbers.groupby(segments.to_numpy()).mean().rename_axis(index="segment", columns="feature")
    long = pd.DataFrame({"mean": means.stack()}).reset_index()
    long["base_mean"] = long["feature"].map(base)
    long["lift"] = long["mean"] / long["feature"].map(comparable)
    long["deviation"] = (long["mean"] - long["base_mean"]) / long["feature"].map(spread)
    order = long.assign(size=-long["deviation"].abs()).sort_values(["segment", "size"], kind="stable").index
    return long.loc[order].reset_index(drop=True)


def medoids(
    X: NDArray[np.float64], labels: NDArray[np.object_], n: int = 3, *, sample_size: int = 2000, seed: int
) -> dict[Hashable, NDArray[np.int64]]:
    """Customers that stand for each segment: its medoid and those nearest to it (Kaufman, Rousseeuw 1987) [positions].

    The medoid has the least sum of distances to the segment's customers; above `sample_size` customers to a sample of
    them, of whom it is one. X is (n, d) without missing values, labels (n,); label -> positions in X, the medoid first.
    """
    rng = np.random.default_rng(seed)
    found: dict[Hashable, NDArray[np.int64]] = {}
    for label in pd.unique(pd.Series(labels).sort_values()):
        members = np.flatnonzero(labels == label)
        sample = np.sort(rng.choice(members, sample_size, replace=False)) if len(members) > sample_size else members
        medoid = sample[pairwise_distances(X[sample]).sum(axis=1).argmin()]
        distance = np.linalg.norm(X[members] - X[medoid], axis=1)
        distance[members == medoid] = -1.0  # before its equals
        found[label] = members[distance.argsort(kind="stable")[:n]]
    return found
