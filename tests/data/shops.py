"""A shop of two order lines, and how tests read it."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from clientscape.data.read import Reading, read
from clientscape.data.source import Source, TableSource
from clientscape.faults import InputError, UnableError
from clientscape.tables import Tables

OURS = ["customer_id", "order_id", "ordered_at", "amount"]
PLAIN = {column: column for column in OURS}
LOG = "customer_id,order_id,ordered_at,amount\n007,1,2024-01-05 10:00:00,10.00\nC2,2,2024-02-05 23:30:00,-5.50\n"
ROWS = [("007", "1", "2024-01-05 10:00", 1000), ("C2", "2", "2024-02-05 23:30", -550)]

Write = Callable[..., Path]


def shop(files: str | list[str] = "log.csv", columns: dict[str, str] = PLAIN, **more: Any) -> Source:
    """A source in Berlin with one table."""
    table = TableSource(files, columns, **more)
    return Source("a shop", (date(2024, 1, 1), date(2024, 7, 1)), "Europe/Berlin", "EUR", {"transactions": table})


def read_one(source: Source, root: Path) -> tuple[Tables, Reading]:
    tables, (reading,) = read(source, name="shop", root=root)
    return tables, reading


def rows(source: Source, root: Path) -> list[tuple[str, str, str, int]]:
    log = read_one(source, root)[0].transactions
    times = log["ordered_at"].dt.strftime("%Y-%m-%d %H:%M")
    return list(zip(log["customer_id"], log["order_id"], times, log["amount_minor"], strict=True))


def refused(source: Source, root: Path, error: type[InputError | UnableError] = InputError) -> list[str]:
    with pytest.raises(error) as caught:
        read(source, name="shop", root=root)
    return [str(fault) for fault in caught.value.faults]
