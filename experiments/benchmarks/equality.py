"""Whether the peers compute what clientscape does: `python equality.py LOG PRICES` ends with 1 where they do not."""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import peers_pandas
import peers_sql
from task import frame, tables, uses, windows

from clientscape.features.build import features

TOLERANCE = 1e-9
COUNTS = (
    *("n_", "x", "t_x", "T", "orders_last", "order_days_last"),
    *("recency_days", "tenure_days", "known_days", "gap_days_max", "is_new", "favourite_weekday", "months_since"),
)


def differences(ours: pd.DataFrame, theirs: pd.DataFrame) -> list[str]:
    """What differs: columns, rows, counts and text at all, other numbers by more than 1e-9."""
    if set(ours.columns) != set(theirs.columns):
        return [f"columns: {sorted(set(ours.columns) ^ set(theirs.columns))}"]
    if len(ours) != len(theirs):
        return [f"rows: {len(ours)} and {len(theirs)}"]
    keys = ["as_of", "customer_id"]
    theirs = theirs.astype({"customer_id": "str"}).sort_values(keys, ignore_index=True)
    ours = ours.sort_values(keys, ignore_index=True)
    if any((ours[key] != theirs[key]).any() for key in keys):
        return ["dates or customers"]
    counted = {name: _n_different(ours[name], theirs[name]) for name in ours.columns if name not in keys}
    return [f"{name}: {n} of {len(ours)}" for name, n in counted.items() if n]


def _n_different(ours: pd.Series, theirs: pd.Series) -> int:
    if pd.api.types.is_string_dtype(ours.dtype):
        mine, other = ours.astype(object), theirs.astype(object)
        return int(((mine != other) & ~(mine.isna() & other.isna())).sum())
    mine, other = ours.to_numpy(float), theirs.to_numpy(float, na_value=np.nan)
    tolerance = 0.0 if str(ours.name).startswith(COUNTS) else TOLERANCE
    return int((~np.isclose(mine, other, rtol=tolerance, atol=tolerance, equal_nan=True)).sum())


def checked(log: Path, prices: pd.DataFrame, *, engine: bool = True) -> Iterator[tuple[str, list[str]]]:
    """Each peer with what differs between it and clientscape: from one date, from twelve, and in a short window.

    engine : whether clientscape's own engine on DuckDB is compared, too.
    """
    ours = tables(log)
    asked, lines = uses(ours, prices), frame(log)
    for seen in (windows(1), windows(12), windows(2, lookback_days=200)):
        expected = features(ours, seen, asked, prices=prices)
        how = f"{len(seen)} dates, {seen[0].lookback_days or 'all'} days"
        yield f"pandas, {how}", differences(expected, peers_pandas.features(lines, seen, prices))
        yield f"sql, {how}", differences(expected, peers_sql.features(log, seen, prices).to_pandas())
        if len(seen) > 1:
            by_date = peers_sql.features_by_date(log, seen, prices).to_pandas()
            yield f"sql_by_date, {how}", differences(expected, by_date)
        if engine and len(seen) < 12:
            portable = features(ours, seen, asked, prices=prices, engine="duckdb")
            yield f"engine_duckdb, {how}", differences(expected, portable)


if __name__ == "__main__":
    found = dict(checked(Path(sys.argv[1]), pd.read_parquet(sys.argv[2])))
    for peer, faults in found.items():
        print(f"{peer}: {'; '.join(faults) or 'equal'}")
    sys.exit(any(found.values()))
