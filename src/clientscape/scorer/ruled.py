"""What rule sets see of the customers of a snapshot."""

import numpy as np
import pandas as pd

from clientscape.features.build import LETTERS, letters
from clientscape.scorer.snapshot import Snapshot, arrays
from clientscape.tables import Tables
from clientscape.window import Window

BEFORE = "expected_value_before"


def ruled(snapshot: Snapshot, known_before: pd.DataFrame) -> pd.DataFrame:
    """The table that rule sets are fitted on and asked with, a row for each customer of the snapshot.

    known_before are the letters of everyone there was one horizon earlier: what the snapshot's own lifetime model said
    of them then is `expected_value_before` [currency], missing for who was not known yet.
    """
    ids = pd.Index(snapshot.table["customer_id"])
    there = known_before.reindex(known_before.index.intersection(ids))
    before = pd.Series(np.nan, index=there.index)
    if len(there):
        before[:] = snapshot.lifetime.predict(arrays(there), float(snapshot.window.horizon_days))["expected_value"]
    ever = snapshot.past["order_days_ever"]
    return snapshot.table.assign(order_days_ever=ever, **{BEFORE: before.reindex(ids).to_numpy()})


def known_before(tables: Tables, window: Window, memory_limit: str) -> pd.DataFrame:
    """The letters of everyone there was one horizon before a window; nobody where the source begins later."""
    earlier = window.before()
    if earlier.history_days <= 0:
        return pd.DataFrame(columns=list(LETTERS), dtype=float)
    return letters(tables, earlier, memory_limit=memory_limit)
