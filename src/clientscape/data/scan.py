"""Files as SQL that scans them: every column by its own name, with the file and the row that it came from."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.parquet as pq

from clientscape.data.casts import quoted
from clientscape.data.quality import identifier, said
from clientscape.data.source import Format
from clientscape.faults import Fault, InputError, refuse

BLANKS = " \t\ufeff"  # around a column's name; the last is the byte order mark


def scan(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path], form: Format, name: str, where: str) -> str:
    """SQL for the rows of all files, columns found by name; `name` registers what DuckDB cannot read by itself."""
    scans = []
    for n, path in enumerate(paths):
        file = f"'{quoted(str(path))}'"
        try:
            names = _names(connection, path, file, form)
            rows = _scan_file(connection, path, file, form, f"{name}_{n}")
            columns = connection.sql(f"{rows} LIMIT 0").columns
        except (duckdb.Error, ValueError, LookupError, OSError) as error:  # what DuckDB, pandas, pyarrow and gzip raise
            found = f"{path}: {said(error)}"
            fault = Fault(f"{where}.files", found, "a readable file of that format", "correct `format` or the file")
            raise InputError([fault]) from error
        refuse(_same_name_faults(path, names, where))
        renamed = ", ".join(f"{identifier(column)} AS {identifier(column.strip(BLANKS))}" for column in columns)
        scans.append(f"SELECT {renamed}, {file} AS _file, row_number() OVER () AS _row FROM ({rows})")
    return " UNION ALL BY NAME ".join(scans)


def _same_name_faults(path: Path, names: Sequence[str | None], where: str) -> Iterator[Fault]:
    """Names that a mapping cannot tell apart; a column without a name cannot be mapped at all."""
    times = Counter(name.strip(BLANKS).lower() for name in names if name)
    for same, count in times.items():
        if same and count > 1:
            as_written = ", ".join(f"`{name}`" for name in names if name and name.strip(BLANKS).lower() == same)
            cure = "rename all but one; of a text file also by `format.names`, with `skip_lines` over its header"
            expected = "names that differ in more than capitals and blanks around them"
            yield Fault(f"{where}.files", f"{path}: {count} columns of one name ({as_written})", expected, cure)


def _names(connection: duckdb.DuckDBPyConnection, path: Path, file: str, form: Format) -> list[str | None]:
    """Column names as they are written: as columns, DuckDB and pandas rename what stands twice."""
    if path.suffix == ".parquet":
        return list(pq.read_schema(path).names)
    if form.names:
        return list(form.names)
    if form.delimiter == "whitespace":
        return list(_parted_by_blanks(path, form, header=None, nrows=1, keep_default_na=False).iloc[0])
    return list(connection.execute(f"{_parted(file, form, 'header=false')} LIMIT 1").fetchone() or ())


def _scan_file(connection: duckdb.DuckDBPyConnection, path: Path, file: str, form: Format, name: str) -> str:
    if path.suffix == ".parquet":
        return f"SELECT * FROM read_parquet({file})"
    if form.delimiter == "whitespace":
        header = None if form.names else 0
        connection.register(name, _parted_by_blanks(path, form, names=form.names, header=header))
        return f'SELECT * FROM "{name}"'
    return _parted(file, form, f"names={form.names!r}, header=false" if form.names else "header=true")


def _parted(file: str, form: Format, header: str) -> str:
    return (
        f"SELECT * FROM read_csv({file}, delim='{form.delimiter}', quote='\"', encoding='{form.encoding}', {header},"
        f" skip={form.skip_lines}, all_varchar=true, strict_mode=true)"
    )


def _parted_by_blanks(path: Path, form: Format, **more: object) -> pd.DataFrame:
    frame: pd.DataFrame = pd.read_csv(  # type: ignore[call-overload]
        path, sep=r"\s+", dtype="str", encoding=form.encoding, skiprows=form.skip_lines, **more
    )
    return frame
