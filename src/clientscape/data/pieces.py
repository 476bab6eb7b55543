"""The pieces of a night's scores as one sorted stream, in portions that do not tell how many pieces there were."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from clientscape.data.landing import FORMS
from clientscape.faults import Fault, InputError
from clientscape.files import able

TYPES = {
    "day": pa.timestamp("us"),
    "text": pa.string(),
    "count": pa.int64(),
    "flag": pa.bool_(),
    "number": pa.float64(),
}
SCHEMA = pa.schema([(column, TYPES[form]) for column, form in FORMS.items()])
DATED = SCHEMA.set(0, pa.field("as_of", pa.date32()))  # for what tells a date from a time
PORTION = 100_000  # rows
IN_HAND = 100_000  # rows of all pieces together that are looked at
ROW_GROUP = 5_000  # rows of a piece
BUFFER = 1 << 16  # bytes of a column that are read at once: otherwise all of them are


def write_piece(scores: pd.DataFrame, path: Path) -> None:
    """Write the scores of some customers, sorted by customer_id, as a piece of a night; an UnableError on a full disk.

    Its row groups are small: so, a hundred pieces can be read beside each other.
    """
    rows = pa.Table.from_pandas(scores, SCHEMA, preserve_index=False)
    with able(path):
        pq.write_table(rows.replace_schema_metadata(), path, row_group_size=ROW_GROUP)


def night(pieces: Sequence[Path], as_of: date, schema: pa.Schema = SCHEMA) -> Iterator[pa.Table]:
    """The scores of a date by customer_id, `PORTION` rows at a time; what is missing is null, never NaN.

    Refused are pieces of other columns, of another date, not sorted, or with one customer in two of them.
    """
    for rows in _portions(_merged([_read(piece, as_of, max(IN_HAND // len(pieces), 1000)) for piece in pieces])):
        yield rows.cast(schema)


def _read(piece: Path, as_of: date, n_rows: int) -> Iterator[pa.Table]:
    """The rows of a piece, about so many at a time, never none."""
    midnight = pa.scalar(datetime.combine(as_of, time()), TYPES["day"])
    last = pa.chunked_array([], TYPES["text"])
    with pq.ParquetFile(piece, buffer_size=BUFFER) as file:
        if file.schema_arrow.names != SCHEMA.names:
            raise _ours(str(piece), f"columns {file.schema_arrow.names}", f"{SCHEMA.names}")
        for batch in file.iter_batches(n_rows):
            rows = pa.Table.from_batches([batch]).cast(SCHEMA)
            ids = pa.chunked_array([*last.chunks, *rows["customer_id"].chunks], TYPES["text"])
            if not (_ascending(ids) and _all(pc.equal(rows["as_of"], midnight))):
                raise _ours(str(piece), "rows of another date, or not in order", f"rows of {as_of} by customer_id")
            last = ids[-1:]
            if len(rows):
                yield pa.table([_without_nan(column) for column in rows.columns], schema=SCHEMA)


def _merged(streams: Sequence[Iterator[pa.Table]]) -> Iterator[pa.Table]:
    """The rows of sorted streams in order: those that no stream can come before any more, until there are none."""
    heads = {i: head for i, stream in enumerate(streams) if (head := next(stream, None))}
    while heads:
        bound = min(head["customer_id"][-1].as_py() for head in heads.values())
        due = []
        for i, head in list(heads.items()):
            ids = head["customer_id"]
            n_due = bisect_right(range(len(ids)), bound, key=lambda row, ids=ids: ids[row].as_py())  # type: ignore[misc]
            due.append(head[:n_due])
            if n_due < len(head):
                heads[i] = head[n_due:]
            elif more := next(streams[i], None):
                heads[i] = more
            else:
                del heads[i]
        rows = pa.concat_tables(due).sort_by("customer_id")
        if not _ascending(rows["customer_id"]):
            raise _ours("pieces of scores", "a customer in two of them", "each customer once")
        yield rows


def _portions(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The same rows, `PORTION` in each table but the last, each column in one chunk."""
    waiting: list[pa.Table] = []
    for table in tables:
        waiting.append(table)
        while sum(map(len, waiting)) >= PORTION:
            rows = pa.concat_tables(waiting)
            yield rows[:PORTION].combine_chunks()
            waiting = [rows[PORTION:]]
    if sum(map(len, waiting)):
        yield pa.concat_tables(waiting).combine_chunks()


def _without_nan(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.if_else(pc.is_nan(column), None, column) if pa.types.is_floating(column.type) else column


def _ascending(ids: pa.ChunkedArray) -> bool:
    return _all(pc.less(ids[:-1], ids[1:]))


def _all(conditions: pa.ChunkedArray) -> bool:
    """Whether each holds; what is missing does not."""
    return bool(pc.all(conditions, skip_nulls=False, min_count=0).as_py())


def _ours(where: str, found: str, expected: str) -> InputError:
    return InputError([Fault(where, found, expected, "report this as a bug")])
