"""Where customers lie: numbers in a space, attributes beside them, groups of both with a weight."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clientscape.columns import IS
from clientscape.faults import Fault, refuse
from clientscape.segment.spaces import Space

Matrix = NDArray[np.float64]

MOST_LEVELS = 12  # of an attribute; rarer ones are one level together
FREQUENT = 4  # levels of an attribute by which segments are described
OTHER, UNKNOWN = "(other)", "(unknown)"


@dataclass(frozen=True)
class Group:
    """Columns that together weigh as much as so many single ones."""

    columns: Sequence[str]
    weight: float


class Coordinates:
    """A space over a table of customers, text included.

    Text is spread over a 0-1 coordinate for each level (one-hot; no outcome is looked at), of which an attribute's
    together vary as much as a number does on average. Levels are those of training; another one counts as rare, as do
    all beyond the most frequent. Without groups each column weighs 1.
    """

    def __init__(self, space: Space, columns: Sequence[str], groups: Sequence[Group] = ()) -> None:
        self.space, self.columns = space, list(columns)
        self.groups = [(list(group.columns), float(group.weight)) for group in groups]
        self.levels: dict[str, list[str]] = {}
        self.scales: dict[str, float] = {}

    def fit(self, table: pd.DataFrame) -> Self:
        """Learn from the training customers; (n, ...) with the columns."""
        text = [column for column in self.columns if not pd.api.types.is_numeric_dtype(table[column].dtype)]
        self.levels = {column: _levels(table[column]) for column in text}
        numbers = self._numbers(table)
        spread = 1.0
        if numbers.shape[1]:
            varies = self.space.fit(numbers).transform(numbers).var(axis=0).sum()
            spread = float(np.sqrt(varies / numbers.shape[1])) or 1.0
        for column, levels in self.levels.items():
            shares = _one_hot(table[column], levels).mean(axis=0)
            varies = float((shares * (1 - shares)).sum())
            self.scales[column] = spread / varies**0.5 if varies > 0 else 1.0
        self.space.fit(numbers, self._beside(table), self._weights())
        return self

    def transform(self, table: pd.DataFrame) -> Matrix:
        """Place customers: (n, n_dimensions)."""
        lacking = [column for column in self.columns if column not in table]
        cure = "give the features that the model was trained with"
        refuse(Fault("segments", f"no column `{column}`", "what training had", cure) for column in lacking)
        return self.space.transform(self._numbers(table), self._beside(table))

    def _numbers(self, table: pd.DataFrame) -> Matrix:
        named = [column for column in self.columns if column not in self.levels]
        numbers = table[named].to_numpy(float)
        faults = [
            Fault(f"segments: {column}", f"{n} infinite", "numbers, or missing", "correct the feature or leave it out")
            for column, n in zip(named, np.isinf(numbers).sum(axis=0), strict=True)
            if n
        ]
        refuse(faults)
        return numbers

    def _beside(self, table: pd.DataFrame) -> Matrix | None:
        if not self.levels:
            return None
        spread = (_one_hot(table[column], levels) * self.scales[column] for column, levels in self.levels.items())
        return np.hstack(list(spread))

    def _weights(self) -> Matrix | None:
        """What coordinates are multiplied by, so that squared distances carry the weights of the groups."""
        if not self.groups:
            return None
        numbers = [column for column in self.columns if column not in self.levels]
        owner = [*numbers, *(column for column, levels in self.levels.items() for _ in levels)]
        each = dict.fromkeys(self.columns, 1.0)
        for columns, weight in self.groups:
            inside = [column for column in columns if column in each]
            each |= dict.fromkeys(inside, weight / max(1, len(inside)))
        return np.sqrt([each[column] for column in owner])


def legible(table: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Columns as segments are described by them: numbers on a log scale, text as 0 and 1 of its frequent levels.

    A number is its signed log1p, a missing one the median; a level of `region` is the column `region is north`.
    """
    numbers = table[list(columns)].select_dtypes("number")
    values = numbers.to_numpy(float)
    logs = pd.DataFrame(np.sign(values) * np.log1p(np.abs(values)), index=numbers.index, columns=numbers.columns)
    made = {name: logs[name].fillna(logs[name].median()).fillna(0.0) for name in logs}
    for column in (column for column in columns if column not in made):
        frequent = table[column].value_counts().index[:FREQUENT]
        made |= {f"{column}{IS}{level}": (table[column] == level).astype(float) for level in sorted(frequent)}
    return pd.DataFrame(made, index=table.index)


def _levels(values: "pd.Series[str]") -> list[str]:
    """The most frequent levels, in alphabetical order, then what stands for all others."""
    counts = _known(values).value_counts().sort_index().sort_values(ascending=False, kind="stable")
    return [*sorted(counts.index[:MOST_LEVELS]), OTHER]


def _one_hot(values: "pd.Series[str]", levels: Sequence[str]) -> Matrix:
    known = _known(values)
    other = ~known.isin(levels)
    return np.column_stack([*((known == level).to_numpy(float) for level in levels[:-1]), other.to_numpy(float)])


def _known(values: "pd.Series[str]") -> "pd.Series[str]":
    return values.astype("object").where(values.notna(), UNKNOWN).astype(str)
