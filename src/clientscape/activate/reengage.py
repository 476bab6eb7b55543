"""Whom to win back: what is at stake, and the list."""

import hashlib
from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clientscape.faults import Fault, refuse

Vector = NDArray[np.float64]

CONTACT, CONTROL = "contact", "control"

COLUMNS = (
    "rank",
    "customer_id",
    "group",
    "expected_profit",
    "value_at_risk",
    "p_decline",
    "p_churn",
    "segment",
    "rfm_segment",
    "stage",
    "expected_orders",
    "expected_value",
    "reasons",
    "status",
)

# What a reader can use; the ranking is made before.
DIGITS = {
    **dict.fromkeys(("expected_profit", "value_at_risk", "expected_orders", "expected_value"), 2),
    **dict.fromkeys(("p_decline", "p_churn"), 4),
}


def lost_value(usual_value: Vector, still_spent: float) -> Vector:
    """What a customer no longer spends if he declines, of his usual value over a horizon (n,) [currency]."""
    return np.asarray(np.maximum(usual_value, 0.0) * (1.0 - still_spent))


def value_at_risk(p_decline: Vector, usual_value: Vector, still_spent: float) -> Vector:
    """Expected loss: p_decline times the usual value over a horizon that decliners no longer spend [currency]."""
    return np.asarray(p_decline * lost_value(usual_value, still_spent))


def win_back(
    scores: pd.DataFrame,
    expected_profit: Vector,
    *,
    n_capacity: int,
    control_share: float,
    salt: str,
    left_out: "pd.Series[str]",
) -> pd.DataFrame:
    """The list that marketing takes: whose contact pays, the most profitable first (then by id), as COLUMNS.

    scores : a row a customer (see `clientscape.tables.SCORES`). expected_profit, left_out : (n,), row by row the same
    customers: what contacting him brings [currency], missing where he is not eligible; why he must not be contacted,
    empty where he may be. control_share [share] : at random, `group` says `control` instead of `contact`: these are
    left alone, so that what the campaign brought can be told. They do not count: the list ends with the contact that
    fills the capacity. The same salt draws the same customers, whoever else is there. InputError where the capacity
    is 0 or above the number of eligible, or the share not in [0, 1).
    """
    refuse(_faults(n_capacity, int((~np.isnan(expected_profit)).sum()), control_share))
    asked = scores.assign(expected_profit=expected_profit)[(expected_profit > 0) & (left_out == "").to_numpy()]
    ranked = asked.sort_values(["expected_profit", "customer_id"], ascending=[False, True], kind="stable")
    control = np.array([_drawn(salt, customer) < control_share for customer in ranked["customer_id"]], dtype=bool)
    listed: NDArray[np.bool_] = np.cumsum(~control) - ~control < n_capacity  # as long as fewer contacts stand before
    named = ranked.assign(group=np.where(control, CONTROL, CONTACT))[listed].reset_index(drop=True)
    return named.assign(rank=np.arange(1, len(named) + 1))[list(COLUMNS)].round(DIGITS)


def _drawn(salt: str, customer_id: str) -> float:
    """A number in [0, 1) that hangs on the customer and the salt alone, as if drawn at random."""
    digest = hashlib.sha256(f"{salt}\n{customer_id}".encode()).digest()
    return (int.from_bytes(digest[:8], "big") >> 11) / 2**53


def _faults(n_capacity: int, n_eligible: int, control_share: float) -> Iterator[Fault]:
    if not n_eligible:
        cure = "choose another as_of, or a model whose label asks more customers"
        yield Fault("scores", "nobody with a forecast of decline", "customers who are eligible for it", cure)
    elif not 1 <= n_capacity <= n_eligible:
        expected = f"a whole number from 1 to {n_eligible}, as so many customers are eligible"
        yield Fault("capacity", str(n_capacity), expected, "write how many can be contacted")
    if not 0 <= control_share < 1:
        expected, cure = "a share from 0 on and below 1", "write what part is to be left alone, such as 0.1"
        yield Fault("control share", f"{control_share:g}", expected, cure)
