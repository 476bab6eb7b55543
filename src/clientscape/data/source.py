"""What a source states about itself: where its rows are, what their columns mean, what is set aside."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from clientscape.window import Covers

STRICT = {"extra": "forbid"}  # read by pydantic where a YAML file becomes these classes


@dataclass(frozen=True)
class Format:
    """How a text file is written; parquet and databases need none of it.

    `delimiter` is a character, or `whitespace` for runs of blanks; `skip_lines` is what stands before the
    header line; `names` names the columns of a file that has no header line.
    """

    __pydantic_config__: ClassVar = STRICT
    delimiter: str = ","
    encoding: str = "utf-8"
    decimal: Literal[".", ","] = "."
    skip_lines: int = 0
    names: list[str] | None = None


@dataclass(frozen=True)
class Rule:
    """A cleaning rule: rows for which the SQL condition `when` holds are set aside under its name."""

    __pydantic_config__: ClassVar = STRICT
    name: str
    when: str
    why: str


@dataclass(frozen=True)
class Join:
    """Columns from elsewhere, one row for each key: `key` is the column that both have.

    `columns` says which columns come, under which name (ours: theirs); without it all of them come as they are.
    """

    __pydantic_config__: ClassVar = STRICT
    files: str | list[str]
    key: str
    format: Format = field(default_factory=Format)
    table: str | None = None
    query: str | None = None
    columns: dict[str, str] | None = None


@dataclass(frozen=True)
class TableSource:
    """One table of a source: files, what a row is, and for each of our columns one of theirs or an SQL expression.

    Of a database, `table` names a table or view, or `query` is a SELECT in its place.
    """

    __pydantic_config__: ClassVar = STRICT
    files: str | list[str]
    columns: dict[str, str]
    row_is: Literal["order", "line", "payment", "event", "customer"] = "line"
    format: Format = field(default_factory=Format)
    join: list[Join] = field(default_factory=list)
    time_format: str | None = None
    time_zone: str | None = None
    set_aside: list[Rule] = field(default_factory=list)
    table: str | None = None
    query: str | None = None


class _OneOrSeveral:
    """Tells pydantic to check a table's one source or each of a list; of a union, faults would name the classes."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> dict[str, Any]:
        one = {"type": "no-info", "function": _each}
        return {"type": "function-wrap", "function": one, "schema": handler.generate_schema(TableSource)}


def _each(written: Any, check: Callable[..., TableSource]) -> TableSource | list[TableSource]:
    """What was written, checked by pydantic part by part; the faults of all parts are raised together."""
    if not isinstance(written, list):
        return check(written)
    checked, errors = [], []
    for n, part in enumerate(written):
        try:
            checked.append(check(part, n))
        except ValueError as error:  # pydantic's, which is not at home here
            errors.append(error)
    if errors:
        several: Any = type(errors[0])
        raise several.from_exception_data("tables", [said for error in errors for said in error.errors()])  # type: ignore[attr-defined]
    return checked


@dataclass(frozen=True)
class Source:
    """A shop's data: what it covers, in which zone and currency, and its tables.

    `covers` is [first day, end day), local dates; `timezone` is the shop's, in which its days begin. A table's
    own `time_zone` is the zone that its naive times are written in, if that is another. A table may come from
    several sources, which are read one after the other.
    """

    __pydantic_config__: ClassVar = STRICT
    description: str
    covers: tuple[date, date]
    timezone: str
    currency: str
    tables: dict[
        Literal["transactions", "customers", "touches", "points"],
        Annotated[TableSource | list[TableSource], _OneOrSeveral()],
    ]
    licence: str = ""

    @property
    def covered(self) -> Covers:
        """The days that the source covers."""
        return Covers(*self.covers)

    @property
    def row_is(self) -> str:
        """What a row of transactions is; several words where its sources differ."""
        return ", ".join(sorted({spec.row_is for table, _, spec in self.parts() if table == "transactions"}))

    def parts(self) -> Iterator[tuple[str, str, TableSource]]:
        """Each table's sources: the table, the name of the source such as `touches[1]`, and the source itself."""
        for table, written in self.tables.items():
            if isinstance(written, TableSource):
                yield table, table, written
            else:
                yield from ((table, f"{table}[{n}]", part) for n, part in enumerate(written))
