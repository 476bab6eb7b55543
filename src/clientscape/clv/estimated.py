"""What the maximum of a likelihood leaves in a model: parameters, how sure they are, and whether to believe them."""

from collections.abc import Callable, Mapping
from copy import copy
from typing import Any, ClassVar

import numpy as np

from clientscape.clv.histories import FloatArray
from clientscape.clv.likelihood import MIN_CUSTOMERS, Maximum
from clientscape.clv.merging import distinct
from clientscape.faults import Fault, refuse

UNFITTED = ("too_few", "no_repeats")


class Estimated:
    """What all models of this room have in common: one attribute for each parameter, named `<parameter>_`, and these.

    `log_likelihood_` (sum over customers, in the caller's units), `n_customers_`, `standard_errors_` (parameter
    -> standard error, from the observed information; NaN unless the status is ok), `covariance_` (of the
    logarithms of the parameters, row by row; empty where there is none), `status_` (ok, boundary, too_few,
    no_repeats, not_converged) and `status_reason_`, a sentence. With too_few and no_repeats nothing is fitted
    and a forecast is refused.
    """

    RAN_AWAY: ClassVar[Mapping[str, str]]  # parameter -> what it means that it ran away
    LEAST: ClassVar[Mapping[str, float]] = {}  # parameter -> what it must exceed, where that is not 0
    FORECASTS: ClassVar[tuple[str, ...]]
    INSTEAD: ClassVar[str]  # the simple rule

    log_likelihood_: float
    n_customers_: float
    standard_errors_: dict[str, float]
    covariance_: tuple[tuple[float, ...], ...]
    status_: str
    status_reason_: str

    def __init__(self, min_customers: int = MIN_CUSTOMERS) -> None:
        self.min_customers = min_customers

    @property
    def parameters_(self) -> dict[str, float]:
        """The parameters by the papers' names; NaN where nothing was fitted."""
        return {name: getattr(self, f"{name}_") for name in self.RAN_AWAY}

    def interval(
        self, what: str, *columns: Any, share: float = 0.95, n_draws: int = 200, seed: int, **settings: Any
    ) -> tuple[FloatArray, FloatArray]:
        """Lower and upper bound of a forecast, as far as the parameters are uncertain; each of the forecast's shape.

        `what` names the method that forecasts, `columns` and `settings` are its arguments. The logarithms of the
        parameters are drawn from the normal distribution around the estimate that the likelihood looks like there
        (Laplace's approximation). What a customer will do is far more uncertain than what to expect of him: this
        is no interval for his orders. InputError without standard errors, and where an argument is wrong.
        """
        refuse(self._interval_faults(what, share, n_draws))
        getattr(self, what)(*columns, **settings)
        arguments, each = _merged(columns)
        draws = np.random.default_rng(seed).standard_normal((n_draws, len(self.RAN_AWAY)))
        changes = draws @ np.linalg.cholesky(self.covariance_).T
        found = np.array([getattr(self._changed(change), what)(*arguments, **settings) for change in changes])
        low, high = np.quantile(found, [(1 - share) / 2, (1 + share) / 2], axis=0)
        return each(low), each(high)

    def _interval_faults(self, what: str, share: float, n_draws: int) -> list[Fault]:
        faults, choices = [], ", ".join(self.FORECASTS)
        if what not in self.FORECASTS:
            faults.append(Fault("what", repr(what), f"one of {choices}", "name a forecast of this model"))
        if not 0 < share < 1:
            faults.append(Fault("share", f"{share}", "a share between 0 and 1", "give 0.95, say"))
        if n_draws < 2:
            faults.append(Fault("n_draws", f"{n_draws}", "2 or more", "give 200, say"))
        if not self.covariance_:
            found = f"no standard errors, {self.status_}: {self.status_reason_}".rstrip(": ")
            faults.append(Fault(type(self).__name__, found, "a model that is sure of its parameters", self._cure()))
        return faults

    def _cure(self) -> str:
        return f"fit it on a longer or larger log, or use {self.INSTEAD}"

    def _forget(self, n_customers: float) -> None:
        self.n_customers_ = n_customers
        self._take(np.full(len(self.RAN_AWAY), np.nan))
        self.log_likelihood_ = np.nan
        self.standard_errors_ = dict.fromkeys(self.RAN_AWAY, np.nan)
        self.covariance_ = ()

    def _take(self, parameters: FloatArray) -> None:
        for name, value in zip(self.RAN_AWAY, parameters.tolist(), strict=True):
            setattr(self, f"{name}_", value)

    def _settle(self, best: Maximum, scale: FloatArray) -> None:
        self._take(np.exp(best.theta) * scale + self._least())
        self.status_, self.status_reason_ = best.status, best.reason

    def _measure(self, curvature: FloatArray) -> None:
        """Learn how sure the parameters are, from the mean log-likelihood's second derivatives by their logarithms."""
        information = -self.n_customers_ * curvature
        if self.status_ != "ok" or np.linalg.eigvalsh(information)[0] <= 0:
            return
        covariance = np.linalg.inv(information)
        self.covariance_ = tuple(map(tuple, covariance.tolist()))
        errors = (self._parameters() - self._least()) * np.sqrt(np.diag(covariance))
        self.standard_errors_ = dict(zip(self.RAN_AWAY, errors.tolist(), strict=True))

    def _changed(self, change: FloatArray) -> "Estimated":
        other, least = copy(self), self._least()
        other._take(least + (self._parameters() - least) * np.exp(change))
        return other

    def _least(self) -> FloatArray:
        return np.array([self.LEAST.get(name, 0.0) for name in self.RAN_AWAY])

    def _parameters(self) -> FloatArray:
        if self.status_ in UNFITTED:
            found = f"no parameters, {self.status_}: {self.status_reason_}"
            refuse([Fault(type(self).__name__, found, "a fitted model", self._cure())])
        return np.array([getattr(self, f"{name}_") for name in self.RAN_AWAY])


def _merged(columns: tuple[Any, ...]) -> tuple[list[Any], Callable[[FloatArray], FloatArray]]:
    """The arguments of a forecast with equal customers made one, and what hands their results back to each of them."""
    at = [i for i, column in enumerate(columns) if np.ndim(column) == 1]
    if not at:
        return list(columns), lambda results: results
    rows, each = distinct(*(np.asarray(columns[i], dtype=np.float64) for i in at))
    merged = dict(zip(at, rows, strict=True))
    return [merged.get(i, column) for i, column in enumerate(columns)], each
