"""What an execution that broke off leaves to the next: clusterings on disk, and the key by which it is found."""

import hashlib
from collections.abc import Mapping
from importlib.metadata import version
from io import BytesIO
from pathlib import Path

import numpy as np

from clientscape.run.config import Experiment
from clientscape.run.contests import Clustering
from clientscape.run.foreseen import beside_uses
from clientscape.run.names import rule_use
from clientscape.scorer.store import dumps, loads

STANDS_ON = ("numpy", "scipy", "pandas", "scikit-learn", "hdbscan")
LABELS, CLUSTERER = "labels.npz", "clusterer.skops"


def key_of(experiment: Experiment, context: Mapping[str, str]) -> str:
    """Hash of all that the numbers of an execution depend on: data, code, config, rule files [hex, 16 characters]."""
    asked = experiment.model_dump_json(exclude={"question": True, "answer": True, "segments": {"workers"}})
    stands_on = [f"{library} {version(library)}" for library in STANDS_ON]
    ruled = [rule_use(experiment.rules), rule_use(experiment.stages), beside_uses(experiment)]
    return hashlib.sha256("\n".join([context["data"], _source(), *stands_on, asked, str(ruled)]).encode()).hexdigest()[
        :16
    ]


def _source() -> str:
    """Hash of the package's source as it is, committed or not [hex]."""
    root = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for file in sorted(root.rglob("*.py")):
        digest.update(str(file.relative_to(root)).encode() + file.read_bytes())
    return digest.hexdigest()


def files_of(found: Clustering) -> dict[str, bytes]:
    """A clustering as files, by name: the fitted clusterer; labels, and how much of each segment came back."""
    out = BytesIO()
    np.savez_compressed(out, labels=found.labels, jaccards=found.jaccards)
    return {LABELS: out.getvalue(), CLUSTERER: dumps(found.clusterer)}


def read_back(metrics: Mapping[str, float], folder: Path) -> Clustering:
    """The clustering of a folder that `files_of` was written to; metrics that were missing are missing again."""
    with np.load(folder / LABELS) as arrays:
        labels, jaccards = arrays["labels"], arrays["jaccards"]
    return Clustering(loads((folder / CLUSTERER).read_bytes()), labels, jaccards, metrics)
