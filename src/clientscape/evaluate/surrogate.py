"""Segments said in a few conditions, as a reader could look for them, and how far that is the truth.

A tree that is short enough to be said stands in for the clustering (Craven, Shavlik 1996); it is not the clustering, so
fidelity stands beside each sentence.
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.tree import DecisionTreeClassifier

AT_LEAST, AT_MOST = ">=", "<="
SAME_CUSTOMERS = 0.98  # of those whom exact or rounded conditions match, the share that both must match
DIGITS = range(1, 7)


class Condition(NamedTuple):
    """A feature is at least (`>=`) or at most (`<=`) a threshold; a missing value never is."""

    feature: str
    op: str
    threshold: float


class Match(NamedTuple):
    """How well conditions find a segment."""

    precision: float
    recall: float
    fidelity_score: float
    n_matched: int


def describe(
    table: pd.DataFrame,
    segments: "pd.Series[str] | pd.Series[int]",
    *,
    most_conditions: int = 3,
    sample_size: int = 20_000,
    seed: int,
) -> pd.DataFrame:
    """A few conditions for each segment, and whom they find.

    Parameters
    ----------
    table : a row a customer, a column a feature as it is read, not scaled; text is passed over.
    segments : (n,), of its rows.
    most_conditions : on different sides of features; the depth of the tree.
    sample_size : customers that the trees are grown on, where there are more; whom the conditions find is counted over
        all.

    Returns
    -------
    A row a segment: segment, conditions (list of `Condition`; empty where nothing tells it apart), precision (share of
    whom they find that belongs to it), recall (share of it that they find), fidelity_score (F1, their harmonic mean;
    van Rijsbergen 1979), n_matched. All of them are counted for the conditions as given, thresholds rounded.
    """
    numbers = table.select_dtypes(["number", "bool"]).astype(float)
    if numbers.columns.empty:
        return pd.DataFrame(columns=["segment", "conditions", *Match._fields])
    rng = np.random.default_rng(seed)
    rows = np.sort(rng.choice(len(numbers), sample_size, replace=False)) if len(numbers) > sample_size else slice(None)
    seen = numbers.iloc[rows]
    # Neither side of a threshold may win the missing: no condition finds them.
    filled = seen.fillna(seen.median()).fillna(0.0)
    found = []
    for segment in pd.unique(segments.sort_values()):
        inside = (segments == segment).to_numpy()
        paths = _paths(filled, inside[rows], most_conditions, seed)
        conditions = _said(numbers, inside, _best(numbers, inside, paths))
        match = judge(numbers, inside, conditions)
        found.append({"segment": segment, "conditions": conditions, **match._asdict()})
    return pd.DataFrame(found, columns=["segment", "conditions", *Match._fields])


def matched(table: pd.DataFrame, conditions: Sequence[Condition]) -> NDArray[np.bool_]:
    """Whom all conditions hold for, (n,); without any they hold for everyone."""
    found = np.ones(len(table), dtype=bool)
    for feature, op, threshold in conditions:
        values = table[feature].to_numpy(float)
        found &= values >= threshold if op == AT_LEAST else values <= threshold
    return found


def judge(table: pd.DataFrame, inside: NDArray[np.bool_], conditions: Sequence[Condition]) -> Match:
    """How well conditions find the customers that are `inside`, (n,)."""
    found = matched(table, conditions)
    both, n_found, n_inside = (found & inside).sum(), found.sum(), inside.sum()
    precision = float(both / n_found) if n_found else 0.0
    return Match(precision, float(both / n_inside), float(2 * both / (n_found + n_inside)), int(n_found))


def _paths(table: pd.DataFrame, inside: NDArray[np.bool_], depth: int, seed: int) -> list[list[Condition]]:
    """The ways from the root to each node of two trees: for one, a small segment weighs as much as all others."""
    paths: list[list[Condition]] = []
    for weight in (None, "balanced"):
        tree = DecisionTreeClassifier(max_depth=depth, class_weight=weight, random_state=seed)
        grown = tree.fit(table.to_numpy(), inside).tree_
        ways: dict[int, list[Condition]] = {0: []}
        for node in range(grown.node_count):  # children come after their parents
            if grown.children_left[node] >= 0:
                feature, threshold = str(table.columns[grown.feature[node]]), float(grown.threshold[node])
                ways[grown.children_left[node]] = [*ways[node], Condition(feature, AT_MOST, threshold)]
                ways[grown.children_right[node]] = [*ways[node], Condition(feature, AT_LEAST, threshold)]
        paths += list(ways.values())[1:]
    return paths


def _best(table: pd.DataFrame, inside: NDArray[np.bool_], paths: Sequence[list[Condition]]) -> list[Condition]:
    """The path that finds the segment best, without what it does not need."""
    merged = [_merged(path) for path in paths]
    if not merged:
        return []
    conditions = max(merged, key=lambda path: (judge(table, inside, path).fidelity_score, -len(path)))
    for condition in list(conditions):
        fewer = [other for other in conditions if other != condition]
        if fewer and judge(table, inside, fewer).fidelity_score >= judge(table, inside, conditions).fidelity_score:
            conditions = fewer
    return conditions


def _merged(path: Sequence[Condition]) -> list[Condition]:
    """Of conditions on one side of a feature the one that says most; the two sides of a feature beside each other."""
    tightest: dict[tuple[str, str], float] = {}
    for feature, op, threshold in path:
        known = tightest.get((feature, op), threshold)
        tightest[feature, op] = max(known, threshold) if op == AT_LEAST else min(known, threshold)
    order = {feature: place for place, feature in reversed(list(enumerate(c.feature for c in path)))}
    ordered = sorted(tightest.items(), key=lambda item: (order[item[0][0]], item[0][1] == AT_MOST))
    return [Condition(feature, op, threshold) for (feature, op), threshold in ordered]


def _said(table: pd.DataFrame, inside: NDArray[np.bool_], conditions: list[Condition]) -> list[Condition]:
    """The conditions with thresholds of as few digits as leave the customers that they find almost the same."""
    exact = matched(table, conditions)
    for place, condition in enumerate(conditions):
        for threshold in _readable(table[condition.feature].to_numpy(float), condition):
            shorter = [*conditions]
            shorter[place] = condition._replace(threshold=threshold)
            found = matched(table, shorter)
            if (found & exact).sum() >= SAME_CUSTOMERS * (found | exact).sum():
                conditions = shorter
                break
    return conditions


def _readable(values: NDArray[np.float64], condition: Condition) -> Iterator[float]:
    """Thresholds of more and more digits; of those that no customer lies beside, the next wider one."""
    met = matched(pd.DataFrame({condition.feature: values}), [condition])
    others = values[~met & ~np.isnan(values)]
    at_most = condition.op == AT_MOST
    edge = float(values[met].max() if at_most else values[met].min())
    beyond = float(others.min() if at_most else others.max()) if len(others) else edge
    for digits in DIGITS:
        decimals = digits - 1 - (math.floor(math.log10(abs(edge))) if edge else 0)
        step = 10.0**-decimals
        wider = round((math.ceil if at_most else math.floor)(edge / step) * step, decimals)
        yield wider if min(edge, beyond) < wider < max(edge, beyond) or wider == edge else round(edge, decimals)
    yield edge
