"""How regularly: the customer's own gaps between order days.

Sums of gaps and of their squares are whole numbers, so that neither order nor threads change a bit of them.
"""

import narwhals as nw

CELLS = "order_days"


def gap_days_mean(gap_days: nw.Expr) -> nw.Expr:
    """Mean gap between order days; missing for a customer with one [days]."""
    return gap_days.sum().cast(nw.Int64) / gap_days.count()


def gap_days_median(gap_days: nw.Expr) -> nw.Expr:
    """Median gap between order days, the usual gap; missing for a customer with one [days]."""
    return gap_days.median()


def gap_days_squared_mean(gap_days: nw.Expr) -> nw.Expr:
    """Mean of the squared gaps between order days; missing for a customer with one [days^2]."""
    return (gap_days * gap_days).sum().cast(nw.Int64) / gap_days.count()


def gap_cv_ratio(gap_days_mean: nw.Expr, gap_days_squared_mean: nw.Expr) -> nw.Expr:
    """Spread of the gaps over their mean: 0 is a metronome, 1 pure chance; missing for a customer with one [ratio]."""
    variance = gap_days_squared_mean - gap_days_mean * gap_days_mean
    return nw.when(variance > 0).then(variance).otherwise(variance * 0.0).sqrt() / gap_days_mean


def overdue_ratio(recency_days: nw.Expr, gap_days_median: nw.Expr) -> nw.Expr:
    """Days since the last order over the customer's own usual gap; missing for one order day [ratio]."""
    return recency_days / gap_days_median.clip(1.0)


def order_days_per_month(n_order_days: nw.Expr, tenure_days: nw.Expr) -> nw.Expr:
    """Order days for each 30 days since the first in the window; the first month counts whole [days per month]."""
    return n_order_days * 30.0 / tenure_days.clip(30)
