"""What was measured of scoring, as tables of Markdown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median

from memory import Sampled
from scoring_parts import PARTS, Spent

WHAT = {
    "walk": "`clientscape score`",
    "light": "with a light model",
    "none": "`--reasons none`",
    "all": "`--reasons all`",
    "duckdb": "`--engine duckdb`",
    "spark": "`--engine spark`, local[2]",
    "pandas": "pandas in one go, the same model part",
}
START = {"job": "the whole command for a shop of {} customers", "load": "imports and the model alone"}
HEADINGS = ("customers", "lines", "what", "wall s", "x", "CPU s", "x", "peak MiB", "rounds")
SAID = (
    "The command as a user runs it, from a parquet file to a parquet file, start included; x is against `clientscape"
    " score`. CPU is user and system time of all processes (not known of Spark's, which nobody waits for), the peak the"
    " largest sum of their resident memory seen. Medians of the rounds, which are interleaved; what takes longer than"
    " {long:.0f} s is run once. The model is as heavy as is plausible: stacked classifiers, blended forecasts, a"
    " mixture; the light one has logistic regressions, k-means and no forecaster. Pandas reads the whole log at once,"
    " computes the same features, and asks the same model once for all."
)
CHECKED = (
    " On {:,} customers {} gave the scores of `clientscape score`, numbers to 1e-9 and all else equal, before anything"
    " was timed."
)


@dataclass
class Row:
    """A contender on a shop, with what each of its runs took."""

    customers: int
    lines: int
    what: str
    failed: str = ""
    runs: list[Sampled] = field(default_factory=list)

    def median(self, of: str) -> float:
        """The median of the rounds."""
        return float(median(getattr(run, of) for run in self.runs))


def said(long: float, n_checked: int, checked: Sequence[str]) -> str:
    """How it was measured, and who was held against the command on how many customers."""
    return SAID.format(long=long) + (CHECKED.format(n_checked, ", ".join(checked)) if n_checked and checked else "")


def jobs(rows: Sequence[Row]) -> str:
    """The table of whole jobs."""
    ours = {row.customers: row for row in rows if row.what == "walk" and row.runs}
    return _table(HEADINGS, "--:|--:|---|--:|--:|--:|--:|--:|--:", (_job(row, ours.get(row.customers)) for row in rows))


def shares(found: dict[int, Spent]) -> str:
    """The table of what CPU is spent on, and the pace of the model part."""
    headings = ("customers", "shares", *(f"{part}, CPU s" for part in PARTS), "model: rows a CPU s")
    return _table(headings, "|".join(["--:"] * len(headings)), (_share(n, spent) for n, spent in found.items()))


def paces(found: dict[int, Spent]) -> str:
    """What reasons cost beside scores, a list."""
    return "\n".join(_pace(n, spent) for n, spent in found.items())


def starts(found: dict[str, list[Sampled]], n_customers: int) -> str:
    """The table of starting cold, files in the cache."""
    cells = (
        [START[name].format(n_customers), *(f"{median(getattr(run, of) for run in runs):.2f}" for of in _TIMES)]
        for name, runs in found.items()
    )
    return _table(("cold start", "wall s", "CPU s"), "---|--:|--:", cells)


_TIMES = ("wall_seconds", "cpu_seconds")


def _job(row: Row, ours: Row | None) -> list[str]:
    cells = [f"{row.customers:,}", f"{row.lines:,}", WHAT[row.what]]
    if row.failed or not row.runs:
        return [*cells[:2], f"{cells[2]}: {row.failed.replace('|', '/')}", *[""] * 6]
    wall, cpu = ([_seconds(row.median(of)), f"{row.median(of) / ours.median(of):.2f}" if ours else ""] for of in _TIMES)
    used = ["", ""] if row.what == "spark" else cpu
    return [*cells, *wall, *used, f"{row.median('peak_mib'):,.0f}", str(len(row.runs))]


def _share(n: int, spent: Spent) -> list[str]:
    total = sum(spent.cpu_seconds.values())
    told = [f"{_seconds(cpu)} ({cpu / total:.0%})" for cpu in (spent.cpu_seconds[part] for part in PARTS)]
    return [f"{n:,}", str(spent.n_shares), *told, f"{spent.n_rows / spent.cpu_seconds['model']:,.0f}"]


def _pace(n: int, spent: Spent) -> str:
    score = spent.cpu_seconds["model"] / spent.n_rows
    reason = spent.all_told_seconds / max(spent.all_told, 1)
    flagged = spent.cpu_seconds["reasons of the flagged"]
    return (
        f"- {n:,} customers: the reasons of a customer cost {reason / score:.0f} times his scores"
        f" ({1 / reason:,.0f} customers a CPU second, on a sample of {spent.all_told:,}); those of the"
        f" {spent.n_flagged:,} flagged {_seconds(flagged)} CPU s in all."
    )


def _seconds(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def _table(headings: Sequence[str], ruler: str, cells: Iterable[list[str]]) -> str:
    return "\n".join([f"| {' | '.join(headings)} |", f"|{ruler}|", *(f"| {' | '.join(line)} |" for line in cells)])
