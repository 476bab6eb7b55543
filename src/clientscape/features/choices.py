"""How: the channels, ways of payment and stores of orders. An order with several counts under the first by name."""

from typing import Any, Literal

from clientscape.features.expressions import number_of, ratio, total, when

CELLS = "choices"
Of = Literal["channel", "payment_method", "store"]


def n_used(of: Any, *, which: Of) -> Any:
    """Different channels, ways of payment or stores used [number]."""
    return number_of(of == which)


def favourite(of: Any, choice: Any, is_top: Any, *, which: Of) -> Any:
    """The channel, way of payment or store of the most orders, the first by name of several [text]."""
    return when((of == which) & is_top, choice).min()


def favourite_share(of: Any, n_orders: Any, is_top: Any, *, which: Of) -> Any:
    """Share of the orders through the favourite channel, way of payment or store, of those that name one [share]."""
    return ratio(total(n_orders, (of == which) & is_top), total(n_orders, of == which))
