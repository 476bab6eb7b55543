"""The scorer: fitted once at a date, it gives any customer at any later date one row of scores."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from clientscape.evaluate.drift import reference
from clientscape.faults import refuse
from clientscape.features.asking import WALK, Ask, log_of, planned
from clientscape.features.build import answers
from clientscape.features.plan import Asked
from clientscape.forecast.corrected import Corrected
from clientscape.scorer.at_risk import AtRisk
from clientscape.scorer.fitting import least_history_days, rules_of, segments_of, taken, taught_by
from clientscape.scorer.forecasting import forecast, forecaster_of
from clientscape.scorer.needed import attribute_kinds
from clientscape.scorer.plan import Plan
from clientscape.scorer.refusals import kind_faults, lacking_faults, log_faults
from clientscape.scorer.risks import (
    Learnt,
)
from clientscape.scorer.ruled import BEFORE, ruled
from clientscape.scorer.snapshot import BESIDE_FEATURES, Snapshot, assembled, letters_of, questions
from clientscape.segment import identity
from clientscape.segment.coordinates import Coordinates
from clientscape.tables import SCORES, Tables, check_scores
from clientscape.window import Covers, Window

Told = Literal["flagged", "all", "none"]


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
        """Fit at a window; its classifiers learn from what had happened by as_of after earlier dates."""
        now, then = (taken(self.plan, tables, w) for w in (window, window.before()))
        learnt, forecaster = taught_by(self.plan, tables, now, then), forecaster_of(self.plan, tables, now)
        self.fit_snapshots(tables, now, then, learnt, forecaster)
        self.remember(now, then, self.score_snapshot(now, then.letters, reasons="none"))
        return self

    def fit_snapshots(
        self,
        tables: Tables,
        now: Snapshot,
        then: Snapshot,
        learnt: Mapping[str, Learnt],
        forecaster: Corrected | None = None,
        segmentation: tuple[Coordinates, Any] | None = None,
    ) -> "Scorer":
        """Fit from snapshots taken before, at the window and one horizon earlier.

        What was `learnt` of churn and decline (nothing where the data lacks for it) and the plan's forecaster are
        handed in fitted, as is the segmentation (space and clusterer) where it was judged.
        """
        with threadpool_limits(1):
            self.parts["forecaster"] = forecaster
            self.parts["lifetime"] = now.lifetime
            self.parts["usual_prices"] = None if now.prices is None else dict(now.prices.itertuples(index=False))
            self.parts |= segments_of(self.plan, now, segmentation) | rules_of(self.plan, now, then.letters)
            self._at_risk.take_over(now, learnt)
        covers = now.window.covers
        self.facts |= {
            "as_of": str(now.window.as_of),
            "covers": [str(covers.first), str(covers.end)],
            "currency": tables.currency,
            "unit": f"{tables.currency}, smallest unit {1 / tables.minor_units:g}",
            "source": tables.name,
            "row_is": tables.row_is,
            "records": sorted(tables.records),
            "attributes": attribute_kinds(tables, self.plan.features),
            "n_customers": len(now.table),
            "least_history_days": least_history_days(self.plan, self.parts, then.window, learnt),
            "next_segment_id": 1 + max(segment_id for segment_id, _ in self.parts["segment_names"].values()),
        }
        return self

    def remember(self, now: Snapshot, then: Snapshot, scores: pd.DataFrame) -> None:
        """Freeze what customers and scores were like at training, beside which later nights are looked at."""
        described = [*(use.name for use in self.questions(now.window)["table"].uses), *BESIDE_FEATURES]
        before = self.score_snapshot(then, reasons="none")
        self.facts["reference"] = reference(now.table[described], scores, then.table[described], before)

    def score(self, tables: Tables, as_of: date, *, engine: str = WALK, partial: bool = False) -> pd.DataFrame:
        """Scores of every customer with an order in the window before as_of; see `clientscape.tables.SCORES`.

        partial : the tables hold only some of the shop's customers, who may lack what others have.
        """
        return self.described(tables, as_of, engine=engine, partial=partial)[1]

    def described(
        self, tables: Tables, as_of: date, *, engine: str = WALK, partial: bool = False, reasons: Told = "flagged"
    ) -> tuple[Snapshot, pd.DataFrame]:
        """What is known of every customer as of a date, and the scores that follow from it, in the same order."""
        tables, window = self.admitted(tables, as_of, partial=partial)
        return self.scored(self.told(tables, window, engine), window, reasons=reasons)

    def window(self, as_of: date, covers: Covers) -> Window:
        """The window that customers are scored at as of a date."""
        return Window(as_of, covers, self.plan.lookback_days, self.plan.horizon_days)

    def admitted(self, tables: Tables, as_of: date, *, partial: bool) -> tuple[Tables, Window]:
        """The tables and the window to score them at, or one InputError with all that is unlike training."""
        if partial:  # what the shop writes down at all is told by all of its customers together
            tables = replace(tables, records=tables.records | frozenset(self.facts["records"]))
        window = self.window(as_of, tables.covers)
        refuse([*window.faults("score"), *log_faults(tables, window, self.facts)])
        lacking = lacking_faults(tables, self.plan.features, self._prices())
        refuse([*lacking, *kind_faults(tables, self.plan.features, self.facts)])
        return tables, window

    def questions(self, window: Window) -> dict[str, Ask]:
        """What has to be known of customers to score them, as questions to a log."""
        asks_before = any(BEFORE in self.parts[part].needs for part in ("rules", "stages"))
        return questions(window, self.plan.features, earlier=asks_before)

    def told(
        self, tables: Tables, window: Window, engine: str = WALK, memory_limit: str | None = None
    ) -> dict[str, pd.DataFrame]:
        """The answers to these questions; memory_limit is the engine's, if not that of training."""
        asks, memory = self.questions(window), memory_limit or self.plan.memory_limit
        return answers(tables, asks, prices=self._prices(), engine=engine, memory_limit=memory)

    def planned(self, tables: Tables, window: Window) -> tuple[list[Asked], dict[str, pd.DataFrame]]:
        """The same as steps, with the tables that these need by name: for an engine that answers them elsewhere."""
        asked = planned(tables, list(self.questions(window).values()), self._prices())
        return asked, log_of(tables, asked, self._prices())

    def scored(
        self, told: Mapping[str, pd.DataFrame], window: Window, *, reasons: Told = "flagged"
    ) -> tuple[Snapshot, pd.DataFrame]:
        """Customers out of the answers to `questions`, and their scores."""
        snapshot = assembled(told, window, self.parts["lifetime"])
        earlier = letters_of(told["earlier"]) if "earlier" in told else None
        return snapshot, self.score_snapshot(snapshot, earlier, reasons=reasons)

    def score_snapshot(
        self, snapshot: Snapshot, earlier: pd.DataFrame | None = None, *, reasons: Told = "flagged"
    ) -> pd.DataFrame:
        """Scores of the customers of a snapshot that was taken with this scorer's lifetime model.

        `earlier`, the letters one horizon before, are needed where rules ask for the value expected then. reasons :
        whose are told; they cost far more than the scores.
        """
        with threadpool_limits(1):
            return self._scores(snapshot, earlier, reasons)

    def reasons(self, snapshot: Snapshot, rows: NDArray[np.intp]) -> list[str]:
        """Why customers at these positions of a snapshot are held to be at risk of decline: see `AtRisk.reasons`."""
        with threadpool_limits(1):
            return self._at_risk.reasons(snapshot, rows)

    def coordinates(self, table: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Where the customers of a snapshot's table lie in the space of the segments: (n, n_dimensions)."""
        return np.asarray(self.parts["space"].transform(table))

    def hand_down(self, names: dict[int, tuple[int, str]], next_id: int) -> None:
        """Give the segments the ids and names that they have from a former model, by label."""
        self.parts["segment_names"] |= names
        self.facts["next_segment_id"] = next_id

    @property
    def _at_risk(self) -> AtRisk:
        return AtRisk(self.plan, self.parts)

    def _scores(self, snapshot: Snapshot, earlier: pd.DataFrame | None, reasons: Told) -> pd.DataFrame:
        table, parts = snapshot.table, self.parts
        by_rule = ruled(snapshot, snapshot.letters.iloc[:0] if earlier is None else earlier)
        X = self.coordinates(table)
        labels, confidence = parts["clusterer"].placed(X)
        ids, names = identity.place(labels, parts["segment_names"])
        risk, ahead = self._at_risk, self._forecast(snapshot)
        p_decline = risk.p("decline", snapshot)
        gains = risk.expected_profit(snapshot, p_decline)
        flagged = gains >= parts["flag_threshold"]
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
                "p_churn": risk.p("churn", snapshot),
                "p_decline": p_decline,
                "value_at_risk": risk.value_at_risk(snapshot, p_decline),
                "expected_profit": gains,
                "flagged": flagged,
                "reasons": risk.told(snapshot, {"flagged": flagged, "all": ~np.isnan(gains), "none": ()}[reasons]),
                "status": risk.status(p_decline, snapshot, self.facts),
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

    def _prices(self) -> pd.DataFrame | None:
        """The usual prices that were frozen at training, as features take them."""
        known = self.parts["usual_prices"]
        return None if known is None else pd.DataFrame(known.items(), columns=["category", "usual_price_minor"])
