"""The sections of an experiment: what each key may hold."""

import re
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from clientscape.evaluate.drift import Limits
from clientscape.run.names import Written, WrittenOnce


def _from_low_to_high(values: list[float]) -> list[float]:
    if values != sorted(values):
        raise ValueError("the lowest first, then the highest")
    return values


Days = Annotated[int, Field(gt=0, le=36500)]


class Strict(BaseModel):
    """A section in which an unknown key is a fault, and which nobody changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Window(Strict):
    """Time: see `clientscape.window.Window`."""

    as_of: date
    lookback_days: Days | Literal["all"]
    horizon_days: Days


class Bounds(Strict):
    """What a metric must keep; at least one of both."""

    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise ValueError("give at_least, at_most or both")
        return self


class Select(Strict):
    """As few columns as possible, as many as needed: see `clientscape.evaluate.selection`."""

    max_correlation: Annotated[float, Field(gt=0, le=1)] = 0.95
    supported: Annotated[bool, Field(strict=True)] = False
    repeats: Annotated[int, Field(ge=1, le=1000)] = 5
    folds: Annotated[int, Field(ge=2, le=100)] = 5
    at_least: Annotated[int, Field(ge=1)] = 3


class Features(Strict):
    """The columns that are made, and the choice among those that models see."""

    use: Annotated[list[Written], Field(min_length=1)]
    select: Select | None = None

    @model_validator(mode="before")
    @classmethod
    def _section(cls, value: Any) -> Any:
        if isinstance(value, list):
            raise ValueError("a section: {use: [features by name], select: ...}")
        return value


class ColumnGroup(Strict):
    """Columns of segments that together weigh as much as so many single ones."""

    columns: Annotated[list[str], Field(min_length=1)]
    weight: Annotated[float, Field(gt=0, le=1000)]


class Refits(Strict):
    """How often each clustering is fitted again: see `clientscape.evaluate.stability.Effort`."""

    draws: Annotated[int, Field(ge=1, le=1000)]
    halves: Annotated[int, Field(ge=0, le=1000)]
    seeds: Annotated[int, Field(ge=0, le=1000)]
    nulls: Annotated[int, Field(ge=0, le=1000)]
    customers: Annotated[int, Field(ge=100)]


class Segments(Strict):
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


class LearnFrom(Strict):
    """The earlier dates that are learnt from: see `origins` and `lessons` of `clientscape.window.Window`."""

    origins: Annotated[int, Field(ge=1, le=100)]
    every_days: Days


class Search(Strict):
    """How the settings of classifiers are searched for: see `clientscape.churn.tuning`."""

    trials: Annotated[int, Field(ge=1, le=1000)]
    settings: dict[str, dict[str, Annotated[list[Any], Field(min_length=1)]]]


class Churn(Strict):
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


class Campaign(Strict):
    """What contacting a customer costs and brings: see `clientscape.evaluate.profit.Campaign`."""

    contact_cost: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    offer_cost: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    success_rate: Annotated[
        list[Annotated[float, Field(ge=0, le=1)]], Field(min_length=2, max_length=2), AfterValidator(_from_low_to_high)
    ]
    margin_share: Annotated[float, Field(gt=0, le=1)]
    control_share: Annotated[float, Field(ge=0, lt=1)]
    capacity: Annotated[int, Field(ge=1, strict=True)] | Annotated[float, Field(gt=0, lt=1, strict=True)]


def _day(value: str) -> str:
    if not re.fullmatch(r"(\d{4}-)?\d{2}-\d{2}", value):
        raise ValueError("a day as 2026-04-03, or 12-25 for that of every year")
    return value


class Drift(Strict):
    """From where on a log is unlike that of training: see `clientscape.evaluate.drift.Limits`."""

    on_drift: Literal["warn", "block", "ignore"]
    feature_psi: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    score_psi: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    features_share: Annotated[float, Field(ge=0, le=1)]
    day_share: Annotated[float, Field(ge=0, lt=1)]
    recent_days: Days
    customers_share: Annotated[float, Field(ge=0, lt=1)]
    closed: list[Annotated[str, AfterValidator(_day)]]

    @property
    def limits(self) -> Limits:
        """The same, as drift is judged by it."""
        return Limits(**{**self.model_dump(), "closed": tuple(self.closed)})


class JudgedAt(Strict):
    """A date and a horizon at which forecasts are judged."""

    as_of: date
    horizon_days: Days


class Forecasts(Strict):
    """The contest of forecasts of orders and spend."""

    models: list[Written]
    learned: list[Written]
    rules: Annotated[list[Written], Field(min_length=1)]
    columns: Annotated[list[str], Field(min_length=1)] | None
    learn_from: LearnFrom
    judged_at: Annotated[list[JudgedAt], Field(min_length=1)] | None
    choose_by: str
