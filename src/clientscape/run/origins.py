"""Dates at which forecasts of orders and spend are judged, and who takes part."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clientscape.catalog import Use, call
from clientscape.clv.worth import Earlier, Lifetime
from clientscape.features.build import features
from clientscape.forecast.corrected import Corrected
from clientscape.run.config import Experiment
from clientscape.run.contests import numeric, snapshot
from clientscape.run.names import uses
from clientscape.scorer.forecasting import Came, Lessons, came, expected, expected_spend, lessons, taught
from clientscape.scorer.plan import FORECASTERS, LIFETIMES, RULES
from clientscape.scorer.snapshot import Snapshot, arrays, earlier
from clientscape.tables import Tables
from clientscape.window import Window

MOST_ORIGINS = 3  # where the config names none
MOST_WEEKS = 13  # of the tracking curve
OF_VALUE = ("values", "margin_share", "discount_rate")
MODEL, LEARNED, RULE = "model", "learned", "simple rule"
Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Entrant:
    """One forecaster of the contest."""

    use: Use
    kind: str

    @property
    def label(self) -> str:
        """Its name in words, without what values its orders: that does not matter to how many there are."""
        settings = {name: value for name, value in self.use.settings.items() if name not in OF_VALUE}
        return Use(self.use.use, settings).name.replace("_gamma_gamma", "").replace("_", " ")


@dataclass(frozen=True)
class Origin:
    """A date at which all are judged, with the earlier dates that forecasters learn from."""

    experiment: Experiment
    tables: Tables
    snapshot: Snapshot
    came: Came
    lessons: Lessons

    @property
    def name(self) -> str:
        """The date and the horizon."""
        return origin_name(self.snapshot.window)

    @cached_property
    def x(self) -> Vector:
        """Repeat order days of each customer before."""
        return self.snapshot.letters_of_table["x"]

    @property
    def columns(self) -> list[str]:
        """Features that learned forecasters see, as far as the shop has them."""
        return forecast_columns(self.experiment, self.snapshot)

    @property
    def learnt_at(self) -> list[str]:
        """The dates that learned forecasters learnt from."""
        return [str(snapshot.window.as_of) for snapshot in self.lessons.seen]

    @cached_property
    def weeks(self) -> list[int]:
        """Ends of weeks in the horizon, evenly spread; none where it is shorter."""
        n = self.snapshot.window.horizon_days // 7
        return [int(week) for week in np.unique(np.rint(np.linspace(1, n, min(n, MOST_WEEKS))))]

    @cached_property
    def came_by(self) -> Vector:
        """Order days of all customers together up to the end of each of these weeks."""
        if not self.weeks:
            return np.empty(0)
        window, ids = self.snapshot.window, self.snapshot.table["customer_id"]
        ahead = [replace(window, horizon_days=7 * week).ahead() for week in self.weeks]
        memory = self.experiment.memory_limit
        done = features(self.tables, ahead, [Use("n_order_days")], customers=ids, memory_limit=memory)
        sums = done.groupby("as_of")["n_order_days"].sum()
        return sums.reindex(pd.DatetimeIndex([each.as_of for each in ahead])).fillna(0.0).to_numpy(float)

    @cached_property
    def earlier(self) -> Earlier | None:
        """What a model that does not fit is replaced by is chosen on this."""
        return earlier(self.tables, self.snapshot.window, self.experiment.memory_limit)

    def fitted(self, entrant: Entrant) -> "Lifetime | Corrected | None":
        """The forecaster as it would have been made on the day; None where there was nothing to learn from."""
        use, asked = entrant.use, uses(self.experiment.lifetime)[0]
        if entrant.kind != LEARNED:
            if use == asked:
                return self.snapshot.lifetime
            model: Lifetime = call(use, LIFETIMES, "lifetime")
            return model.fit(arrays(self.snapshot.letters), lambda: self.earlier)
        if not self.lessons.seen:
            return None
        made = call(use, FORECASTERS, "forecasts.learned", seed=self.experiment.seed)
        return taught(made, self.columns, self.lessons)

    def says(self, fitted: "Lifetime | Corrected", horizon_days: int | None = None) -> dict[str, Vector]:
        """Forecasts of each customer: expected_orders, expected_spend, and over the whole horizon median_orders."""
        snapshot, letters = self.snapshot, self.snapshot.letters_of_table
        horizon = float(horizon_days or snapshot.window.horizon_days)
        if isinstance(fitted, Corrected):
            asked = snapshot.table[self.columns], expected(snapshot, horizon_days)
            said = fitted.predict(*asked)
            return said if horizon_days else said | {"median_orders": fitted.median_orders(*asked)}
        said = fitted.predict(letters, horizon)
        found = {"expected_orders": said["expected_orders"], "expected_spend": expected_spend(said)}
        return found if horizon_days else found | {"median_orders": fitted.median_orders(letters, horizon)}


def forecast_columns(experiment: Experiment, snapshot: Snapshot) -> list[str]:
    """Features that learned forecasters see, as far as the shop has them; text says nothing to them."""
    known = [column for column in experiment.forecast_columns if column in snapshot.table]
    return numeric(known, snapshot.table)


def origin_name(window: Window) -> str:
    """A date and a horizon, as metrics of that origin begin."""
    return f"{window.as_of} {window.horizon_days}d"


def entrants(experiment: Experiment) -> list[Entrant]:
    """All forecasters of the contest: models, the one that was asked for first, then the learned ones, then rules."""
    section, asked = experiment.forecasts, uses(experiment.lifetime)[0]
    sides = {MODEL: uses(section.models), LEARNED: uses(section.learned), RULE: uses(section.rules)}
    sides[RULE if asked.use in RULES else MODEL].insert(0, asked)
    found = [Entrant(use, kind) for kind, several in sides.items() for use in several]
    return list({str(entrant.use): entrant for entrant in found}.values())


def judged_windows(experiment: Experiment, window: Window) -> list[Window]:
    """Where the contest is judged, the one that is shown first: as the config says, or the window and earlier ones."""
    named = experiment.forecasts.judged_at
    if named is not None:
        return [Window(at.as_of, window.covers, window.lookback_days, at.horizon_days) for at in named]
    found, earlier = [window], window.before()
    while len(found) < MOST_ORIGINS and not earlier.faults() and earlier.history_days >= earlier.horizon_days:
        found.append(earlier)
        earlier = earlier.before()
    return found


def origin_of(experiment: Experiment, tables: Tables, known: Mapping[Window, Snapshot], at: Window) -> Origin:
    """What is known and what came at one date; `known` are snapshots that were taken before."""
    learn, memory = experiment.forecasts.learn_from, experiment.memory_limit
    now = known[at] if at in known else snapshot(experiment, tables, at)
    wanted = at.origins(learn.origins, learn.every_days) if experiment.forecasts.learned else []
    learnt = lessons(tables, now, wanted, uses(experiment.features.use), memory)
    return Origin(experiment, tables, now, came(tables, now, memory), learnt)
