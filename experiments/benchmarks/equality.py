"""Whether the peers compute what clientscape does: every column, every row."""

import numpy as np
import pandas as pd

TOLERANCE = 1e-9
COUNTS = (
    "n_",
    "x",
    "t_x",
    "T",
    "orders_last",
    "order_days_last",
    "recency",
    "tenure",
    "known",
    "is_",
    "favourite_week",
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
