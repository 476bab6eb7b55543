"""The models of the package lifetimes, as `clv_contenders.py` runs them in that package's own environment."""

from collections.abc import Callable, Mapping
from typing import Any

import lifetimes
import numpy as np
import pandas as pd
from clv_histories import Array, Histories

FITTERS = {
    "BGNBD": lifetimes.BetaGeoFitter,
    "MBGNBD": lifetimes.ModifiedBetaGeoFitter,
    "ParetoNBD": lifetimes.ParetoNBDFitter,
    "GammaGamma": lifetimes.GammaGammaFitter,
}


def fit(model: str, h: Histories) -> Any:
    """The model with its defaults, fitted on customers."""
    if model == "GammaGamma":
        # It refuses others; its documentation drops them as well.
        use = (h.x > 0) & (h.m_x > 0)
        return FITTERS[model]().fit(h.x[use], h.m_x[use])
    return FITTERS[model]().fit(h.x, h.t_x, h.T)


def fit_grouped(model: str, h: Histories) -> Any:
    """The same, fitted on distinct histories and their numbers, which are counted here."""
    distinct = _customers(h).groupby(["x", "t_x", "T"], sort=False).size().reset_index(name="n")
    return FITTERS[model]().fit(distinct.x, distinct.t_x, distinct["T"], weights=distinct.n)


def parameters(fitted: Any) -> dict[str, float]:
    """What was estimated."""
    return {str(name): float(value) for name, value in fitted.params_.items()}


def forecasts(model: str, fitted: Any, h: Histories, horizon: float) -> Mapping[str, Callable[[], Array]]:
    """What is forecast of all customers."""
    if model == "GammaGamma":
        return {"order value": lambda: fitted.conditional_expected_average_profit(h.x, h.m_x)}
    return {
        "expected orders": lambda: fitted.predict(horizon, h.x, h.t_x, h.T),
        "P(alive)": lambda: fitted.conditional_probability_alive(h.x, h.t_x, h.T),
    }


def forecasts_grouped(model: str, fitted: Any, h: Histories, horizon: float) -> Mapping[str, Callable[[], Array]]:
    """The same for distinct histories, then told to all customers."""

    def told(which: str) -> Array:
        groups = _customers(h).groupby(["x", "t_x", "T"], sort=False)
        place = groups.ngroup().to_numpy()
        first = np.flatnonzero(~groups.cumcount().to_numpy().astype(bool))
        distinct = Histories(h.x[first], h.t_x[first], h.T[first], h.m_x[first])
        return np.asarray(forecasts(model, fitted, distinct, horizon)[which]())[place]

    return {which: lambda which=which: told(which) for which in ("expected orders", "P(alive)")}


def _customers(h: Histories) -> pd.DataFrame:
    return pd.DataFrame({"x": h.x, "t_x": h.t_x, "T": h.T})
