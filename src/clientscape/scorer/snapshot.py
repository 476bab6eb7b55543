"""A snapshot: what is known of every customer at a date, lifetime value columns included."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clientscape.catalog import Use, expand
from clientscape.clv.lifetime import Lifetime
from clientscape.features.build import LETTERS, activity, features, letters
from clientscape.tables import Tables
from clientscape.window import Window

LIFETIME_COLUMNS = ("expected_orders", "expected_order_value", "expected_value", "p_alive")
# What scores are made of, whether or not the config asks for it.
NEEDED = ("recency_days", "tenure_days", "n_order_days", "spend_total", "gap_days_median")


@dataclass(frozen=True)
class Snapshot:
    """Customers at a date, sorted by id; `table` and `past` have the same rows.

    table : as_of, customer_id, the features, LIFETIME_COLUMNS (over the horizon), `usual_value` [currency].
    past : n_order_days, spend (within the horizon before as_of), order_days_ever.
    """

    window: Window
    table: pd.DataFrame
    past: pd.DataFrame
    lifetime: Lifetime


def take(tables: Tables, window: Window, uses: Sequence[Use], lifetime: Lifetime, *, fit: bool) -> Snapshot:
    """Describe all customers at a window; `fit` the lifetime model on the history before it, or use it as it is."""
    uses = [*uses, *(use for use in expand(NEEDED) if use not in uses)]
    table = features(tables, window, uses)
    known = letters(tables, window).set_index("customer_id")[list(LETTERS)]
    if fit:  # on everyone there ever was: without those who left before the window, nobody would seem to leave
        lifetime.fit(**_arrays(known))
    described = _arrays(known.loc[table["customer_id"]])
    predicted = lifetime.predict(**described, horizon=float(window.horizon_days))
    horizon = window.horizon_days
    usual: pd.Series[float] = table["spend_total"] * horizon / table["tenure_days"].clip(lower=horizon)
    table = table.assign(**{column: predicted[column] for column in LIFETIME_COLUMNS}, usual_value=usual)
    past = activity(tables, window.recent(), table["customer_id"]).assign(order_days_ever=described["x"] + 1)
    return Snapshot(window, table, past, lifetime)


def _arrays(known: pd.DataFrame) -> dict[str, NDArray[np.float64]]:
    return {letter: known[letter].to_numpy(float) for letter in LETTERS}
