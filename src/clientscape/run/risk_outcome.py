"""How the contests of labels end: their tables, what they say, what is exported, and what contacting would bring."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from clientscape.catalog import Use
from clientscape.churn.reasons import contributions, importance
from clientscape.evaluate.profit import break_even, policies, profit_curve
from clientscape.run.asked import PARTS, Question
from clientscape.run.config import Experiment
from clientscape.run.contests import Trial, beside_the_rule, winner
from clientscape.run.contests import best as best_of
from clientscape.run.risks import MODEL, RULE, Said, came_of, campaign_of, expected_profit_of, flagged_from, lost_by
from clientscape.scorer.plan import Risk

SHOWN = (
    "roc_auc_score",
    "average_precision_score",
    "lift_at_10_score",
)  # of each candidate, with its spread
BESIDE = ("base_rate", "null_rate", "brier_loss", "calibration_loss", "recall_at_capacity_score", "profit")
MOST_EXPLAINED = 1000  # customers: their mean contributions change no more
STRONGEST = 6  # features whose dependence is drawn


def entered(trials: Sequence[Trial], part: str) -> list[Trial]:
    """The candidates of a part."""
    return [trial for trial in trials if trial.contest == part]


def exported(experiment: Experiment, trials: Sequence[Trial], part: str) -> Trial | None:
    """The candidate with the best mean over the dates but the window's own, so that this one stays unseen.

    By that one where no other is judged; None where the label has no model.
    """
    candidates = entered(trials, part)
    by, now = experiment.churn.choose_by, str(experiment.window.as_of)
    if not candidates:
        return None
    others = [name for name in candidates[0].said if name != now]
    deciding = [f"{date}/{by}" for date in others] or [by]
    means = {trial.name: float(np.mean([trial.metrics[name] for name in deciding])) for trial in candidates}
    first = best_of(means, means.__getitem__, by)
    return next(trial for trial in candidates if trial.name == first)


def said_now(trial: Trial) -> Said:
    """What a candidate says at the window's own as_of."""
    said: Said = next(iter(trial.fitted.values()))
    return said


def risk_of(
    experiment: Experiment, questions: Sequence[Question], trials: Sequence[Trial], part: str, columns: Sequence[str]
) -> Risk:
    """What the exported scorer forecasts of a part."""
    best, asked = exported(experiment, trials, part), next(q for q in questions if q.part == part)
    use: Use | None = said_now(best).use if best else None
    return Risk(asked.use, use, list(columns), asked.lacking, experiment.churn.calibrate)


def judgement_table(questions: Sequence[Question], trials: Sequence[Trial]) -> pd.DataFrame:
    """A row for each label and candidate, means over the dates, least and most over them as `_low` and `_high`."""
    rows = []
    for trial in (trial for question in questions for trial in entered(trials, question.part)):
        row = {"label": trial.params["label"], "forecaster": trial.family, "kind": trial.params["kind"]}
        for name in SHOWN:
            each = [value for metric, value in trial.metrics.items() if metric.endswith(f"/{name}")]
            value = trial.metrics[name]
            row |= {name: value, f"{name}_low": min(each, default=value), f"{name}_high": max(each, default=value)}
        rows.append(row | {name: trial.metrics[name] for name in BESIDE} | {"n_dates": len(trial.fitted)})
    return pd.DataFrame(rows)


def labels_table(experiment: Experiment, questions: Sequence[Question], trials: Sequence[Trial]) -> pd.DataFrame:
    """A row a label: who is asked, how often it comes true, how often by chance alone, what its best model foresees."""
    rows = []
    for question in questions:
        if question.lacking:
            continue
        best = winner(_of(entered(trials, question.part), MODEL), experiment.churn.choose_by)
        facts = ("base_rate", "null_rate", "active_roc_auc_score", "unseen_roc_auc_score")
        row = {"label": question.label, "eligible": len(question.now.test.y), "model": best.family}
        rows.append(row | {name: best.metrics[name] for name in facts})
    return pd.DataFrame(rows)


def policies_table(experiment: Experiment, trials: Sequence[Trial]) -> pd.DataFrame:
    """What contacting by the exported decline forecast would have brought in the horizon, beside simpler ways."""
    best = exported(experiment, trials, "decline")
    if best is None:
        return pd.DataFrame()
    said = said_now(best)
    recency = said.judged.test.X["recency_days"].to_numpy(float)
    gains, least = expected_profit_of(experiment, said), flagged_from(experiment, said)
    return policies(gains, least, recency, *came_of(said), campaign_of(experiment))


def profit_table(experiment: Experiment, trials: Sequence[Trial]) -> pd.DataFrame:
    """Realised profit by number contacted, for each way to rank: ranking, and the columns of `profit_curve`."""
    best = exported(experiment, trials, "decline")
    if best is None:
        return pd.DataFrame()
    said, campaign = said_now(best), campaign_of(experiment)
    came, gains = came_of(said), expected_profit_of(experiment, said)
    flagged = int((gains >= flagged_from(experiment, said)).sum())
    ranks = {
        "by expected profit": gains,
        "by recency": said.judged.test.X["recency_days"].to_numpy(float),
        "at random": np.zeros(len(gains)),
    }
    curves = [profit_curve(rank, *came, campaign, shown=[flagged]).assign(ranking=name) for name, rank in ranks.items()]
    return pd.concat(curves, ignore_index=True)


def explanations(experiment: Experiment, trials: Sequence[Trial]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What the exported forecasts rest on: mean contributions of each feature, and those of the strongest by value.

    importances : label, feature, mean_absolute_contribution [log-odds]. dependence : label, feature, value,
    contribution, a row for each customer (of many a sample) and each of the strongest features of decline.
    """
    importances, dependence = [], []
    for part in PARTS:
        best = exported(experiment, trials, part)
        if best is None:
            continue
        said = said_now(best)
        X = said.judged.test.X
        if len(X) > MOST_EXPLAINED:
            X = X.sample(MOST_EXPLAINED, random_state=experiment.seed)
        numbers = said.learnt.numbers(X)
        _, parts = contributions(said.learnt.model, numbers)
        ranked, label = importance(parts), best.params["label"]
        importances.append(ranked.assign(label=label))
        if part == "decline":
            for feature in ranked["feature"].head(STRONGEST):
                values = {"value": numbers[feature].to_numpy(float), "contribution": parts[feature].to_numpy(float)}
                dependence.append(pd.DataFrame({"label": label, "feature": feature, **values}))
    return _stacked(importances), _stacked(dependence)


def _stacked(several: Sequence[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(several, ignore_index=True) if several else pd.DataFrame()


def risk_notes(experiment: Experiment, questions: Sequence[Question], trials: Sequence[Trial]) -> Iterator[str]:
    """What a reader must know of the labels: who is ahead of the rules, what chance alone does, what contacts bring."""
    for question in questions:
        if question.lacking:
            yield f"No forecast of {question.label}: {question.lacking}"
            continue
        candidates = entered(trials, question.part)
        yield _beside_the_rule(experiment, question, candidates)
        yield _by_chance(question, winner(_of(candidates, MODEL), experiment.churn.choose_by).metrics)
        yield from question.left_out
    for part in PARTS:
        chosen = exported(experiment, trials, part)
        if chosen is not None:
            yield _chosen(part, chosen, len(entered(trials, part)))
    best = exported(experiment, trials, "decline")
    if best is not None:
        yield _calibrated(best)
        yield _brought(experiment, policies_table(experiment, trials))
        yield _breaks_even(experiment, said_now(best))


def _of(candidates: Sequence[Trial], kind: str) -> list[Trial]:
    return [trial for trial in candidates if trial.params["kind"] == kind]


def _beside_the_rule(experiment: Experiment, question: Question, candidates: Sequence[Trial]) -> str:
    by = experiment.churn.choose_by
    model, rule = (winner(_of(candidates, kind), by) for kind in (MODEL, RULE))
    interval = model.metrics[f"above_rule_{by}_low"], model.metrics[f"above_rule_{by}_high"]
    both = (model.family, model.metrics[by]), (rule.family, rule.metrics[by])
    n = len(question.dates)
    when = f"mean over {n} dates" if n > 1 else f"as of {question.now.name} alone"
    return f"{question.label}: the best model {beside_the_rule(by, *both, interval, when)}"


def _by_chance(question: Question, metrics: Mapping[str, float]) -> str:
    """How often a label comes true, how often it would if nobody changed, and what is foreseen that is not yet seen."""
    asked = f"those asked ({len(question.now.test.y):,} as of {question.now.name})"
    rates = f"{question.label} comes true for {metrics['base_rate']:.1%} of {asked}"
    chance = f"if nobody changed, chance alone would make it {metrics['null_rate']:.1%}"
    named = {"active_roc_auc_score": "still active", "unseen_roc_auc_score": "not yet visibly declining"}
    told = [f"{metrics[name]:.3f} among those {who}" for name, who in named.items() if np.isfinite(metrics[name])]
    foreseen = f" ROC AUC {metrics['roc_auc_score']:.3f}, {', '.join(told)}." if told else ""
    return f"{rates}; {chance}.{foreseen}"


def _chosen(part: str, best: Trial, n: int) -> str:
    """What scores carry, and whether the date that it is judged at had a say in that."""
    now, *others = best.said
    chosen = f"p_{part} is that of {best.family}, the best of {n} at {' and '.join(others) or now}"
    return f"{chosen}; {now} had no say in that." if others else f"{chosen}, which flatters it a little."


def _calibrated(best: Trial) -> str:
    error, before = best.metrics["calibration_loss"], best.metrics["raw_calibration_loss"]
    how = said_now(best).learnt.calibration.said
    after = f", {before:.3f} before it was calibrated" if best.params["calibration"] != "none" else ""
    return f"Calibration error of {best.params['label']} by {best.family}: {error:.3f}{after}. {how}"


def _brought(experiment: Experiment, table: pd.DataFrame) -> str:
    """What contacting the flagged would have brought, with what was assumed."""
    row = table.set_index("policy").astype(float)
    campaign = campaign_of(experiment)
    low, high = campaign.success_rate

    def money(policy: str) -> str:
        middle, low, high = (round(row[end][policy]) for end in ("middle", "low", "high"))  # no minus before a nothing
        return f"{middle:,} ({low:,} to {high:,})"

    n = row["n_contacted"]["model"]
    return (
        f"Contacting the {n:,.0f} flagged would have brought {money('model')}; as many by recency {money('recency')}, "
        f"at random {money('at random')}; assumed: a contact costs {campaign.contact_cost:g}, an offer that is taken "
        f"{campaign.offer_cost:g}, it keeps {low:.0%} to {high:.0%} of those who would decline, margin "
        f"{campaign.margin_share:.0%} of spend."
    )


def _breaks_even(experiment: Experiment, said: Said) -> str:
    """From which chance of decline on a contact pays, for whom as much is at stake as for half of the eligible."""
    campaign, stake = campaign_of(experiment), float(np.median(lost_by(said)))
    p = float(break_even(np.array([stake]), campaign)[0])
    says = f"pays from a chance of decline of {p:.0%} on" if np.isfinite(p) else "never pays"
    return f"Break-even: for a customer who would spend {stake:,.0f} less, as the median one would, a contact {says}."
