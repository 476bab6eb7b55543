"""What is understood of the chosen segments: portraits, conditions, steadiness, where customers came from."""

from collections.abc import Mapping
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
from clientscape.scorer.former import Former
from clientscape.scorer.model import Scorer
from clientscape.segment.coordinates import legible
from clientscape.segment.identity import identify
from clientscape.segment.names import unlike
from clientscape.segment.succession import Succession, succeed
from clientscape.segment.traits import Language
from clientscape.tables import Tables

ALIKE = 0.9  # absolute rank correlation from which of two features one is shown
MOST_LEVELS = 50  # of an attribute that is worth a look: more are names, not kinds
OTHER_LANGUAGE: dict[Language, Language] = {"en": "de", "de": "en"}
STATUSES = ("kept", "split", "merged", "new", "gone")


def portraits(
    contest: Contest, tables: Tables, scorer: Scorer, scores: pd.DataFrame, chosen: Clustering
) -> dict[str, Any]:
    """The tables of the chosen segments, and of the segments by rule, as `Finished` has them."""
    now, segments = contest.ahead.now, scores["segment"]
    spend = now.table["spend_total"]
    by_size = sizes(scores, spend, "segment")
    numbers = now.table[list(contest.columns)].select_dtypes("number")
    profile = deviations(legible(now.table, contest.columns), segments).loc[by_size.index]
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
        "other_names": _other_names(contest, scorer),
        "migration": matrix(scorer.score(tables, contest.ahead.then.window.as_of), scores),
    }


def hand_down(former: Former, scorer: Scorer, tables: Tables, scores: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Give a scorer's segments ids and names that carry on those of the champion, who places the same customers.

    What became of each segment, empty where there is nobody to carry on, and a sentence about it.
    """
    known, why = former.scorer, former.why_none
    if known is not None:
        try:
            passed = succession(known, tables, scores, former.next_id)
        except InputError as error:
            why = f"the champion cannot place these customers ({error.faults[0]})"
        else:
            given = _named_as_before(scorer, passed, known.plan.language == scorer.plan.language)
            scorer.hand_down(given, passed.next_id)
            return _told(passed, dict(given.values())), _counted(passed)
    own = sorted((i, label, name) for label, (i, name) in scorer.parts["segment_names"].items() if label >= 0)
    fresh = {label: (former.next_id + place, name) for place, (_, label, name) in enumerate(own)}
    scorer.hand_down(fresh, former.next_id + len(own))
    return pd.DataFrame(), f"Ids of segments count from {former.next_id}, as {why}."


def succession(known: Scorer, tables: Tables, scores: pd.DataFrame, next_id: int) -> Succession:
    """Which segments of new scores carry on those of a known scorer, who places the same customers.

    InputError where he cannot.
    """
    old = known.score(tables, scores["as_of"].iloc[0].date())
    placed = scores["customer_id"].map(old.set_index("customer_id")["segment_id"]).fillna(0).astype(int)
    named = known.parts["segment_names"].values()
    names = {segment_id: (segment_id, name) for segment_id, name in named if segment_id > 0}
    return succeed(_labels(placed), _labels(scores["segment_id"]), names, next_id)


def _named_as_before(scorer: Scorer, passed: Succession, same_language: bool) -> dict[int, tuple[int, str]]:
    """Id and name of each label: the kept ones keep their names, the others' stay unlike them."""
    kept = passed.names if same_language else {}
    taken, given = set(kept.values()), {}
    for label, (own_id, own_name) in scorer.parts["segment_names"].items():
        if label >= 0:
            name = kept.get(own_id) or unlike(own_name, taken, scorer.plan.language)
            taken.add(name)
            given[label] = (passed.ids[own_id], name)
    return given


def _told(passed: Succession, names: Mapping[int, str]) -> pd.DataFrame:
    """The table of a succession, with the names of the segments of today."""
    table = passed.table.copy()
    today = table["status"] != "gone"
    table.loc[today, "name"] = table.loc[today, "segment_id"].map(names)
    called = {f"segment {segment_id}": name for segment_id, name in names.items()}
    table["moved"] = [
        "; ".join(" to ".join(called.get(part, part) for part in said.split(" to ")) for said in moved.split("; "))
        for moved in table["moved"]
    ]
    return table


def _counted(passed: Succession) -> str:
    counts = passed.table["status"].value_counts()
    told = ", ".join(f"{counts[status]} {status}" for status in STATUSES if status in counts)
    return f"Segments beside the champion's: {told}. Only the kept ones have its ids."


def _labels(ids: "pd.Series[int]") -> NDArray[np.int64]:
    """Segment ids as labels, the unplaced -1."""
    return np.asarray(ids.where(ids > 0, -1), dtype=np.int64)


def _steady(scorer: Scorer, scores: pd.DataFrame, chosen: Clustering) -> pd.DataFrame:
    """How much of each segment came back when customers were drawn anew: segment, jaccard, jaccard_low, n_customers."""
    sizes_of = scores["segment"].value_counts()
    rows = []
    for label in (int(label) for label in np.unique(chosen.labels) if label >= 0):
        name = scorer.parts["segment_names"][label][1]
        asked = label < chosen.jaccards.shape[1]  # a small one may have nobody in the sample
        back = chosen.jaccards[:, label] if asked else np.full(1, np.nan)
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


def _other_names(contest: Contest, scorer: Scorer) -> dict[str, str]:
    """What the segments are called in the other language, by name; not of those that keep a former name."""
    table, own = contest.ahead.now.table, contest.experiment.segments.language
    labels = scorer.parts["clusterer"].predict(scorer.coordinates(table))
    value = table["expected_value"].groupby(labels).mean()
    profile = deviations(legible(table, contest.columns), pd.Series(labels))
    today, other = (identify(profile, value, language) for language in (own, OTHER_LANGUAGE[own]))
    named = scorer.parts["segment_names"].items()
    return {name: other[label][1] for label, (_, name) in named if today.get(label, (0, ""))[1] == name}
