"""Names in an experiment: how uses of functions are written, and whether all that is named exists."""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, get_type_hints

from pydantic import BeforeValidator, TypeAdapter, ValidationError

from clientscape.catalog import Function, Use, call, entry, expand, find, inputs, settings
from clientscape.faults import Fault, gather
from clientscape.run.choices import CHOICES, COLUMNS_BESIDE_FEATURES, METRICS
from clientscape.run.rules import load_rules
from clientscape.run.written import expected, origin_of

Where = Callable[..., str]
OF_RULES = ("rules", "stages", "segments.beside")  # where a name may be that of a shop's own file


def _uses(value: Any) -> Any:
    named = value.get("use") if isinstance(value, dict) else value
    if not isinstance(named, str) or (isinstance(value, dict) and [] in value.values()):
        raise ValueError("a name, or {use: name, setting: a value or a list of values}")
    return value


def _one_use(value: Any) -> Any:
    if isinstance(value, dict) and any(isinstance(setting, list) for setting in value.values()):
        raise ValueError("one value for each setting: this is no contest")
    return _uses(value)


Written = Annotated[str | dict[str, Any], BeforeValidator(_uses)]
WrittenOnce = Annotated[str | dict[str, Any], BeforeValidator(_one_use)]
# A metric, or what it asks for -> how often a clustering is fitted again for it.
UNMEASURED = {
    "nulls": "segments.refits.nulls",
    "prediction_strength_score": "segments.refits.halves",
    "seed_agreement_score": "segments.refits.seeds",
}
USES: TypeAdapter[Any] = TypeAdapter(Written | list[Written])
NAMES: TypeAdapter[Any] = TypeAdapter(str | list[str] | dict[str, Any])
COLUMNS: TypeAdapter[Any] = TypeAdapter(list[str])
SECTIONS: TypeAdapter[Any] = TypeAdapter(dict[str, Any])
ANYTHING: TypeAdapter[Any] = TypeAdapter(Any)


def uses(written: Written | Sequence[Written]) -> list[Use]:
    """Uses out of what the config says."""
    return expand([written] if isinstance(written, str | dict) else written)


def name_faults(merged: dict[str, Any], origin: Mapping[str, str], file: str) -> Iterator[Fault]:
    """What names mean: functions and their settings, metrics, columns."""

    def where(path: str, key: str = "") -> str:
        return f"{origin_of(f'{path}.{key}', origin, file)}: {path}"

    yield from _function_faults(merged, where)
    yield from _churn_label_faults(merged, where)
    yield from _search_faults(merged, where)
    yield from _metric_faults(merged, where)
    yield from _column_faults(merged, where)
    yield from _group_faults(merged, where)


def _function_faults(merged: dict[str, Any], where: Where) -> Iterator[Fault]:
    """Unknown functions and settings, uses that would share a name."""
    for path, (choices, given) in CHOICES.items():
        entered = uses(_at(merged, path, USES))
        for name in sorted({use.name for use in entered if sum(use.name == other.name for other in entered) > 1}):
            found = f"several uses that would all be called `{name}`"
            yield Fault(where(path), found, "names that differ", "write the settings of all in the same order")
        for use in entered:
            if path in OF_RULES and not use.settings and use.use not in choices:
                yield from _rule_faults(use.use, where(path))
                continue
            if path in OF_RULES and use.use == "cells" and not any(use_faults(use, choices, given)):
                faults: list[Fault] = []
                with gather(faults):
                    call(use, choices, path)  # proves that each code has one name
                yield from (replace(fault, where=f"{where(path)}: {fault.where}") for fault in faults)
            for key, fault in use_faults(use, choices, given):
                yield replace(fault, where=where(path, key) + fault.where)


def _rule_faults(name: str, where: str) -> list[Fault]:
    """A set of rules that is neither a function nor a file, or a file that is no set of rules."""
    faults: list[Fault] = []
    with gather(faults):
        load_rules(name, where)
    return faults


def rule_use(written: Written) -> Use:
    """The use of a set of rules that may be a shop's own file."""
    use = uses(written)[0]
    return use if use.settings else load_rules(use.use)


def _churn_label_faults(merged: dict[str, Any], where: Where) -> Iterator[Fault]:
    """A label that some customers cannot be asked: every customer gets a p_churn."""
    path = "churn.churn_label"
    choices, given = CHOICES[path]
    for use in uses(_at(merged, path, USES)):
        if any(use_faults(use, choices, given)):
            continue
        if call(use, choices, path).history_horizons > 0:
            found = f"`{use}`, which only customers with some history can be asked"
            expects = "a label that everyone can be asked, as p_churn is given for every customer"
            yield Fault(where(path), found, expects, "write `no_order`, or ask it as churn.decline_label")


def _search_faults(merged: dict[str, Any], where: Where) -> Iterator[Fault]:
    """Settings to be searched that no classifier of the contest has, and values that they cannot have."""
    choices, given = CHOICES["churn.classifiers"]
    entered = {use.use for use in uses(_at(merged, "churn.classifiers", USES))}
    path = "churn.search.settings"
    for name, settings_of in (_at(merged, path, SECTIONS) or {}).items():
        if name not in entered:
            expects = f"one of churn.classifiers: {', '.join(sorted(entered))}"
            yield Fault(where(path, name), f"`{name}`", expects, "add it there, or remove it here")
            continue
        for key, values in settings_of.items() if isinstance(settings_of, dict) else ():
            for value in values if isinstance(values, list) else ():
                for _, fault in use_faults(Use(name, {key: value}), choices, given):
                    yield replace(fault, where=where(path, name) + fault.where)


def _metric_faults(merged: dict[str, Any], where: Where) -> Iterator[Fault]:
    """Metrics that do not exist, cannot choose, or have nothing to compare with."""
    for path, choices in METRICS.items():
        names = _at(merged, path, NAMES)
        kept = [name for name, bounds in names.items() if bounds is not None] if isinstance(names, dict) else names
        for name in [kept] if isinstance(kept, str) else kept:
            yield from _unknown(name, choices, where(path, name))
            for needed, key in UNMEASURED.items():
                asks = (name, *inputs(choices[name])) if name in choices else ()
                if needed in asks and _at(merged, key, ANYTHING) == 0:
                    found, cure = f"`{name}` where {key} is 0", f"set {key} above 0, or choose another metric"
                    yield Fault(where(path, name), found, "refits that measure it", cure)
            needs_truth = name in choices and "truth" in inputs(choices[name])
            if needs_truth and not _at(merged, "segments.truth", ANYTHING):
                found, expects = f"`{name}` without a segments.truth", "known segments to compare with"
                yield Fault(where(path, name), found, expects, "set segments.truth, or choose another metric")


def _column_faults(merged: dict[str, Any], where: Where) -> Iterator[Fault]:
    """Columns that nothing makes, columns that stand twice, text where only numbers can be reckoned with."""
    choices, _ = CHOICES["features.use"]
    made = {use.name: use.use for use in uses(_at(merged, "features.use", USES))}
    text = {name for name, use in made.items() if use in choices and entry(use, choices[use]).unit == "text"}
    features = list(made)
    known = [*features, *COLUMNS_BESIDE_FEATURES]
    for path in ("segments.columns", "churn.columns", "forecasts.columns"):
        columns = _at(merged, path, COLUMNS)
        for column in dict.fromkeys(columns):
            if (n := columns.count(column)) > 1:
                yield Fault(where(path), f"`{column}` {n} times", "each column once", "remove the others")
            allowed = features if path == "forecasts.columns" else known
            if features and column not in allowed:
                expects = f"one of {', '.join(allowed)}"
                yield Fault(where(path), f"`{column}`", expects, "add it to `features.use`, or correct it")
            elif column in text and path == "forecasts.columns":  # elsewhere its levels have columns of their own
                cure = "remove it here; it may stay in `features.use`"
                yield Fault(where(path), f"`{column}`, which is text", "columns of numbers", cure)


def _group_faults(merged: dict[str, Any], where: Where) -> Iterator[Fault]:
    """Columns that no segment sees, and columns that would have several weights."""
    columns = _at(merged, "segments.columns", COLUMNS)
    met: dict[str, str] = {}
    for group in _at(merged, "segments.groups", SECTIONS):
        path = f"segments.groups.{group}.columns"
        for column in _at(merged, path, COLUMNS):
            if columns and column not in columns:
                expects = f"one of segments.columns: {', '.join(columns)}"
                yield Fault(where(path), f"`{column}`", expects, "add it to `segments.columns`, or correct it")
            elif column in met:
                found = f"`{column}`, which is in `{met[column]}` already"
                yield Fault(where(path), found, "each column once in all groups", "remove the others")
            met.setdefault(column, group)


def _at(merged: dict[str, Any], path: str, kind: TypeAdapter[Any]) -> Any:
    """What is written at a path; nothing where it is not of that kind, which is a fault that pydantic tells."""
    value: Any = merged
    try:
        for part in path.split("."):
            value = value[part]
        return kind.validate_python(value)
    except (KeyError, TypeError, ValidationError):
        return []


def _unknown(name: str, choices: Mapping[str, Function], where: str) -> list[Fault]:
    faults: list[Fault] = []
    with gather(faults):
        find(name, choices, where)
    return faults


def use_faults(use: Use, choices: Mapping[str, Function], given: tuple[str, ...]) -> Iterator[tuple[str, Fault]]:
    """The key of each fault and the fault itself; its `where` follows the path at which the use is written."""
    if unknown := _unknown(use.use, choices, ""):
        yield "use", unknown[0]
        return
    known = settings(choices[use.use])
    own = [name for name in known if name not in given]
    hints = get_type_hints(choices[use.use], include_extras=True)
    for key, value in use.settings.items():
        where = f".{use.use}.{key}"
        if key not in own:
            yield key, Fault(where, "an unknown setting", f"one of {', '.join(own) or 'none'}", "remove it")
            continue
        try:
            TypeAdapter(hints[key]).validate_python(value, strict=True)
        except ValidationError as error:
            yield key, Fault(where, repr(value), expected(error.errors()[0]), "correct the value")
    for key in own:
        if known[key] is inspect.Parameter.empty and key not in use.settings:
            yield key, Fault(f".{use.use}", f"no `{key}`", "a value", f"write {{use: {use.use}, {key}: ...}}")
