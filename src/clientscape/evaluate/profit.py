"""What contacting customers brings: expected of each, realised along a ranking, and the threshold frozen from it."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clientscape.faults import Fault

Vector = NDArray[np.float64]
Mask = NDArray[np.bool_]

POINTS = 200  # of a curve, at most
ROUNDED = 1e-9  # 0.29 of 100 are 29 customers, not 28.999...
LEAST = float(np.finfo(float).tiny)


@dataclass(frozen=True)
class Campaign:
    """What a contact costs and brings; each number is the shop's own to state.

    contact_cost, offer_cost : of each contact, and of each offer that is taken [currency]. success_rate : of those who
    would decline, the share that takes the offer and stays, lowest and highest. margin_share : of spend. capacity :
    how many can be contacted, a whole number from 1 on, or below 1 a share of those who are eligible.
    """

    contact_cost: float
    offer_cost: float
    success_rate: tuple[float, float]
    margin_share: float
    capacity: float

    @property
    def middle(self) -> float:
        """The middle of the success rates [share]."""
        return sum(self.success_rate) / 2

    def n_capacity(self, n_eligible: int) -> int:
        """How many of so many can be contacted: of a share at least one, and never more than there are."""
        share = math.floor(self.capacity * n_eligible + ROUNDED)
        return min(max(1, share) if self.capacity < 1 else int(self.capacity), n_eligible)

    def faults(self, where: str = "campaign", *, n_eligible: int | None = None) -> list[Fault]:
        """What is wrong with it; `n_eligible` asks for a capacity that so many can fill too."""
        found = [
            Fault(f"{where}.{name}", f"{cost:g}", "an amount from 0 on", "write what it costs")
            for name, cost in (("contact_cost", self.contact_cost), ("offer_cost", self.offer_cost))
            if not 0 <= cost < math.inf
        ]
        low, high = self.success_rate
        if not 0 <= low <= high <= 1:
            cure = "write the lowest first, and percents as shares"
            found.append(Fault(f"{where}.success_rate", f"{low:g} to {high:g}", "two shares of 0 to 1, in order", cure))
        if not 0 < self.margin_share <= 1:
            expected, cure = "a share above 0, at most 1", "write what of a sale stays after its cost, such as 0.3"
            found.append(Fault(f"{where}.margin_share", f"{self.margin_share:g}", expected, cure))
        return [*found, *self._capacity_faults(f"{where}.capacity", n_eligible)]

    def _capacity_faults(self, where: str, n_eligible: int | None) -> Iterator[Fault]:
        expected = "a whole number of customers from 1 on, or a share between 0 and 1"
        whole = math.isfinite(self.capacity) and self.capacity == int(self.capacity)
        if not (0 < self.capacity < 1 or (whole and self.capacity >= 1)):
            yield Fault(where, f"{self.capacity:g}", expected, "write how many can be contacted")
        elif n_eligible is not None and self.capacity > max(1, n_eligible):
            yield Fault(where, f"{self.capacity:g}", f"at most the {n_eligible} who are eligible", "write fewer")


def profit(p: Vector, lost: Vector, campaign: Campaign, success: float | None = None) -> Vector:
    """Profit of contacting each customer, beside not contacting him, (n,) [currency].

    p g (L m - d) - (1 - p) d - f: he would decline with chance p; then he takes the offer d with chance g (the success
    rate; without one its middle) and stays, which saves the margin share m of what else were lost, L. Who would not
    decline takes the offer anyway. f is the contact cost. (Neslin et al. 2006, eq. 1, with each customer's own value;
    Verbraken et al. 2013.) p : (n,), 0 and 1 once it is known. lost : (n,), L [currency over the horizon].
    """
    saved, cost = _saved(lost, campaign, success), campaign.offer_cost
    return np.asarray(p * saved - (1 - p) * cost - campaign.contact_cost, dtype=np.float64)


def break_even(lost: Vector, campaign: Campaign, success: float | None = None) -> Vector:
    """The chance of decline from which on a contact pays, (n,) [0..1]; missing where none does.

    `profit` is 0 at p = (d + f) / (g (L m - d) + d), and rises with p where the denominator is above 0.
    """
    rise = _saved(lost, campaign, success) + campaign.offer_cost
    cost = campaign.offer_cost + campaign.contact_cost
    pays = (rise > 0) & (rise >= cost)
    return np.asarray(np.where(pays, cost / np.where(pays, rise, 1.0), np.nan))


def profit_curve(
    rank_by: Vector, declined: Mask, lost: Vector, campaign: Campaign, *, shown: Sequence[int] = ()
) -> pd.DataFrame:
    """Realised profit of contacting so many, the highest first; among equals it is spread evenly.

    rank_by, declined, lost : (n,), what is ranked by, who declined, what was lost on him if he did [currency].
    A row a point, at most 200 and denser where few are contacted, nobody, the best, all and those `shown` among them:
    n_contacted; low, middle, high, the profit at the lowest, middle and highest success rate [currency].
    """
    whole = _along(rank_by, declined, lost, campaign)
    squares = np.linspace(0, 1, POINTS - 1) ** 2
    kept = np.union1d(np.rint(squares * len(rank_by)).astype(np.int64), [best_number(whole), *shown])
    return whole.iloc[kept].reset_index(drop=True)


def best_number(curve: pd.DataFrame) -> int:
    """How many to contact for the highest profit at the middle success rate; among equals the fewest."""
    return int(curve["n_contacted"].iloc[int(curve["middle"].to_numpy().argmax())])


def threshold(expected_profit: Vector, n_capacity: int) -> float:
    """What the best of the eligible are above, as many as can be contacted and pay [currency].

    Frozen, it flags any customer by himself. It lies half-way to the next value below, or to 0 if that is higher, so
    that no customer's flag hangs on the last bit of his value. Equal values are above it together or not at all.
    Where nobody pays, who does later is above it. expected_profit : (n,), missing for who is not eligible.
    """
    pay = -np.sort(-expected_profit[expected_profit > 0])
    if not len(pay):
        return LEAST
    reached = pay[: max(0, n_capacity)]
    below = float(pay[len(reached)]) if len(reached) < len(pay) else 0.0
    reached = reached[reached > below]
    if not len(reached):  # more customers than can be contacted share the highest value
        return float(np.nextafter(pay[0], np.inf))
    return max((float(reached[-1]) + below) / 2, LEAST)


def policies(
    expected_profit: Vector,
    flagged_from: float,
    recency_days: Vector,
    declined: Mask,
    lost: Vector,
    campaign: Campaign,
) -> pd.DataFrame:
    """What contacting would have brought on a horizon that was not seen, by whom one contacts.

    A row a policy: policy; n_contacted; low, middle, high as in `profit_curve`. `model` contacts whose expected profit
    reaches the frozen threshold; `recency` as many, the longest silent first; `at random` as many, exactly in the mean.
    All (n,), of the eligible.
    """
    n = int((expected_profit >= flagged_from).sum())
    by_model, by_recency = (
        _along(rank, declined, lost, campaign).drop(columns="n_contacted") for rank in (expected_profit, recency_days)
    )
    everyone = by_model.iloc[-1]
    found = {
        "model": (n, by_model.iloc[n]),
        "recency": (n, by_recency.iloc[n]),
        "at random": (n, everyone * (n / max(1, len(lost)))),
        "everyone": (len(lost), everyone),
        "nobody": (0, by_model.iloc[0]),
    }
    return pd.DataFrame([{"policy": name, "n_contacted": n, **brought} for name, (n, brought) in found.items()])


def _saved(lost: Vector, campaign: Campaign, success: float | None) -> Vector:
    """What contacting one who would decline brings before the cost of the contact."""
    rate = campaign.middle if success is None else success
    return np.asarray(rate * (lost * campaign.margin_share - campaign.offer_cost), dtype=np.float64)


def _along(rank_by: Vector, declined: Mask, lost: Vector, campaign: Campaign) -> pd.DataFrame:
    """Realised profit of contacting 0, 1 ... n customers, the highest first."""
    order = np.argsort(-rank_by, kind="stable")
    low, high = campaign.success_rate
    found = {}
    for name, success in {"low": low, "middle": campaign.middle, "high": high}.items():
        each = pd.Series(profit(declined.astype(np.float64), lost, campaign, success))
        spread = each.groupby(rank_by).transform("mean").to_numpy()
        found[name] = np.concatenate([[0.0], np.cumsum(spread[order])])
    return pd.DataFrame(found).rename_axis("n_contacted").reset_index()
