"""What a scorer says of leaving and declining: probabilities, what is at stake, who is worth a contact, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clientscape.activate.reengage import lost_value, value_at_risk
from clientscape.churn import reasons
from clientscape.churn.words import Words
from clientscape.evaluate.profit import profit, threshold
from clientscape.scorer.plan import Plan
from clientscape.scorer.risks import Learnt, label_of
from clientscape.scorer.snapshot import Snapshot

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class AtRisk:
    """The part of a scorer that forecasts labels; `parts` are those of the scorer, which it fills and reads."""

    plan: Plan
    parts: dict[str, Any]

    def take_over(self, now: Snapshot, learnt: Mapping[str, Learnt]) -> None:
        """The classifiers, the labels as of now, and above which expected profit a customer is flagged."""
        for part, risk in self.plan.risks.items():
            self.parts[part] = learnt[part].model if part in learnt else None
            self.parts[f"{part}_words"] = learnt[part].words if part in learnt else Words().fit(now.table[[]])
            self.parts[f"{part}_label"] = label_of(risk.label).fit(now.past)
        self.parts["still_spent_share"] = learnt["decline"].still_spent_share if "decline" in learnt else 0.0
        gains = self.expected_profit(now, self.p("decline", now))
        n_capacity = self.plan.campaign.n_capacity(int(np.isfinite(gains).sum()))
        self.parts["flag_threshold"] = threshold(gains, n_capacity)

    def p(self, part: str, snapshot: Snapshot) -> Vector:
        """Probability of a label; NaN for who is not eligible, and for all where there is no model."""
        p = np.full(len(snapshot.table), np.nan)
        if self.parts[part] is None:
            return p
        eligible = self.parts[f"{part}_label"].eligible(snapshot.past)
        if eligible.any():
            p[eligible] = self.parts[part].predict_proba(self._numbers(part, snapshot.table[eligible]))[:, 1]
        return p

    def _numbers(self, part: str, table: pd.DataFrame) -> pd.DataFrame:
        """What the classifier of a part sees of customers."""
        numbers: pd.DataFrame = self.parts[f"{part}_words"].transform(table[self.plan.risks[part].seen])
        return numbers

    def reasons(self, snapshot: Snapshot, rows: NDArray[np.intp]) -> list[str]:
        """Why customers at these positions are held to be at risk of decline, as JSON, the strongest reason first.

        What raises the chance of each most, by exact additive contributions to its log-odds.
        """
        asked = snapshot.table.iloc[rows]
        if asked.empty or self.parts["decline"] is None:
            return [""] * len(asked)
        numbers = self._numbers("decline", asked)
        _, parts = reasons.contributions(self.parts["decline"], numbers)
        more = numbers[[column for column in numbers if column not in asked]]
        return [reasons.written(found) for found in reasons.strongest(parts, pd.concat([asked, more], axis=1))]

    def told(self, snapshot: Snapshot, whose: Any) -> Any:
        """Reasons of some customers by a mask of all, nothing for the others."""
        told, rows = np.full(len(snapshot.table), "", dtype=object), np.flatnonzero(whose)
        told[rows] = self.reasons(snapshot, rows)
        return told

    def _lost(self, snapshot: Snapshot) -> Vector:
        """What each customer would spend no more if he declined [currency]."""
        return lost_value(snapshot.table["usual_value"].to_numpy(float), self.parts["still_spent_share"])

    def value_at_risk(self, snapshot: Snapshot, p_decline: Vector) -> Vector:
        """What each customer is expected to be lost of [currency]."""
        usual = snapshot.table["usual_value"].to_numpy(float)
        return value_at_risk(p_decline, usual, self.parts["still_spent_share"])

    def expected_profit(self, snapshot: Snapshot, p_decline: Vector) -> Vector:
        """What a contact is expected to bring, at the middle of the campaign's success rates, of each [currency]."""
        return profit(p_decline, self._lost(snapshot), self.plan.campaign)

    def status(self, p_decline: Vector, snapshot: Snapshot, facts: Mapping[str, str]) -> Any:
        """What a row's numbers rest on, where that is not the rule; `ok` where it is."""
        shared = [] if self.parts["lifetime"].status == "ok" else ["lifetime value by fallback"]
        as_of = snapshot.window.as_of
        if as_of < date.fromisoformat(facts.get("as_of", str(as_of))):
            shared.append("scored by a later model")
        shared += [f"no {part} forecast" for part in self.plan.risks if self.parts[part] is None]
        said = [np.full(len(p_decline), "; ".join(shared), dtype=object)]
        churn, decline = (self.parts[f"{part}_words"].strange(snapshot.table) for part in self.plan.risks)
        strange = np.where(churn == "", decline, churn)
        said.append(np.where(strange == "", "", "new to the model: " + strange))
        if self.parts["decline"] is not None:
            said.append(np.where(np.isnan(p_decline), f"not eligible for {self.plan.decline.label.use}", ""))
        return np.array(["; ".join(filter(None, told)) or "ok" for told in zip(*said, strict=True)], dtype=object)
