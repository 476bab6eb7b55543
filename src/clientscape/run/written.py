"""YAML files as they are written: read, merged, checked against a type, with the file that each fault is in."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from clientscape.faults import Fault, InputError


def read_yaml(path: Path) -> dict[str, Any]:
    """The keys and values of a YAML file."""
    try:
        read = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError([Fault(str(path), f"{error}", "a readable YAML file", "correct the path")]) from error
    except yaml.YAMLError as error:
        found = " ".join(str(error).split())
        raise InputError([Fault(str(path), found, "valid YAML", "correct the line that is named")]) from error
    if not isinstance(read, dict):
        raise InputError([Fault(str(path), type(read).__name__, "keys and values", "write `key: value` lines")])
    return read


def merge(into: dict[str, Any], new: Mapping[str, Any], file: str, origin: dict[str, str], at: str = "") -> None:
    """Lay new values over old ones in place; lists and uses are replaced whole; `origin` learns each key's file."""
    for key, value in new.items():
        here = f"{at}{key}"
        if isinstance(value, dict) and isinstance(into.get(key), dict) and "use" not in value:
            merge(into[key], value, file, origin, f"{here}.")
        else:
            into[key] = value
            origin[here] = file


def parse_setting(text: str) -> dict[str, Any]:
    """`key.sub=value` as nested keys."""
    key, sign, value = text.partition("=")
    if not sign or not key.strip():
        raise InputError([Fault("--set", f"`{text}`", "key=value", "write --set window.horizon_days=60")])
    nested: Any = yaml.safe_load(value)
    for part in reversed(key.strip().split(".")):
        nested = {part: nested}
    return dict(nested)


def validated(adapter: TypeAdapter[Any], read: dict[str, Any], file: str, origin: Mapping[str, str]) -> Any:
    """What was read, as the type; InputError with every fault if it does not fit."""
    try:
        return adapter.validate_python(read)
    except ValidationError as error:
        raise InputError(_pydantic_fault(problem, file, origin) for problem in error.errors()) from error


def _pydantic_fault(problem: Any, file: str, origin: Mapping[str, str]) -> Fault:
    path = ".".join(str(part) for part in problem["loc"])
    where = f"{origin_of(path, origin, file)}: {path}"
    if problem["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        return Fault(
            where, "an unknown key", "a key that base.yaml or the source's documentation lists", "remove or rename it"
        )
    if problem["type"] in ("missing", "missing_argument"):
        return Fault(where, "nothing", "a value", "add the key")
    message = problem["msg"][0].lower() + problem["msg"][1:]
    return Fault(where, repr(problem["input"]), message, "correct the value")


def origin_of(path: str, origin: Mapping[str, str], file: str) -> str:
    """The file that set a key or the section it is in."""
    while path:
        if path in origin:
            return origin[path]
        path = path.rpartition(".")[0]
    return file
