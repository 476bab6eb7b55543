"""What a scorer is made of, before it has seen any data."""

from dataclasses import dataclass, field
from typing import Any

from clientscape.catalog import Use, functions
from clientscape.churn import baselines, classifiers, labels
from clientscape.clv import lifetime, simple
from clientscape.evaluate.drift import Limits
from clientscape.evaluate.profit import Campaign
from clientscape.forecast import forecasters
from clientscape.segment.traits import Language

LABELS = functions(labels)
BASELINES = functions(baselines)
CLASSIFIERS = functions(classifiers) | BASELINES
RULES = functions(simple)
LIFETIMES = functions(lifetime) | RULES
FORECASTERS = functions(forecasters)

# All that simple rules see of a customer.
RULE_COLUMNS = (
    "recency_days",
    "gap_days_median",
    "expected_orders",
    "spend_last_horizon",
    "spend_horizon_before",
    "usual_value",
)


@dataclass(frozen=True)
class Risk:
    """A label that is forecast, by what, from which columns.

    Without a classifier `lacking` says what the data lacks for one. calibrate : whether a calibration is looked for.
    """

    label: Use
    classifier: Use | None
    columns: list[str]
    lacking: str = ""
    calibrate: bool = True

    @property
    def seen(self) -> list[str]:
        """What the classifier sees; a simple rule sees what it needs."""
        return seen_by(self.classifier, self.columns)


@dataclass(frozen=True)
class Plan:
    """All that a scorer needs to know before it sees data: names of functions with their settings, columns, costs."""

    features: list[Use]
    lifetime: Use
    segment_columns: list[str]
    space: Use
    clusterer: Use
    rules: Use
    stages: Use
    churn: Risk
    decline: Risk
    campaign: Campaign
    lookback_days: int | None
    horizon_days: int
    seed: int
    memory_limit: str = "1GB"
    risk_origins: int = 4  # earlier dates that classifiers learn from
    risk_every_days: int = 30
    segment_groups: list[tuple[list[str], float]] = field(default_factory=list)  # columns that weigh together
    language: Language = "en"
    forecaster: Use | None = None  # without one, scores carry what the lifetime model expects
    forecast_columns: list[str] = field(default_factory=list)
    forecast_origins: int = 4
    forecast_every_days: int = 30
    drift: Limits = field(default_factory=Limits)

    @property
    def risks(self) -> dict[str, Risk]:
        """What is forecast of leaving and declining, by part."""
        return {"churn": self.churn, "decline": self.decline}

    @classmethod
    def from_dict(cls, written: dict[str, Any]) -> "Plan":
        """The plan that `asdict` wrote."""
        read = {name: _read(name, value) for name, value in written.items()}
        return cls(**{**read, "features": [Use(**use) for use in written["features"]]})


def seen_by(classifier: Use | None, columns: list[str]) -> list[str]:
    """The columns that a classifier sees, of those that models see."""
    return list(RULE_COLUMNS) if classifier is not None and classifier.use in BASELINES else list(columns)


def _read(name: str, value: Any) -> Any:
    """A field of a plan as it was."""
    if name in ("churn", "decline"):
        uses = {part: value[part] and Use(**value[part]) for part in ("label", "classifier")}
        return Risk(**{**value, **uses})
    if name == "campaign":
        return Campaign(**{**value, "success_rate": tuple(value["success_rate"])})
    if name == "drift":
        return Limits(**{**value, "closed": tuple(value["closed"])})
    return Use(**value) if isinstance(value, dict) else value
