"""What is understood of the chosen segments: portraits, conditions, steadiness, where customers came from."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clientscape.evaluate.attributes import over_bought, typical
from clientscape.evaluate.migration import matrix
from clientscape.evaluate.profile import deviations, lifts, medoids, sizes
from clientscape.evaluate.selection import distinct, kept
from clientscape.evaluate.surrogate import describe
from clientscape.faults import InputError
from clientscape.run.clusterings import Contest
from clientscape.run.contests import Clustering
from clientscape.scorer.model import Scorer
from clientscape.segment.coordinates import on_log_scale
from clientscape.segment.identity import identify
from clientscape.segment.succession import Succession, succeed
from clientscape.segment.traits import Language
from clientscape.tables import Tables

ALIKE = 0.9  # absolute rank correlation from which of two features one is shown
MOST_LEVELS = 50  # of an attribute that is worth a look: more are names, not kinds
OTHER_LANGUAGE: dict[Language, Language] = {"en": "de", "de": "en"}
NEW = {"en": "new", "de": "neu"}  # a segment whose name a former one keeps


def portraits(
    contest: Contest, tables: Tables, scorer: Scorer, scores: pd.DataFrame, chosen: Clustering
) -> dict[str, Any]:
    """The tables of the chosen segments, and of the segments by rule, as `Finished` has them."""
    now, segments = contest.ahead.now, scores["segment"]
    spend = now.table["spend_total"]
    by_size = sizes(scores, spend, "segment")
    numbers = now.table[list(contest.columns)].select_dtypes("number")
    profile = deviations(on_log_scale(numbers), segments).loc[by_size.index]
    shares = by_size[["share_of_customers", "share_of_spend"]]
    seed, ids = contest.experiment.seed, scores["customer_id"].to_numpy(object)
    near = medoids(scorer.coordinates(now.table), segments.to_numpy(object), seed=seed)
    return {
        "segments": by_size.reset_index(),
        "profile": pd.concat([shares, profile], axis=1),
        "rfm": sizes(scores, spend, "rfm_segment").rename_axis("segment").reset_index(),
        "steady": _steady(scorer, scores, chosen),
        "described": describe(numbers, segments, seed=seed),
        "lifts": lifts(numbers[kept(distinct(numbers, list(numbers.columns), ALIKE))], segments),
        "typical": typical(_attributes(tables, ids, contest.experiment.segments.truth), segments),
        "over_bought": over_bought(_bought(contest, tables, scores)),
        "typical_customers": {str(name): [str(ids[at]) for at in positions] for name, positions in near.items()},
        "other_names": _other_names(contest, scorer, scores),
        "migration": matrix(scorer.score_snapshot(contest.ahead.then), scores),
    }


def handed_down(champion: Scorer | None, scorer: Scorer, tables: Tables, scores: pd.DataFrame) -> Succession | str:
    """Which segments carry on those of the champion, who places the same customers; or why that cannot be told."""
    if champion is None:
        return "There is no champion yet: its segments' ids count from 1."
    try:
        old = champion.score(tables, scores["as_of"].iloc[0].date())
    except InputError as error:
        return f"Ids count from 1, as the champion cannot place these customers: {error.faults[0]}"
    placed = scores["customer_id"].map(old.set_index("customer_id")["segment_id"]).fillna(0).astype(int)
    before, now = _labels(placed), _labels(scores["segment_id"])
    names = {segment_id: (segment_id, name) for segment_id, name in champion.parts["segment_names"].values()}
    return succeed(before, now, names | {-1: names[0]}, int(champion.facts["next_segment_id"]))


def name_as_before(scorer: Scorer, passed: Succession) -> None:
    """Give a scorer's segments the ids of a succession, the kept ones their names too; other names stay unlike them."""
    own = {label: found for label, found in scorer.parts["segment_names"].items() if label >= 0}
    taken = set(passed.names.values())
    given = {}
    for label, (segment_id, name) in own.items():
        kept = passed.names.get(segment_id)
        if kept is None and name in taken:
            name = f"{name}, {NEW[scorer.plan.language]}"
        given[label] = (passed.ids[segment_id], kept or name)
    scorer.hand_down(given, passed.next_id)


def _labels(ids: "pd.Series[int]") -> NDArray[np.int64]:
    """Segment ids as labels, the unplaced -1."""
    return np.asarray(ids.where(ids > 0, -1), dtype=np.int64)


def _steady(scorer: Scorer, scores: pd.DataFrame, chosen: Clustering) -> pd.DataFrame:
    """How much of each segment came back when customers were drawn anew: segment, jaccard, jaccard_low, n_customers."""
    sizes_of = scores["segment"].value_counts()
    present = [int(label) for label in np.unique(chosen.labels) if label >= 0]
    rows = []
    for label, back in zip(present, chosen.jaccards.T, strict=True):
        name = scorer.parts["segment_names"][label][1]
        low = float(np.quantile(back, 0.1))
        rows.append({"segment": name, "jaccard": back.mean(), "jaccard_low": low, "n_customers": sizes_of.get(name, 0)})
    return pd.DataFrame(rows).sort_values("n_customers", ascending=False, kind="stable", ignore_index=True)


def _attributes(tables: Tables, ids: NDArray[np.object_], truth: str | None) -> pd.DataFrame:
    """The shop's own attributes of customers, those of few levels; the truth that trials are held against is none."""
    known = tables.customers
    if known is None:
        return pd.DataFrame(index=range(len(ids)))
    aligned = known.set_index("customer_id").reindex(ids).reset_index(drop=True)
    words = aligned.select_dtypes(exclude=["number", "datetime"])
    few = [column for column in words if 2 <= words[column].nunique() <= MOST_LEVELS and column != truth]
    return words[few]


def _bought(contest: Contest, tables: Tables, scores: pd.DataFrame) -> pd.DataFrame:
    """What was bought within the window, by segment, customer and category; nothing where lines have no category."""
    lines = tables.transactions
    if "category" not in lines:
        return pd.DataFrame(columns=["segment", "category", "amount", "customer_id"]).astype({"amount": float})
    past = lines.loc[contest.ahead.now.window.past(lines["day"]), ["customer_id", "category", "amount_minor"]]
    sums = past.groupby(["customer_id", "category"], as_index=False, observed=True)["amount_minor"].sum()
    named = sums.rename(columns={"amount_minor": "amount"}).astype({"amount": float})
    return pd.merge(named, scores[["customer_id", "segment"]], on="customer_id")


def _other_names(contest: Contest, scorer: Scorer, scores: pd.DataFrame) -> dict[str, str]:
    """What the segments are called in the other language, by name."""
    labels = scorer.parts["clusterer"].predict(scorer.coordinates(contest.ahead.now.table))
    numbers = contest.ahead.now.table[list(contest.columns)].select_dtypes("number")
    value = contest.ahead.now.table["expected_value"].groupby(labels).mean()
    language = OTHER_LANGUAGE[contest.experiment.segments.language]
    other = identify(deviations(on_log_scale(numbers), pd.Series(labels)), value, language)
    return {name: other[label][1] for label, (_, name) in scorer.parts["segment_names"].items() if label in other}
