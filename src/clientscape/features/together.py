"""Features that were written in pieces become one file, sorted, within a memory limit."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import duckdb

from clientscape.faults import Fault, UnableError


def together(pieces: Sequence[Path], out: Path, *, as_csv: bool, memory_limit: str) -> None:
    """Write the rows of all parquet pieces to one file, by as_of and customer_id; spills beside the pieces.

    An UnableError where the disk is full.
    """
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
        in_order = rows.order("as_of, customer_id").sql_query()
        try:
            connection.execute(f"COPY ({in_order}) TO '{path}' ({form}, USE_TMP_FILE false)")
        except duckdb.IOException as error:
            found = " ".join(str(error).split())
            cure = "make room, and try again"
            raise UnableError([Fault(str(out), found, "a disk that takes all of it", cure)]) from error
