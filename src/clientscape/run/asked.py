"""What an experiment asks about leaving and declining: labels, the dates they are learnt at and judged at."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from clientscape.catalog import Use
from clientscape.churn.examples import Examples, Minimums, lacking
from clientscape.churn.labels import Label
from clientscape.churn.unchanged import Weeks, null_rate, weeks_of
from clientscape.run.config import Experiment
from clientscape.run.contests import snapshot
from clientscape.run.names import uses
from clientscape.scorer.risks import YearAgo, anybody, examples_of, label_of, lesson_windows, year_ago
from clientscape.scorer.snapshot import Snapshot
from clientscape.tables import Tables
from clientscape.window import Window

MOST_DATES = 3  # where the config names none
PARTS = ("churn", "decline")  # what scores carry


@dataclass
class Past:
    """Snapshots by window, each taken once; and of each the weeks that a world without change is drawn from."""

    experiment: Experiment
    tables: Tables
    snapshots: dict[Window, Snapshot]
    _weeks: dict[Window, Weeks] = field(default_factory=dict)

    def at(self, window: Window) -> Snapshot:
        """What was known at a window."""
        if window not in self.snapshots:
            self.snapshots[window] = snapshot(self.experiment, self.tables, window)
        return self.snapshots[window]

    def weeks(self, window: Window) -> Weeks:
        """The weeks of the customers of a window."""
        if window not in self._weeks:
            now = self.at(window)
            self._weeks[window] = weeks_of(
                self.tables,
                window,
                now.table["customer_id"],
                now.letters,
                memory_limit=self.experiment.memory_limit,
            )
        return self._weeks[window]


@dataclass(frozen=True)
class Judged:
    """A label at one date: what it is learnt from (earliest first), what it is judged on."""

    part: str
    label: str
    use: Use
    past: Past
    window: Window
    lessons: Sequence[Examples]
    test: Examples

    @property
    def name(self) -> str:
        """The date, as metrics of it begin."""
        return str(self.window.as_of)

    @cached_property
    def null_rate(self) -> float:
        """Share of yes to expect if nobody changed [share]."""
        label, before = self.test.label, self.past.at(self.window).past
        return null_rate(label, before, self.past.weeks(self.window), seed=self.past.experiment.seed)

    @cached_property
    def year_ago(self) -> YearAgo:
        """What was so a year before the horizon, where the history reaches back."""
        return year_ago(self.past.tables, self.window, self.lessons, self.use, self.past.experiment.memory_limit)


@dataclass(frozen=True)
class Question:
    """A label with all dates that it is judged at, the window's own first; `lacking` says why there is no model."""

    part: str
    label: str
    use: Use
    past: Past
    dates: Sequence[Judged]
    lacking: str = ""
    left_out: Sequence[str] = ()

    @property
    def now(self) -> Judged:
        """At the window's own as_of."""
        return self.dates[0]


def label_uses(experiment: Experiment) -> dict[str, Use]:
    """Every label that is asked, by part: `churn`, `decline`, and by its own name what is judged beside them."""
    churn = experiment.churn
    asked = {"churn": uses(churn.churn_label)[0], "decline": uses(churn.decline_label)[0]}
    exported = {str(use) for use in asked.values()}
    return asked | {str(use): use for use in uses(churn.also) if str(use) not in exported}


def called(experiment: Experiment, part: str) -> str:
    """What the label of a part is called: by its function, with its settings where two labels share that."""
    asked = label_uses(experiment)
    alone = sum(use.use == asked[part].use for use in asked.values()) == 1
    return asked[part].use if alone else asked[part].name


def judged_windows(experiment: Experiment, window: Window) -> list[Window]:
    """Where labels are judged, the window first; as the config says, or up to two horizons before."""
    named = experiment.churn.judged_also_at
    if named is not None:
        return [window, *(replace(window, as_of=at) for at in named)]
    found, earlier = [window], window.before()
    while len(found) < MOST_DATES and not earlier.faults() and earlier.lessons(1, 1):
        found.append(earlier)
        earlier = earlier.before()
    return found


def ask(experiment: Experiment, tables: Tables, now: Snapshot, then: Snapshot) -> list[Question]:
    """The questions of an experiment, with those that the data lacks something for."""
    past = Past(experiment, tables, {now.window: now, then.window: then})
    return [_question(part, use, past, now.window) for part, use in label_uses(experiment).items()]


def _question(part: str, use: Use, past: Past, window: Window) -> Question:
    """A label at every date that has what it takes."""
    dates: list[Judged] = []
    label = called(past.experiment, part)
    left_out = []
    for at in judged_windows(past.experiment, window):
        judged, why = _judged(part, label, use, past, at)
        if judged is not None:
            dates.append(judged)
        elif at == window:
            return Question(part, label, use, past, [], why)
        else:
            left_out.append(f"{label} is not judged at {at.as_of}: {why}")
    return Question(part, label, use, past, dates, "", left_out)


def _judged(part: str, name: str, use: Use, past: Past, at: Window) -> tuple[Judged | None, str]:
    """A label at one date; or None, and what is missing for a model."""
    if not anybody(past.tables, at):
        return None, f"nobody ordered in the window before {at.as_of}."
    learn, churn, memory = past.experiment.churn.learn_from, past.experiment.churn, past.experiment.memory_limit
    label = label_of(use)
    windows = lesson_windows(past.tables, at, learn.origins, learn.every_days, label)
    if not windows:
        return None, _no_lesson(at, label)
    lessons = [examples_of(past.tables, past.at(window), use, memory) for window in windows]
    test = examples_of(past.tables, past.at(at), use, memory)
    least = Minimums(churn.least_customers, churn.least_yes)
    if lacks := lacking(lessons, test, least):
        return None, " ".join(lacks)
    return Judged(part, name, use, past, at, lessons, test), ""


def _no_lesson(at: Window, label: Label) -> str:
    """Why there is no date to learn a label from."""
    shortest = max(at.lookback_days or 0, max(1, label.history_horizons) * at.horizon_days)
    needed, ended = shortest + at.horizon_days, f"a horizon of {at.horizon_days} days that has ended by then"
    if at.history_days >= needed:
        return f"nobody ordered early enough before {at.as_of} to learn from {ended}."
    return f"{at.history_days} days of history before {at.as_of}, where {needed} are needed to learn from {ended}."
