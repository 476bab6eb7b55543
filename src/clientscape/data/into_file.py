"""Scores of one night as a file, parquet or CSV, that is replaced whole."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv
import pyarrow.parquet as pq

from clientscape.data.landing import KEY, Landed, place_faults, stands
from clientscape.data.locks import only_writer
from clientscape.data.pieces import DATED, SCHEMA, night
from clientscape.faults import Fault
from clientscape.files import whole

OURS = {*KEY, "model_version"}  # a file without these holds something else than scores
LINES = csv.ParseOptions(newlines_in_values=True)


@dataclass(frozen=True)
class IntoFile:
    """A file of the scores of one night: the same scores give the same bytes, however many pieces they come in.

    In CSV text stands in quotes, and what is missing is empty.
    """

    path: Path
    shown: str

    def faults(self) -> list[Fault]:
        """See `Target`; a file that holds something else than scores is not written over."""
        faults = list(place_faults(self.path, self.shown))
        if not faults and stands(self.path) and not set(_names(self.path)) >= OURS:
            found = "a file of something else"
            faults.append(Fault(self.shown, found, "one of scores, or none", "choose another path, or remove it"))
        return faults

    def locked(self) -> AbstractContextManager[None]:
        """See `Target`."""
        return only_writer(self.path, self.shown)

    def land(self, pieces: Sequence[Path], as_of: date, memory_limit: str) -> Landed:
        """See `Target`; what is in memory are portions of the rows, and the customers' ids where some stood there."""
        stood = _customers(self.path, as_of)
        customers: list[pa.ChunkedArray] = []
        n_rows = 0
        with whole(self.path) as unfinished, _writer(self.path, unfinished) as writer:
            for rows in night(pieces, as_of, DATED if _is_csv(self.path) else SCHEMA):
                writer.write_table(rows)
                n_rows += len(rows)
                customers.extend(rows["customer_id"].chunks if len(stood) else [])
        still = pc.is_in(stood, pa.chunked_array(customers, pa.string()))
        return Landed(n_rows, len(stood) - (pc.sum(still).as_py() or 0))


def _writer(path: Path, unfinished: Path) -> pq.ParquetWriter | csv.CSVWriter:
    if _is_csv(path):
        return csv.CSVWriter(unfinished, DATED)
    return pq.ParquetWriter(unfinished, SCHEMA, compression="zstd")


def _is_csv(path: Path) -> bool:
    return path.suffix.lower() == ".csv"


def _names(path: Path) -> list[str]:
    """The columns of a file, none of one that cannot be read."""
    try:
        if not _is_csv(path):
            return list(pq.read_schema(path).names)
        with csv.open_csv(path, parse_options=LINES) as reader:
            return list(reader.schema.names)
    except (pa.ArrowInvalid, OSError):
        return []


def _customers(path: Path, as_of: date) -> pa.ChunkedArray:
    """The customers whose scores of a date are in a file."""
    if not stands(path):
        return pa.chunked_array([], pa.string())
    if _is_csv(path):
        as_text = csv.ConvertOptions(include_columns=KEY, column_types=dict.fromkeys(KEY, pa.string()))
        rows = csv.read_csv(path, parse_options=LINES, convert_options=as_text)
    else:
        rows = pq.read_table(path, columns=list(KEY))
        rows = rows.set_column(0, "as_of", rows["as_of"].cast(pa.date32()).cast(pa.string()))
    return rows.filter(pc.equal(rows["as_of"], str(as_of)))["customer_id"].cast(pa.string())
