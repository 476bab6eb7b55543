"""A source's files become tables: mapped by name, cleaned by stated rules, refused whole when they break a contract."""

import difflib
import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import duckdb
import pandas as pd

from clientscape.data.databases import beside
from clientscape.data.locate import Place, locate
from clientscape.data.part import Reading, read_part
from clientscape.data.postgres import content
from clientscape.data.source import Join, Source, TableSource
from clientscape.data.stack import stack
from clientscape.faults import Fault, InputError, gather
from clientscape.files import passing_folder
from clientscape.tables import Tables, check_tables

__all__ = ["Reading", "fingerprint", "read"]


def read(
    source: Source, *, name: str, root: Path, memory_limit: str = "2GB", share: tuple[int, int] | None = None
) -> tuple[Tables, list[Reading]]:
    """Tables of a source and the account of how they were read, or one InputError with every fault.

    Relative paths start at `root`. Nothing is written: `Reading.quarantine` holds the rows set aside. A table
    of several sources has a reading for each, `touches[0]` and `touches[1]` say. `share` (i, n) reads the i-th of n
    shares of the customers, each with all of his rows: a log that does not fit is read share by share.
    """
    readings: list[Reading] = []
    parts: dict[str, dict[str, pd.DataFrame]] = {table: {} for table in source.tables}
    frames: dict[str, pd.DataFrame] = {}
    faults = list(_source_faults(source, name))
    settings: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "memory_limit": memory_limit,
    }
    with (
        passing_folder() as spilled,
        duckdb.connect(config=settings | {"temp_directory": str(spilled)}) as connection,
    ):
        if unknown := list(_zone_faults(connection, source, name)):
            raise InputError([*faults, *unknown])
        with suppress(duckdb.Error):  # there is a bar already; a notebook has none, and refuses the setting
            connection.execute("SET enable_progress_bar = false")
        connection.execute(f"SET TimeZone = '{source.timezone}'")  # the machine's own zone must not matter
        for table, part, spec in source.parts():
            with gather(faults):
                where = f"{name}: {part}"
                reading, kept = read_part(connection, table, part, spec, source.timezone, root, where, share)
                parts[table][part] = kept
                readings.append(reading)
    for table, several in parts.items():
        if several:
            with gather(faults):
                frames[table] = stack(table, several, name, may_be_empty=share is not None)
    with gather(faults):
        if not faults:
            checked = check_tables(
                frames,
                covers=source.covered,
                currency=source.currency,
                name=name,
                may_be_empty=share is not None,
            )
            # What a shop never writes down is told by all shares together.
            kinds = {f"touches.{kind}" for reading in readings for kind in reading.kinds}
            return replace(checked, records=checked.records | kinds, row_is=source.row_is), readings
    raise InputError(faults)


def fingerprint(source: Source, root: Path) -> str:
    """SHA-256 of how a source reads, and of what: the bytes of files, the rows of a server [hex, 16 characters]."""
    digest = hashlib.sha256(repr(source).encode())
    for _, part, spec in source.parts():
        origins: list[TableSource | Join] = [spec, *spec.join]
        for origin in origins:
            for place in locate(origin.files, root, part):
                if place.kind == "postgres":
                    digest.update(content(place.at, origin, part).encode())
                for path in _bytes_of(place):
                    with path.open("rb") as stream:
                        digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()[:16]


def _bytes_of(place: Place) -> list[Path]:
    """The files that a place is; of a database, those beside it too."""
    if place.kind == "postgres":
        return []
    return [Path(place.at), *(beside(Path(place.at)) if place.is_database else [])]


def _source_faults(source: Source, name: str) -> Iterator[Fault]:
    first, end = source.covers
    if not first < end:
        yield Fault(f"{name}: covers", f"[{first}, {end}]", "a first day before the end day", "correct `covers`")
    for table, written in source.tables.items():
        if isinstance(written, list) and not written:
            yield Fault(f"{name}: {table}", "an empty list", "at least one source of the table", "add one")


def _zone_faults(connection: duckdb.DuckDBPyConnection, source: Source, name: str) -> Iterator[Fault]:
    known = {zone for (zone,) in connection.execute("SELECT name FROM pg_timezone_names()").fetchall()}
    written = {f"{part}.time_zone": spec.time_zone for _, part, spec in source.parts() if spec.time_zone}
    for key, zone in {"timezone": source.timezone, **written}.items():
        if zone not in known:
            near = difflib.get_close_matches(zone, known, n=1)
            cure = f"write `{near[0]}`, if that was meant" if near else "correct the zone"
            yield Fault(f"{name}: {key}", f"`{zone}`", "a zone of the IANA list such as Europe/Berlin", cure)
