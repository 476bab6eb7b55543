"""Features by narwhals expressions, on any engine that it knows: the definition that the walk is held against."""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import narwhals as nw
import pandas as pd

from clientscape.features import cells, rolled
from clientscape.features.plan import Asked, Step
from clientscape.features.rolled import Frame, Log
from clientscape.window import Window


class _Columns(dict[str, Any]):
    """Any name as an expression of that column; `attributes` as what looks one up."""

    def __missing__(self, name: str) -> Any:
        return nw.col if name == "attributes" else nw.col(name)


@dataclass
class Engine:
    """What an engine does its own way: hold on to what is needed again, and hand over the result."""

    keep: Callable[[Frame], Frame]
    collect: Callable[[Frame], pd.DataFrame]


@dataclass
class _Views:
    """The tables that cells ask for by name, each rolled up when it is first asked for."""

    log: Log
    engine: Engine
    made: dict[str, Any] = field(default_factory=dict)

    def cells(self, name: str, window: Window) -> Frame:
        """A cell table as it looks from a date."""
        function = getattr(cells, name)
        asked = inspect.signature(function).parameters
        frame: Frame = function(**{key: window if key == "window" else self._view(key, window) for key in asked})
        return frame

    def _view(self, name: str, window: Window) -> Any:
        if name == "prices":
            return self.log.get("prices")
        key = f"orders before {window.as_of}" if name == "orders_ever" else name
        if key not in self.made:
            if name == "orders_ever":
                made = cells.orders_before(self._view("order_parts", window), window)
            else:
                made = getattr(rolled, name)(self.log)
            self.made[key] = self.engine.keep(made)
        return self.made[key]


def describe(log: Log, engine: Engine, asked: Sequence[Asked], *, minor_units: int) -> Iterator[Frame]:
    """For each question a frame of customer_id and the features of its plan.

    log : narwhals frames by table name, as `clientscape.tables.Tables` has them; text as String. `asked` among them are
    the customers whom everyone means, if that is not who ever ordered.
    """
    views = _Views(log, engine)
    everyone: Frame | None = log.get("asked")
    for each in asked:
        window, plan = each.window, each.plan
        given = {"window": window, "minor_units": minor_units}
        if each.everyone:
            everyone = engine.keep(log["transactions"].select("customer_id").unique()) if everyone is None else everyone
            people = everyone
        else:
            people = engine.keep(views.cells("order_days", window).select("customer_id").unique())
        made: dict[str, Any] = {}
        for step in plan:
            made[step.name] = step.computed(_Columns({k: v for k, v in made.items() if v is None}), given)
        frame = people
        from_cells = [step for step in plan if step.cells and made[step.name] is not None]
        for table in dict.fromkeys(step.cells for step in from_cells if step.cells):
            wanted = [made[step.name].alias(step.name) for step in from_cells if step.cells == table]
            # A customer without cells has one row of nothing: sums are 0, extremes are missing.
            theirs = people.join(views.cells(table, window), on="customer_id", how="left")
            # Kept, as an engine binds a growing plan anew at each step.
            described = engine.keep(theirs.group_by("customer_id").agg(*wanted))
            frame = frame.join(described, on="customer_id", how="left")
        for level in _levels([step for step in plan if step not in from_cells]):
            frame = frame.with_columns(
                (nw.lit(None, nw.Float64) if made[step.name] is None else made[step.name]).alias(step.name)
                for step in level
            )
        yield frame.select("customer_id", *(step.name for step in plan))


def _levels(derived: Sequence[Step]) -> Iterator[list[Step]]:
    """Derived features in levels, each of which needs only those before it."""
    waiting = list(derived)
    while waiting:
        names = {step.name for step in waiting}
        ready = [step for step in waiting if step.cells or names.isdisjoint(step.needs)]
        yield ready
        waiting = [step for step in waiting if step not in ready]


def expressions_of(log: Mapping[str, Any]) -> dict[str, Frame]:
    """Native frames as narwhals sees them, text as String."""
    frames = {name: nw.from_native(frame).lazy() for name, frame in log.items()}
    return {
        name: frame.with_columns(
            nw.col(column).cast(nw.String)
            for column, kind in frame.collect_schema().items()
            if kind in (nw.Categorical, nw.Enum)
        )
        for name, frame in frames.items()
    }
