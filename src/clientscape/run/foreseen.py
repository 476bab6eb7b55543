"""What segments are asked about the horizon after as_of, and the plain groupings that they are compared with."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clientscape.catalog import Use, ask_all, call, functions
from clientscape.evaluate import clustering, foresight
from clientscape.evaluate.compare import paired_interval
from clientscape.evaluate.groups import explained_share, learnt, log_amounts
from clientscape.run.config import Experiment
from clientscape.run.contests import Trial, meaning
from clientscape.run.names import rule_use, uses
from clientscape.scorer.forecasting import Came, came, expected
from clientscape.scorer.ruled import known_before, ruled
from clientscape.scorer.snapshot import Snapshot
from clientscape.segment import rules
from clientscape.tables import Tables

RULES = functions(rules)
FORESIGHT = functions(foresight)
PLAIN = {"tiers": "value_tiers", "random": "random_groups"}
Groups = NDArray[Any]


@dataclass(frozen=True)
class Horizons:
    """The customers at as_of and one horizon earlier, with what came after each date."""

    experiment: Experiment
    now: Snapshot
    then: Snapshot
    came: Came
    came_before: Came
    ruled: pd.DataFrame
    ruled_before: pd.DataFrame

    def metrics(self, groups: Groups, groups_before: Groups) -> dict[str, float]:
        """Every metric of foresight of groups of the customers now and before."""
        at, at_before = self._both
        given = {
            "groups": groups,
            "orders": self.came.orders,
            "spend": self.came.spend,
            "groups_before": groups_before,
            "orders_before": self.came_before.orders,
            "spend_before": self.came_before.spend,
            "groups_both_now": groups[at],
            "groups_both_before": groups_before[at_before],
        }
        found = ask_all(FORESIGHT, given)
        own = self.own_forecast
        return found | {"foresight_ratio": found["foresight_score"] / own if own > 0 else np.nan}

    @cached_property
    def own_forecast(self) -> float:
        """The share of log spend that each customer's own forecast explains: a yardstick for segmentations."""
        said, said_before = (expected(s)["expected_spend"].to_numpy(float) for s in (self.now, self.then))
        return foresight.own_forecast_score(said, self.came.spend, said_before, self.came_before.spend)

    def by_rules(self, use: Use) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Groups that a rule set makes of the customers now and before, as numbers."""
        made = call(use, RULES, "rules", seed=self.experiment.seed).fit(self.ruled)
        number = {name: i for i, name in enumerate(made.names)}
        now, before = (
            np.array([number[name] for name in made.predict(table)], dtype=np.int64)
            for table in (self.ruled, self.ruled_before)
        )
        return now, before

    def plain(self, n_segments: int) -> dict[str, float]:
        """Foresight of value tiers and of random groups, as many as there are segments."""
        if n_segments < 2:
            return {"tiers_foresight_score": np.nan, "random_foresight_score": np.nan}
        if n_segments not in self._plain:
            made = {short: self.by_rules(Use(name, {"n_segments": n_segments})) for short, name in PLAIN.items()}
            self._plain[n_segments] = {
                f"{short}_foresight_score": foresight.foresight_score(
                    now, self.came.spend, before, self.came_before.spend
                )
                for short, (now, before) in made.items()
            }
        return self._plain[n_segments]

    def beside_tiers(self, groups: Groups, groups_before: Groups) -> str:
        """What segments foresee beside as many value tiers and beside each customer's own forecast, in a sentence."""
        n = len(np.unique(groups[groups >= 0]))
        tiers = self.by_rules(Use(PLAIN["tiers"], {"n_segments": max(2, n)}))
        before, came = log_amounts(self.came_before.spend), log_amounts(self.came.spend)
        said = [learnt(now, then, before) for now, then in ((groups, groups_before), tiers)]
        own, tiered = (explained_share(came, each) for each in said)
        if np.isnan(own) or np.isnan(tiered):
            return "Foresight: nothing was spent in the horizon, or by all alike, so nothing can be foreseen."
        low, high = paired_interval(explained_share, came, said[0], said[1], seed=self.experiment.seed)
        verdict = "more than" if low > 0 else "less than" if high < 0 else "no more and no less, beyond chance, than"
        ahead = f"of the log spend of the next {self.now.window.horizon_days} days"
        interval = f"95% interval of the difference {low:+.1%} to {high:+.1%}"
        return (
            f"Foresight: the means of the {n} segments one horizon earlier explain {own:.1%} {ahead}, {verdict} "
            f"{n} tiers of expected value do ({tiered:.1%}; {interval}); each customer's own forecast explains "
            f"{self.own_forecast:.1%}."
        )

    @cached_property
    def _plain(self) -> dict[int, dict[str, float]]:
        """What `plain` has answered: many clusterings have as many segments."""
        return {}

    @cached_property
    def _both(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Where the customers of both dates stand in either."""
        at = pd.Index(self.now.table["customer_id"]).get_indexer(self.then.table["customer_id"])
        before = np.flatnonzero(at >= 0)
        return at[before], before


def horizons(experiment: Experiment, tables: Tables, now: Snapshot, then: Snapshot) -> Horizons:
    """What came after each of two snapshots, and what rule sets see of their customers."""
    memory = experiment.memory_limit
    before = ruled(then, known_before(tables, then.window, memory))
    return Horizons(
        experiment, now, then, came(tables, now, memory), came(tables, then, memory), ruled(now, then.letters), before
    )


def beside_uses(experiment: Experiment) -> dict[str, Use]:
    """By name the rule sets of the config, and value tiers and random groups of each number that it asks for."""
    section = experiment.segments
    named = {use.name: rule_use(use.use) if not use.settings else use for use in uses(section.beside)}
    numbers = {int(use.settings["n_segments"]) for use in uses(section.clusterers) if "n_segments" in use.settings}
    plain = [Use(name, {"n_segments": number}) for name in PLAIN.values() for number in sorted(numbers)]
    return named | {use.name: use for use in plain}


def beside(experiment: Experiment, ahead: Horizons) -> Iterator[Trial]:
    """Each of them as a trial: what it foresees, and the shares of its groups."""
    for name, use in beside_uses(experiment).items():
        groups, groups_before = ahead.by_rules(use)
        shape = ask_all(functions(clustering), {"labels": groups})
        params = {"rules": name, **{key: value for key, value in use.settings.items() if key != "names"}}
        about = f"`{name}`: {meaning(use, RULES)}. Cut points as of {ahead.now.window.as_of}."
        yield Trial("rules", name, use.use, params, shape | ahead.metrics(groups, groups_before), about, use)
