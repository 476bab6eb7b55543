"""What the command `score` is asked, what is wrong with that, and the one line that it ends with."""

import json
import os
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import Any, get_args
from uuid import uuid4

from pydantic import TypeAdapter

from clientscape import __version__
from clientscape.evaluate.drift import Limits
from clientscape.faults import Fault, InputError, UnableError, gather, refuse
from clientscape.features.asking import WALK
from clientscape.features.engines import ENGINES
from clientscape.run.config import memory_limit
from clientscape.run.sections import Drift, Strict
from clientscape.run.written import merge, parse_setting, validated
from clientscape.scorer.model import Told
from clientscape.track.store import Store

CODES = {"done": 0, "failed": 1, "refused": 2, "drifted": 3}


@dataclass(frozen=True)
class Asked:
    """What a night's job is asked; see the command's options."""

    source: str
    model: str
    as_of: date
    out: str
    store: Store
    table: str | None = None
    memory_limit: str = "4GB"
    engine: str = WALK
    reasons: str = "flagged"
    sets: Sequence[str] = ()
    report: Path | None = None
    until: date | None = None

    def faults(self) -> Iterator[Fault]:
        """What can be told before anything is read."""
        for option, value, known in (
            ("--engine", self.engine, (WALK, *ENGINES)),
            ("--reasons", self.reasons, get_args(Told)),
        ):
            if value not in known:
                yield Fault(option, f"`{value}`", f"one of {', '.join(known)}", "choose one of these")
        extra = {"spark": "pyspark", "polars": "polars"}.get(self.engine)
        if extra and find_spec(extra) is None:
            yield Fault(
                "--engine", f"`{self.engine}`, but no package {extra}", "an installed one", f"pip install {extra}"
            )
        if self.engine == "spark" and which("java") is None and "JAVA_HOME" not in os.environ:
            yield Fault(
                "--engine", "`spark`, but no java", "Java 17 on the path", "install it, or choose another engine"
            )
        if self.report is not None and self.report.resolve() == Path(self.out).resolve():
            yield Fault("--report", str(self.report), "another file than --out", "name another")
        try:
            memory_limit(self.memory_limit)
        except ValueError as error:
            yield Fault("--memory-limit", f"`{self.memory_limit}`", str(error), "write it so, `2GB` say")


class _Settings(Strict):
    """What `--set` may change of a model's own settings."""

    drift: Drift


def limits_of(frozen: Limits, sets: Sequence[str]) -> Limits:
    """The limits of drift that are frozen in a model, with `drift.key=value` settings over them."""
    merged: dict[str, Any] = {"drift": {**asdict(frozen), "closed": list(frozen.closed)}}
    origin: dict[str, str] = {}
    faults: list[Fault] = []
    for text in sets:
        with gather(faults):
            merge(merged, parse_setting(text), f"--set {text}", origin)
    refuse(faults)
    settings: _Settings = validated(TypeAdapter(_Settings), merged, "the model", origin)
    return settings.drift.limits


@dataclass
class Summary:
    """What a job says of itself at its end, as one line of JSON for whoever reads logs.

    The execution has an id of its own, which stands nowhere else: a night that is scored again gives equal rows.
    """

    asked: Asked
    status: str = "failed"
    told: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    error: InputError | UnableError | None = None
    n_processes: int = 1
    ended: int = 0  # by whom it was ended from outside, as an exit code
    execution: str = field(default_factory=lambda: uuid4().hex)
    began: float = field(default_factory=time.time)

    @property
    def code(self) -> int:
        """The exit code."""
        return self.ended or CODES[self.status]

    def failed(self, error: BaseException) -> None:
        """Tell why nothing was done."""
        self.status = "refused" if isinstance(error, InputError) else "failed"
        if isinstance(error, (InputError, UnableError)):
            self.error = error
            self.told["faults"] = [asdict(fault) for fault in error.faults]
        else:
            self.told["error"] = f"{type(error).__name__}: {error}"

    def words(self) -> Iterator[str]:
        """The same for people, where something was done."""
        if self.status == "done":
            yield f"{self.told['n_customers']:,} customers scored: {self.told['target']}"
        if self.status == "drifted":
            yield f"Nothing was written to {self.told['target']}: the log has drifted from that of training."
        if "drift" in self.told:
            yield from self.told["drift"]["said"]
            if place := self.told.get("drift_page") or self.told.get("monitoring_link"):
                yield f"See {place}"
        yield from (f"note: {note}" for note in self.notes)

    def line(self) -> str:
        """One line of JSON."""
        whole = {
            "status": self.status,
            "execution": self.execution,
            "source": self.asked.source,
            "as_of": str(self.asked.as_of),
            "model": self.asked.model,
            **self.told,
            "notes": self.notes,
            "seconds": {what: round(value, 3) for what, value in self.seconds.items()},
            "started_at": datetime.fromtimestamp(self.began, UTC).isoformat(timespec="seconds"),
            "total_seconds": round(time.time() - self.began, 3),
            "peak_mib": round(_peak_bytes(self.n_processes) / 2**20),
            "clientscape": __version__,
        }
        return json.dumps(whole, ensure_ascii=False)


def _peak_bytes(n_processes: int) -> int:
    """The most memory that this process and those of its own can have held at once [bytes]."""
    unit = 1 if sys.platform == "darwin" else 1024
    own, of_one = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return (own + (n_processes if n_processes > 1 else 0) * of_one) * unit
