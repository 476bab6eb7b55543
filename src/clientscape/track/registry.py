"""The models of a store: their versions, who is champion and challenger, and what the gate said of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from clientscape.faults import Fault, InputError
from clientscape.track.store import Store, answering, known_store

CHAMPION, CHALLENGER = "champion", "challenger"
CURE = "run an experiment first, or correct it; `clientscape models` lists what there is"


@dataclass(frozen=True)
class Version:
    """A version of a registered model; `tags` say what it was trained on and what the gate said of it."""

    name: str
    number: str
    aliases: tuple[str, ...]
    run_id: str
    created: datetime
    description: str
    tags: Mapping[str, str]

    @property
    def uri(self) -> str:
        """Its address."""
        return f"models:/{self.name}/{self.number}"


def names_of_models(store: Store) -> list[str]:
    """The registered models of a store, by name."""
    client = known_store(store)
    with answering(store):
        found, token = [], None
        while True:
            page = client.search_registered_models(page_token=token)
            found += [str(model.name) for model in page]
            if not (token := page.token):
                return sorted(found)


def versions_of(store: Store, name: str, where: str = "NAME") -> list[Version]:
    """The versions of a model, the newest first; InputError with the models that there are, if it is none of them."""
    if name not in (known := names_of_models(store)):
        expected = f"a registered model of {store} ({', '.join(known) or 'there is none yet'})"
        raise InputError([Fault(where, f"`{name}`", expected, CURE)])
    client = known_store(store)
    with answering(store):
        aliases = dict(client.get_registered_model(name).aliases)
        found, token = [], None
        while True:
            page = client.search_model_versions(f"name = '{name}'", page_token=token)
            found += [_version(version, aliases) for version in page]
            if not (token := page.token):
                return sorted(found, key=lambda version: -int(version.number))


def version_at(store: Store, name: str, at: str, where: str = "NAME") -> Version:
    """The version with a number or an alias; InputError with those that there are."""
    known = versions_of(store, name, where)
    for version in known:
        if at == version.number or at in version.aliases:
            return version
    held = [" @".join((version.number, *sorted(version.aliases))) for version in known]
    expected = f"a version or an alias of `{name}` ({', '.join(held) or 'it has no version'})"
    raise InputError([Fault(where, f"`{at}` of `{name}`", expected, CURE)])


def make_champion(store: Store, version: Version, tags: Mapping[str, str]) -> None:
    """Give a version the champion's place, and note on it why."""
    client = known_store(store)
    with answering(store):
        for key, value in tags.items():
            client.set_model_version_tag(version.name, version.number, key, value)
        client.set_registered_model_alias(version.name, CHAMPION, version.number)


def _version(found: Any, aliases: Mapping[str, Any]) -> Version:
    number = str(found.version)
    return Version(
        str(found.name),
        number,
        tuple(sorted(alias for alias, at in aliases.items() if str(at) == number)),
        str(found.run_id or ""),
        datetime.fromtimestamp(found.creation_timestamp / 1000, UTC),
        str(found.description or ""),
        dict(found.tags),
    )
