"""What is bought: products, new ones and the same again."""

from typing import Annotated, Any

from annotated_types import Ge

from clientscape.features.expressions import count, number_of, ratio
from clientscape.window import Window

CELLS = "product_days"


def n_products(age_days: Any, unseen_days: Any, window: Window) -> Any:
    """Different products bought within the window [products]."""
    return _different(age_days, unseen_days, window.past_days)


def new_product_share(age_days: Any, unseen_days: Any, window: Window, *, days: Annotated[int, Ge(1)] = 90) -> Any:
    """Share of the products of the last so many days that were not bought earlier in the window [share]."""
    if not window.sees(days):
        return None
    new = number_of((age_days <= days) & _first(age_days, unseen_days, window.past_days))
    return ratio(new, _different(age_days, unseen_days, days))


def repeat_product_share(age_days: Any, unseen_days: Any, window: Window) -> Any:
    """Of the products bought on a day, the share that had been bought before within the window [share]."""
    n = count(age_days)
    return ratio(n - n_products(age_days, unseen_days, window), n)


def _different(age_days: Any, unseen_days: Any, days: int) -> Any:
    """Products of the last so many days: each is counted where it was not bought earlier in them."""
    return number_of((age_days <= days) & _first(age_days, unseen_days, days))


def _first(age_days: Any, unseen_days: Any, days: int) -> Any:
    """Where a product was not bought earlier in the last so many days."""
    return unseen_days.is_null() | (age_days + unseen_days > days)
