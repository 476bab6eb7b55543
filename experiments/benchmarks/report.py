"""What was measured as a page of Markdown."""

import os
import platform
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from statistics import median

WHAT = {
    "read": "the read: pyarrow, the columns used, text as dictionaries",
    "walk": "clientscape: read, contract, features",
    "pandas": "the same features in pandas",
    "sql": "the same features as one DuckDB query",
    "sql_by_date": "the same SQL, temporary tables and a query a date",
    "engine_duckdb": "clientscape's engine on DuckDB",
}
PACKAGES = ("clientscape", "numpy", "pandas", "pyarrow", "duckdb", "numba", "narwhals")
HEADINGS = ("lines", "dates", "what", "CPU s", "x the read", "wall s", "peak MiB")


@dataclass
class Row:
    """A contender on a log from some dates, with what each of its runs took."""

    lines: int
    dates: int
    what: str
    failed: str = ""
    runs: list[tuple[float, float, float]] = field(default_factory=list)

    def add(self, cpu_seconds: float, wall_seconds: float, peak_mib: float) -> None:
        """One more run."""
        self.runs.append((cpu_seconds, wall_seconds, peak_mib))

    def medians(self) -> tuple[float, float, float]:
        """CPU, wall and peak, each the median of the runs."""
        cpu, wall, peak = (median(column) for column in zip(*self.runs, strict=True))
        return cpu, wall, peak


def as_markdown(rows: Sequence[Row], said: str, command: str) -> str:
    """The table, how it was measured and on what, and the command that makes it."""
    table = [f"| {' | '.join(HEADINGS)} |", "|--:|--:|---|--:|--:|--:|--:|", *_table(rows)]
    return page(["\n".join(table), said], [versions(PACKAGES)], command)


def page(parts: Sequence[str], facts: Sequence[str], command: str) -> str:
    """Tables and sentences, then on what it was measured, more facts, and the command that makes it."""
    told = [f"- {fact}" for fact in (machine(), *facts, f"`{command}`")]
    return "\n\n".join([*parts, "\n".join(told)]) + "\n"


def _table(rows: Sequence[Row]) -> Iterator[str]:
    reads = {row.lines: row.medians()[0] for row in rows if row.what == "read" and row.runs and not row.failed}
    for row in rows:
        cells = [f"{row.lines:,}", str(row.dates or ""), WHAT.get(row.what, row.what)]
        if row.failed or not row.runs:
            yield f"| {' | '.join(cells)}: {row.failed.replace('|', '/')} | | | | |"
            continue
        cpu, wall, peak = row.medians()
        times = f"{cpu / reads[row.lines]:.1f}" if row.lines in reads else ""
        yield f"| {' | '.join([*cells, f'{cpu:.2f}', times, f'{wall:.2f}', f'{peak:,.0f}'])} |"


def machine() -> str:
    """The processor and the system."""
    return f"{_processor()}, {os.cpu_count()} cores, {platform.system()}"


def versions(packages: Iterable[str]) -> str:
    """Python's version and that of each package, as installed here."""
    return ", ".join([f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in packages)])


def _processor() -> str:
    """The model's name where Linux tells it."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text().splitlines() if told.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
