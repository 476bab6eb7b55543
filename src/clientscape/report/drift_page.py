"""The page of a night's drift: one self-contained HTML file, made where there is no plotting library."""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd
from jinja2 import Environment, FunctionLoader, StrictUndefined

from clientscape.evaluate.drift_found import Drift
from clientscape.report.cells import MISSING as UNKNOWN
from clientscape.report.cells import heading
from clientscape.report.drift_shapes import HEIGHT, LEFT, MISSING, TOP, WIDTH, days_drawn, histogram

LARGE, SMALL = (300, 96), (168, 34)  # of a histogram [px]
MIXES = {
    "segment_id": "Segments",
    "rfm_segment": "Segments by the RFM rules",
    "stage": "Stages",
    "flagged": "Flagged as at risk",
}
FOLLOWS = {
    "stopped": "Nothing was written: the job stopped, and the scores of the last good night stand.",
    "warned": "The scores were written all the same: read what follows before you act on them.",
    "ignore": "Drift is reported only; the scores were written whatever it says.",
    "ok": "The scores can be used as on any other night.",
}


def page(drift: Drift, facts: Sequence[tuple[str, object]] = (), title: str = "Drift") -> str:
    """Write what drifted as one HTML file that needs nothing else; equal findings give equal bytes.

    facts : names and values that are listed at the end: model, source, target ...
    """
    loader = FunctionLoader(lambda name: files(__package__).joinpath(name).read_text("utf-8"))
    environment = Environment(
        autoescape=True, loader=loader, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    numbers = drift.scores[~drift.scores["score"].isin(MIXES)]
    return environment.get_template("drift.html.j2").render(
        drift=drift,
        title=title,
        follows=FOLLOWS[_follows(drift)],
        strip=_strip(drift),
        days=days_drawn(drift.days, drift.limits.recent_days) if len(drift.days) else None,
        size={"width": WIDTH, "height": HEIGHT, "left": LEFT, "top": TOP},
        gaps=[_gap(row) for row in drift.missing_days[::-1].to_dict("records")],
        mixes=[_mix(drift, score, named) for score, named in MIXES.items()],
        scores=[_column(row, row["score"], LARGE) for row in numbers.to_dict("records")],
        features=[_column(row, row["feature"], SMALL) for row in drift.features.to_dict("records")],
        large=LARGE,
        small=SMALL,
        facts=facts,
    )


def _follows(drift: Drift) -> str:
    """What the verdict led to, a key of FOLLOWS."""
    if drift.verdict == "ok" or drift.limits.on_drift == "ignore":
        return "ignore" if drift.verdict == "drifted" else "ok"
    return "stopped" if drift.blocks else "warned"


def _strip(drift: Drift) -> list[tuple[str, str]]:
    """The numbers under the headline."""
    return [
        ("Customers tonight", f"{drift.n_now:,}"),
        ("Customers at training", f"{drift.n_then:,}"),
        ("Days since training", f"{drift.age_days:,}"),
        ("Recent days missing", f"{int(drift.missing_days['recent'].sum())}"),
        ("Features drifted", f"{int(drift.features['drifted'].sum())} of {len(drift.features)}"),
        ("Scores drifted", f"{int(drift.scores['drifted'].sum())} of {len(drift.scores)}"),
    ]


def _gap(row: Mapping[Any, Any]) -> dict[str, Any]:
    """A missing day as text."""
    kind = "no lines" if not row["lines"] else f"{row['lines'] / row['usual']:.0%} of the usual"
    return {
        "day": f"{row['day']:%A} {row['day']}",
        "lines": f"{row['lines']:,}",
        "usual": f"{row['usual']:,.0f}",
        "kind": kind,
        "recent": row["recent"],
    }


def _mix(drift: Drift, score: str, named: str) -> dict[str, Any]:
    """The customers of each segment then and now."""
    mix = drift.mix[drift.mix["score"] == score]
    found = drift.scores[drift.scores["score"] == score].iloc[0]
    highest = max(float(np.nanmax(mix[["then", "now"]].to_numpy(), initial=0.0)), 1e-9)
    rows = [
        {
            "name": name,
            "then": f"{then:.1%}",
            "now": f"{now:.1%}",
            "then_width": round(100 * then / highest, 1),
            "now_width": round(100 * now / highest, 1),
            "change": f"{(now - then) * 100:+.1f}".replace("-", "−"),
        }
        for name, then, now in mix[["name", "then", "now"]].itertuples(index=False)
    ]
    return {"heading": named, "rows": rows, "psi": _index(found["psi"]), "drifted": found["drifted"]}


def _column(row: Mapping[Any, Any], name: str, size: tuple[int, int]) -> dict[str, Any]:
    """A column with its histogram; the index is drawn against a line of twice the limit."""
    full = max(2 * row["limit"], 1e-9)
    known = [name for name in row["bins"] if name != MISSING]
    is_missing = row["missing_then"] + row["missing_now"] > 0
    return {
        "name": name,
        "heading": heading(name),
        "psi": _index(row["psi"]),
        "width": 0.0 if pd.isna(row["psi"]) else round(100 * min(row["psi"] / full, 1.0), 1),
        "chance": _index(row["chance"]),
        "usual": _index(row["usual"]),
        "missing": f"{row['missing_then']:.0%} → {row['missing_now']:.0%}" if is_missing else "",
        "drifted": row["drifted"],
        "ends": known[:1] + known[1:][-1:],
        "bars": histogram(row["bins"], row["then"], row["now"], *size),
    }


def _index(value: Any) -> str:
    """An index with as many digits as it is read by."""
    return UNKNOWN if pd.isna(value) else f"{value:.3f}"
