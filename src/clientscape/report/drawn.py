"""The pictures of a finished run, with what they say."""

import pandas as pd
from matplotlib.figure import Figure

from clientscape.evaluate.choice import SUBSAMPLED
from clientscape.report.contests import judgement
from clientscape.report.curves import capture, tracking
from clientscape.report.dependence import dependence, importances
from clientscape.report.forecasts import standings
from clientscape.report.histories import calibration, frequency_recency
from clientscape.report.items import Finished
from clientscape.report.maps import montage, segment_map
from clientscape.report.migration import alluvial
from clientscape.report.page import Picture
from clientscape.report.portraits import profile_heat_map, segment_bars
from clientscape.report.profits import profit_curves
from clientscape.report.steadiness import steadiness
from clientscape.report.sweeps import k_curve
from clientscape.report.tradeoffs import tradeoff


def pictures(finished: Finished) -> dict[str, Picture]:
    """The pictures of a run by file name."""
    made = _of_the_contest(finished) | _of_labels(finished) | _of_forecasts(finished)
    return made if finished.scores.empty else _of_segments(finished) | made


def _of_the_contest(finished: Finished) -> dict[str, Picture]:
    """The pictures of the clusterings."""
    trials = _named(finished.trials)
    return {
        "k_curve": Picture(
            k_curve(trials),
            "Silhouette is never read alone: who leaves customers out, or splits off a few, can have the highest. "
            "Grey: what the same clusterers reach where each column is shuffled by itself.",
            "Silhouette, stability, coverage and smallest share of every trial by number of segments",
            "contest",
        ),
        "tradeoff": Picture(
            tradeoff(trials, _of_rules(finished.baselines)),
            "What silhouette hides: whether segments come back on other customers, and how much of the log spend of "
            "the horizon ahead their means of the horizon before explain.",
            "Stability by silhouette, and foresight by number of segments, of every trial",
            "contest",
        ),
        "montage": Picture(
            _montage(finished, trials),
            "The same map, cut by the best trials of each family.",
            "Small maps of the best clusterings of each family, customers coloured by segment",
            "contest",
        ),
    }


def _of_labels(finished: Finished) -> dict[str, Picture]:
    """The pictures of the forecasts of churn and decline."""
    if finished.judgement.empty:
        return {}
    made = {
        "judgement": Picture(
            judgement(finished.judgement),
            "Models beside the simple rules, on horizons that none of them saw: means over the dates, lines from the "
            "least to the most.",
            "ROC AUC and average precision of models and simple rules for each label",
            "forecasts",
        ),
        "importances": Picture(
            importances(finished.importances),
            "What moves the exported forecasts, on average over the customers.",
            "Mean absolute contribution of each feature to the log-odds of churn and of decline",
            "forecasts",
        ),
    }
    if finished.policies.empty:
        return made
    flagged = finished.policies.set_index("policy")["n_contacted"]["model"]
    return made | {
        "profit": Picture(
            profit_curves(finished.profits, {"flagged": float(flagged)}, finished.currency),
            "What contacting would have brought in the horizon that the model did not see, by how many are contacted "
            "and by what they are ranked.",
            "Realised profit by number of customers contacted, ranked by expected profit, by recency and at random",
            "forecasts",
        ),
        "dependence": Picture(
            dependence(finished.dependence),
            "How the value of a feature moves the forecast of decline: above 0 it raises the risk.",
            "Contributions of the strongest features to the log-odds of decline by their value",
            "forecasts",
        ),
    }


def _of_segments(finished: Finished) -> dict[str, Picture]:
    """The pictures of the chosen segments, and of those by rule."""
    shown = finished.scores["segment"].iloc[finished.on_map]
    some = "" if len(shown) == len(finished.scores) else f": {len(shown):,} of {len(finished.scores):,}"
    return {
        "segment_map": Picture(
            segment_map(finished.coordinates, shown, title=f"The landscape of the customers{some}"),
            "The chosen segments on a map of all customers.",
            "Map of all customers coloured by segment",
            "segments",
        ),
        "segment_bars": Picture(
            segment_bars(finished.segments.set_index("segment")),
            "Share of the customers and of what they spent.",
            "Share of customers and of spend of each segment",
            "segments",
        ),
        "profile": Picture(
            profile_heat_map(finished.profile),
            "How each segment differs from the average customer.",
            "Heat map of segments by features, in standard deviations from the average customer",
            "segments",
        ),
        "steadiness": Picture(
            steadiness(finished.steady),
            "How much of each segment comes back where customers are drawn anew.",
            "Jaccard overlap of each segment with its like in other draws of the customers",
            "segments",
        ),
        "migration": Picture(
            alluvial(finished.migration),
            "Where customers were one horizon earlier, by the same model, and where they are now.",
            "Flows of customers between segments from one horizon earlier to now",
            "segments",
        ),
        "rfm_bars": Picture(
            segment_bars(finished.rfm.set_index("segment")),
            "The segments by rule.",
            "Share of customers and of spend of each RFM segment",
            "rfm",
        ),
    }


def _named(trials: pd.DataFrame) -> pd.DataFrame:
    """The trials, with what was measured on a sample of the customers under the name that pictures know."""
    names = [str(name) for name in trials if str(name).startswith(SUBSAMPLED)]
    sampled = {name.removeprefix(SUBSAMPLED): trials[name] for name in names}
    return trials.assign(**sampled)


def _of_rules(baselines: pd.DataFrame) -> pd.DataFrame:
    """Rule sets without the plain groupings, which are lines."""
    plain = baselines["rules"].str.startswith(("value_tiers", "random_groups"))
    return baselines[~plain]


def _of_forecasts(finished: Finished) -> dict[str, Picture]:
    """The pictures of the contest of orders and spend."""
    table = {name: _stacked(finished, name) for name in ("calibration", "tracking", "capture", "grid")}
    made = {
        "standings": Picture(
            standings(finished.standings),
            "Forecasts of order days beside the simple rules: no measure alone, and not at one date alone. "
            "A hollow mark lies beyond the panel.",
            "Errors, correlation, Gini and total of each forecast of order days, by date",
            "amounts",
        ),
        "tracking": Picture(
            tracking(table["tracking"]),
            "All order days of the horizon, as they came and as each forecast has them.",
            "Cumulative order days by week, actual and forecast",
            "amounts",
        ),
        "calibration": Picture(
            calibration(table["calibration"]),
            "Mean forecast and mean outcome of customers, by how often they had come back before.",
            "Mean order days by repeat order days before, actual and forecast",
            "amounts",
        ),
        "capture": Picture(
            capture(table["capture"].drop_duplicates(["forecaster", "share_of_customers"])),
            "How much of what came was with the customers who were ranked highest.",
            "Share of order days on the customers with the highest forecasts",
            "amounts",
        ),
    }
    if table["grid"].empty:
        return made
    first = table["grid"]["forecaster"].iloc[0]
    shown = table["grid"][table["grid"]["forecaster"] == first]
    said = f"What {first} says of a customer known from the first day on, by how often and how lately he ordered."
    alt = f"Chance to be active and expected order days by frequency and recency, as {first} has them"
    return made | {"frequency_recency": Picture(frequency_recency(shown), f"{said} White: cannot be.", alt, "amounts")}


def _stacked(finished: Finished, name: str) -> pd.DataFrame:
    """One kind of curve of all forecasters, below each other."""
    several = [tables[name] for tables in finished.curves.values() if len(tables[name])]
    return pd.concat(several, ignore_index=True) if several else pd.DataFrame()


def _montage(finished: Finished, trials: pd.DataFrame, each: int = 3) -> Figure:
    """The chosen trial and the best of each family by silhouette."""
    trials = trials.set_index("trial")
    ranked = trials.sort_values("silhouette_score", ascending=False, kind="stable")
    best = ranked.groupby("family", sort=False).head(each).index
    chosen = next(iter(trials.index[trials["chosen"].to_numpy(bool)]), None)
    names = [chosen, *(name for name in best if name != chosen)] if chosen else list(best)
    return montage(finished.coordinates, {name: finished.labelings[name] for name in names}, trials, chosen=chosen)
