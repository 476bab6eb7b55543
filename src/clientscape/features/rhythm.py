"""How regularly: the customer's own gaps between order days.

Sums of gaps and of their squares are whole numbers, so that neither order nor threads change a bit of them.
"""

from typing import Any

from clientscape.features.expressions import count, ratio, total, when

CELLS = "order_days"


def gap_days_mean(gap_days: Any) -> Any:
    """Mean gap between order days; missing for who has only one [days]."""
    return ratio(total(gap_days), count(gap_days))


def gap_days_median(gap_days: Any) -> Any:
    """Median gap between order days, the usual gap; missing for who has only one [days]."""
    return gap_days.median()


def gap_days_max(gap_days: Any) -> Any:
    """Longest gap between order days that ended; missing for who has only one [days]."""
    return gap_days.max()


def gap_days_squared_mean(gap_days: Any) -> Any:
    """Mean of the squared gaps between order days; missing for who has only one [days^2]."""
    return ratio(total(gap_days * gap_days), count(gap_days))


def gap_cv_ratio(gap_days_mean: Any, gap_days_squared_mean: Any) -> Any:
    """Spread of the gaps over their mean: 0 is a metronome, 1 pure chance; missing for who has only one [ratio]."""
    variance = gap_days_squared_mean - gap_days_mean * gap_days_mean
    return when(variance > 0, variance, when(variance <= 0, 0.0)).sqrt() / gap_days_mean


def overdue_ratio(recency_days: Any, gap_days_median: Any) -> Any:
    """Days since the last order over the customer's own usual gap; missing for one order day [ratio]."""
    return recency_days / gap_days_median.clip(1.0)


def order_days_per_month(n_order_days: Any, tenure_days: Any) -> Any:
    """Order days for each 30 days since the first in the window; the first month counts whole [days per month]."""
    return n_order_days * 30.0 / tenure_days.clip(30)
