"""Made-up examples at dates: one feature drives the outcome, by a slope and at a level that the date has."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from clientscape.churn.examples import Examples
from clientscape.churn.labels import no_order
from clientscape.window import Covers, Window

HORIZON = 30
COVERS = Covers(date(2020, 1, 1), date(2030, 1, 1))
START = date(2024, 1, 1)


def at_day(day, *, n=1500, slope=1.5, level=-0.5, seed=0):
    """Examples so many days after the start; `x` drives, `noise` tells nothing, `when` is the day."""
    rng = np.random.default_rng([seed, day])
    as_of = START + timedelta(days=day)
    X = pd.DataFrame({"as_of": pd.Timestamp(as_of), "customer_id": [f"c{i:04}" for i in range(n)]})
    X = X.assign(x=rng.normal(size=n), noise=rng.normal(size=n), when=float(day))
    y = np.asarray(slope * X["x"] + level + rng.logistic(size=n) > 0)
    past = pd.DataFrame({"n_order_days": np.ones(n)})
    window = Window(as_of, COVERS, horizon_days=HORIZON)
    return Examples(X, y, past, past, window, no_order())


def at_days(days, **same):
    return [at_day(day, **same) for day in days]


class Spy:
    """A classifier that says what it was made to say, and writes down which days it learnt from."""

    def __init__(self, seen, odds=0.3, slope=0.0):
        self.seen, self.odds, self.slope = seen, odds, slope

    def fit(self, X, y):
        self.seen.append(sorted(X["when"].unique()))
        return self

    def decision_function(self, X):
        return self.odds + self.slope * X["x"].to_numpy()

    def predict_proba(self, X):
        yes = 1 / (1 + np.exp(-self.decision_function(X)))
        return np.column_stack([1 - yes, yes])
