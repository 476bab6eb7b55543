"""The command `models`: the versions of registered models, who is champion, and why."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from rich.markup import escape
from rich.table import Table

from clientscape.track.model import AGAINST, REASON, VERDICT
from clientscape.track.registry import Version, names_of_models, versions_of
from clientscape.track.store import Store

NONE_YET = "no model yet: `clientscape run experiments/NAME.yaml` trains one and registers it"
OF_PROMOTION = ("promoted_at", "promoted_by", "promoted_because", "gate_said")


def listed(store: Store, name: str | None) -> list[Version]:
    """The versions of a model, or of all, by name, the newest first."""
    names = names_of_models(store) if name is None else [name]
    return [version for each in names for version in versions_of(store, each)]


def as_tables(versions: Sequence[Version], *, whole: bool) -> Iterator[Table]:
    """A table for each model, a row for each version; `whole` tells all that the gate said, else its first sentence."""
    for name, of_model in groupby(versions, key=lambda version: version.name):
        table = Table(title=escape(name), title_justify="left", title_style="bold", box=None, pad_edge=False)
        for column in ("version", "alias", "as of", "created", "run"):
            table.add_column(column, no_wrap=True, justify="right" if column == "version" else "left")
        table.add_column("what the gate said", overflow="fold")
        for version in of_model:
            table.add_row(
                version.number,
                "\n".join(version.aliases),
                version.tags.get("as_of", ""),
                f"{version.created:%Y-%m-%d}",
                version.run_id[:8],
                escape(_why(version, whole=whole)),
            )
        yield table


def as_json(versions: Sequence[Version]) -> list[dict[str, Any]]:
    """The same for scripts: a dict for each version, with its whole run id and its address."""
    return [
        {
            "name": version.name,
            "version": version.number,
            "uri": version.uri,
            "aliases": list(version.aliases),
            "created": version.created.isoformat(),
            "run_id": version.run_id,
            **{key: version.tags.get(key, "") for key in ("as_of", "source", "judged")},
            **{key: version.tags.get(key, "") for key in (VERDICT, REASON, AGAINST, *OF_PROMOTION)},
        }
        for version in versions
    ]


def _why(version: Version, *, whole: bool) -> str:
    """What the gate said at training, and who made it champion by his own word, if somebody did."""
    said = version.tags.get(REASON, "")
    said = said if whole or ". " not in said else said[: said.index(". ") + 1]
    if because := version.tags.get("promoted_because"):
        who, when = version.tags["promoted_by"], version.tags["promoted_at"][:10]
        said = f"{said} Made champion by {who} on {when}: {because}"
    return said
