"""What was measured of the lifetime value models, as tables of Markdown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

COUNTS = 1e-4  # ratios count where the log-likelihoods differ by less
WHO = {
    "ours": "clientscape",
    "lifetimes": "lifetimes",
    "lifetimes_grouped": "lifetimes, equal histories grouped",
}
MODELS = {"BGNBD": "BG/NBD", "MBGNBD": "MBG/NBD", "ParetoNBD": "Pareto/NBD", "GammaGamma": "Gamma-Gamma"}
FITS = ("histories", "model", "by", "CPU s", "x clientscape", "peak MiB", "log-likelihood", "relative difference")
FORECASTS = ("histories", "model", "forecast", "by", "CPU s", "x clientscape", "peak MiB", "NaN", "negative")
DIFFERENCES = ("differs at most", "with the same parameters")
SAID = (
    "CPU is user and system time of the call alone, in a fresh process with its libraries loaded and warm, one thread:"
    " the mean of the repeats in a process, the median of the rounds. Grouping is part of the call. A fit includes the"
    " standard errors; only lifetimes' Pareto/NBD has none. Its search starts at random, elsewhere in each round."
    " Peaks include Python, all libraries and the histories.\n\n"
    "Log-likelihoods are clientscape's at the parameters of each, the lowest of the rounds; a ratio counts where they"
    f" differ by less than {COUNTS:.0e}. Forecasts differ at most so much for any one customer, relative to the larger"
    " of the two: each with the parameters it found, and clientscape with those that lifetimes found."
)


@dataclass
class Forecast:
    """What is wrong with a forecast, and how far it is from clientscape's."""

    missing: int
    negative: int
    apart: float | None = None
    apart_same: float | None = None


@dataclass
class Row:
    """A model of a contender on some histories, with what its runs told."""

    histories: str
    model: str
    who: str
    failed: str = ""
    runs: list[dict[str, Any]] = field(default_factory=list)
    log_likelihood: float = float("nan")
    forecasts: dict[str, Forecast] = field(default_factory=dict)

    def taken(self, what: str, unit: str) -> float:
        """The median of the rounds."""
        return float(median(run[what][unit] for run in self.runs))


def fits(rows: Sequence[Row]) -> str:
    """The table of the fits."""
    return _table(FITS, 3, (_fit(row, _ours(row, rows)) for row in rows))


def forecasts(rows: Sequence[Row]) -> str:
    """The table of the forecasts."""
    done = [row for row in rows if row.forecasts]
    cells = (_forecast(row, what, _ours(row, done)) for row in done for what in row.forecasts)
    return _table((*FORECASTS, *DIFFERENCES), 4, cells)


def _fit(row: Row, ours: Row | None) -> list[str]:
    names = [row.histories, MODELS[row.model], WHO[row.who]]
    if row.failed:
        return [*names[:2], f"{names[2]}: {row.failed.replace('|', '/')}", "", "", "", "", ""]
    cpu, peak = row.taken("fit", "cpu_seconds"), row.taken("fit", "peak_mib")
    cells = [*names, _seconds(cpu), "", f"{peak:,.0f}", "", ""]
    if ours is not None:
        cells[6] = f"{row.log_likelihood:,.3f}"
        apart = (row.log_likelihood - ours.log_likelihood) / abs(ours.log_likelihood)
        counts = abs(apart) < COUNTS
        cells[4] = _ratio(cpu, ours.taken("fit", "cpu_seconds")) if counts else "does not count"
        cells[7] = f"{apart:.0e}" if row is not ours else ""
    return cells


def _forecast(row: Row, what: str, ours: Row | None) -> list[str]:
    cpu, peak = row.taken(what, "cpu_seconds"), row.taken(what, "peak_mib")
    times = _ratio(cpu, ours.taken(what, "cpu_seconds")) if ours is not None else ""
    told = row.forecasts[what]
    apart = ["" if value is None else f"{value:.0e}" for value in (told.apart, told.apart_same)]
    names = [row.histories, MODELS[row.model], what, WHO[row.who]]
    return [*names, _seconds(cpu), times, f"{peak:,.0f}", f"{told.missing:,}", f"{told.negative:,}", *apart]


def _ours(row: Row, rows: Sequence[Row]) -> Row | None:
    """Clientscape's row of the same model and histories, unless it failed."""
    asked = (row.histories, row.model, "ours", "")
    return next((other for other in rows if (other.histories, other.model, other.who, other.failed) == asked), None)


def _ratio(theirs: float, ours: float) -> str:
    """Two digits, but not as 1.2e+02."""
    return f"{float(f'{theirs / ours:.2g}'):g}"


def _seconds(value: float) -> str:
    return f"{value:.2f}" if value >= 1 else f"{value:.2g}"


def _table(headings: Sequence[str], n_text: int, cells: Iterator[list[str]]) -> str:
    ruler = ["---" if i < n_text else "--:" for i in range(len(headings))]
    return "\n".join(f"| {' | '.join(line)} |" for line in (headings, ruler, *cells))
