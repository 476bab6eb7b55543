"""Sets of rules by name or file."""

import difflib
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter

from clientscape.catalog import Use, functions
from clientscape.faults import Fault, InputError
from clientscape.run.written import read_yaml, validated
from clientscape.segment import rules

RULES = Path("configs/rules")
SETS = functions(rules)


def _apart(written: Any) -> list[str]:
    """Codes as a list; they may be one text with blanks between them, and YAML reads 55 as a number."""
    several = written if isinstance(written, list) else [written]
    if any(isinstance(code, bool) or not isinstance(code, str | int) for code in several):
        raise ValueError("codes such as 55 or 5[4-5], in a list or with blanks between them")
    return [code for text in several for code in str(text).split()]


class _File(BaseModel):
    """The keys of a file of rules: what codes are made of; names, best first, and their codes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    scores: Literal["RFM", "RF", "R FM"]
    names: Annotated[dict[str, Annotated[list[str], BeforeValidator(_apart)]], Field(min_length=1)]


def load_rules(name_or_path: str, where: str = "rules") -> Use:
    """The use of a set of rules: a function of `segment/rules.py`, a file in configs/rules by name, or one by path.

    InputError for a name that is neither, with the nearest that there is, and for a file that is no set of rules.
    """
    if name_or_path in SETS:
        return Use(name_or_path)
    named = RULES / f"{name_or_path}.yaml"
    path = named if named.is_file() else Path(name_or_path)
    if path.suffix in (".yaml", ".yml"):
        return _from_file(path)
    files = sorted(file.stem for file in RULES.glob("*.yaml"))
    near = difflib.get_close_matches(name_or_path, [*SETS, *files], n=1)
    expected = f"one of {', '.join(sorted(SETS))}, a file in {RULES} ({', '.join(files) or 'none here'}) or a YAML file"
    cure = f"write `{near[0]}`, if that was meant" if near else "choose one of these, or give the path of a file"
    raise InputError([Fault(where, f"`{name_or_path}`", expected, cure)])


def _from_file(path: Path) -> Use:
    try:
        read_in: _File = validated(TypeAdapter(_File), read_yaml(path), str(path), {})
    except InputError as error:
        known = f"one of {', '.join(_File.model_fields)}"
        raise InputError(
            replace(fault, expected=known) if fault.found == "an unknown key" else fault for fault in error.faults
        ) from error
    try:
        rules.cells(scores=read_in.scores, names=read_in.names)
    except InputError as error:
        said = (replace(fault, where=f"{path}: {fault.where.removeprefix('cells.')}") for fault in error.faults)
        raise InputError(said) from error
    return Use("cells", {"scores": read_in.scores, "names": read_in.names})
