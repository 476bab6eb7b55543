"""Text columns as numbers: a column of 0 and 1 for each level that was common enough when it was learnt."""

from collections.abc import Sequence
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clientscape.columns import IS

FEWEST = 20  # customers' rows of a level, below which its own column would be noise


class Words:
    """Learnt levels of text columns; what is missing, rare or new has 0 in all columns of its own.

    After fit `levels_`, column -> levels in order, and `seen_`, column -> all that were seen.
    """

    def fit(self, X: pd.DataFrame) -> Self:
        """Learn which levels there are."""
        self.levels_: dict[str, list[str]] = {}
        self.seen_: dict[str, list[str]] = {}
        for column in (str(column) for column in X if not pd.api.types.is_numeric_dtype(X[column].dtype)):
            counts = X[column].value_counts()
            self.seen_[column] = sorted(map(str, counts.index))
            self.levels_[column] = sorted(str(level) for level, n in counts.items() if n >= FEWEST)
        return self

    def columns(self, asked: Sequence[str]) -> list[str]:
        """What the columns asked for are called after `transform`, in their order."""
        made = {column: [f"{column}{IS}{level}" for level in levels] for column, levels in self.levels_.items()}
        return [name for column in asked for name in made.get(column, [column])]

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """The table with numbers in the place of text, the columns in the order of `columns`."""
        text = [column for column in self.levels_ if column in X]
        made = {
            f"{column}{IS}{level}": (X[column] == level).to_numpy(float, na_value=0.0)
            for column in text
            for level in self.levels_[column]
        }
        if not text:
            return X
        together = pd.concat([X.drop(columns=text), pd.DataFrame(made, index=X.index)], axis=1)
        return together[self.columns([str(column) for column in X])]

    def strange(self, X: pd.DataFrame) -> NDArray[np.object_]:
        """What of each row was never seen when levels were learnt, (n,): `region Mars`, or nothing."""
        told = np.full(len(X), "", dtype=object)
        for column, seen in self.seen_.items():
            new = (X[column].notna() & ~X[column].isin(seen)).to_numpy(bool)
            named = np.array([f"{column.removeprefix('attribute_')} {level}" for level in X[column][new]], dtype=object)
            told[new] = [f"{before}, {now}" if before else now for before, now in zip(told[new], named, strict=True)]
        return told
