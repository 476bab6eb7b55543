"""The dictionary of features: printed, and written into data/README.md (`python -m clientscape.run.dictionary`)."""

import sys
from collections.abc import Iterator
from inspect import Parameter
from pathlib import Path
from typing import NamedTuple

from rich.table import Table

from clientscape.catalog import Use, entry, settings
from clientscape.features.plan import CATALOGUE, CELLS_OF, NAMING, needs
from clientscape.files import whole

BEGIN = "<!-- features: written by `make dictionary` -->"
END = "<!-- end of features -->"


class Line(NamedTuple):
    """What the dictionary says of a feature."""

    name: str
    settings: str
    unit: str
    meaning: str
    needs: str


def dictionary() -> Iterator[Line]:
    """A line for each feature, in the order of the catalogue; those of the lifetime models are not for configs."""
    for name, function in CATALOGUE.items():
        known = settings(function)
        said = entry(name, function)
        written = ", ".join(key if value is Parameter.empty else f"{key}={value}" for key, value in known.items())
        lacks = sorted(needs(Use(name)) | {_named(key) for key, v in known.items() if v is Parameter.empty} - {""})
        yield Line(name, written, said.unit, said.meaning, ", ".join(lacks))


def _named(setting: str) -> str:
    """What a setting without default names of the shop."""
    return NAMING[setting].format(f"<{setting}>") if setting in NAMING else ""


def as_table() -> Table:
    """The dictionary for a terminal."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("feature", "settings", "unit", "meaning", "needs"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "feature")
    module = ""
    for line in dictionary():
        if module and CELLS_OF[line.name] != module:
            table.add_section()
        module = CELLS_OF[line.name]
        table.add_row(*line)
    return table


def as_markdown() -> str:
    """The dictionary for data/README.md."""
    rows = [f"| `{x.name}` | {x.settings} | {x.unit} | {x.meaning} | {x.needs} |" for x in dictionary()]
    return "\n".join(["| feature | settings | unit | meaning | needs |", "|---|---|---|---|---|", *rows])


def written_into(text: str) -> str:
    """A page with the dictionary between its marks."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{as_markdown()}\n{END}{after}"


if __name__ == "__main__":
    page = Path(sys.argv[1])
    with whole(page) as unfinished:
        unfinished.write_text(written_into(page.read_text(encoding="utf-8")), encoding="utf-8")
