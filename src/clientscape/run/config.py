"""What may be asked: YAML files become a checked experiment, or one error with every fault."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, TypeAdapter

from clientscape.faults import Fault, gather, refuse
from clientscape.run.choices import COLUMNS_BESIDE_FEATURES
from clientscape.run.names import WrittenOnce, name_faults
from clientscape.run.sections import Campaign, Churn, Drift, Features, Forecasts, Segments, Strict, Window
from clientscape.run.written import merge, parse_setting, read_yaml, validated

BASE = Path("configs/base.yaml")


def memory_bytes(value: str) -> float:
    """How many bytes `2GB` or `500 MiB` are; 0 for what is written otherwise."""
    written = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) ?([KMGT])(i?)B", value)
    power = "KMGT".index(written[2]) + 1 if written else 0
    return float(written[1]) * (1024 if written[3] else 1000) ** power if written else 0.0


def memory_limit(value: str) -> str:
    """A limit as DuckDB takes it; ValueError for anything else."""
    if not 100e6 <= memory_bytes(value) <= 1e15:  # DuckDB stops below, and cannot count far above
        raise ValueError("100MB to 1000TB, in KB, MB, GB, TB, KiB, MiB, GiB or TiB")
    return value


def _model_name(value: str) -> str:
    if not re.fullmatch(r"\w([\w .-]*\w)?", value):
        raise ValueError("letters, digits and `_`, with `-`, `.` and blanks between them, as MLflow's registry takes")
    return value


class Experiment(Strict):
    """One question, and all that is needed to answer it."""

    question: str
    answer: str = ""
    source: str
    model_name: Annotated[str, AfterValidator(_model_name)]
    window: Window
    seed: Annotated[int, Field(ge=0, lt=2**32)]
    memory_limit: Annotated[str, AfterValidator(memory_limit)]
    features: Features
    lifetime: WrittenOnce
    forecasts: Forecasts
    segments: Segments
    rules: WrittenOnce
    stages: WrittenOnce
    churn: Churn
    campaign: Campaign
    drift: Drift
    map: WrittenOnce

    @property
    def forecast_columns(self) -> list[str]:
        """Features that learned forecasters see: their own list, or that of churn without the lifetime columns."""
        if self.forecasts.columns is not None:
            return self.forecasts.columns
        return [column for column in self.churn.columns if column not in COLUMNS_BESIDE_FEATURES]


def load_experiment(path: Path, over: Sequence[Path] = (), sets: Sequence[str] = ()) -> Experiment:
    """The experiment of a file: `configs/base.yaml` under it, then `over` files, then `key.sub=value` settings.

    Lists and uses are replaced whole, sections are merged key by key.
    """
    merged: dict[str, Any] = {}
    origin: dict[str, str] = {}
    faults: list[Fault] = []
    for file in [BASE, path, *over]:
        with gather(faults):
            merge(merged, read_yaml(file), str(file), origin)
    for text in sets:
        with gather(faults):
            merge(merged, parse_setting(text), f"--set {text}", origin)
    refuse(faults)
    with gather(faults):
        experiment: Experiment = validated(TypeAdapter(Experiment), merged, str(path), origin)
    refuse([*faults, *name_faults(merged, origin, str(path))])
    return experiment
