"""The graph of features: what each needs, in which order they are computed, and what a shop lacks for them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from types import ModuleType
from typing import Any

from clientscape.catalog import Entry, Function, Use, entry, find, functions, inputs
from clientscape.faults import Fault, InputError
from clientscape.features import (
    acquaintance,
    assortment,
    attributes,
    basket,
    choices,
    frequency,
    habits,
    interest,
    lifetime,
    loyalty,
    price,
    price_tier,
    products,
    recency,
    response,
    rhythm,
    trend,
    value,
    web,
)
from clientscape.features.cells import COLUMNS, NEEDS
from clientscape.window import Window

MODULES: tuple[ModuleType, ...] = (
    recency,
    frequency,
    value,
    basket,
    rhythm,
    trend,
    acquaintance,
    assortment,
    products,
    price,
    price_tier,
    habits,
    choices,
    loyalty,
    response,
    web,
    interest,
    attributes,
    lifetime,
)
CATALOGUE = functions(*MODULES)
CELLS_OF = {name: module.CELLS for module in MODULES for name in functions(module)}
GIVEN = ("window", "minor_units")

# Settings whose value names something that the shop must have.
NAMING = {"which": "transactions.{}", "column": "customers.{}", "through": "touches.channel"}


def dictionary(uses: Iterable[Use]) -> list[Entry]:
    """Name, meaning and unit of each feature used."""
    return [entry(use.name, function_of(use)) for use in uses]


def function_of(use: Use) -> Function:
    """The function that a use names."""
    return find(use.use, CATALOGUE, "features")


def aggregates(use: Use) -> bool:
    """Whether a feature is computed from cells (else from other features)."""
    return any(name in COLUMNS[CELLS_OF[use.use]] for name in inputs(function_of(use)))


def ordered(uses: Sequence[Use]) -> list[Use]:
    """The uses and all that they derive from, each after what it needs."""
    by_name = {use.name: use for use in uses}
    graph: dict[str, set[str]] = {}
    waiting = list(uses)
    while waiting:
        use = waiting.pop()
        needed = _derived_from(use, by_name)
        graph[use.name] = {need.name for need in needed}
        for need in needed:
            if need.name not in graph:
                by_name[need.name] = need
                waiting.append(need)
    try:
        return [by_name[name] for name in TopologicalSorter(graph).static_order()]
    except CycleError as error:
        circle = " -> ".join(error.args[1])
        raise InputError(
            [Fault("features", f"a circle: {circle}", "features that end in cells", "break it")]
        ) from error


def needs(use: Use) -> set[str]:
    """What a shop must have for a feature beside the bare log: `points`, `transactions.category`, `prices` ..."""
    found: set[str] = set()
    for part in ordered([use]):
        cells = CELLS_OF[part.use]
        asked = (cells, *inputs(function_of(part))) if aggregates(part) else ()
        found |= {NEEDS[name] for name in asked if name in NEEDS}
        found |= {NAMING[key].format(name) for key, name in part.settings.items() if key in NAMING and name}
    return found


def lacking(uses: Iterable[Use], has: Collection[str]) -> dict[str, str]:
    """The features that a shop's tables cannot give, by name, with what they lack."""
    missing = {use.name: sorted(needs(use) - set(has)) for use in uses}
    return {name: ", ".join(what) for name, what in missing.items() if what}


@dataclass(frozen=True)
class Step:
    """A feature as a plan computes it: from `cells`, or (None) from features before it."""

    name: str
    cells: str | None
    function: Function
    needs: tuple[str, ...]
    settings: Mapping[str, Any]

    def computed(self, columns: Mapping[str, Any], given: Mapping[str, Any]) -> Any:
        """The feature from columns by name; None where the window is too short."""
        arguments = [given[name] if name in given else columns[name] for name in self.needs]
        return None if any(argument is None for argument in arguments) else self.function(*arguments, **self.settings)


@dataclass(frozen=True)
class Asked:
    """What is asked of a log at a date: steps of a plan, of those with an order in the window, or of everyone.

    everyone : who ever ordered, or is given.
    """

    window: Window
    plan: Sequence[Step]
    everyone: bool = False


def steps(uses: Sequence[Use]) -> list[Step]:
    """What has to be computed for some uses, each after what it needs."""
    return [
        Step(use.name, CELLS_OF[use.use] if aggregates(use) else None, f, inputs(f), use.settings)
        for use in ordered(uses)
        for f in [function_of(use)]
    ]


def _derived_from(use: Use, by_name: Mapping[str, Use]) -> list[Use]:
    if aggregates(use):
        return []
    return [by_name.get(name, Use(name)) for name in inputs(function_of(use)) if name not in GIVEN]
