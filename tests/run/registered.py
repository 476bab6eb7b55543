"""Two models of the sample, of which one is far better at telling who declines, as versions in a store."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from tests.run.exported import RFM, plan_of

from clientscape.catalog import Use, expand
from clientscape.churn.calibration import Calibrated
from clientscape.data.read import read
from clientscape.evaluate.promotion import Verdict
from clientscape.run.sources import load_source
from clientscape.scorer.model import Scorer
from clientscape.scorer.plan import Risk
from clientscape.track.execution import execution
from clientscape.track.model import register
from clientscape.window import Window

LEARNT = date(2025, 1, 31)
NOT_COMPARED = Verdict(False, "Not compared: there is no champion yet.")
LEVEL = Verdict(False, "Not promoted: decline is level. Ahead and behind mean beyond chance: decline level.", "1")


def good_and_bad() -> tuple[Scorer, Scorer]:
    """One that was fitted, and the same but that what raises its forecast of decline should lower it."""
    source, root = load_source("sample")
    tables, _ = read(source, name="sample", root=root)
    decline = Risk(Use("no_order"), Use("logistic"), RFM, calibrate=False)
    plan = replace(plan_of(expand(RFM), RFM), decline=decline, lookback_days=180, horizon_days=60)
    good = Scorer(plan).fit(tables, Window(LEARNT, tables.covers, 180, 60))
    bad = Scorer(plan)
    wrong = Calibrated(good.parts["decline"].model, slope=-1.0)
    bad.parts, bad.facts = good.parts | {"decline": wrong}, good.facts
    return good, bad


def versions(store: Path, made: Sequence[tuple[Scorer, Verdict]], name: str = "shop") -> None:
    """Register models, each by an execution of its own."""
    for i, (scorer, verdict) in enumerate(made):
        with execution(store, "any", {}, f"{name} {i}") as parent:
            register(parent, scorer, name, "Three segments.", verdict, {"data": "0123"})
