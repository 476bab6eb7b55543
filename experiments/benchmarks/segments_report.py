"""What was measured of the sweeps, as tables of Markdown."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from segments_judge import Verdict

WHO = {
    "ours": "clientscape",
    "ours_2": "clientscape, 2 processes",
    "plain": "plain loop",
    "plain_cached": "plain loop, trees of HDBSCAN kept on disk",
}
HEADINGS = ("customers", "refits and nulls on", "by", "CPU s", "x cheaper than plain", "wall s", "peak MiB", "rounds")
PARTS = {
    "kmeans": "k-means",
    "gaussian_mixture": "mixtures",
    "hdbscan": "HDBSCAN",
    "shape": "silhouettes and shape of all",
}
SAID = (
    "k-means and mixtures of 2 to 12 segments (10 and 3 starts), HDBSCAN at five least sizes; each with silhouette,"
    " Davies-Bouldin, Calinski-Harabasz, of HDBSCAN also DBCV, 20 refits on draws, 5 pairs of halves, 2 other starts,"
    " 5 nulls. The plain loop computes the same statistics by scikit-learn and hdbscan, exact silhouettes, one fit"
    " after the other. CPU is user and system time of all processes, one thread each, libraries loaded and warm;"
    " medians of the rounds, which are interleaved. Peaks are of all processes together, with Python and libraries.\n\n"
    "Trees kept on disk: what the plain loop takes with hdbscan's `memory=`, its other families as without. Where"
    " refits and nulls are on fewer customers, the numbers are named `subsampled_...`, and the ratio is to the plain"
    " loop on all."
)


@dataclass
class Row:
    """A contender on so many customers, with what its runs told."""

    customers: int
    measured_on: int
    who: str
    failed: str = ""
    runs: list[dict[str, Any]] = field(default_factory=list)

    def taken(self, what: str) -> float:
        """The median of the rounds."""
        return float(median(run[what] for run in self.runs))

    def spent(self, family: str) -> float:
        """CPU of a family of clusterings, the median of the rounds."""
        return float(median(run["spent"][family] for run in self.runs))


def costs(rows: Sequence[Row]) -> str:
    """The table of what the sweeps took."""
    return _table(HEADINGS, "--:|--:|---|--:|--:|--:|--:|--:", (_cost(row, rows) for row in rows))


def parts(rows: Sequence[Row]) -> str:
    """The table of what CPU was spent on; silhouettes and shape are in the plain loop's families."""
    asked = [row for row in rows if row.who in ("ours", "plain") and not row.failed]
    cells = (
        [*_names(row), *(_seconds(row.spent(part)) if part in row.runs[0]["spent"] else "" for part in PARTS)]
        for row in asked
    )
    return _table((*HEADINGS[:3], *PARTS.values()), "--:|--:|---|--:|--:|--:|--:", cells)


def likeness(verdicts: Mapping[int, Verdict]) -> str:
    """What clientscape and the plain loop agree on, a list."""
    return "\n".join(f"- {n:,} customers: {_said(found)}" for n, found in verdicts.items())


def likelihoods(verdicts: Mapping[int, Verdict]) -> str:
    """The table of the mixtures."""
    cells = (
        [f"{n:,}", name, f"{ours:.4f}", f"{theirs:.4f}", f"{ours - theirs:+.4f}"]
        for n, found in verdicts.items()
        for name, (ours, theirs) in found.likelihoods.items()
    )
    headings = ("customers", "mixture", "log-likelihood of a customer, clientscape", "plain", "difference")
    return _table(headings, "--:|---|--:|--:|--:", cells)


def _cost(row: Row, rows: Sequence[Row]) -> list[str]:
    plain = next((r for r in rows if r.customers == row.customers and r.who == "plain" and not r.failed), None)
    if row.failed:
        return [*_names(row)[:2], f"{WHO[row.who]}: {row.failed.replace('|', '/')}", "", "", "", "", ""]
    cpu, wall, peak = (row.taken(what) for what in ("cpu_seconds", "wall_seconds", "peak_mib"))
    if row.who == "plain_cached":  # its process ran the one family that differs
        if plain is None:
            return [*_names(row), "", "", "", "", ""]
        cpu += plain.taken("cpu_seconds") - plain.spent("hdbscan")
    times = f"{plain.taken('cpu_seconds') / cpu:.1f}" if plain is not None and row is not plain else ""
    told = ["", ""] if row.who == "plain_cached" else [_seconds(wall), f"{peak:,.0f}"]
    return [*_names(row), _seconds(cpu), times, *told, str(len(row.runs))]


def _names(row: Row) -> list[str]:
    return [f"{row.customers:,}", "all" if row.measured_on >= row.customers else f"{row.measured_on:,}", WHO[row.who]]


def _said(found: Verdict) -> str:
    same = ", ".join(f"{equal} of {asked} {PARTS[family]}" for family, (asked, equal) in found.divisions.items())
    return (
        f"the same customers together in {same}; numbers of HDBSCAN identical in {found.identical}. Of these,"
        f" silhouettes differ by {found.silhouettes:.0e} at most, any statistic of k-means and HDBSCAN by"
        f" {found.statistics:.0e}. Mixtures are likelier by more than 0.1% in {found.better()} of"
        f" {len(found.likelihoods)}, less likely in {found.worse()}."
    )


def _seconds(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def _table(headings: Sequence[str], ruler: str, cells: Iterator[list[str]]) -> str:
    return "\n".join([f"| {' | '.join(headings)} |", f"|{ruler}|", *(f"| {' | '.join(line)} |" for line in cells)])
