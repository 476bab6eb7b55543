"""What has moved, in sentences for marketers and for logs."""

from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np
import pandas as pd

from clientscape.evaluate.drift_found import Drift

SHOWN = 3  # features, scores and gaps that are told one by one
WORDS = {"segment_id": "segment", "rfm_segment": "RFM segment", "flagged": "flag"}


def sentences(drift: Drift) -> list[str]:
    """The verdict, then what it rests on, then what else is worth a look."""
    moved = [*_moved(drift.scores, "score"), *_moved(drift.features, "feature")]
    return [_verdict(drift), *_fewer(drift), *_gaps(drift), *moved, *_levels(drift.new_levels)]


def _verdict(drift: Drift) -> str:
    if not drift.n_now:
        return "Nobody is to be scored tonight: no customer has an order in the days that the model looks at."
    days = int(drift.missing_days["recent"].sum())
    moved = [_drifted(table, by) for table, by in ((drift.features, "features"), (drift.scores, "scores"))]
    reasons = drift.reasons
    columns = [told for told, reason in zip(moved, ("features", "scores"), strict=True) if reason in reasons]
    because = ["most of its customers are gone"] if "customers" in reasons else []
    because += [_number(days, "recent day is missing", "recent days are missing")] if "days" in reasons else []
    because += [f"{_joined(columns)} have drifted"] if columns else []
    if not because:
        return "Tonight's log is like the one that the model learnt from."
    return f"Tonight's log is not like the one that the model learnt from: {_joined(because)}."


def _fewer(drift: Drift) -> Iterator[str]:
    """That most customers are gone: no share of them would tell."""
    if drift.n_now > 0 and "customers" in drift.reasons:
        yield f"Customers tonight: {drift.n_now:,}; the model learnt from {drift.n_then:,}."


def _gaps(drift: Drift) -> Iterator[str]:
    """Missing days: the recent ones in a row together, the latest first; then the older ones."""
    missing, last = drift.missing_days, drift.days["day"].max()
    recent, older = missing[missing["recent"]], missing[~missing["recent"]]
    ordinals = recent["day"].map(date.toordinal).to_numpy(np.int64)
    gaps = [gap for _, gap in recent.groupby(ordinals - np.arange(len(recent)))]
    for gap in gaps[::-1][:SHOWN]:
        yield _gap(gap, gap["day"].iloc[-1] == last)
    if len(gaps) > SHOWN:
        yield f"{_number(len(gaps) - SHOWN, 'more gap lies', 'more gaps lie')} before that."
    if len(gaps):
        yield "Load what is missing and score again; a day on which the shop was closed belongs in drift.closed."
    if len(older):
        named = _joined([_day(day) for day in older["day"].iloc[-SHOWN:]])
        among = "" if len(older) <= SHOWN else ", the latest"
        yield f"{_number(len(older), 'older day has', 'older days have')} few lines or none{among}: {named}."


def _gap(gap: pd.DataFrame, is_last: bool) -> str:
    """One gap, of a day or several in a row."""
    first, end, lines = gap["day"].iloc[0], gap["day"].iloc[-1], int(gap["lines"].sum())
    has = (f"{lines:,} lines" if lines > 1 else "one line") if lines else "no lines"
    usual = f"where about {gap['usual'].sum():,.0f} are usual"
    late = ", the last before the scores' date," if is_last else ""
    if len(gap) == 1:
        return f"{_day(first)}{late} has {has}, {usual}."
    return f"{len(gap)} days in a row, {_day(first)} to {_day(end)}{late or ','} have {has}, {usual}."


def _moved(table: pd.DataFrame, by: str) -> Iterator[str]:
    """The columns that have drifted, the most moved first, each with the bin that gained or lost most."""
    drifted = table[table["drifted"]]
    for row in drifted.iloc[:SHOWN].to_dict("records"):
        then, now = np.array(row["then"]), np.array(row["now"])
        at = int(np.argmax(np.abs(now - then)))
        usual = "" if np.isnan(row["usual"]) else f", {row['usual']:.2f} in the horizon before training"
        yield (
            f"The {by} {WORDS.get(row[by], row[by])} has moved (index {row['psi']:.2f}{usual}): “{row['bins'][at]}” "
            f"now holds {_share(now[at])} of the customers, at training {_share(then[at])}."
        )
    if len(drifted) > SHOWN:
        yield f"{_number(len(drifted) - SHOWN, f'more {by} has', f'more {by}s have')} moved as well."


def _levels(new: pd.DataFrame) -> Iterator[str]:
    for row in new.iloc[:SHOWN].to_dict("records"):
        known = "which nobody had at training" if row["new"] else "which few had at training"
        yield f"{_share(row['now'])} of the customers have “{row['level']}” as {row['feature']}, {known}."
    if len(new) > SHOWN:
        yield f"{_number(len(new) - SHOWN, 'more level is', 'more levels are')} new or rare at training as well."


def _day(day: date) -> str:
    return f"{day:%A} {day}"


def _share(share: float) -> str:
    return f"{share:.0%}" if share >= 0.01 or not share else f"{share:.1%}"


def _drifted(table: pd.DataFrame, by: str) -> str:
    return f"{int(table['drifted'].sum())} of {len(table)} {by}"


def _number(n: int, one: str, many: str) -> str:
    return f"{n:,} {one if n == 1 else many}"


def _joined(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
