"""How large a log is, told before it is read."""

from pathlib import Path

import pyarrow.parquet as pq

from clientscape.data.locate import locate
from clientscape.data.source import Source

# Of a text file, and of a packed one: rough, and rather too many lines than too few.
BYTES_A_LINE = {"text": 40, "gz": 8}


def lines_expected(source: Source, root: Path) -> int:
    """About how many order lines a source's files hold; what only a database knows counts as none."""
    total = 0
    for table, part, spec in source.parts():
        for place in locate(spec.files, root, part) if table == "transactions" else ():
            if place.kind == "parquet":
                total += pq.read_metadata(place.at).num_rows
            elif place.kind == "text":
                path = Path(place.at)
                total += path.stat().st_size // BYTES_A_LINE["gz" if path.suffix == ".gz" else "text"]
    return total
