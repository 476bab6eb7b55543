"""Segments by rule: sets of rules that give every customer exactly one of their names."""

from typing import Annotated, Literal, Protocol, Self

import numpy as np
import pandas as pd
from annotated_types import Ge, Gt, Lt
from numpy.typing import NDArray

from clientscape.segment.cells_of_rules import Cells
from clientscape.segment.published_cells import PUTLER11, RF10, RFM125
from clientscape.segment.rules_beside_cells import ByChance, Lifecycle, ValueTiers, ValueTrend


class Rules(Protocol):
    """Learns cut points from the training customers, freezes them, and names the segment of any customer.

    A table has a row for each customer; `needs` are the columns of it that are read, `names` all names there can be,
    best first.
    """

    @property
    def needs(self) -> tuple[str, ...]:
        """The columns of the customer table that are read."""

    @property
    def names(self) -> tuple[str, ...]:
        """All names that can be given, best first."""

    def fit(self, table: pd.DataFrame) -> Self:
        """Learn the cut points; InputError when the table lacks what is needed."""

    def predict(self, table: pd.DataFrame) -> NDArray[np.object_]:
        """Name the segment of each customer: (n,)."""


def putler11() -> Rules:
    """Eleven named segments on the grid of R and FM; each cell lies inside Putler's published ranges [name].

    FM is the mean of F and M, halves go up. As published the ranges overlap in 20 of the 25 cells; here each cell
    has one name.
    """
    return Cells("R FM", PUTLER11)


def rfm125() -> Rules:
    """Eleven named segments by the widely copied list of all 125 codes of R, F and M [name].

    It shares its names with `putler11`, and gives the same one to 55 of the 125 codes only.
    """
    return Cells("RFM", RFM125)


def rf10() -> Rules:
    """Ten named segments on the grid of R and F; spend is not looked at [name].

    As printed it is total and disjoint over the 25 cells, so nothing had to be decided, but for the names: they are
    those of `putler11` (`Loyal Customers` for "loyal", `Can't Lose Them` for "can't lose"), to be comparable.
    """
    return Cells("RF", RF10)


def cells(*, scores: Literal["RFM", "RF", "R FM"], names: dict[str, list[str]]) -> Rules:
    """A shop's own names, best first, each with the codes of its cells [name].

    A code has a digit of 1 to 5 for each score, or several in brackets: `55`, `5[4-5]`, `[1-2][3-4]`, `1[2,5]`.
    InputError lists all codes without a name, all with several, what is no code, and names without any.
    """
    return Cells(scores, names)


def lifecycle() -> Rules:
    """New, active, lapsing or lost by where recency lies among the usual gaps of the shop's customers [name].

    Active up to the 80% quantile of the customers' usual gaps, lapsing up to 97.5%, then lost; frozen at fit. New is
    an active customer with a single order day ever. Where nobody came twice, 30 and 90 days are taken.
    """
    return Lifecycle()


def value_trend(*, band: Annotated[float, Gt(0), Lt(1)] = 0.25) -> Rules:
    """High, middle or low expected value, and rising, steady, falling or new against one horizon ago [name].

    Tiers are cut at the terciles of `expected_value` at fit. Falling has lost more than `band` [share] of what was
    expected one horizon earlier, rising would lose more than it on the way back: at 0.25, steady is from a quarter
    less to a third more, as far down as up on a scale of ratios. Values below 0 count as 0, from 0 to 0 is steady,
    from 0 to anything rising; new is who was not known then.
    """
    return ValueTrend(band)


def value_tiers(*, n_segments: Annotated[int, Ge(2)]) -> Rules:
    """Tiers of equal size by expected value, tier 1 the best; equal customers are in equal tiers [name].

    Cut points are frozen at fit. A value that many share lies in the lowest tier that it reaches, so that tiers
    are then of unequal size, and some may stay empty.
    """
    return ValueTiers(n_segments)


def random_groups(*, n_segments: Annotated[int, Ge(2)], seed: int) -> Rules:
    """Groups by chance, the floor that any segmentation must beat; a customer's group never changes [name].

    It is a hash of `customer_id` salted with the seed (SipHash-2-4, Aumasson & Bernstein 2012; mixed as in SplitMix,
    Steele, Lea & Flood 2014), so it depends neither on the date nor on who else there is.
    """
    return ByChance(n_segments, seed)
