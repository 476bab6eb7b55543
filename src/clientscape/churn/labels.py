"""Labels: what counts as leaving or declining, and who can be asked.

Each function returns an object with `eligible(past)` and `outcome(past, future)` over tables of activity, one row a
customer, aligned: `n_order_days` and `spend` in the horizon before as_of (past) and after it (future), and in past also
`order_days_ever`. Eligibility looks at the past alone, so that it can be told on the night of scoring.
"""

from typing import Annotated, Protocol

import numpy as np
import pandas as pd
from annotated_types import Ge, Gt, Lt
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


class Label(Protocol):
    """A question with a yes or no for each eligible customer.

    `history_horizons` is how many horizons the log must cover before as_of.
    """

    history_horizons: int

    def eligible(self, past: pd.DataFrame) -> Mask:
        """Tell who can be asked, from the past alone."""

    def outcome(self, past: pd.DataFrame, future: pd.DataFrame) -> Mask:
        """Tell what came true."""


def no_order() -> Label:
    """Will not order within the horizon; everyone described is eligible [yes/no]."""
    return _NoOrder()


def spend_decline(*, share: Annotated[float, Gt(0), Lt(1)] = 0.5, min_order_days: Annotated[int, Ge(1)] = 3) -> Label:
    """Will spend less than a share of the horizon before; asked of who spent in it, with some order days [yes/no]."""
    return _SpendDecline(share, min_order_days)


class _NoOrder:
    history_horizons = 0

    def eligible(self, past: pd.DataFrame) -> Mask:
        return np.ones(len(past), dtype=bool)

    def outcome(self, past: pd.DataFrame, future: pd.DataFrame) -> Mask:
        return np.asarray(future["n_order_days"] == 0)


class _SpendDecline:
    history_horizons = 2

    def __init__(self, share: float, min_order_days: int) -> None:
        self.share, self.min_order_days = share, min_order_days

    def eligible(self, past: pd.DataFrame) -> Mask:
        return np.asarray((past["spend"] > 0) & (past["order_days_ever"] >= self.min_order_days))

    def outcome(self, past: pd.DataFrame, future: pd.DataFrame) -> Mask:
        return np.asarray(future["spend"] < self.share * past["spend"])
