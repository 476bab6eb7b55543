"""How large a log is, told before it is read."""

import math
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from clientscape.data.locate import locate
from clientscape.data.source import Source

# Of a text file, and of a packed one: rough, and rather too many lines than too few.
BYTES_A_LINE = {"text": 40, "gz": 8}

BYTES_AT_WORK = 65  # that checking and describing one column of an order line take at once, measured
LIBRARIES_BYTES = 400e6
MOST_SHARES = 400  # each reads the whole log once more, and all pieces are open together when they are merged


def shares_needed(source: Source, n_lines: int, limit_bytes: float) -> tuple[int, str]:
    """In how many shares of the customers a log is read under a memory limit, and what of it DuckDB gets."""
    n_columns = max(len(spec.columns) for table, _, spec in source.parts() if table == "transactions")
    # A quarter is DuckDB's, which reads; the rest is what Python holds, of which some is its libraries'.
    for_lines = max(limit_bytes * 3 / 4 - LIBRARIES_BYTES, limit_bytes / 10)
    n = math.ceil(n_lines * n_columns * BYTES_AT_WORK / for_lines)
    return min(max(n, 1), MOST_SHARES), f"{max(limit_bytes / 4e6, 100):.0f}MB"


def lines_expected(source: Source, root: Path) -> int:
    """About how many order lines a source's files hold; what only a database knows counts as none."""
    total = 0
    for table, part, spec in source.parts():
        for place in locate(spec.files, root, part) if table == "transactions" else ():
            if place.kind == "parquet":
                with suppress(pa.ArrowInvalid, OSError):  # whoever reads it says what is wrong with it
                    total += pq.read_metadata(place.at).num_rows
            elif place.kind == "text":
                path = Path(place.at)
                total += path.stat().st_size // BYTES_A_LINE["gz" if path.suffix == ".gz" else "text"]
    return total
