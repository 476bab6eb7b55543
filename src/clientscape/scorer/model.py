"""The scorer: fitted once at a date, it gives any customer at any later date one row of scores."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from clientscape.activate.reengage import flag_threshold, still_spent_share, value_at_risk
from clientscape.catalog import call, functions
from clientscape.churn import labels
from clientscape.churn.examples import examples
from clientscape.evaluate.profile import deviations
from clientscape.faults import refuse
from clientscape.forecast.corrected import Corrected
from clientscape.scorer.forecasting import forecast, forecaster_of
from clientscape.scorer.plan import CLASSIFIERS, LIFETIMES, Plan
from clientscape.scorer.refusals import lacking_faults, log_faults
from clientscape.scorer.ruled import BEFORE, known_before, ruled
from clientscape.scorer.snapshot import Snapshot, take
from clientscape.segment import clusterers, identity, rules, spaces
from clientscape.segment.coordinates import Coordinates, Group, legible
from clientscape.tables import SCORES, Tables, check_scores
from clientscape.window import Window

CLUSTERERS = functions(clusterers)


class Scorer:
    """The one composition of the road from tables to scores.

    Attributes after fit: `parts`, the fitted objects and frozen numbers by name (all that is stored beside the
    plan and the facts); `facts`, what the training data was.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.parts: dict[str, Any] = {}
        self.facts: dict[str, Any] = {}

    def fit(self, tables: Tables, window: Window) -> "Scorer":
        """Fit at a window; its classifiers learn one horizon earlier, from what had happened by as_of."""
        now, then = (self._take_and_fit(tables, w) for w in (window, window.before()))
        return self.fit_snapshots(tables, now, then, forecaster_of(self.plan, tables, now))

    def fit_snapshots(
        self,
        tables: Tables,
        now: Snapshot,
        then: Snapshot,
        forecaster: Corrected | None = None,
        segmentation: tuple[Coordinates, Any] | None = None,
    ) -> "Scorer":
        """Fit from snapshots taken before, at the window and one horizon earlier.

        The plan's forecaster is handed in fitted, as is the segmentation (space and clusterer) where it was judged.
        """
        with threadpool_limits(1):
            self.parts["forecaster"] = forecaster
            self.parts["lifetime"] = now.lifetime
            self.parts["usual_prices"] = None if now.prices is None else dict(now.prices.itertuples(index=False))
            self._fit_segments(now, *(segmentation or self._segmented(now)))
            self._fit_rules(now, then.letters)
            self._fit_forecasts(tables, then)
            risk = self._value_at_risk(now, self._p_decline(now))
            self.parts["flag_threshold"] = flag_threshold(risk, self.plan.flag_top_share)
        covers = now.window.covers
        self.facts |= {
            "as_of": str(now.window.as_of),
            "covers": [str(covers.first), str(covers.end)],
            "currency": tables.currency,
            "source": tables.name,
            "n_customers": len(now.table),
            "least_history_days": self._least_history(then.window),
        }
        return self

    def score(self, tables: Tables, as_of: date) -> pd.DataFrame:
        """Scores of every customer with an order in the window before as_of; see `clientscape.tables.SCORES`."""
        plan = self.plan
        window = Window(as_of, tables.covers, plan.lookback_days, plan.horizon_days)
        refuse([*window.faults("score"), *log_faults(tables, window, self.facts)])
        prices = self._prices()
        refuse(lacking_faults(tables, plan.features, prices))
        model, memory = self.parts["lifetime"], plan.memory_limit
        snapshot = take(tables, window, plan.features, model, fit=False, prices=prices, memory_limit=memory)
        asks = any(BEFORE in self.parts[part].needs for part in ("rules", "stages"))
        return self.score_snapshot(snapshot, known_before(tables, window, memory) if asks else None)

    def score_snapshot(self, snapshot: Snapshot, earlier: pd.DataFrame | None = None) -> pd.DataFrame:
        """Scores of the customers of a snapshot that was taken with this scorer's lifetime model.

        `earlier`, the letters one horizon before, are needed where rules ask for the value expected then.
        """
        with threadpool_limits(1):
            return self._scores(snapshot, earlier)

    def coordinates(self, table: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Where the customers of a snapshot's table lie in the space of the segments: (n, n_dimensions)."""
        return np.asarray(self.parts["space"].transform(table))

    def hand_down(self, names: dict[int, tuple[int, str]], next_id: int) -> None:
        """Give the segments the ids and names that they have from a former model, by label."""
        self.parts["segment_names"] |= names
        self.facts["next_segment_id"] = next_id

    def _take_and_fit(self, tables: Tables, window: Window) -> Snapshot:
        model = call(self.plan.lifetime, LIFETIMES, "lifetime")
        return take(tables, window, self.plan.features, model, fit=True, memory_limit=self.plan.memory_limit)

    def _segmented(self, now: Snapshot) -> tuple[Coordinates, Any]:
        """The plan's space and clusterer, fitted."""
        plan = self.plan
        groups = [Group(columns, weight) for columns, weight in plan.segment_groups]
        space = Coordinates(call(plan.space, functions(spaces), "space"), plan.segment_columns, groups).fit(now.table)
        return space, call(plan.clusterer, CLUSTERERS, "clusterer", seed=plan.seed).fit(space.transform(now.table))

    def _fit_segments(self, now: Snapshot, space: Coordinates, clusterer: Any) -> None:
        """Take the segments over and name them."""
        labels = clusterer.predict(space.transform(now.table))
        value = now.table["expected_value"].groupby(labels).mean()
        profile = deviations(legible(now.table, self.plan.segment_columns), pd.Series(labels))
        names = identity.identify(profile, value, self.plan.language)
        self.parts |= {"space": space, "clusterer": clusterer, "segment_names": names}
        self.facts["next_segment_id"] = 1 + max(segment_id for segment_id, _ in names.values())

    def _fit_rules(self, now: Snapshot, earlier: pd.DataFrame) -> None:
        table = ruled(now, earlier)
        for part, use in (("rules", self.plan.rules), ("stages", self.plan.stages)):
            self.parts[part] = call(use, functions(rules), part, seed=self.plan.seed).fit(table)

    def _fit_forecasts(self, tables: Tables, then: Snapshot) -> None:
        plan = self.plan
        for part, label_use, use in (
            ("churn", plan.churn_label, plan.churn_classifier),
            ("decline", plan.decline_label, plan.decline_classifier),
        ):
            label = call(label_use, functions(labels), "labels")
            seen = examples(tables, then.window, then.table, then.past, label)
            classifier = call(use, CLASSIFIERS, "classifiers", seed=plan.seed)
            self.parts[part] = classifier.fit(seen.X[plan.columns_of(part)], seen.y)
            self.parts[f"{part}_label"] = label
            if part == "decline":
                before, after = seen.past["spend"].to_numpy(float), seen.future["spend"].to_numpy(float)
                self.parts["still_spent_share"] = still_spent_share(before, after, seen.y)

    def _scores(self, snapshot: Snapshot, earlier: pd.DataFrame | None) -> pd.DataFrame:
        table, parts = snapshot.table, self.parts
        by_rule = ruled(snapshot, snapshot.letters.iloc[:0] if earlier is None else earlier)
        X = self.coordinates(table)
        labels, confidence = parts["clusterer"].placed(X)
        ids, names = identity.place(labels, parts["segment_names"])
        p_decline = self._p_decline(snapshot)
        ahead = self._forecast(snapshot)
        risk = self._value_at_risk(snapshot, p_decline)
        scores = pd.DataFrame(
            {
                "as_of": table["as_of"],
                "customer_id": table["customer_id"],
                "segment_id": ids,
                "segment": names,
                "segment_confidence": confidence,
                "rfm_segment": parts["rules"].predict(by_rule),
                "stage": parts["stages"].predict(by_rule),
                "expected_orders": ahead["expected_orders"],
                "expected_value": ahead["expected_value"],
                "p_alive": table["p_alive"],
                "p_churn": parts["churn"].predict_proba(table[self.plan.columns_of("churn")])[:, 1],
                "p_decline": p_decline,
                "value_at_risk": risk,
                "flagged": risk >= parts["flag_threshold"],
                "status": self._status(p_decline, snapshot.window.as_of),
                "model_version": "",
                "run_id": "",
            }
        )
        return check_scores(scores.astype({name: "str" for name, kind in SCORES.items() if kind == "text"}))

    def _forecast(self, snapshot: Snapshot) -> Mapping[str, Any]:
        """What is expected of each customer: by the forecaster, or by the lifetime model where there is none."""
        if self.parts["forecaster"] is None:
            return {name: snapshot.table[name] for name in ("expected_orders", "expected_value")}
        return forecast(self.parts["forecaster"], self.plan.forecast_columns, snapshot)

    def _p_decline(self, snapshot: Snapshot) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Probability of decline; NaN for who is not eligible."""
        p = np.full(len(snapshot.table), np.nan)
        eligible = self.parts["decline_label"].eligible(snapshot.past)
        if eligible.any():
            asked = snapshot.table.loc[eligible, self.plan.columns_of("decline")]
            p[eligible] = self.parts["decline"].predict_proba(asked)[:, 1]
        return p

    def _value_at_risk(self, snapshot: Snapshot, p_decline: Any) -> Any:
        usual = snapshot.table["usual_value"].to_numpy(float)
        return value_at_risk(p_decline, usual, self.parts["still_spent_share"])

    def _status(self, p_decline: Any, as_of: date) -> Any:
        """What a row's numbers rest on, where that is not the rule; `ok` where it is."""
        shared = [] if self.parts["lifetime"].status == "ok" else ["lifetime value by fallback"]
        if as_of < date.fromisoformat(self.facts.get("as_of", str(as_of))):
            shared.append("scored by a later model")
        alone = [*shared, f"not eligible for {self.plan.decline_label.use}"]
        return np.where(np.isnan(p_decline), "; ".join(alone), "; ".join(shared) or "ok")

    def _least_history(self, origin: Window) -> int:
        """Days of history without which numbers would be small rather than missing."""
        if self.plan.lookback_days is None:
            return origin.history_days
        needed = max(self.parts[f"{part}_label"].history_horizons for part in ("churn", "decline"))
        return max(self.plan.lookback_days, int(needed) * self.plan.horizon_days)

    def _prices(self) -> pd.DataFrame | None:
        """The usual prices that were frozen at training, as features take them."""
        known = self.parts["usual_prices"]
        return None if known is None else pd.DataFrame(known.items(), columns=["category", "usual_price_minor"])
