"""What an experiment asks that its data cannot answer: told before the first trial."""

from clientscape.catalog import call, functions
from clientscape.churn import labels as churn_labels
from clientscape.churn.examples import one_sided
from clientscape.faults import Fault
from clientscape.run.config import Experiment
from clientscape.run.contests import Question, label_use
from clientscape.run.names import uses
from clientscape.scorer.snapshot import Snapshot
from clientscape.window import Window

FEWEST_CUSTOMERS = 30


def window_faults(experiment: Experiment, window: Window) -> list[Fault]:
    """A horizon that is not covered, a training origin without a past, a label without its history."""
    faults = window.faults(with_future=True)
    if faults:
        return faults
    origin = window.before()
    faults = origin.faults("window (training origin, one horizon before as_of)")
    for part in ("churn", "decline"):
        label = call(label_use(experiment, part), functions(churn_labels), "labels")
        needed = label.history_horizons * window.horizon_days
        if origin.history_days < needed:
            found = f"{origin.history_days} days of history before the training origin {origin.as_of}"
            cure = "choose a later as_of or a shorter horizon_days"
            faults.append(Fault(f"churn.{part}_label", found, f"at least {needed}", cure))
    return faults


def snapshot_faults(experiment: Experiment, now: Snapshot, then: Snapshot) -> list[Fault]:
    """Too few customers, or columns that are missing for all of them."""
    faults = []
    for snapshot in (now, then):
        at, n = f"customers at {snapshot.window.as_of}", len(snapshot.table)
        most = max((int(use.settings.get("n_segments", 0)) for use in uses(experiment.segments.clusterers)), default=0)
        if n < max(FEWEST_CUSTOMERS, 2 * most):
            expected = f"at least {max(FEWEST_CUSTOMERS, 2 * most)} with an order in the window"
            faults.append(
                Fault(at, str(n), expected, "use a larger source, a longer lookback_days or fewer n_segments")
            )
            continue
        for path, columns in (
            ("segments.columns", experiment.segments.columns),
            ("churn.columns", experiment.churn.columns),
        ):
            empty = [column for column in columns if snapshot.table[column].isna().all()]
            cure = "remove it, or ask for a span that the window covers"
            if empty and empty[0] == "p_alive":
                cure = f"remove it: {snapshot.lifetime.status}"
            faults.extend(
                Fault(f"{path}: {column}", f"nothing but missing for the {at}", "values", cure) for column in empty
            )
    return faults


def question_faults(experiment: Experiment, questions: list[Question]) -> list[Fault]:
    """Labels that cannot be learnt at the training origin, or not judged at as_of."""
    faults = []
    for question in questions:
        path, columns = f"churn.{question.part}_label", experiment.churn.columns
        faults += one_sided(question.train, columns, f"{path} (training origin, one horizon before as_of)")
        faults += one_sided(question.test, columns, f"{path} (as_of)")
    return faults
