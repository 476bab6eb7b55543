"""At which price: cheap or dear, against usual prices that were learnt before and are handed in."""

from typing import Any

import narwhals as nw

from clientscape.features.expressions import ratio, total, when

CELLS = "categories"


def price_tier_ratio(paid_minor: Any, quantity_milli: Any, usual_price_minor: Any) -> Any:
    """What was paid over the usual price of as much in the same categories; 1 is usual, 2 twice as dear [ratio]."""
    usual = quantity_milli * usual_price_minor
    paid = when(usual > 0, paid_minor, 0)
    return ratio(total(paid).cast(nw.Float64) * 1000.0, total(usual, usual > 0))
