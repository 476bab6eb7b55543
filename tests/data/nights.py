"""Nights of made-up scores, the targets that they land in, and what stands there afterwards."""

import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from tests.data.server import Server

from clientscape.data.pieces import write_piece
from clientscape.data.targets import Landed, Target, target_of
from clientscape.faults import refuse
from clientscape.tables import SCORES

DAY, OTHER_DAY = date(2025, 4, 1), date(2025, 3, 31)
FILES, DATABASES = ["parquet", "csv"], ["duckdb", "sqlite", "postgres"]
# In the order of their code points, which is that of their bytes in UTF-8, and of no language.
ODD = sorted(
    [" ", '"', "'; DROP TABLE scores; --", ",", "007", "C,1", 'C"1"', "C\n1", "c", "\u00e9", "\u0416", "\U0001f600"]
)
DTYPES = {"time": "datetime64[us]", "text": "str", "count": "int64", "flag": "bool"}
TEXT = {column: "str" for column, kind in SCORES.items() if kind == "text"}
NUMBERS = [column for column, kind in SCORES.items() if kind in ("share", "amount", "money")]


def scores(customers: Sequence[str], *, as_of: date = DAY, shift: float = 0.0) -> pd.DataFrame:
    """Scores of customers in order; every third number is missing, every fourth customer is flagged."""
    at = np.arange(len(customers))
    frame = pd.DataFrame({"as_of": pd.Timestamp(as_of).as_unit("us"), "customer_id": list(customers)})
    for i, (column, kind) in enumerate(SCORES.items()):
        if column in NUMBERS:
            frame[column] = np.where((at + i) % 3 > 0, at / 7 + i + shift, np.nan)
        elif kind == "count":
            frame[column] = at % 5
        elif kind == "flag":
            frame[column] = at % 4 == 0
        elif kind == "text" and column not in frame:
            frame[column] = np.array(["", f"{column}, 'one'", f'{column} "two" \u00fc'])[at % 3]
    return frame[list(SCORES)].astype({"customer_id": "str"})


def many(n: int, **more: object) -> pd.DataFrame:
    return scores([f"C{i:06d}" for i in range(n)], **more)  # type: ignore[arg-type]


def pieces_of(frame: pd.DataFrame, folder: Path, n: int = 2) -> list[Path]:
    """So many pieces, of every n-th customer each."""
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{i}.parquet" for i in range(n)]
    for i, path in enumerate(paths):
        write_piece(frame.iloc[i::n], path)
    return paths


@dataclass(frozen=True)
class Place:
    """Where a target of some kind is: a folder, or a server."""

    kind: str
    folder: Path
    server: Server | None = None

    @property
    def path(self) -> Path:
        return self.folder / f"scores.{self.kind}"

    @property
    def out(self) -> str:
        return self.server.address if self.server else str(self.path)

    def target(self, table: str | None = None) -> Target:
        return target_of(self.out, table)

    def land(self, frame: pd.DataFrame, n: int = 2, *, as_of: date = DAY, table: str | None = None) -> Landed:
        """Land scores in so many pieces, as the job does."""
        target = self.target(table)
        refuse(target.faults())
        with tempfile.TemporaryDirectory() as folder, target.locked():
            return target.land(pieces_of(frame, Path(folder), n), as_of, "200MB")

    def ask(self, query: str) -> pd.DataFrame:
        """What a database answers to others than those who write to it; a statement that changes something, nothing."""
        if self.server is not None:
            return self.server.ask(query)
        if self.kind == "duckdb":
            with duckdb.connect(self.path) as database:
                return database.execute(query).df()
        with closing(sqlite3.connect(self.path)) as database, database:
            cursor = database.execute(query)
            return pd.DataFrame(cursor.fetchall(), columns=[name for name, *_ in cursor.description or ()])

    def stands(self, table: str = "scores") -> pd.DataFrame:
        """All rows, in the form of `scores`."""
        if self.kind == "parquet":
            rows = pd.read_parquet(self.path)
        elif self.kind == "csv":
            empty = {column: [""] for column in NUMBERS}  # text that is empty is none that is missing
            rows = pd.read_csv(self.path, dtype=TEXT, na_values=empty, keep_default_na=False)
        else:
            rows = self.ask(f"SELECT * FROM {table}")
        rows = rows.astype({column: DTYPES.get(kind, "float64") for column, kind in SCORES.items()})
        order = rows["customer_id"].map(str.encode)
        return rows.assign(order=order).sort_values(["as_of", "order"], ignore_index=True).drop(columns="order")


@pytest.fixture(params=[*FILES, *DATABASES[:-1], pytest.param("postgres", marks=pytest.mark.postgres)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A place of each kind, where nothing is yet."""
    folder = tmp_path / "target"
    folder.mkdir()
    server = request.getfixturevalue("postgres") if request.param == "postgres" else None
    return Place(request.param, folder, server)


databases = pytest.mark.parametrize(
    "place", [*DATABASES[:-1], pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
files = pytest.mark.parametrize("place", FILES, indirect=True)
