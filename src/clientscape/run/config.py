"""What may be asked: YAML files become a checked experiment, or one error with every fault."""

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    model_validator,
)

from clientscape.faults import Fault, gather, refuse
from clientscape.run.choices import COLUMNS_BESIDE_FEATURES
from clientscape.run.names import Written, WrittenOnce, name_faults
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


def _from_low_to_high(values: list[float]) -> list[float]:
    if values != sorted(values):
        raise ValueError("the lowest first, then the highest")
    return values


Share = Annotated[float, Field(gt=0, lt=1)]
Days = Annotated[int, Field(gt=0, le=36500)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Window(_Strict):
    """Time: see `clientscape.window.Window`."""

    as_of: date
    lookback_days: Days | Literal["all"]
    horizon_days: Days


class Bounds(_Strict):
    """What a metric must keep; at least one of both."""

    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise ValueError("give at_least, at_most or both")
        return self


class Select(_Strict):
    """As few columns as possible, as many as needed: see `clientscape.evaluate.selection`."""

    max_correlation: Annotated[float, Field(gt=0, le=1)] = 0.95
    supported: Annotated[bool, Field(strict=True)] = False
    repeats: Annotated[int, Field(ge=1, le=1000)] = 5
    folds: Annotated[int, Field(ge=2, le=100)] = 5
    at_least: Annotated[int, Field(ge=1)] = 3


class Features(_Strict):
    """The columns that are made, and the choice among those that models see."""

    use: Annotated[list[Written], Field(min_length=1)]
    select: Select | None = None

    @model_validator(mode="before")
    @classmethod
    def _section(cls, value: Any) -> Any:
        if isinstance(value, list):
            raise ValueError("a section: {use: [features by name], select: ...}")
        return value


class ColumnGroup(_Strict):
    """Columns of segments that together weigh as much as so many single ones."""

    columns: Annotated[list[str], Field(min_length=1)]
    weight: Annotated[float, Field(gt=0, le=1000)]


class Refits(_Strict):
    """How often each clustering is fitted again: see `clientscape.evaluate.stability.Effort`."""

    draws: Annotated[int, Field(ge=1, le=1000)]
    halves: Annotated[int, Field(ge=0, le=1000)]
    seeds: Annotated[int, Field(ge=0, le=1000)]
    nulls: Annotated[int, Field(ge=0, le=1000)]
    customers: Annotated[int, Field(ge=100)]


class Segments(_Strict):
    """The contest of clusterings."""

    columns: Annotated[list[str], Field(min_length=2)]
    groups: dict[str, ColumnGroup] | None
    spaces: Annotated[list[Written], Field(min_length=1)]
    clusterers: Annotated[list[Written], Field(min_length=1)]
    judge_space: WrittenOnce
    refits: Refits
    beside: list[Written]
    guards: dict[str, Bounds | None]
    choose_by: str | Annotated[dict[str, Annotated[float, Field(gt=0, allow_inf_nan=False)]], Field(min_length=1)]
    truth: str | None = None
    language: Literal["en", "de"]
    workers: Annotated[int, Field(ge=1, le=1024)] | None

    @property
    def weights(self) -> dict[str, float]:
        """The metrics that choose, with their weights."""
        return {self.choose_by: 1.0} if isinstance(self.choose_by, str) else self.choose_by


class LearnFrom(_Strict):
    """The earlier dates that are learnt from: see `origins` and `lessons` of `clientscape.window.Window`."""

    origins: Annotated[int, Field(ge=1, le=100)]
    every_days: Days


class Search(_Strict):
    """How the settings of classifiers are searched for: see `clientscape.churn.tuning`."""

    trials: Annotated[int, Field(ge=1, le=1000)]
    settings: dict[str, dict[str, Annotated[list[Any], Field(min_length=1)]]]


class Churn(_Strict):
    """The contest of forecasts of leaving and declining."""

    columns: Annotated[list[str], Field(min_length=1)]
    churn_label: WrittenOnce
    decline_label: WrittenOnce
    also: list[Written]
    classifiers: Annotated[list[Written], Field(min_length=1)]
    baselines: Annotated[list[Written], Field(min_length=1)]
    learn_from: LearnFrom
    judged_also_at: list[date] | None
    calibrate: Annotated[bool, Field(strict=True)]
    search: Search | None
    least_customers: Annotated[int, Field(ge=20)]
    least_yes: Annotated[int, Field(ge=5)]
    choose_by: str


class Campaign(_Strict):
    """What contacting a customer costs and brings: see `clientscape.evaluate.profit.Campaign`."""

    contact_cost: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    offer_cost: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    success_rate: Annotated[
        list[Annotated[float, Field(ge=0, le=1)]], Field(min_length=2, max_length=2), AfterValidator(_from_low_to_high)
    ]
    margin_share: Annotated[float, Field(gt=0, le=1)]
    control_share: Annotated[float, Field(ge=0, lt=1)]
    capacity: Annotated[int, Field(ge=1, strict=True)] | Annotated[float, Field(gt=0, lt=1, strict=True)]


class JudgedAt(_Strict):
    """A date and a horizon at which forecasts are judged."""

    as_of: date
    horizon_days: Days


class Forecasts(_Strict):
    """The contest of forecasts of orders and spend."""

    models: list[Written]
    learned: list[Written]
    rules: Annotated[list[Written], Field(min_length=1)]
    columns: Annotated[list[str], Field(min_length=1)] | None
    learn_from: LearnFrom
    judged_at: Annotated[list[JudgedAt], Field(min_length=1)] | None
    choose_by: str


class Experiment(_Strict):
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
