"""Sources by name or path."""

from pathlib import Path

from pydantic import TypeAdapter

from clientscape.data.source import Source
from clientscape.faults import Fault, InputError
from clientscape.run.written import read_yaml, validated

SOURCES = Path("configs/sources")


def load_source(source: str) -> tuple[Source, Path]:
    """A source by its name in configs/sources or by the path of its YAML, and the folder that its paths start at."""
    named = SOURCES / f"{source}.yaml"
    path = named if named.is_file() else Path(source)
    if not path.is_file() or path.suffix not in (".yaml", ".yml"):
        known = ", ".join(sorted(file.stem for file in SOURCES.glob("*.yaml"))) or "none here"
        cure = "correct the name, or give the path of a source's YAML"
        raise InputError([Fault("SOURCE", f"`{source}`", f"a name in {SOURCES} ({known}) or a YAML file", cure)])
    loaded = validated(TypeAdapter(Source), read_yaml(path), str(path), {})
    in_project = path.resolve().parent.parts[-2:] == SOURCES.parts
    return loaded, path.resolve().parents[2] if in_project else path.resolve().parent
