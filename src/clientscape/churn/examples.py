"""Examples to learn a label from and to be judged on: features before a date, what happened after it."""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clientscape.churn.labels import Label
from clientscape.features.build import activity
from clientscape.tables import Tables
from clientscape.window import Window

Mask = NDArray[np.bool_]
STILL_USUAL = 0.5  # of his usual spend: who spent less in the last horizon declines visibly


@dataclass(frozen=True)
class Examples:
    """Eligible customers at one date: features X and outcome y.

    past and future are their activity before and after the date, label was fitted at it; all have the rows of X.
    """

    X: pd.DataFrame
    y: Mask
    past: pd.DataFrame
    future: pd.DataFrame
    window: Window
    label: Label

    @property
    def active(self) -> Mask:
        """Who ordered within the horizon before the date."""
        return np.asarray(self.past["n_order_days"] > 0)

    @property
    def unseen(self) -> Mask:
        """Who spent in that horizon, and half of what was usual in his year at least: no decline is visible yet."""
        usual = self.past["spend_year"] / self.past["days_year"] * self.past["horizon_days"]
        return np.asarray((self.past["spend"] > 0) & (self.past["spend"] >= STILL_USUAL * usual))


@dataclass(frozen=True)
class Pooled:
    """Features X and outcomes y of several dates together; the rows of a customer stand together, earliest first."""

    X: pd.DataFrame
    y: Mask


@dataclass(frozen=True)
class Minimums:
    """With how many customers a model is worth learning: eligible ones, and those of each outcome."""

    customers: int
    positives: int


def examples(
    tables: Tables,
    window: Window,
    table: pd.DataFrame,
    past: pd.DataFrame,
    label: Label,
    *,
    memory_limit: str = "1GB",
) -> Examples:
    """Examples of a label, fitted at a window whose horizon the source covers; the label handed in stays as it is.

    table holds the features and past the activity of the same customers, in the same order (see `activity.past_of`).
    """
    label = copy.copy(label).fit(past)
    asked = np.flatnonzero(label.eligible(past))
    # Below a bound of 0 nothing can fall (a low season has such): what is certain teaches and tells nothing.
    asked = asked[label.bound(past.iloc[asked]) > 0]
    X, before = (frame.iloc[asked].reset_index(drop=True) for frame in (table, past))
    future = activity(tables, window.ahead(), X["customer_id"], memory_limit=memory_limit)
    return Examples(X, label.outcome(before, future), before, future, window, label)


def pooled(several: Sequence[Examples]) -> Pooled:
    """The examples of one date or more, to be learnt from together."""
    X = pd.concat([seen.X for seen in several], ignore_index=True)
    order = X.sort_values(["customer_id", "as_of"], kind="stable").index.to_numpy()
    y = np.concatenate([seen.y for seen in several])
    return Pooled(X.iloc[order].reset_index(drop=True), y[order])


def lacking(train: Sequence[Examples], test: Examples | None, least: Minimums) -> list[str]:
    """What is missing for a model, a sentence each: customers, or one of the outcomes, to learn from or to judge by.

    The dates to learn from count together, and a customer once in them.
    """
    if not train:
        return ["There is no date to learn from: the history is too short for the horizon and what came before it."]
    dates = ", ".join(str(seen.window.as_of) for seen in train)
    said = [*_too_few(f"To learn from, as of {dates}", train, least)]
    return said if test is None else [*said, *_too_few(f"To judge by, as of {test.window.as_of}", [test], least)]


def _too_few(where: str, several: Sequence[Examples], least: Minimums) -> Iterator[str]:
    ids = pd.concat([seen.X["customer_id"] for seen in several])
    y = np.concatenate([seen.y for seen in several])
    for n, needed, who in (
        (ids.nunique(), least.customers, "eligible customers"),
        (ids[y].nunique(), least.positives, "customers for whom the label came true"),
        (ids[~y].nunique(), least.positives, "customers for whom it did not come true"),
    ):
        if n < needed:
            yield f"{where}, there are {n} {who}; at least {needed} are needed."
