"""What a feature is about: which others tell the same, and what is usual for a customer beside his value of it."""

import math
from collections.abc import Mapping

# The beginning of a feature's name, cut at underscores -> its theme; the longest that fits is taken. Features of one
# theme go together from customer to customer: a model may let one raise a risk that another lowers again, and what
# they add together is what they say.
ORDERS = ("orders_last", "order_days_last", "order_days_change", "n_orders", "n_order_days", "order_days_per_month")
SPEND = ("spend_last", "spend_horizon_before", "spend_change", "spend_slope", "spend_total", "spend_day")
THEMES = {
    **dict.fromkeys(("recency_days", "overdue_ratio"), "silence"),
    **dict.fromkeys((*ORDERS, "gap_days", "expected_orders", "p_alive"), "orders"),
    **dict.fromkeys((*SPEND, "spend_per_order_day", "margin_total", "order_value", "order_lines"), "spend"),
    **dict.fromkeys(("expected_order_value", "expected_value", "usual_value"), "spend"),
    **dict.fromkeys(("gap_cv_ratio", "order_value_cv_ratio"), "unevenness"),
    **dict.fromkeys(("spend_year_ago", "spend_year_change", "months_since_best_quarter"), "the year before"),
    **dict.fromkeys(("tenure_days", "known_days", "is_new"), "acquaintance"),
    **dict.fromkeys(("attribute", "days_since"), "attributes"),
}
# What tells a theme best: that something is not as it was.
NEWS = (
    "recency_days",
    "overdue_ratio",
    "orders_last",
    "order_days_last",
    "order_days_change",
    "spend_last",
    "spend_change",
)
LAST = {"spend_last": "spend_total", "orders_last": "n_orders", "order_days_last": "n_order_days"}


def theme_of(feature: str) -> str:
    """The theme of a feature; one that is not known is a theme of its own."""
    parts = feature.split("_")
    beginnings = ("_".join(parts[:size]) for size in range(len(parts), 0, -1))
    return next((THEMES[start] for start in beginnings if start in THEMES), feature)


def is_bad_news(feature: str, own: Mapping[str, float]) -> bool:
    """Whether a feature tells that something is not as it was with a customer: silence, a fall, less than is usual."""
    if not feature.startswith(NEWS):
        return False
    value, usual = own.get(feature, math.nan), _usual(feature, own)
    return not (value >= 0 if "_change" in feature else value >= usual)


def beside(feature: str, own: Mapping[str, float]) -> dict[str, float]:
    """Numbers of a customer that tell what his value of a feature means, as far as his own ones give them.

    Of silence `gap_days_median`, his usual gap [days]; of the last so many days `usual`, what he had in as many before
    them, on average since his first order in the window, in the unit of the feature, where there were as many at
    least; of the last horizon `spend_horizon_before`, and `usual` too [currency].
    """
    if theme_of(feature) == "silence":
        asked = ("gap_days_median", "recency_days") if feature == "overdue_ratio" else ("gap_days_median",)
        found = {name: own.get(name, math.nan) for name in asked}
    elif feature == "spend_last_horizon":
        found = {"spend_horizon_before": own.get("spend_horizon_before", math.nan)}
        found["usual"] = own.get("usual_value", math.nan)
    else:
        found = {"usual": _usual(feature, own)}
    return {name: value for name, value in found.items() if not math.isnan(value)}


def _usual(feature: str, own: Mapping[str, float]) -> float:
    """What he had on average in as many days as a feature of the last ones looks at, before these; NaN if unknown."""
    start, _, last = feature.rpartition("_")
    if start not in LAST or not last.isdigit():
        return math.nan
    days = float(last)
    before = own.get(LAST[start], math.nan) - own.get(feature, math.nan)
    days_before = own.get("tenure_days", math.nan) - days
    return before * days / days_before if before >= 0 and days_before >= days else math.nan
