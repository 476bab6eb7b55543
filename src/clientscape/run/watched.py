"""What a night's job found of drift, told where people look: in the summary, on a page, in MLflow."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from clientscape.evaluate.drift import Drift
from clientscape.faults import InputError, UnableError
from clientscape.files import whole
from clientscape.report.drift_page import page
from clientscape.run.nightly import Asked, Summary
from clientscape.scorer.store import Stored
from clientscape.track.monitoring import Night, monitor
from clientscape.track.store import is_address

REPORTS = Path("reports", "drift")


def in_short(drift: Drift) -> dict[str, Any]:
    """What the summary says of drift."""
    days = drift.missing_days
    return {
        "verdict": drift.verdict,
        "reasons": drift.reasons,
        "features_drifted_share": round(drift.features_drifted, 4),
        "missing_days": [str(day) for day in days.loc[days["recent"], "day"]],
        "said": drift.sentences,
    }


def tell(drift: Drift, loaded: Stored, asked: Asked, summary: Summary) -> None:
    """Write the page of drift and, of a model out of a store, a monitoring run.

    The scores have landed by now, or are held back: what fails here is noted and changes nothing of that.
    """
    target = summary.told["target"]
    facts = [("execution", summary.execution), *_facts(loaded, asked, target), ("status", summary.status)]
    model = str(loaded.scorer.facts.get("model", ""))
    title = f"Drift of {Path(asked.source).stem} at {asked.as_of}"
    written = page(drift, facts, title)
    place = _place(asked)
    if place is not None:
        try:
            with whole(place) as unfinished:
                unfinished.write_text(written, encoding="utf-8")
            summary.told["drift_page"] = str(place)
        except (InputError, UnableError) as error:
            summary.notes.append(f"the page of drift was not written: {error.faults[0]}")
    if not asked.model.startswith("models:/"):
        return
    night = Night(
        model,
        loaded.version,
        loaded.run_id,
        date.fromisoformat(loaded.scorer.facts["as_of"]),
        asked.as_of,
        {**drift.metrics(), "n_flagged": float(summary.told["n_flagged"])},
        drift.verdict,
        drift.sentences,
        written,
        _tables(drift),
        {"execution": summary.execution, "source": asked.source, "target": target, "status": summary.status},
    )
    try:
        noted = monitor(asked.store, night)
        summary.told |= {"monitoring_run": noted.run_id, "monitoring_link": noted.link}
    except (InputError, UnableError) as error:
        summary.notes.append(f"the monitoring run was not written: {error.faults[0]}")


def _place(asked: Asked) -> Path | None:
    """Where the page goes: as asked, or among the reports of a store that is a folder."""
    if asked.report is not None:
        return asked.report
    if is_address(asked.store):
        return None
    return Path(asked.store) / REPORTS / f"{Path(asked.source).stem}_{asked.as_of}.html"


def _facts(loaded: Stored, asked: Asked, target: str) -> Iterator[tuple[str, object]]:
    """What a reader of the page needs to know where it comes from."""
    yield "source", asked.source
    yield "as of", asked.as_of
    yield "model", f"{asked.model} (version {loaded.version}, trained as of {loaded.scorer.facts['as_of']})"
    yield "training run", loaded.run_id
    yield "target", target


def _tables(drift: Drift) -> dict[str, Any]:
    """The tables of drift as JSON holds them."""
    tables = {"features": drift.features, "scores": drift.scores, "mix": drift.mix, "days": drift.days}
    tables |= {"new_levels": drift.new_levels}
    return {name: json.loads(table.to_json(orient="records", date_format="iso")) for name, table in tables.items()}
