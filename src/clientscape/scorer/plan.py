"""What a scorer is made of, before it has seen any data."""

from dataclasses import dataclass, field
from typing import Any

from clientscape.catalog import Use, functions
from clientscape.churn import baselines, classifiers
from clientscape.clv import lifetime, simple
from clientscape.forecast import forecasters
from clientscape.scorer.snapshot import NEEDED
from clientscape.segment.traits import Language

BASELINES = functions(baselines)
CLASSIFIERS = functions(classifiers) | BASELINES
RULES = functions(simple)
LIFETIMES = functions(lifetime) | RULES
FORECASTERS = functions(forecasters)


@dataclass(frozen=True)
class Plan:
    """All that a scorer needs to know before it sees data: names of functions with their settings, columns, shares."""

    features: list[Use]
    lifetime: Use
    segment_columns: list[str]
    space: Use
    clusterer: Use
    rules: Use
    stages: Use
    churn_columns: list[str]
    decline_columns: list[str]
    churn_label: Use
    churn_classifier: Use
    decline_label: Use
    decline_classifier: Use
    flag_top_share: float
    lookback_days: int | None
    horizon_days: int
    seed: int
    memory_limit: str = "1GB"
    segment_groups: list[tuple[list[str], float]] = field(default_factory=list)  # columns that weigh together
    language: Language = "en"
    forecaster: Use | None = None  # without one, scores carry what the lifetime model expects
    forecast_columns: list[str] = field(default_factory=list)
    forecast_origins: int = 4
    forecast_every_days: int = 30

    def columns_of(self, part: str) -> list[str]:
        """What the classifier of `churn` or `decline` sees; a simple rule sees what it needs."""
        classifier, columns = {
            "churn": (self.churn_classifier, self.churn_columns),
            "decline": (self.decline_classifier, self.decline_columns),
        }[part]
        return list(NEEDED) if classifier.use in BASELINES else columns

    @classmethod
    def from_dict(cls, written: dict[str, Any]) -> "Plan":
        """The plan that `asdict` wrote."""
        read: dict[str, Any] = {k: Use(**v) if isinstance(v, dict) else v for k, v in written.items()}
        return cls(**{**read, "features": [Use(**use) for use in written["features"]]})
