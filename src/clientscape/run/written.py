"""YAML files as they are written: read, merged, checked against a type, with the file that each fault is in."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from clientscape.faults import Fault, InputError

WHOLE = {"choose_by"}  # sections that are laid over others whole: weights of other metrics are not meant to stay


class _EachKeyOnce(yaml.SafeLoader):
    """YAML in which no key stands twice: of two, the first would be dropped without a word."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        """A mapping as it is written, before merged keys (`<<`) are laid under its own."""
        node = super().compose_mapping_node(anchor)
        lines: dict[tuple[str, str], int] = {}
        for key, _ in node.value:
            mark, known = key.start_mark, (key.tag, str(key.value))
            if known in lines:
                said = f"the key `{key.value}` a second time (first in line {lines[known]})"
                raise yaml.MarkedYAMLError(problem=said, problem_mark=mark)
            lines[known] = mark.line + 1
        return node


def read_yaml(path: Path) -> dict[str, Any]:
    """The keys and values of a YAML file."""
    try:
        read = yaml.load(path.read_text(encoding="utf-8"), _EachKeyOnce)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError([Fault(str(path), f"{error}", "a readable YAML file", "correct the path")]) from error
    except (yaml.YAMLError, ValueError) as error:  # the latter for a date such as 2025-02-30
        found = " ".join(str(error).split())
        raise InputError([Fault(str(path), found, "valid YAML", "correct the line that is named")]) from error
    if not isinstance(read, dict):
        raise InputError([Fault(str(path), type(read).__name__, "keys and values", "write `key: value` lines")])
    return read


def merge(into: dict[str, Any], new: Mapping[str, Any], file: str, origin: dict[str, str], at: str = "") -> None:
    """Lay new values over old ones in place; lists and uses are replaced whole; `origin` learns each key's file."""
    for key, value in new.items():
        here = f"{at}{key}"
        whole = key in WHOLE or (isinstance(value, dict) and isinstance(value.get("use"), str))
        if isinstance(value, dict) and isinstance(into.get(key), dict) and not whole:
            merge(into[key], value, file, origin, f"{here}.")
        else:
            into[key] = value
            for inside in [old for old in origin if old.startswith(f"{here}.")]:
                del origin[inside]
            origin[here] = file


def parse_setting(text: str) -> dict[str, Any]:
    """`key.sub=value` as nested keys."""
    key, sign, value = text.partition("=")
    if not sign or not key.strip():
        raise InputError([Fault("--set", f"`{text}`", "key=value", "write --set window.horizon_days=60")])
    try:
        nested: Any = yaml.load(value, _EachKeyOnce)
    except (yaml.YAMLError, ValueError) as error:
        found = f"`{text}` ({' '.join(str(error).split())})"
        raise InputError([Fault("--set", found, "a value as YAML writes it", "correct or quote it")]) from error
    for part in reversed(key.strip().split(".")):
        nested = {part: nested}
    return dict(nested)


def validated(adapter: TypeAdapter[Any], read: dict[str, Any], file: str, origin: Mapping[str, str]) -> Any:
    """What was read, as the type; InputError with every fault if it does not fit."""
    try:
        return adapter.validate_python(read)
    except ValidationError as error:
        # A value that may be of several types and is of none gives a fault for each: they become one.
        together: dict[tuple[str, str], Fault] = {}
        for fault in (_pydantic_fault(problem, read, file, origin) for problem in error.errors()):
            before = together.get((fault.where, fault.found))
            both = replace(fault, expected=f"{before.expected}, or {fault.expected}") if before else fault
            together[fault.where, fault.found] = both
        raise InputError(together.values()) from error


def _pydantic_fault(problem: Any, read: Any, file: str, origin: Mapping[str, str]) -> Fault:
    absent = problem["type"] in ("missing", "missing_argument")
    path = ".".join(str(part) for part in (problem["loc"] if absent else _as_written(problem["loc"], read)))
    where = f"{origin_of(path, origin, file)}: {path}"
    if problem["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        return Fault(
            where, "an unknown key", "a key that base.yaml or the source's documentation lists", "remove or rename it"
        )
    if absent:
        return Fault(where, "nothing", "a value", "add the key")
    return Fault(where, repr(problem["input"]), expected(problem), "correct the value")


def _as_written(loc: Sequence[int | str], read: Any) -> Iterator[int | str]:
    """A path as far as it is in the file: pydantic goes on with the names of alternative types."""
    for part in loc:
        try:
            read = read[part]
        except (KeyError, IndexError, TypeError):
            return
        yield part


def expected(problem: Any) -> str:
    """What pydantic expected, as part of a sentence."""
    message = problem["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    return str(message[0].lower() + message[1:])


def origin_of(path: str, origin: Mapping[str, str], file: str) -> str:
    """The file that set a key or the section it is in."""
    while path:
        if path in origin:
            return origin[path]
        path = path.rpartition(".")[0]
    return file
