"""A source's files become tables: mapped by name, cleaned by stated rules, refused whole when they break a contract."""

import difflib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import pandas as pd

from clientscape.data.quality import Mapped, map_table, said
from clientscape.data.scan import scan
from clientscape.data.source import Source, TableSource, locate
from clientscape.faults import Fault, InputError, gather, refuse
from clientscape.tables import CONTRACTS, Tables, check_tables


@dataclass(frozen=True)
class Reading:
    """What came in of one table, what each rule set aside, and what was kept."""

    table: str
    row_is: str
    files: tuple[Path, ...]
    n_rows: int
    set_aside: dict[str, int]
    n_kept: int
    first: datetime | None
    last: datetime | None
    quarantine: pd.DataFrame


def read(source: Source, *, name: str, root: Path, memory_limit: str = "2GB") -> tuple[Tables, list[Reading]]:
    """Tables of a source and the account of how they were read, or one InputError with every fault.

    Relative paths start at `root`. Nothing is written: `Reading.quarantine` holds the rows set aside.
    """
    frames: dict[str, pd.DataFrame] = {}
    readings: list[Reading] = []
    faults: list[Fault] = []
    first, end = source.covers
    if not first < end:
        faults.append(
            Fault(f"{name}: covers", f"[{first}, {end}]", "a first day before the end day", "correct `covers`")
        )
    with duckdb.connect(config={"autoinstall_known_extensions": False, "memory_limit": memory_limit}) as connection:
        if unknown := list(_zone_faults(connection, source, name)):
            raise InputError([*faults, *unknown])
        connection.execute(f"SET TimeZone = '{source.timezone}'")  # the machine's own zone must not matter
        for table, spec in source.tables.items():
            where = f"{name}: {table}"
            with gather(faults):
                reading, mapped = _read_table(connection, table, spec, source.timezone, root, where)
                frames[table] = mapped.kept
                readings.append(reading)
    with gather(faults):
        if not faults:
            return check_tables(frames, covers=source.covered, currency=source.currency, name=name), readings
    raise InputError(faults)


def fingerprint(source: Source, root: Path) -> str:
    """SHA-256 of the files that a source reads and of how it reads them [hex, 16 characters]."""
    digest = hashlib.sha256(repr(source).encode())
    for table, spec in source.tables.items():
        for files in [spec.files, *(join.files for join in spec.join)]:
            for path in locate(files, root, table):
                with path.open("rb") as stream:
                    digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()[:16]


def _zone_faults(connection: duckdb.DuckDBPyConnection, source: Source, name: str) -> Iterator[Fault]:
    known = {zone for (zone,) in connection.execute("SELECT name FROM pg_timezone_names()").fetchall()}
    written = {f"{table}.time_zone": spec.time_zone for table, spec in source.tables.items() if spec.time_zone}
    for key, zone in {"timezone": source.timezone, **written}.items():
        if zone not in known:
            near = difflib.get_close_matches(zone, known, n=1)
            cure = f"write `{near[0]}`, if that was meant" if near else "correct the zone"
            yield Fault(f"{name}: {key}", f"`{zone}`", "a zone of the IANA list such as Europe/Berlin", cure)


def _read_table(
    connection: duckdb.DuckDBPyConnection, table: str, spec: TableSource, zone: str, root: Path, where: str
) -> tuple[Reading, Mapped]:
    known = {column.rstrip("?") for column in CONTRACTS[table]}
    unknown = sorted(set(spec.columns) - known) if table != "customers" else []
    refuse(
        Fault(
            f"{where}.columns.{column}",
            "a column that the table does not know",
            f"one of {', '.join(sorted(known))}",
            "rename it",
        )
        for column in unknown
    )
    paths = locate(spec.files, root, where)
    relation = f"SELECT * FROM ({scan(connection, paths, spec.format, '_raw', where)})"
    for n, join in enumerate(spec.join):
        joined = scan(connection, locate(join.files, root, where), join.format, f"_join{n}", where)
        _refuse_join(connection, relation, joined, join.key, f"{where}.join.{join.key}")
        added = f"(SELECT * EXCLUDE (_row, _file) FROM ({joined}))"
        relation = f'SELECT * FROM ({relation}) LEFT JOIN {added} USING ("{join.key}")'
    try:
        connection.execute(f"CREATE OR REPLACE TEMP VIEW _input AS {relation}")
        mapped = map_table(connection, "_input", table, spec, zone, where)
    except duckdb.Error as error:
        cure = "correct the file, its `format`, or the expression"
        raise InputError([Fault(where, said(error), "rows that can all be read and mapped", cure)]) from error
    at = next((c for c in ("ordered_at", "at") if c in mapped.kept), None)
    times = mapped.kept[at] if at else pd.Series(dtype="datetime64[us]")
    first, last = (None, None) if times.empty else (times.min(), times.max())
    counts = {rule.name: int((mapped.quarantine["rule"] == rule.name).sum()) for rule in spec.set_aside}
    n_kept = len(mapped.kept)
    n_rows = n_kept + len(mapped.quarantine)
    return Reading(table, spec.row_is, tuple(paths), n_rows, counts, n_kept, first, last, mapped.quarantine), mapped


def _refuse_join(connection: duckdb.DuckDBPyConnection, relation: str, joined: str, key: str, where: str) -> None:
    """Refuse a key that one side lacks, and one that stands twice in the joined file: it would multiply rows."""
    sides = {"the table's files": relation, "the joined file": joined}
    refuse(
        Fault(where, f"no column `{key}` in {side}", "the key on both sides", "correct `key`")
        for side, sql in sides.items()
        if key.lower() not in (column.lower() for column in connection.sql(f"{sql} LIMIT 0").columns)
    )
    twice = connection.execute(
        f'SELECT "{key}", count(*) FROM ({joined}) GROUP BY 1 HAVING count(*) > 1 ORDER BY 1 LIMIT 3'
    ).fetchall()
    refuse(
        Fault(where, f"key {row[0]!r} in {row[1]} rows", "one row for each key", "join a file with unique keys")
        for row in twice
    )
