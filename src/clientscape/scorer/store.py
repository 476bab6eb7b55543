"""A scorer on disk: fitted parts by skops, plan and facts as JSON, checksums; read without running code from it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import skops.io
import yaml

from clientscape.faults import Fault, InputError, refuse
from clientscape.scorer.manifest import checksum, manifest_faults, seal
from clientscape.scorer.model import Scorer
from clientscape.scorer.plan import Plan
from clientscape.scorer.versions import made_with, version_faults

PARTS, PLAN = "parts.skops", "plan.json"

# Of a model as MLflow exports it: the file that makes a folder one, where the scorer is, and what a download of a
# registered one writes beside them.
EXPORTED, INSIDE, REGISTERED = "MLmodel", Path("artifacts") / "scorer", "registered_model_meta"

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


@dataclass(frozen=True)
class Stored:
    """A scorer that was read, with what its scores say of it.

    version : the number that the registry gave it, or else a checksum. run_id : of the training run in MLflow, empty
    if there was none.
    """

    scorer: Scorer
    version: str
    run_id: str


def save(scorer: Scorer, folder: Path, more: Mapping[str, Any] | None = None) -> None:
    """Write a fitted scorer into a folder, which is made; `more` are facts that the one who exports it knows."""
    folder.mkdir(parents=True, exist_ok=True)
    skops.io.dump(scorer.parts, folder / PARTS)
    written = {**made_with(), "facts": {**scorer.facts, **(more or {})}, "plan": asdict(scorer.plan)}
    (folder / PLAN).write_text(json.dumps(written, indent=2))
    seal(folder)


def load(folder: Path) -> Scorer:
    """Read a scorer; InputError when a file is missing, changed, unknown, or holds a type that is not on the list.

    The checksums tell damage and what was put in by mistake. Who can write them anew can write anything, so the types
    are looked at in any case. A model of another format, or trained with another scikit-learn, is refused too.
    """
    refuse(manifest_faults(folder))
    try:
        written = json.loads((folder / PLAN).read_text())
        refuse(version_faults(written, str(folder)))
        refuse(_type_faults(folder / PARTS))
        scorer = Scorer(Plan.from_dict(written["plan"]))
        scorer.parts = skops.io.load(folder / PARTS, trusted=sorted(TRUSTED))
        scorer.facts = written["facts"]
    except InputError:
        raise
    except Exception as error:  # zip, JSON, key and type errors alike mean a damaged file
        fault = Fault(str(folder), f"{type(error).__name__}: {error}", "a whole model", "copy or export it again")
        raise InputError([fault]) from error
    return scorer


def open_folder(folder: Path) -> Stored:
    """The scorer of a model that MLflow exported, or of the folder inside it, read without MLflow."""
    exported = (folder / EXPORTED).is_file()
    refuse(_strangers(folder / INSIDE.parent) if exported else ())
    inside = folder / INSIDE if exported else folder
    scorer = load(inside)
    number = _registered_number(folder / REGISTERED)
    return Stored(scorer, number or checksum(inside), str(scorer.facts.get("run_id", "")))


def _type_faults(parts: Path) -> Iterator[Fault]:
    """Types that no scorer is made of."""
    cure = "take the model from a trusted place, and score with the version that trained it"
    for name in sorted(set(skops.io.get_untrusted_types(file=parts)) - TRUSTED):
        yield Fault(str(parts), f"type {name}", "only the types of a scorer", cure)


def _strangers(artifacts: Path) -> Iterator[Fault]:
    """What lies beside the scorer: MLflow hands all of it to whoever loads the model."""
    cure = "remove it, or export the model again"
    for path in sorted(artifacts.iterdir()) if artifacts.is_dir() else ():
        if path.name != INSIDE.name:
            yield Fault(str(path), "what was not exported", f"`{INSIDE.name}` alone", cure)


def _registered_number(note: Path) -> str:
    """The version's number, as a download from the registry notes it; empty where there is none."""
    try:
        return str(yaml.safe_load(note.read_text())["model_version"])
    except (OSError, ValueError, TypeError, KeyError, yaml.YAMLError):
        return ""
