"""The public functions of a module by name: the one mechanism of all extension."""

import difflib
import functools
import inspect
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from clientscape.faults import Fault, InputError

Function = Callable[..., Any]


def functions(*modules: ModuleType) -> dict[str, Function]:
    """Public functions that the modules define themselves, by name, in the order of their source."""
    return {
        name: function
        for module in modules
        for name, function in vars(module).items()
        if inspect.isfunction(function) and function.__module__ == module.__name__ and not name.startswith("_")
    }


def find(name: str, choices: Mapping[str, Function], where: str) -> Function:
    """The function of that name, or an InputError with the choices and the nearest one."""
    if name in choices:
        return choices[name]
    near = difflib.get_close_matches(name, choices, n=1)
    cure = f"write `{near[0]}`, if that was meant" if near else "choose one of these"
    raise InputError([Fault(where, f"`{name}`", "one of " + ", ".join(sorted(choices)), cure)])


@functools.cache
def inputs(function: Function) -> tuple[str, ...]:
    """Names of the positional arguments: what the function asks for."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return tuple(p.name for p in inspect.signature(function).parameters.values() if p.kind in kinds)


def settings(function: Function) -> dict[str, Any]:
    """Keyword-only parameters with their defaults (`inspect.Parameter.empty` where there is none)."""
    parameters = inspect.signature(function).parameters.values()
    return {p.name: p.default for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY}


@dataclass(frozen=True)
class Entry:
    """A line of the data dictionary: name, meaning, unit."""

    name: str
    meaning: str
    unit: str


def entry(name: str, function: Function) -> Entry:
    """The dictionary entry that a function's first docstring line gives; the unit stands in [brackets]."""
    line = (inspect.getdoc(function) or "").partition("\n")[0]
    meaning, _, rest = line.partition("[")
    return Entry(name, (meaning + rest.partition("]")[2]).strip(" .;").replace(" ;", ";"), rest.partition("]")[0])


@dataclass(frozen=True)
class Use:
    """One use of a function: its name and the settings that the config gives it."""

    use: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The function's name with the values of its settings: `spend_last` with days=30 is `spend_last_30`."""
        return "_".join([self.use, *(str(value) for value in self.settings.values())])

    def __str__(self) -> str:
        written = ", ".join(f"{key}={value}" for key, value in self.settings.items())
        return f"{self.use}({written})" if written else self.use


def expand(written: Sequence[str | Mapping[str, Any]]) -> list[Use]:
    """Uses as the config writes them: a word, or `{use: word, key: value or list of values}` for a grid."""
    uses: list[Use] = []
    for item in written:
        if isinstance(item, str):
            uses.append(Use(item))
            continue
        keys = [key for key in item if key != "use"]
        values = [item[key] if isinstance(item[key], list) else [item[key]] for key in keys]
        uses.extend(
            Use(item["use"], dict(zip(keys, combination, strict=True))) for combination in itertools.product(*values)
        )
    return list({str(use): use for use in uses}.values())


def call(use: Use, choices: Mapping[str, Function], where: str, **given: Any) -> Any:
    """Call the function of a use with its settings, and with those of `given` that it takes as settings."""
    function = find(use.use, choices, where)
    known = settings(function)
    return function(**{key: value for key, value in given.items() if key in known}, **use.settings)


def ask(function: Function, given: Mapping[str, Any], **more: Any) -> Any:
    """Call a function with the things that its positional arguments name, and the settings of `more` that it takes."""
    known = settings(function)
    return function(*(given[name] for name in inputs(function)), **{k: v for k, v in more.items() if k in known})


def ask_all(choices: Mapping[str, Function], given: Mapping[str, Any], **more: Any) -> dict[str, float]:
    """What every function says whose positional arguments are all among the given things."""
    return {name: float(ask(f, given, **more)) for name, f in choices.items() if set(inputs(f)) <= set(given)}
