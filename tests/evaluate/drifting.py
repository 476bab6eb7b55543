"""A shop's customers on two nights, made up: tables and scores as the scorer gives them, and lines per day."""

from datetime import date

import numpy as np
import pandas as pd

from clientscape.evaluate.missing_days import lines_per_day
from clientscape.tables import SCORES
from clientscape.window import Covers, Window

WINDOW = Window(date(2026, 3, 1), Covers(date(2025, 1, 1), date(2027, 1, 1)), lookback_days=364)
SEGMENTS = {1: "big <spenders>", 2: "rare & small", 3: "new"}


def night(n: int, seed: int, as_of: date = date(2026, 1, 1)) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A snapshot's table and scores of n customers; another seed draws others from the same shop."""
    rng = np.random.default_rng(seed)
    keys = {"as_of": pd.Timestamp(as_of), "customer_id": pd.Series(np.arange(n)).astype("str")}
    gap = pd.Series(rng.gamma(2.0, 15.0, n)).where(rng.uniform(size=n) > 0.2)
    table = pd.DataFrame(
        {
            **keys,
            "recency_days": rng.integers(0, 180, n).astype(float),
            "n_orders": rng.geometric(0.4, n).astype(float),
            "spend_total": rng.lognormal(3.0, 1.0, n),
            "gap_days_median": gap,
            "n_returns": np.where(rng.uniform(size=n) < 0.02, 1.0, 0.0),
            "attribute_region": pd.Series(rng.choice(["north", "south", "west"], n, p=[0.5, 0.3, 0.2]), dtype="str"),
        }
    )
    ids = rng.choice(list(SEGMENTS), n, p=[0.2, 0.5, 0.3])
    numbers = {name: rng.beta(2, 3, n) for name, kind in SCORES.items() if kind in ("share", "amount", "money")}
    words = {name: pd.Series(rng.choice(["a", "b"], n), dtype="str") for name in ("rfm_segment", "stage")}
    segments = {"segment_id": ids, "segment": [SEGMENTS[i] for i in ids], "flagged": rng.uniform(size=n) < 0.1}
    return table, pd.DataFrame({**keys, **segments, **words, **numbers})


def lines(per_day: float = 200.0, seed: int = 0, closed_on: int | None = None) -> pd.Series:
    """Lines on each day of WINDOW's past, by chance alone; none on one weekday (0 is Monday)."""
    empty = lines_per_day(np.array([], dtype=np.int64), WINDOW)
    drawn = pd.Series(np.random.default_rng(seed).poisson(per_day, len(empty)), empty.index, name="lines")
    return drawn if closed_on is None else drawn.where((drawn.index + 3) % 7 != closed_on, 0)
