"""From tables to one row a customer: each feature a function, its argument names the graph."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from clientscape.catalog import Use
from clientscape.faults import Fault, refuse
from clientscape.features.asking import WALK, Ask, described, has, left_out
from clientscape.features.plan import CATALOGUE, dictionary
from clientscape.tables import Tables
from clientscape.window import Window

LETTERS = ("x", "t_x", "T", "m_x", "m_all", "last_rate")

__all__ = [
    "CATALOGUE",
    "LETTERS",
    "WALK",
    "Ask",
    "activity",
    "answers",
    "dictionary",
    "features",
    "has",
    "left_out",
    "letters",
    "stacked",
]


def features(
    tables: Tables,
    windows: Window | Sequence[Window],
    uses: Sequence[Use],
    *,
    customers: "pd.Series[str] | None" = None,
    prices: pd.DataFrame | None = None,
    engine: str = WALK,
    memory_limit: str = "1GB",
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """The features of every customer with an order in the window, or of the customers given, sorted by customer.

    Parameters
    ----------
    windows : one, or several; each one's rows are what it would give alone.
    uses : the features to return, in that order; what they derive from is computed along. Those that the shop's
        tables cannot give (see `plan.lacking`) are left out.
    prices : the usual price of each category: category, usual_price_minor (see `crowd.usual_prices`).
    engine : `walk`, or one of `engines.ENGINES`; the same counts and sums to the bit, what is divided to 1e-9.
    memory_limit : of DuckDB, which spills to disk beyond it.
    progress : told how much of how much is done: customers of the walk, dates of the other engines.

    Returns
    -------
    DataFrame of shape (n_customers of all windows, 2 + len(uses)): `as_of`, `customer_id`, and a float64 column for
    each use, or one of text; missing is NaN. Rows are sorted by as_of and customer.
    """
    windows = [windows] if isinstance(windows, Window) else sorted(windows, key=lambda window: window.as_of)
    refuse(_window_faults(windows))
    asks = [Ask(window, uses, everyone=customers is not None) for window in windows]
    found = described(
        tables, asks, customers=customers, prices=prices, engine=engine, memory_limit=memory_limit, progress=progress
    )
    absent = left_out(tables, uses, prices)
    return stacked(found, windows, [use for use in uses if use.name not in absent])


def answers(
    tables: Tables,
    asks: Mapping[str, Ask],
    *,
    prices: pd.DataFrame | None = None,
    engine: str = WALK,
    memory_limit: str = "1GB",
) -> dict[str, pd.DataFrame]:
    """What `features` gives for each of several questions, which share the reading and sorting of the log."""
    found = described(tables, list(asks.values()), prices=prices, engine=engine, memory_limit=memory_limit)
    told = {}
    for (name, ask), frame in zip(asks.items(), found, strict=True):
        absent = left_out(tables, ask.uses, prices)
        told[name] = stacked([frame], [ask.window], [use for use in ask.uses if use.name not in absent])
    return told


def letters(tables: Tables, window: Window, *, memory_limit: str = "1GB") -> pd.DataFrame:
    """What lifetime value models ask for, over the whole history before as_of: LETTERS by customer_id."""
    known = features(tables, window.whole(), [Use(letter) for letter in LETTERS], memory_limit=memory_limit)
    return known.set_index("customer_id")[list(LETTERS)]


def activity(tables: Tables, window: Window, customers: "pd.Series[str]", *, memory_limit: str = "1GB") -> pd.DataFrame:
    """Order days and spend (returns taken off) of given customers within a window, aligned to them; 0 for nothing."""
    uses = [Use("n_order_days"), Use("spend_total")]
    done = features(tables, window, uses, customers=customers, memory_limit=memory_limit).set_index("customer_id")
    aligned = done.reindex(customers.to_numpy())[["n_order_days", "spend_total"]].fillna(0.0).reset_index(drop=True)
    return aligned.rename(columns={"spend_total": "spend"})


def stacked(found: Sequence[pd.DataFrame], windows: Sequence[Window], uses: Sequence[Use]) -> pd.DataFrame:
    """The dates' rows below each other, numbers as float64, text as str; empties what was found as it goes.

    found : a frame for each window: customer_id, and a column for each use.
    """
    is_text = pd.api.types.is_string_dtype
    texts = [use.name for use in uses if any(is_text(frame[use.name].dtype) for frame in found)]
    numbers = [use.name for use in uses if use.name not in texts]
    ends = np.cumsum([0, *(len(frame) for frame in found)])
    block = np.empty((len(numbers), ends[-1]))
    for row, name in zip(block, numbers, strict=True):
        for frame, first, end in zip(found, ends[:-1], ends[1:], strict=True):
            row[first:end] = frame.pop(name).to_numpy(float, na_value=np.nan)
    stacked = pd.DataFrame(block.T, columns=numbers, copy=False)
    stacked.insert(0, "customer_id", pd.concat([frame.pop("customer_id") for frame in found], ignore_index=True))
    dates = pd.DatetimeIndex([window.as_of for window in windows]).as_unit("us")
    stacked.insert(0, "as_of", np.repeat(dates.to_numpy(), np.diff(ends)))
    for at, use in enumerate(uses):
        if use.name in texts:
            text = pd.concat([frame.pop(use.name) for frame in found], ignore_index=True)
            stacked.insert(at + 2, use.name, text.astype("str"))
    return stacked


def _window_faults(windows: Sequence[Window]) -> Iterator[Fault]:
    """No date, or one that stands twice."""
    if not windows:
        yield Fault("features.windows", "none", "at least one", "give an as-of date")
    for window in dict.fromkeys(window for window in windows if windows.count(window) > 1):
        found = f"{window.as_of} {windows.count(window)} times"
        yield Fault("features.windows", found, "each window once", "remove the others")
