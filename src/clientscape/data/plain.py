"""Parquet and text files as SQL that scans them."""

from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.parquet as pq

from clientscape.data.casts import quoted
from clientscape.data.names import refuse_names
from clientscape.data.source import Format


def scan_parquet(path: Path, where: str) -> str:
    """SQL for the rows of a parquet file."""
    # As columns, DuckDB and pandas rename what stands twice: names are looked at as they are written.
    refuse_names(str(path), pq.read_schema(path).names, where)
    return f"SELECT * FROM read_parquet('{quoted(str(path))}')"


def scan_text(connection: duckdb.DuckDBPyConnection, path: Path, form: Format, name: str, where: str) -> str:
    """SQL for the rows of a text file; `name` registers what DuckDB cannot read by itself."""
    if form.delimiter == "whitespace":
        header = None if form.names else 0
        first = form.names or list(_parted_by_blanks(path, form, header=None, nrows=1, keep_default_na=False).iloc[0])
        refuse_names(str(path), first, where)
        connection.register(name, _parted_by_blanks(path, form, names=form.names, header=header))
        return f'SELECT * FROM "{name}"'
    first = form.names or list(connection.execute(f"{_parted(path, form, 'header=false')} LIMIT 1").fetchone() or ())
    refuse_names(str(path), first, where)
    return _parted(path, form, f"names={form.names!r}, header=false" if form.names else "header=true")


def _parted(path: Path, form: Format, header: str) -> str:
    return (
        f"SELECT * FROM read_csv('{quoted(str(path))}', delim='{form.delimiter}', quote='\"',"
        f" encoding='{form.encoding}', {header}, skip={form.skip_lines}, all_varchar=true, strict_mode=true)"
    )


def _parted_by_blanks(path: Path, form: Format, **more: object) -> pd.DataFrame:
    frame: pd.DataFrame = pd.read_csv(  # type: ignore[call-overload]
        path, sep=r"\s+", dtype="str", encoding=form.encoding, skiprows=form.skip_lines, **more
    )
    return frame
