"""A snapshot: what is known of every customer at a date, lifetime value columns included."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clientscape.catalog import Use, expand
from clientscape.churn.activity import asks, own_past, with_crowd
from clientscape.clv.worth import Earlier, Lifetime
from clientscape.features.build import LETTERS, Ask, activity, answers, letters
from clientscape.features.crowd import usual_prices
from clientscape.features.plan import needs
from clientscape.tables import Tables
from clientscape.window import Window

LIFETIME_COLUMNS = ("expected_orders", "expected_order_value", "expected_value", "p_alive")
OF_LETTERS = tuple(Use(letter) for letter in LETTERS)
# What stands in a snapshot's table beside the features.
BESIDE_FEATURES = (*LIFETIME_COLUMNS, "usual_value", "spend_last_horizon", "spend_horizon_before")
Vector = NDArray[np.float64]

# What scores and simple rules are made of, whether or not the config asks for it.
NEEDED = ("recency_days", "tenure_days", "n_orders", "n_order_days", "spend_total", "gap_days_median")


@dataclass(frozen=True)
class Snapshot:
    """Customers at a date, sorted by id; `table` and `past` have the same rows.

    table : as_of, customer_id, the features, LIFETIME_COLUMNS (over the horizon), `usual_value`,
    `spend_last_horizon` and `spend_horizon_before` [currency].
    past : what labels are told by, and of a fitting snapshot what they are fitted by: see `clientscape.churn.activity`.
    letters : LETTERS of everyone there ever was, by customer_id.
    prices : the usual price of each category that features were computed with; None where nothing tells.
    """

    window: Window
    table: pd.DataFrame
    past: pd.DataFrame
    letters: pd.DataFrame
    lifetime: Lifetime
    prices: pd.DataFrame | None = None

    @property
    def letters_of_table(self) -> dict[str, Vector]:
        """The letters of the customers of `table`, in its order, as lifetime models take them."""
        return arrays(self.letters.reindex(self.table["customer_id"].to_numpy()))


def questions(window: Window, uses: Sequence[Use], *, fit: bool = False, earlier: bool = False) -> dict[str, Ask]:
    """What a snapshot is made of, as questions to a log.

    fit : also what only labels that are fitted need. earlier : also the letters one horizon before.
    """
    uses = [*uses, *(use for use in expand(NEEDED) if use not in uses)]
    found = {"table": Ask(window, uses), "letters": Ask(window.whole(), OF_LETTERS), **asks(window, season=fit)}
    if earlier and (before := window.before().whole()).history_days > 0:
        found["earlier"] = Ask(before, OF_LETTERS)
    return found


def assembled(
    told: Mapping[str, pd.DataFrame], window: Window, lifetime: Lifetime, prices: pd.DataFrame | None = None
) -> Snapshot:
    """The snapshot that answers to `questions` make, by a lifetime model that was fitted before."""
    known, ids = letters_of(told["letters"]), told["table"]["customer_id"]
    return _snapshot(told["table"], own_past(window, ids, known, told), known, window, lifetime, prices)


def take(
    tables: Tables,
    window: Window,
    uses: Sequence[Use],
    lifetime: Lifetime,
    *,
    fit: bool,
    prices: pd.DataFrame | None = None,
    memory_limit: str = "1GB",
) -> Snapshot:
    """Describe all customers at a window.

    `fit` learns the lifetime model and the usual prices from what was before it; else both are used as they are.
    """
    asked = questions(window, uses, fit=fit)
    if not fit:
        return assembled(answers(tables, asked, prices=prices, memory_limit=memory_limit), window, lifetime, prices)
    prices = usual_prices(tables, window) if any("prices" in needs(use) for use in asked["table"].uses) else None
    told = answers(tables, asked, prices=prices, memory_limit=memory_limit)
    known, ids = letters_of(told["letters"]), told["table"]["customer_id"]
    # On everyone there ever was: without those who left before the window, nobody would seem to leave.
    lifetime.fit(arrays(known), lambda: earlier(tables, window, memory_limit))
    past = with_crowd(own_past(window, ids, known, told), tables, window, ids, told)
    return _snapshot(told["table"], past, known, window, lifetime, prices)


def _snapshot(
    table: pd.DataFrame,
    past: pd.DataFrame,
    known: pd.DataFrame,
    window: Window,
    lifetime: Lifetime,
    prices: pd.DataFrame | None,
) -> Snapshot:
    """The table with what the lifetime model says beside its features."""
    ids = table["customer_id"]
    ever = known.reindex(ids.to_numpy()).reset_index(drop=True)
    # A customer who came back is no newcomer: his rate is over all of the window that he was known in.
    days = (ever["T"] + 1).clip(upper=window.past_days).clip(lower=window.horizon_days)
    usual: pd.Series[float] = table["spend_total"] * window.horizon_days / days
    recent = {"spend_last_horizon": past["spend"], "spend_horizon_before": past["spend_before"]}
    table = table.assign(**_expected(lifetime, known, ids, window), usual_value=usual, **recent)
    return Snapshot(window, table, past, known, lifetime, prices)


def letters_of(answer: pd.DataFrame) -> pd.DataFrame:
    """LETTERS by customer_id, out of an answer."""
    return answer.set_index("customer_id")[list(LETTERS)]


def arrays(known: pd.DataFrame) -> dict[str, Vector]:
    """The letters as a lifetime model's `fit` takes them."""
    return {letter: known[letter].to_numpy(float) for letter in LETTERS}


def _expected(lifetime: Lifetime, known: pd.DataFrame, ids: "pd.Series[str]", window: Window) -> dict[str, Vector]:
    predicted = lifetime.predict(arrays(known.reindex(ids.to_numpy())), float(window.horizon_days))
    return {column: predicted[column] for column in LIFETIME_COLUMNS}


def earlier(tables: Tables, now: Window, memory_limit: str) -> Earlier | None:
    """What was known one horizon earlier, and the order days that came after it; None where nothing was known."""
    window = now.before()
    if window.history_days <= 0:
        return None
    known = letters(tables, window, memory_limit=memory_limit)
    if known.empty:
        return None
    came = activity(tables, window.ahead(), known.index.to_series(), memory_limit=memory_limit)["n_order_days"]
    return Earlier(arrays(known), float(window.horizon_days), came.to_numpy(float))
