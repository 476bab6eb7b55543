"""Features that were written in pieces become one file, sorted, within a memory limit."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import duckdb


def together(pieces: Sequence[Path], out: Path, *, as_csv: bool, memory_limit: str) -> None:
    """Write the rows of all parquet pieces to one file, by as_of and customer_id; spills beside the pieces."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory_limit,
        "temp_directory": str(pieces[0].parent),
    }
    form = "FORMAT csv, HEADER" if as_csv else "FORMAT parquet, COMPRESSION zstd"
    path = str(out).replace("'", "''")
    with duckdb.connect(config=config) as connection:
        with suppress(duckdb.Error):  # a notebook has no bar, and refuses the setting
            connection.execute("SET enable_progress_bar = false")
        rows = connection.read_parquet([str(piece) for piece in pieces], union_by_name=True)
        connection.execute(f"COPY ({rows.order('as_of, customer_id').sql_query()}) TO '{path}' ({form})")
