"""A scorer becomes a model version with an alias; a model's address becomes a scorer."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from clientscape.evaluate.promotion import Verdict
from clientscape.faults import Fault, InputError
from clientscape.scorer.former import Former
from clientscape.scorer.model import Scorer
from clientscape.scorer.store import INSIDE, Stored, open_folder, save
from clientscape.scorer.versions import made_with
from clientscape.track.execution import Execution
from clientscape.track.registry import CHALLENGER, CHAMPION, CURE, Version, version_at
from clientscape.track.signature import example_of, signature_of
from clientscape.track.store import DATABASE, Store, answering, is_address, open_store
from clientscape.window import Covers

SERVED = Path(__file__).with_name("served.py")
EXPECTED = "models:/NAME@alias, models:/NAME/version or a model's folder"

# Tags of a version: the first segment id that neither it nor an earlier one has given; what the gate said at training,
# why, and beside which champion.
NEXT_ID, VERDICT, REASON, AGAINST = "next_segment_id", "verdict", "reason", "against"


def register(
    parent: Execution, scorer: Scorer, name: str, answer: str, verdict: Verdict, facts: Mapping[str, Any]
) -> str:
    """Log the scorer on the parent run and register it as @challenger, and as @champion if promoted or the first.

    The version says the answer and the verdict of the gate; its folder carries the facts too. A run that broke off
    after it had registered its model does not do so again. Returns the version's number.
    """
    client = parent.client
    known = client.search_registered_models(f"name = '{name}'")
    made = client.search_model_versions(f"name = '{name}' and run_id = '{parent.run_id}'") if known else []
    if not known:
        client.create_registered_model(name)
    champion = str(client.get_registered_model(name).aliases.get(CHAMPION, ""))
    if made:
        number, tags = str(made[0].version), made[0].tags
    else:
        tags = _tags(scorer, verdict)
        logged = _logged(parent, scorer, {**facts, "model": name, "run_id": parent.run_id})
        said = {"tags": tags, "description": f"{answer}\n\n{verdict.reason}"}
        at = {"source": logged.model_uri, "run_id": parent.run_id, "model_id": logged.model_id}
        number = str(client.create_model_version(name, **at, **said).version)
    client.set_registered_model_alias(name, CHALLENGER, number)
    # Not where another has become champion since the verdict: it was not compared with that one.
    if not champion or (tags.get(VERDICT) == "promoted" and tags.get(AGAINST) == champion):
        client.set_registered_model_alias(name, CHAMPION, number)
    return number


def former(name: str, store: Path) -> Former:
    """What a new version of a model carries on: the champion, and the ids that no version has given yet."""
    nobody = "there is no champion yet"
    if not (store / DATABASE).is_file():
        return Former(None, nobody, 1)
    client = open_store(store)
    versions = client.search_model_versions(f"name = '{name}'")
    free = max((int(version.tags.get(NEXT_ID, 1)) for version in versions), default=1)
    champion = str(client.get_registered_model(name).aliases.get(CHAMPION, "")) if versions else ""
    if not champion:
        return Former(None, nobody, free)
    try:
        return Former(load_model(f"models:/{name}/{champion}", store).scorer, "", free, version=champion)
    except InputError as error:
        why = f"the champion cannot be read ({error.faults[0].found})"
        return Former(None, why, free, lost=True, version=champion)


def load_model(uri: str, store: Store) -> Stored:
    """The scorer at `models:/NAME@alias`, `models:/NAME/version`, or in the folder of an exported model.

    A folder is read without MLflow; of a store, which may be a tracking server, the small MLflow is enough.
    """
    if not uri.startswith("models:/"):
        if not Path(uri).is_dir():
            raise InputError([Fault("--model", f"{uri} (no such folder)", EXPECTED, CURE)])
        return open_folder(Path(uri))
    name, at, alias = uri.removeprefix("models:/").partition("@")
    if not at:
        name, _, alias = name.partition("/")
    if not (name and alias):
        raise InputError([Fault("--model", uri, EXPECTED, CURE)])
    version = version_at(store, name, alias, f"--model {uri}")
    with TemporaryDirectory() as folder:
        stored = open_folder(_fetched(version, folder, store))
    return replace(stored, version=version.number)


def _fetched(version: Version, folder: str, store: Store) -> Path:
    """The files of a version: where they are, or copied from a server into a folder."""
    import mlflow

    if is_address(store):
        with answering(store):
            return Path(mlflow.artifacts.download_artifacts(version.uri, dst_path=folder))
    try:
        return Path(mlflow.artifacts.download_artifacts(version.uri))
    except (mlflow.MlflowException, OSError) as error:
        found = f"{version.uri} ({str(error).strip().splitlines()[0]})"
        raise InputError([Fault("--model", found, "the files of the model", "train the model again")]) from error


def _logged(parent: Execution, scorer: Scorer, facts: Mapping[str, Any]) -> Any:
    """The scorer, logged on the parent run as a model that MLflow can serve: what MLflow says of it."""
    import mlflow

    with TemporaryDirectory() as folder, mlflow.start_run(run_id=parent.run_id):
        save(scorer, Path(folder) / INSIDE.name, facts)
        return mlflow.pyfunc.log_model(
            name="scorer",
            python_model=str(SERVED),
            artifacts={"scorer": str(Path(folder) / INSIDE.name)},
            signature=signature_of(scorer),
            input_example=example_of(scorer),
            pip_requirements=list(_requirements()),
        )


def _requirements() -> Iterator[str]:
    """Exactly what the model was made with."""
    made = made_with()
    yield f"clientscape=={made['clientscape']}"
    yield from (f"{name}=={number}" for name, number in made["versions"].items())


def _tags(scorer: Scorer, verdict: Verdict) -> dict[str, str]:
    """What a version says of itself beside its description."""
    facts = scorer.facts
    as_of = date.fromisoformat(facts["as_of"])
    horizon = Covers(as_of, as_of + timedelta(days=scorer.plan.horizon_days))
    return {
        NEXT_ID: str(facts["next_segment_id"]),
        VERDICT: verdict.word,
        REASON: verdict.reason,
        AGAINST: verdict.against,
        "judged": str(horizon),
        "as_of": facts["as_of"],
        "source": facts["source"],
    }
