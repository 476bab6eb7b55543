"""What classifiers learn from: examples of a label at earlier dates, and the calibration that these allow."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from clientscape.catalog import Use, call
from clientscape.churn.activity import past_of
from clientscape.churn.calibration import Calibrated, Calibration, calibration
from clientscape.churn.examples import Examples, examples, pooled
from clientscape.churn.labels import Label
from clientscape.churn.words import Words
from clientscape.features.build import activity, features, letters
from clientscape.scorer.plan import CLASSIFIERS, LABELS, Risk
from clientscape.scorer.snapshot import Snapshot
from clientscape.tables import Tables
from clientscape.window import Window

YEAR = timedelta(days=365)
LEAST_A_YEAR_AGO = 100  # customers who were asked: a rate of fewer is no level
NOT_ASKED = Calibration("none", 1.0, 0.0, "No calibration was asked for.")


@dataclass(frozen=True)
class Learnt:
    """A classifier that was taught: the calibrated model, how it was calibrated, and what it learnt from.

    words : how text becomes numbers before the model sees it.
    """

    words: Words
    model: Calibrated
    calibration: Calibration
    lessons: Sequence[Examples]
    risk: Risk

    def says(self, X: pd.DataFrame) -> NDArray[np.float64]:
        """Probabilities of yes, (n,)."""
        return self.model.predict_proba(self.numbers(X))[:, 1]

    def numbers(self, X: pd.DataFrame) -> pd.DataFrame:
        """What the model sees of customers."""
        return self.words.transform(X[self.risk.seen])

    @property
    def still_spent_share(self) -> float:
        """What those for whom the label came true still spent, over what was usual for them [share]."""
        usual = sum(float(seen.X.loc[seen.y, "usual_value"].clip(lower=0).sum()) for seen in self.lessons)
        after = sum(float(seen.future["spend"].to_numpy(float)[seen.y].sum()) for seen in self.lessons)
        return min(1.0, max(0.0, after / usual)) if usual > 0 else 0.0


@dataclass(frozen=True)
class YearAgo:
    """Share of yes a year before a horizon that is forecast, and before that of the latest lesson; None if unknown."""

    rate: float | None = None
    rate_before: float | None = None


def label_of(use: Use) -> Label:
    """A label, not fitted yet."""
    made: Label = call(use, LABELS, "labels")
    return made


def lesson_windows(tables: Tables, window: Window, n: int, every_days: int, label: Label) -> list[Window]:
    """The dates to learn a label from, the earliest first; the horizon of each has ended by the window's as_of.

    One without a customer is left out.
    """
    found = window.lessons(n, every_days, max(1, label.history_horizons))[::-1]
    return [earlier for earlier in found if anybody(tables, earlier)]


def anybody(tables: Tables, window: Window) -> bool:
    """Whether there is an order in the past of a window."""
    return bool(window.past(tables.transactions["day"].to_numpy()).any())


def examples_of(tables: Tables, snapshot: Snapshot, use: Use, memory_limit: str) -> Examples:
    """Examples of a label at a snapshot, whose horizon the source must cover."""
    return examples(tables, snapshot.window, snapshot.table, snapshot.past, label_of(use), memory_limit=memory_limit)


def taught(risk: Risk, lessons: Sequence[Examples], year_ago: YearAgo, seed: int) -> Learnt:
    """The classifier of a risk, taught by all lessons together and calibrated where that helps."""
    assert risk.classifier is not None  # nobody asks for one where the data lacks for it
    make = partial(call, risk.classifier, CLASSIFIERS, "classifiers", seed=seed)
    words, told = in_numbers(lessons, risk.seen)
    columns, together = words.columns(risk.seen), pooled(told)
    with threadpool_limits(1):
        model: Any = make().fit(together.X[columns], together.y)
        found = NOT_ASKED
        if risk.calibrate:
            found = calibration(
                make, told, columns, year_ago_rate=year_ago.rate, year_ago_rate_before=year_ago.rate_before
            )
    return Learnt(words, Calibrated(model, found.slope, found.level), found, lessons, risk)


def windows_of(several: Iterable[Learnt]) -> list[Window]:
    """The dates that classifiers learnt from."""
    return [seen.window for learnt in several for seen in learnt.lessons]


def in_numbers(lessons: Sequence[Examples], columns: Sequence[str]) -> tuple[Words, list[Examples]]:
    """How the text among some columns becomes numbers, learnt from all lessons together, and the lessons as numbers."""
    words = Words().fit(pd.concat([seen.X[list(columns)] for seen in lessons], ignore_index=True))
    return words, [replace(seen, X=words.transform(seen.X)) for seen in lessons]


def year_ago(tables: Tables, window: Window, lessons: Sequence[Examples], use: Use, memory_limit: str) -> YearAgo:
    """What was so a year before a window's horizon, as far as the history reaches back."""
    if not lessons:
        return YearAgo()
    rates = (_rate_a_year_before(tables, at, use, memory_limit) for at in (window, lessons[-1].window))
    return YearAgo(*rates)


def _rate_a_year_before(tables: Tables, window: Window, use: Use, memory_limit: str) -> float | None:
    label, ago = label_of(use), replace(window, as_of=window.as_of - YEAR)
    if ago.faults() or ago.history_days < max(1, label.history_horizons) * ago.horizon_days:
        return None
    ids = features(tables, ago, [Use("n_order_days")], memory_limit=memory_limit)["customer_id"]
    past = past_of(tables, ago, ids, letters(tables, ago, memory_limit=memory_limit), memory_limit=memory_limit)
    future = activity(tables, ago.ahead(), ids, memory_limit=memory_limit)
    asked = label.fit(past).eligible(past)
    n, n_yes = int(asked.sum()), int(label.outcome(past[asked], future[asked]).sum())
    return (n_yes + 1) / (n + 2) if n >= LEAST_A_YEAR_AGO else None  # never 0 or 1: log-odds of it are taken
