"""The contest of forecasts of a label: classifiers and simple rules, learnt and judged at the same dates."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clientscape.activate.reengage import lost_value
from clientscape.catalog import Use, ask_all
from clientscape.churn.tuning import tune
from clientscape.evaluate import classification, risk_curves
from clientscape.evaluate.compare import Judged as JudgedRows
from clientscape.evaluate.compare import paired_interval_over
from clientscape.evaluate.profit import Campaign, profit, profit_curve, threshold
from clientscape.run.asked import Judged, Question
from clientscape.run.choices import CHOICES
from clientscape.run.config import Experiment
from clientscape.run.contests import CLASSIFICATION, Trial, best, meaning
from clientscape.run.doing import Doing
from clientscape.run.names import uses
from clientscape.scorer.plan import BASELINES, CLASSIFIERS, Risk
from clientscape.scorer.risks import Learnt, YearAgo, in_numbers, taught

MODEL, RULE = "model", "simple rule"
DRAWS = 300  # of a bootstrap
SHOWN = ("average_precision_score", "roc_auc_score", "base_rate")
COMPARED = ("average_precision_score", "roc_auc_score")
Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Said:
    """What a candidate says at one date: its probabilities before and after calibration, as it was taught."""

    judged: Judged
    learnt: Learnt
    raw: Vector
    p: Vector
    use: Use


@dataclass
class Candidate:
    """One classifier or simple rule, with what it said at each date."""

    use: Use
    said: list[Said] = field(default_factory=list)
    metrics: dict[str, float] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """Model or simple rule."""
        return RULE if self.use.use in BASELINES else MODEL


def campaign_of(experiment: Experiment) -> Campaign:
    """The campaign of an experiment."""
    asked = experiment.campaign
    rates = asked.success_rate[0], asked.success_rate[1]
    return Campaign(asked.contact_cost, asked.offer_cost, rates, asked.margin_share, asked.capacity)


def candidates_of(experiment: Experiment) -> list[Use]:
    """Models and simple rules, in the order of the config."""
    return [*uses(experiment.churn.classifiers), *uses(experiment.churn.baselines)]


def forecasts_of_labels(experiment: Experiment, question: Question, columns: Sequence[str]) -> Iterator[Trial | Doing]:
    """Every candidate on a label, judged at every date; what was searched through comes before who was searched for."""
    entered = [Candidate(use) for use in candidates_of(experiment)]
    for candidate in entered:
        yield Doing(f"{question.label}: {candidate.use.name}")
        for judged in question.dates:
            found, tries = _tuned(experiment, candidate.use, judged, columns)
            yield from tries
            candidate.said.append(_said(experiment, found, judged, columns))
        candidate.metrics |= _metrics(experiment, candidate)
    by = experiment.churn.choose_by
    rules = {c.use.name: c for c in entered if c.kind == RULE}
    rule = rules[best(rules, lambda name: rules[name].metrics[by], by)]
    for candidate in entered:
        if candidate.kind == MODEL:
            candidate.metrics |= _beside(experiment, candidate, rule)
        yield _trial(experiment, question, candidate, rule)


def _tuned(experiment: Experiment, use: Use, judged: Judged, columns: Sequence[str]) -> tuple[Use, list[Trial]]:
    """The settings that did best at the training dates of a date, and every try as a trial of its own."""
    search, by = experiment.churn.search, experiment.churn.choose_by
    if search is None or use.use not in search.settings:
        return use, []
    words, lessons = in_numbers(judged.lessons, columns)
    found = tune(
        use,
        search.settings[use.use],
        lessons,
        words.columns(columns),
        CLASSIFICATION[by],
        is_loss=by.endswith("_loss"),
        n_trials=search.trials,
        seed=experiment.seed,
    )
    tries = []
    for i, (settings, value) in enumerate(found.tried):
        named = f"{use.name} {judged.label} {judged.name} try {i + 1}"
        params = {"label": judged.label, "use": use.use, **settings, "learnt_before": judged.name}
        about = f"A try of the search for settings at the dates before {judged.name}: nothing after it was seen."
        tries.append(Trial("search", named, use.use, params, {by: value}, about, Use(use.use, dict(settings))))
    return found.use, tries


def _said(experiment: Experiment, use: Use, judged: Judged, columns: Sequence[str]) -> Said:
    risk = Risk(judged.use, use, list(columns), calibrate=experiment.churn.calibrate)
    ago = judged.year_ago if risk.calibrate else YearAgo()
    learnt = taught(risk, judged.lessons, ago, experiment.seed)
    raw = learnt.model.model.predict_proba(learnt.numbers(judged.test.X))[:, 1]
    return Said(judged, learnt, raw, learnt.says(judged.test.X), use)


def _metrics(experiment: Experiment, candidate: Candidate) -> dict[str, float]:
    """Means over the dates, their spread, and each date's own."""
    each = {said.judged.name: _at(experiment, said) for said in candidate.said}
    table = pd.DataFrame(each.values())
    found = {str(name): float(value) for name, value in table.mean().items()}
    if len(each) > 1:
        found |= {f"{name}_sd": float(value) for name, value in table.std().items()}
        found |= {f"{date}/{name}": value for date, at in each.items() for name, value in at.items()}
    return found


def _at(experiment: Experiment, said: Said) -> dict[str, float]:
    """The metrics of one date: those of the catalogue, two before calibration too, and what a campaign brought."""
    test = said.judged.test
    campaign = campaign_of(experiment)
    n_capacity = campaign.n_capacity(len(test.y))
    given = {"outcome": test.y, "active": test.active, "unseen": test.unseen, "n_capacity": n_capacity}
    found = ask_all(CLASSIFICATION, given | {"p": said.p})
    found["raw_calibration_loss"] = classification.calibration_loss(test.y, said.raw)
    found["raw_brier_loss"] = classification.brier_loss(test.y, said.raw)
    found |= {"null_rate": said.judged.null_rate, "n_test": float(len(test.y))}
    found |= {"n_train": float(sum(len(seen.y) for seen in said.learnt.lessons))}
    gains, (declined, lost) = expected_profit_of(experiment, said), came_of(said)
    flagged = gains >= flagged_from(experiment, said)
    return found | {
        "profit": float(profit(declined.astype(float), lost, campaign)[flagged].sum()),
        "n_flagged": float(flagged.sum()),
    }


def expected_profit_of(experiment: Experiment, said: Said) -> Vector:
    """What contacting each customer of the test date was expected to bring [currency]."""
    return profit(said.p, lost_by(said), campaign_of(experiment))


def lost_by(said: Said) -> Vector:
    """What each customer of the test date was expected to spend less if the label came true of him [currency]."""
    return lost_value(said.judged.test.X["usual_value"].to_numpy(float), said.learnt.still_spent_share)


def flagged_from(experiment: Experiment, said: Said) -> float:
    """Above which expected profit a customer of the test date was flagged [currency]."""
    gains = expected_profit_of(experiment, said)
    return threshold(gains, campaign_of(experiment).n_capacity(len(gains)))


def came_of(said: Said) -> tuple[NDArray[np.bool_], Vector]:
    """For whom the label came true, and what he spent less than was usual for him [currency]."""
    test = said.judged.test
    usual, after = test.X["usual_value"].to_numpy(float), test.future["spend"].to_numpy(float)
    return test.y, np.maximum(usual - after, 0.0)


def _beside(experiment: Experiment, candidate: Candidate, rule: Candidate) -> dict[str, float]:
    """How far a model is ahead of the best simple rule: intervals of the difference of the means over the dates."""
    found: dict[str, float] = {}
    by = experiment.churn.choose_by
    for metric in dict.fromkeys((by, *COMPARED)):
        rows = [
            JudgedRows(own.judged.test.X["customer_id"].to_numpy(), own.judged.test.y, own.p, other.p)
            for own, other in zip(candidate.said, rule.said, strict=True)
        ]
        ahead = paired_interval_over(CLASSIFICATION[metric], rows, n_draws=DRAWS, seed=experiment.seed)
        found |= {f"above_rule_{metric}": ahead.mean}
        found |= {f"above_rule_{metric}_low": ahead.low, f"above_rule_{metric}_high": ahead.high}
    return found


def _trial(experiment: Experiment, question: Question, candidate: Candidate, rule: Candidate) -> Trial:
    name, use, now = candidate.use.name, question.use, candidate.said[0]
    dates = ", ".join(said.judged.name for said in candidate.said)
    learnt = ", ".join(str(seen.window.as_of) for seen in now.learnt.lessons)
    params = {
        "label": question.label,
        "label_spec": str(use),
        "kind": candidate.kind,
        "use": candidate.use.use,
        **now.use.settings,
        "columns": ", ".join(now.learnt.risk.seen),
        "judged_at": dates,
        "learnt_at": learnt,
        "calibration": now.learnt.calibration.kind,
        "rule": rule.use.name,
        **_marks(experiment, now),
    }
    about = (
        f"{meaning(candidate.use, CLASSIFIERS)}. Label: {meaning(use, CHOICES['churn.churn_label'][0])}. "
        f"Judged at {dates}; for the first learnt at {learnt}. {now.learnt.calibration.said}"
    )
    return Trial(
        question.part,
        f"{name} {question.label}",
        name,
        params,
        candidate.metrics,
        about,
        candidate.use,
        tables=_tables(experiment, candidate, rule),
        said={said.judged.name: said.p for said in candidate.said},
        fitted={said.judged.window: said for said in candidate.said},
    )


def _marks(experiment: Experiment, said: Said) -> dict[str, int]:
    """How many contacts pay at the window's own as_of, and how many can be made."""
    gains = expected_profit_of(experiment, said)
    return {"n_break_even": int((gains > 0).sum()), "n_capacity": campaign_of(experiment).n_capacity(len(gains))}


def _tables(experiment: Experiment, candidate: Candidate, rule: Candidate) -> dict[str, pd.DataFrame]:
    """What the portrait of a candidate shows."""
    found = risk_curves.by_origin({said.judged.name: (said.judged.test.y, said.p) for said in candidate.said})
    now = candidate.said[0]
    found["profit"] = profit_curve(expected_profit_of(experiment, now), *came_of(now), campaign_of(experiment))
    sides = {one.use.name: one for one in (candidate, rule)}
    rows = [
        {"origin": said.judged.name, "forecaster": name, "kind": one.kind, **_shown(one, said.judged.name)}
        for name, one in sides.items()
        for said in one.said
    ]
    return found | {"origins": pd.DataFrame(rows)}


def _shown(candidate: Candidate, date: str) -> dict[str, float]:
    """What the picture of a candidate over the dates shows of one of them."""
    prefix = f"{date}/" if len(candidate.said) > 1 else ""
    return {name: candidate.metrics[f"{prefix}{name}"] for name in SHOWN}
