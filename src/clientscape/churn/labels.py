"""Labels: what counts as leaving or declining, and who can be asked.

Each function returns an object with `fit(past)`, `eligible(past)` and `outcome(past, future)` over tables of activity,
one row a customer, aligned: past as `activity.past_of` gives it, future with `n_order_days` and `spend` in the horizon
after as_of. What the crowd teaches is learnt by `fit` and frozen; with it, eligibility looks at a customer's own past
alone, so that it can be told on the night of scoring.
"""

from abc import ABC, abstractmethod
from typing import Annotated, Protocol, Self

import numpy as np
import pandas as pd
from annotated_types import Ge, Gt, Lt
from numpy.typing import NDArray
from scipy.stats import nbinom

from clientscape.churn.credibility import between_variance, halves_variance

Mask = NDArray[np.bool_]
Vector = NDArray[np.float64]


class Label(Protocol):
    """A question with a yes or no for each eligible customer: will something in the horizon stay below a bound.

    `history_horizons` is how many horizons the log must cover before as_of, `measure` the column of the future that
    is looked at.
    """

    history_horizons: int
    measure: str

    def fit(self, past: pd.DataFrame) -> Self:
        """Learn what the crowd teaches at a date."""

    def eligible(self, past: pd.DataFrame) -> Mask:
        """Tell who can be asked, from the past alone."""

    def bound(self, past: pd.DataFrame) -> Vector:
        """What the measure must stay below for a yes [unit of the measure]; asked for eligible rows."""

    def outcome(self, past: pd.DataFrame, future: pd.DataFrame) -> Mask:
        """Tell what came true; asked for eligible rows."""


def no_order() -> Label:
    """Will not order within the horizon; everyone described is eligible [yes/no]."""
    return _NoOrder()


def spend_decline(*, share: Annotated[float, Gt(0), Lt(1)] = 0.5, min_order_days: Annotated[int, Ge(1)] = 3) -> Label:
    """Will spend less than a share of the horizon before; asked of who spent in it, with some order days [yes/no].

    Eligible must have been known for two horizons as well, or for half of the log where that is shorter.
    The horizon before is one draw from a customer's habit: who had a good one will mostly spend less without having
    changed. How much of the label is such regression to the mean, `unchanged.null_rate` tells: on a grocer's log
    nine tenths.
    """
    return _SpendDecline(share, min_order_days)


def value_decline(
    *,
    share: Annotated[float, Gt(0), Lt(1)] = 0.5,
    top_share: Annotated[float, Gt(0), Lt(1)] = 0.4,
    min_horizons: Annotated[int, Ge(1)] = 2,
) -> Label:
    """Will spend less than a share of what his own year leads to expect; asked of the top spenders a day [yes/no].

    Eligible is who was known for some horizons (or for half of the log, where that is shorter: of a young log only its
    first days' customers would be left), spent in the last year, and spent as much a day in it as the top share of
    such customers did when the label was fitted. Expected is his own spend a day over the horizon, shrunk
    by its credibility to the mean of his peers, times the season (see `activity.past_of`). Peers are all such
    customers, not the top alone: shrunk to the mean of those who were chosen for a high spend, luck would pass for
    habit, and who had it would decline.
    """
    return _ValueDecline(share, top_share, min_horizons)


def rhythm_break(
    *,
    quantile: Annotated[float, Gt(0), Lt(1)] = 0.1,
    top_share: Annotated[float, Gt(0), Lt(1)] = 0.4,
    min_horizons: Annotated[int, Ge(1)] = 2,
) -> Label:
    """Will order on fewer days than a low quantile of his own predictive law; asked as `value_decline` is [yes/no].

    A control chart (Shewhart 1931) with each customer's own limit: order days are Poisson at a rate of his own, rates
    are gamma among his peers, so that the days ahead are negative binomial given those of his last year (Greenwood,
    Yule 1920). The season of orders lengthens or shortens the horizon. Whose quantile is 0 is not asked: he orders too
    rarely for any silence to be a break, which would be foreseen without fail and tell nothing.
    """
    return _RhythmBreak(quantile, top_share, min_horizons)


class _Below(ABC):
    """What labels have in common: a measure of the horizon stays below a bound; there need be nothing to learn."""

    history_horizons = 0
    measure = "spend"

    def fit(self, past: pd.DataFrame) -> Self:
        return self

    @abstractmethod
    def bound(self, past: pd.DataFrame) -> Vector: ...

    def outcome(self, past: pd.DataFrame, future: pd.DataFrame) -> Mask:
        return np.asarray(future[self.measure].to_numpy(float) < self.bound(past))


class _NoOrder(_Below):
    measure = "n_order_days"

    def eligible(self, past: pd.DataFrame) -> Mask:
        return np.ones(len(past), dtype=bool)

    def bound(self, past: pd.DataFrame) -> Vector:
        return np.ones(len(past))


class _SpendDecline(_Below):
    history_horizons = 2

    def __init__(self, share: float, min_order_days: int) -> None:
        self.share, self.min_order_days = share, min_order_days

    def eligible(self, past: pd.DataFrame) -> Mask:
        bought = (past["spend"] > 0) & (past["order_days_ever"] >= self.min_order_days)
        return _known_long(past, self.history_horizons, bought)

    def bound(self, past: pd.DataFrame) -> Vector:
        return self.share * past["spend"].to_numpy(float)


class _TopSpenders(_Below):
    """Who spent most a day of those known long enough, his peers; after fit `cut_`, from which on [currency a day]."""

    def __init__(self, top_share: float, min_horizons: int) -> None:
        self.top_share, self.history_horizons = top_share, min_horizons

    def fit(self, past: pd.DataFrame) -> Self:
        rates = _spend_rates(past[self._peers(past)])
        self.cut_ = float(np.quantile(rates, 1.0 - self.top_share)) if len(rates) else np.inf
        return self

    def eligible(self, past: pd.DataFrame) -> Mask:
        return self._peers(past) & (_spend_rates(past) >= self.cut_)

    def _peers(self, past: pd.DataFrame) -> Mask:
        return _known_long(past, self.history_horizons, past["spend_year"] > 0)


class _ValueDecline(_TopSpenders):
    """After fit also `mean_`, of the peers' rates [currency a day], and `credible_days_`: see `credibility` [days]."""

    def __init__(self, share: float, top_share: float, min_horizons: int) -> None:
        super().__init__(top_share, min_horizons)
        self.share = share

    def fit(self, past: pd.DataFrame) -> Self:
        super().fit(past)
        peers = past[self._peers(past)]
        days, rates = peers["days_year"].to_numpy(float), _spend_rates(peers)
        within = halves_variance(peers["spend_year"], peers["spend_late_year"], days)
        between = between_variance(rates, days, within)
        self.credible_days_ = within / between if between > 0 else np.inf
        weights = self._credibility(days) if between > 0 else days
        self.mean_ = float(np.average(rates, weights=weights)) if weights.sum() > 0 else 0.0
        return self

    def expected(self, past: pd.DataFrame) -> Vector:
        """What a customer's past leads to expect of the horizon, if he does not change (n,) [currency]."""
        z = self._credibility(past["days_year"].to_numpy(float))
        rates = z * _spend_rates(past) + (1.0 - z) * self.mean_
        return np.asarray(past["season_spend"] * past["horizon_days"] * rates)

    def bound(self, past: pd.DataFrame) -> Vector:
        return self.share * self.expected(past)

    def _credibility(self, days: Vector) -> Vector:
        return np.asarray(days / (days + self.credible_days_))


class _RhythmBreak(_TopSpenders):
    """After fit also `shape_` and `days_`, of the gamma law of rates: its mean is one over the other [1], [days]."""

    measure = "n_order_days"

    def __init__(self, quantile: float, top_share: float, min_horizons: int) -> None:
        super().__init__(top_share, min_horizons)
        self.quantile = quantile

    def fit(self, past: pd.DataFrame) -> Self:
        super().fit(past)
        peers = past[self._peers(past)]
        x, days = (peers[column].to_numpy(float) for column in ("order_days_year", "days_year"))
        mean = x.sum() / days.sum() if x.sum() > 0 else 1.0
        # Poisson's variance is its mean. Rates that are all alike, as far as can be seen, differ by a thousandth.
        between = max(between_variance(x / days, days, mean), 1e-6 * mean**2)
        self.shape_, self.days_ = float(mean**2 / between), float(mean / between)
        return self

    def eligible(self, past: pd.DataFrame) -> Mask:
        # Without the season, which the whole log tells: a customer is asked alone as in company.
        return super().eligible(past) & (self.bound(past.assign(season_orders=1.0)) >= 1)

    def bound(self, past: pd.DataFrame) -> Vector:
        x, known = (past[column].to_numpy(float) for column in ("order_days_year", "days_year"))
        ahead = (past["horizon_days"] * past["season_orders"]).to_numpy(float)
        laws, of = np.unique(np.column_stack([x, known, ahead]), axis=0, return_inverse=True)
        before = self.days_ + laws[:, 1]
        quantiles = nbinom.ppf(self.quantile, self.shape_ + laws[:, 0], before / (before + laws[:, 2]))
        return np.asarray(quantiles[of.ravel()])


def _known_long(past: pd.DataFrame, horizons: int, of: "pd.Series[bool]") -> Mask:
    """Who of some was known for so many horizons, or for half of the log where that is shorter."""
    needed = np.minimum(horizons * past["horizon_days"], past["log_days"] / 2)
    return np.asarray(of & (past["days_known"] >= needed))


def _spend_rates(past: pd.DataFrame) -> Vector:
    """Spend a day of the last year, or of what he was known of it [currency a day]."""
    return (past["spend_year"] / past["days_year"]).to_numpy(float)
