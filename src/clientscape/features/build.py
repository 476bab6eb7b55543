"""From tables to one row a customer: each feature a function, its argument names the graph."""

from collections.abc import Iterable, Sequence
from graphlib import CycleError, TopologicalSorter
from types import ModuleType
from typing import Any

import duckdb
import narwhals as nw
import pandas as pd

from clientscape.catalog import Entry, Function, Use, entry, find, functions, inputs
from clientscape.faults import Fault, InputError
from clientscape.features import cells, frequency, lifetime, recency, rhythm, trend, value
from clientscape.tables import Tables
from clientscape.window import Window

MODULES: tuple[ModuleType, ...] = (recency, frequency, value, rhythm, trend, lifetime)
CATALOGUE = functions(*MODULES)
CELL_TABLES = functions(cells)
CELLS_OF = {name: module.CELLS for module in MODULES for name in functions(module)}
CELL_COLUMNS = {
    "order_days": ("age_days", "n_orders", "amount_minor", "gap_days"),
    "spend_days": ("age_days", "amount_minor"),
}
GIVEN = ("window", "minor_units")
LETTERS = ("x", "t_x", "T", "m_x")


def features(
    tables: Tables,
    window: Window,
    uses: Sequence[Use],
    *,
    customers: "pd.Series[str] | None" = None,
    memory_limit: str = "1GB",
) -> pd.DataFrame:
    """The features of every customer with an order in the window, or of the customers given, sorted by customer.

    Parameters
    ----------
    uses : the features to return, in that order; what they derive from is computed along.
    memory_limit : DuckDB spills to disk beyond it.

    Returns
    -------
    DataFrame of shape (n_customers, 2 + len(uses)): `as_of`, `customer_id`, and a float64 or int64 column for
    each use; missing is NaN.
    """
    plan = _ordered(uses)
    columns = tables.transactions[["customer_id", "order_id", "day", "amount_minor"]]
    with duckdb.connect(config={"memory_limit": memory_limit}) as connection:
        log = nw.from_native(connection.from_df(columns))
        if customers is None:
            frame = cells.order_days(log, window).select("customer_id").unique()
        else:
            frame = nw.from_native(connection.from_df(customers.to_frame("customer_id")))
        made = {use.name: _expression(use, tables, window) for use in plan}
        from_cells = [use for use in plan if _aggregates(use) and made[use.name] is not None]
        for table, roll_up in CELL_TABLES.items():
            wanted = [made[use.name].alias(use.name) for use in from_cells if CELLS_OF[use.use] == table]
            if wanted:
                rolled = roll_up(log, window).group_by("customer_id").agg(*wanted)
                frame = frame.join(rolled, on="customer_id", how="left")
        for use in plan:
            if use not in from_cells:
                expression = nw.lit(None, nw.Float64) if made[use.name] is None else made[use.name]
                frame = frame.with_columns(expression.alias(use.name))
        rows = frame.select("customer_id", *(use.name for use in uses)).sort("customer_id").to_native()
        result: pd.DataFrame = rows.to_arrow_table().to_pandas()
    result.insert(0, "as_of", pd.Timestamp(window.as_of).as_unit("us"))
    return result


def letters(tables: Tables, window: Window, *, memory_limit: str = "1GB") -> pd.DataFrame:
    """What lifetime value models ask for, over the whole history before as_of: x, t_x, T, m_x by customer_id."""
    known = features(tables, window.whole(), [Use(letter) for letter in LETTERS], memory_limit=memory_limit)
    return known.set_index("customer_id")[list(LETTERS)]


def activity(tables: Tables, window: Window, customers: "pd.Series[str]", *, memory_limit: str = "1GB") -> pd.DataFrame:
    """Order days and spend (returns taken off) of given customers within a window, aligned to them; 0 for nothing."""
    uses = [Use("n_order_days"), Use("spend_total")]
    done = features(tables, window, uses, customers=customers, memory_limit=memory_limit).set_index("customer_id")
    aligned = done.reindex(customers.to_numpy())[["n_order_days", "spend_total"]].fillna(0.0).reset_index(drop=True)
    return aligned.rename(columns={"spend_total": "spend"})


def dictionary(uses: Iterable[Use]) -> list[Entry]:
    """Name, meaning and unit of each feature used."""
    return [entry(use.name, find(use.use, CATALOGUE, "features")) for use in uses]


def _function(use: Use) -> Function:
    return find(use.use, CATALOGUE, "features")


def _aggregates(use: Use) -> bool:
    """Whether a feature is computed from cells (else from other features)."""
    return any(name in CELL_COLUMNS[CELLS_OF[use.use]] for name in inputs(_function(use)))


def _needs(use: Use, by_name: dict[str, Use]) -> list[Use]:
    if _aggregates(use):
        return []
    return [by_name.get(name, Use(name)) for name in inputs(_function(use)) if name not in GIVEN]


def _ordered(uses: Sequence[Use]) -> list[Use]:
    """The uses and all that they derive from, each after what it needs."""
    by_name = {use.name: use for use in uses}
    graph: dict[str, set[str]] = {}
    waiting = list(uses)
    while waiting:
        use = waiting.pop()
        needed = _needs(use, by_name)
        graph[use.name] = {need.name for need in needed}
        for need in needed:
            if need.name not in graph:
                by_name[need.name] = need
                waiting.append(need)
    try:
        return [by_name[name] for name in TopologicalSorter(graph).static_order()]
    except CycleError as error:
        circle = " -> ".join(error.args[1])
        raise InputError(
            [Fault("features", f"a circle: {circle}", "features that end in cells", "break it")]
        ) from error


def _expression(use: Use, tables: Tables, window: Window) -> Any:
    """A use as an expression; None where the window is too short for it, which makes it missing for everyone."""
    function = _function(use)
    given = {"window": window, "minor_units": tables.minor_units}
    arguments = [given[name] if name in given else nw.col(name) for name in inputs(function)]
    return function(*arguments, **use.settings)
