"""Which columns are needed: of near-duplicates one, and for a forecast those that permutation importance supports."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.cluster import AgglomerativeClustering
from sklearn.model_selection import StratifiedKFold

from clientscape.churn.classifiers import Classifier
from clientscape.churn.examples import Examples

Metric = Callable[[NDArray[np.bool_], NDArray[np.float64]], float]
Lesson = tuple[Classifier, pd.DataFrame, NDArray[np.bool_]]


@dataclass(frozen=True)
class Verdict:
    """What became of a column and why; the numbers that it rests on, missing where none was needed."""

    column: str
    kept: bool
    why: str
    duplicate_of: str = ""
    correlation: float = np.nan
    importance: float = np.nan
    standard_error: float = np.nan


@dataclass(frozen=True)
class Measure:
    """How support is measured: `make` gives new classifiers, `metric` judges them, better when lower if it is a loss.

    Customers are judged in `folds` parts, each column shuffled `repeats` times in each.
    """

    make: Callable[[], Classifier]
    metric: Metric
    is_loss: bool
    repeats: int
    folds: int
    seed: int


def kept(verdicts: Sequence[Verdict]) -> list[str]:
    """Names of the columns that stay, in their order."""
    return [verdict.column for verdict in verdicts if verdict.kept]


def distinct(table: pd.DataFrame, columns: Sequence[str], max_correlation: float) -> list[Verdict]:
    """A verdict on each column: who is absent or has one value goes, of near-duplicates the one listed first stays.

    Near-duplicates are clusters by complete linkage of absolute rank correlation (Spearman): every pair in a cluster
    lies above `max_correlation`. Missing counts as the median, as most models take it.
    """
    flat = {column: _flat(table, column) for column in columns}
    varied = [column for column in columns if not flat[column]]
    like = _correlations(table[varied])
    rho = {(one, other): like[i, j] for i, one in enumerate(varied) for j, other in enumerate(varied)}
    cluster = dict(zip(varied, _clusters(like, max_correlation), strict=True))
    first: dict[int, str] = {}
    verdicts = []
    for column in columns:
        if flat[column]:
            verdicts.append(Verdict(column, False, flat[column]))
        elif (stays := first.setdefault(cluster[column], column)) == column:
            verdicts.append(Verdict(column, True, ""))
        else:
            alike = float(rho[column, stays])
            said = f"duplicate of {stays}, rank correlation {alike:.3f}"
            verdicts.append(Verdict(column, False, said, stays, alike))
    return verdicts


def importances(origins: Sequence[Examples], columns: Sequence[str], measure: Measure) -> pd.DataFrame:
    """How much a metric loses when a column is shuffled, on customers that the classifier did not learn from.

    Of several origins, in the order of time, each is judged by what was learnt at the one before; a single one is
    learnt from and judged in folds of customers. Result: a row for each fold judged, a column for each column.
    """
    lessons = _lessons(origins, list(columns), measure)
    rows = [_losses(lesson, measure, np.random.default_rng([measure.seed, i])) for i, lesson in enumerate(lessons)]
    return pd.DataFrame(rows, columns=list(columns))


def supported(importance: pd.DataFrame, at_least: int) -> list[Verdict]:
    """A verdict on each column: it stays if its mean importance less one standard error over the rows is above zero.

    The `at_least` most important stay in any case, and all where there are no two rows to tell an error from.
    """
    columns = [str(column) for column in importance]
    if len(importance) < 2:
        return [Verdict(column, True, "too few cases to measure its support") for column in columns]
    means, errors = importance.mean().tolist(), importance.sem().tolist()
    best = sorted(range(len(columns)), key=lambda i: -means[i])[:at_least]
    verdicts = []
    for i, (column, mean, error) in enumerate(zip(columns, means, errors, strict=True)):
        said = f"importance {mean:+.4f} ± {error:.4f}"
        verdict = Verdict(column, True, said, importance=mean, standard_error=error)
        if mean - error <= 0:
            stays = i in best
            why = f"no support, but one of the {at_least} best: {said}" if stays else f"no support: {said}"
            verdict = replace(verdict, kept=stays, why=why)
        verdicts.append(verdict)
    return verdicts


def _flat(table: pd.DataFrame, column: str) -> str:
    """Why a column tells nothing; empty if it has two values, one of which may be missing."""
    if column not in table:
        return "not to be had from this shop's tables"
    values = table[column]
    if values.isna().all():
        return "nothing but missing"
    return "one value only" if values.nunique(dropna=False) == 1 else ""


def _correlations(table: pd.DataFrame) -> NDArray[np.float64]:
    """Absolute rank correlation of all pairs [0..1]; 0 for a column with one value beside missing."""
    values = table.astype(float)
    like = values.fillna(values.median()).corr(method="spearman").to_numpy()
    return np.asarray(np.clip(np.abs(np.nan_to_num(like)), 0.0, 1.0))


def _clusters(like: NDArray[np.float64], max_correlation: float) -> list[int]:
    if len(like) < 2:
        return [0] * len(like)
    distance = 1.0 - like
    np.fill_diagonal(distance, 0.0)
    linkage = AgglomerativeClustering(
        n_clusters=None, metric="precomputed", linkage="complete", distance_threshold=1.0 - max_correlation
    )
    return [int(label) for label in linkage.fit(distance).labels_]


def _lessons(origins: Sequence[Examples], columns: list[str], measure: Measure) -> Iterator[Lesson]:
    """Fitted classifiers, each with customers to judge it on."""
    if len(origins) == 1:
        X, y = origins[0].X[columns], origins[0].y
        for learnt, judged in _folds(y, measure):
            yield measure.make().fit(X.iloc[learnt], y[learnt]), X.iloc[judged], y[judged]
    for before, after in itertools.pairwise(origins):
        classifier = measure.make().fit(before.X[columns], before.y)
        for _, judged in _folds(after.y, measure):
            yield classifier, after.X[columns].iloc[judged], after.y[judged]


def _losses(lesson: Lesson, measure: Measure, rng: np.random.Generator) -> list[float]:
    """What shuffling each column loses, mean over the repeats (Breiman 2001); all repeats are forecast in one go."""
    classifier, X, y = lesson
    whole = _goodness(measure, y, classifier.predict_proba(X)[:, 1])
    losses = []
    for column in X:
        drawn = np.concatenate([rng.permutation(len(X)) for _ in range(measure.repeats)])
        shuffled = pd.concat([X] * measure.repeats, ignore_index=True)
        shuffled[column] = X[column].to_numpy()[drawn]
        forecasts = classifier.predict_proba(shuffled)[:, 1].reshape(measure.repeats, len(X))
        losses.append(whole - float(np.mean([_goodness(measure, y, p) for p in forecasts])))
    return losses


def _folds(y: NDArray[np.bool_], measure: Measure) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Parts of the customers that all hold both outcomes; none where there are no two of each."""
    n = min(measure.folds, int(y.sum()), int((~y).sum()))
    if n >= 2:
        yield from StratifiedKFold(n, shuffle=True, random_state=measure.seed).split(np.zeros(len(y)), y)


def _goodness(measure: Measure, y: NDArray[np.bool_], p: NDArray[np.float64]) -> float:
    return (-1.0 if measure.is_loss else 1.0) * measure.metric(y, p)
