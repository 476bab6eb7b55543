"""Lifetime value by simple rules: what every model stands beside. The public functions are what a config can name."""

from clientscape.clv.heuristics import Hiatus, LastPeriod, OwnMean, SameRate, Zero
from clientscape.clv.worth import Lifetime


def same_rate() -> Lifetime:
    """Orders at the rate of before times the customer's own mean order value, shrunk [currency units]."""
    return Lifetime(SameRate(), OwnMean())


def hiatus(*, days: float = 84) -> Lifetime:
    """The same, but who has not ordered for so many days is gone [currency units]."""
    return Lifetime(Hiatus(days), OwnMean())


def last_period() -> Lifetime:
    """Orders at the rate of the last horizon times the customer's own mean order value, shrunk [currency units]."""
    return Lifetime(LastPeriod(), OwnMean())


def zero() -> Lifetime:
    """Nobody orders again [currency units]."""
    return Lifetime(Zero(), OwnMean())
