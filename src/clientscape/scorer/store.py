"""A scorer on disk: fitted parts by skops, plan and facts as JSON, checksums; read without running code from it."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import skops.io

from clientscape import __version__
from clientscape.faults import Fault, InputError, refuse
from clientscape.scorer.manifest import manifest_faults, seal
from clientscape.scorer.model import Scorer
from clientscape.scorer.plan import Plan

PARTS, PLAN = "parts.skops", "plan.json"

# The only types beyond scikit-learn's plain ones that may be in a model file. Never extended from the file itself.
TRUSTED = frozenset(
    {
        "clientscape.churn.baselines.BelowUsual",
        "clientscape.churn.baselines.ExpectedOrders",
        "clientscape.churn.baselines.Hiatus",
        "clientscape.churn.baselines.LastChange",
        "clientscape.churn.baselines.Overdue",
        "clientscape.churn.baselines.Recency",
        "clientscape.churn.calibration.Calibrated",
        "clientscape.churn.classifiers.Stack",
        "clientscape.churn.classifiers.Trees",
        "clientscape.churn.classifiers._bounded",
        "clientscape.churn.classifiers._signed_log1p",
        "clientscape.churn.labels._NoOrder",
        "clientscape.churn.labels._RhythmBreak",
        "clientscape.churn.labels._SpendDecline",
        "clientscape.churn.labels._ValueDecline",
        "clientscape.churn.words.Words",
        "clientscape.clv.bgnbd.BGNBD",
        "clientscape.clv.gamma_gamma.GammaGamma",
        "clientscape.clv.heuristics.Hiatus",
        "clientscape.clv.heuristics.LastPeriod",
        "clientscape.clv.heuristics.OwnMean",
        "clientscape.clv.heuristics.SameRate",
        "clientscape.clv.heuristics.Zero",
        "clientscape.clv.worth.Lifetime",
        "clientscape.clv.mbgnbd.MBGNBD",
        "clientscape.clv.paretonbd.ParetoNBD",
        "clientscape.forecast.corrected.Corrected",
        "clientscape.forecast.corrected._Ratio",
        "clientscape.forecast.multipliers.Level",
        "clientscape.forecast.multipliers.Linear",
        "clientscape.forecast.multipliers.Mean",
        "clientscape.forecast.multipliers.Trees",
        "clientscape.segment.cells_of_rules.Cells",
        "clientscape.segment.centres.Centres",
        "clientscape.segment.coordinates.Coordinates",
        "clientscape.segment.density.Density",
        "clientscape.segment.linkage.Regions",
        "clientscape.segment.mixtures.Mixture",
        "clientscape.segment.rules_beside_cells.ByChance",
        "clientscape.segment.rules_beside_cells.Lifecycle",
        "clientscape.segment.rules_beside_cells.ValueTiers",
        "clientscape.segment.rules_beside_cells.ValueTrend",
        "clientscape.segment.spaces._Space",
        "clientscape.segment.spaces._Ranks",
        "clientscape.segment.spaces._signed_log1p",
        "numpy.dtype",
        "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    }
)


def dumps(part: object) -> bytes:
    """A fitted part alone, as it stands in a model."""
    return bytes(skops.io.dumps(part))


def loads(data: bytes) -> Any:
    """The part that `dumps` wrote."""
    return skops.io.loads(data, trusted=sorted(TRUSTED))


def save(scorer: Scorer, folder: Path) -> None:
    """Write a fitted scorer into a folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    skops.io.dump(scorer.parts, folder / PARTS)
    written = {"clientscape": __version__, "facts": scorer.facts, "plan": asdict(scorer.plan)}
    (folder / PLAN).write_text(json.dumps(written, indent=2))
    seal(folder)


def load(folder: Path) -> Scorer:
    """Read a scorer; InputError when a file is missing, changed, unknown, or holds a type that is not on the list.

    The checksums tell damage and what was put in by mistake. Who can write them anew can write anything, so the types
    are looked at in any case.
    """
    refuse(manifest_faults(folder))
    try:
        written = json.loads((folder / PLAN).read_text())
        strange = sorted(set(skops.io.get_untrusted_types(file=folder / PARTS)) - TRUSTED)
        cure = "take the model from a trusted place, and score with the version that trained it"
        refuse(Fault(str(folder / PARTS), f"type {name}", "only the types of a scorer", cure) for name in strange)
        scorer = Scorer(Plan.from_dict(written["plan"]))
        scorer.parts = skops.io.load(folder / PARTS, trusted=sorted(TRUSTED))
        scorer.facts = written["facts"]
    except InputError:
        raise
    except Exception as error:  # zip, JSON, key and type errors alike mean a damaged file
        fault = Fault(str(folder), f"{type(error).__name__}: {error}", "a whole model", "copy or export it again")
        raise InputError([fault]) from error
    return scorer
