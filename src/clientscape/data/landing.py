"""What a night's scores land in, and what every such target has in common."""

import os
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

from clientscape.data.names import identifier
from clientscape.faults import Fault, UnableError
from clientscape.files import FAILING
from clientscape.tables import SCORES

KEY = ("as_of", "customer_id")  # of which each pair stands once
NIGHT = "clientscape_night"  # the temporary table in which a night waits
# What the columns of scores are to a database: `number` unless their kind says otherwise.
FORM_OF_KIND = {"time": "day", "text": "text", "count": "count", "flag": "flag"}
FORMS = {column: FORM_OF_KIND.get(kind, "number") for column, kind in SCORES.items()}


@dataclass(frozen=True)
class Landed:
    """Rows that were written, and rows of the same date that stood there before and are no more."""

    n_rows: int
    n_removed: int


class Target(Protocol):
    """Where scores go: a file of one night, or a table of many."""

    @property
    def shown(self) -> str:
        """What messages call it; never with a password."""

    def faults(self) -> list[Fault]:
        """What rules this target out before any work; a server that does not answer shows itself in `locked`."""

    def locked(self) -> AbstractContextManager[None]:
        """Keep other jobs out; an UnableError where another one is in. A process that is killed leaves no lock."""

    def land(self, pieces: Sequence[Path], as_of: date, memory_limit: str) -> Landed:
        """Put the scores of a date there, whole or not at all, in place of those that stood there for it.

        pieces : parquet files with the columns of scores, each sorted by customer_id, no customer in two of them.
        Raises an InputError where the target refuses them, an UnableError where it fails.
        """


def busy(shown: str) -> UnableError:
    """Said where another job writes to a target."""
    cure = "wait until it has ended, or name another target"
    return UnableError([Fault(shown, "another job that writes to it", "one job at a time", cure)])


def place_faults(path: Path, shown: str) -> Iterator[Fault]:
    """Why a file cannot be written: a folder in its place, a folder that cannot be written, a read-only file."""
    if os.path.isdir(path):
        yield Fault(shown, "a folder", "the name of a file", "name a file in it")
        return
    folder = next(folder for folder in path.parents if os.path.exists(folder))
    try:
        tempfile.TemporaryFile(dir=folder).close()  # only to try tells it: root passes every look at the modes
    except OSError as error:
        if error.errno not in FAILING:
            yield Fault(shown, f"{folder}: {error.strerror}", "a folder that can be written", "choose another path")
        return
    if os.path.exists(path) and not os.access(path, os.W_OK):
        yield Fault(shown, "a file that cannot be written", "one that can be replaced", "choose another path")


def stands(path: Path) -> bool:
    """Whether a file with something in it is there."""
    return os.path.isfile(path) and os.path.getsize(path) > 0


def table_faults(
    there: Mapping[str, str], types: Mapping[str, str], keys: Iterable[Collection[str]], shown: str
) -> Iterator[Fault]:
    """Why a table that is there cannot take scores.

    there : the types of its columns by name; types : that of each form; keys : columns of each unique key.
    """
    lacking = [f"`{column}`" for column in FORMS if column not in there]
    wrong = [
        f"`{column}` {there[column]}, not {types[form]}"
        for column, form in FORMS.items()
        if column in there and there[column].lower() != types[form].lower()
    ]
    another = "name another table by --table, or drop this one: it is made anew"
    if lacking:
        yield Fault(shown, f"a table without {', '.join(lacking)}", "the columns of scores", another)
    if wrong:
        yield Fault(shown, f"columns of other types ({'; '.join(wrong)})", "the types of scores", another)
    if not lacking and not any(set(key) == set(KEY) for key in keys):
        named = " and ".join(f"`{column}`" for column in KEY)
        cure = f"give it one: PRIMARY KEY ({', '.join(KEY)})"
        yield Fault(shown, f"a table without a unique key of {named}", "one, so that no row stands twice", cure)


def create(table: str, types: Mapping[str, str], *, kind: str = "TABLE IF NOT EXISTS", more: str = "") -> str:
    """SQL that makes a table of scores; `table` is SQL, `more` is what follows the columns."""
    columns = [f"{identifier(column)} {types[form]}{' NOT NULL' * (column in KEY)}" for column, form in FORMS.items()]
    return f"CREATE {kind} {table} ({', '.join(columns)}, PRIMARY KEY ({', '.join(KEY)})){more}"
