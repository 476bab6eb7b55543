"""Lifetime value models: the public functions are what a config can name, beside the rules of `simple`.

Times are in days; money is in currency units.
"""

from typing import Any

from clientscape.clv.bgnbd import BGNBD
from clientscape.clv.gamma_gamma import GammaGamma
from clientscape.clv.mbgnbd import MBGNBD
from clientscape.clv.paretonbd import ParetoNBD
from clientscape.clv.worth import Lifetime, Values


def bgnbd_gamma_gamma(
    *, min_customers: int = 30, values: Values = "all", margin_share: float = 1.0, discount_rate: float = 0.0
) -> Lifetime:
    """Orders by BG/NBD times order value by Gamma-Gamma, for customers who leave unseen [currency units].

    With fewer than `min_customers` either falls back on a simple rule. `values` are those of all order days, or of
    repeat order days alone as in the papers. `margin_share` is the margin's share of spend, above 0 and at most 1;
    `discount_rate` is a year's, 0 or more.
    """
    return Lifetime(BGNBD(min_customers), GammaGamma(min_customers), **_worth(values, margin_share, discount_rate))


def mbgnbd_gamma_gamma(
    *, min_customers: int = 30, values: Values = "all", margin_share: float = 1.0, discount_rate: float = 0.0
) -> Lifetime:
    """The same with MBG/NBD, where a customer may leave right after his first order [currency units]."""
    return Lifetime(MBGNBD(min_customers), GammaGamma(min_customers), **_worth(values, margin_share, discount_rate))


def paretonbd_gamma_gamma(
    *, min_customers: int = 30, values: Values = "all", margin_share: float = 1.0, discount_rate: float = 0.0
) -> Lifetime:
    """The same with Pareto/NBD, where a customer may leave at any time [currency units]."""
    return Lifetime(ParetoNBD(min_customers), GammaGamma(min_customers), **_worth(values, margin_share, discount_rate))


def _worth(values: Values, margin_share: float, discount_rate: float) -> dict[str, Any]:
    return {"values": values, "margin_share": margin_share, "discount_rate": discount_rate}
