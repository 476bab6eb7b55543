"""Several dates to learn from: which of them had ended when another began, and what was learnt there says later."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clientscape.churn.classifiers import Classifier
from clientscape.churn.examples import Examples, pooled
from clientscape.window import Window

Make = Callable[[], Classifier]


def ended_by(origins: Sequence[Examples], window: Window) -> list[Examples]:
    """Examples whose horizon ends at or before the as-of date of a window, in their order."""
    return [seen for seen in origins if seen.window.end <= window.as_of]


def said_at(make: Make, learnt: Sequence[Examples], asked: pd.DataFrame, columns: Sequence[str]) -> NDArray[np.float64]:
    """Log-odds, (n,), that a new classifier gives to customers asked, after learning from earlier dates together."""
    together, seen = pooled(learnt), list(columns)
    return make().fit(together.X[seen], together.y).decision_function(asked[seen])


def two_sided(several: Sequence[Examples]) -> bool:
    """Whether both outcomes are among the examples: nothing can be learnt from one."""
    y = np.concatenate([np.empty(0, dtype=bool), *(seen.y for seen in several)])
    return bool(0 < y.sum() < len(y))
