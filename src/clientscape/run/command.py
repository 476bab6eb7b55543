"""The command `run`: an experiment, tracked, reported and printed."""

import subprocess
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console

from clientscape.data.read import Reading, fingerprint, read
from clientscape.evaluate.choice import measured_as
from clientscape.files import whole_folder
from clientscape.report.drawn import pictures
from clientscape.report.histories import portrait
from clientscape.report.items import Finished, report
from clientscape.report.look import png
from clientscape.report.page import page
from clientscape.report.risk_portrait import risk_portrait
from clientscape.run.asked import PARTS
from clientscape.run.config import Experiment, load_experiment
from clientscape.run.contests import Clustering, Trial
from clientscape.run.doing import Doing, steps_of
from clientscape.run.experiment import Prepared, run_experiment
from clientscape.run.kept import files_of, key_of, read_back
from clientscape.run.outcome import Outcome
from clientscape.run.printed import say
from clientscape.run.sources import load_source
from clientscape.tables import Tables
from clientscape.track.execution import Execution, execution
from clientscape.track.model import former, register
from clientscape.track.store import deep_link

OF_THE_CHOSEN = (
    *("n_segments", "silhouette_score", "coverage", "smallest_share", "stability_score", "foresight_score"),
    *("tiers_foresight_score", "above_null_score"),
)


def run_and_track(path: Path, over: Sequence[Path], sets: Sequence[str], store: Path, console: Console) -> Outcome:
    """Run the experiment of a file, write it to MLflow as it goes, leave report, lists and scores in the store."""
    experiment = load_experiment(path, over, sets)
    source, root = load_source(experiment.source)
    contests: set[str] = set()
    name = "+".join(file.stem for file in (path, *over))  # a variation does not take the original's place
    folder = store / "reports" / name
    with steps_of(console) as progress:
        task = progress.add_task("reading", total=None)
        tables, readings = read(source, name=experiment.source, root=root, memory_limit=experiment.memory_limit)
        context = {"data": fingerprint(source, root), "code": _code_version(), "seed": str(experiment.seed)}
        key = key_of(experiment, context)
        done: dict[str, Clustering] = {}
        steps = run_experiment(experiment, tables, done, former(experiment.model_name, store))
        progress.update(task, description="features")
        prepared = next(steps)  # an input that is refused leaves no run behind
        assert isinstance(prepared, Prepared)
        progress.update(task, description="trials", total=prepared.n_trials + 1)
        tags = {**context, "question": experiment.question, "source": experiment.source}
        with execution(store, name, tags, key) as parent:
            written = parent.written("segments")
            done |= {trial: read_back(left.metrics, left.folder) for trial, left in written.items()}
            parent.use_dataset(prepared.table, f"{experiment.source} {experiment.window.as_of}", experiment.source)
            for step in steps:
                if isinstance(step, Trial):
                    contests.add(step.contest)
                    if step.clustering is None or not step.clustering.kept:
                        _track_trial(parent, step, {**context, "key": step.key(key)}, tables.currency)
                    progress.update(task, advance=1, description=step.name)
                elif isinstance(step, Doing):
                    progress.update(task, description=step.what)
                elif isinstance(step, Outcome):
                    progress.update(task, description="report and model")
                    outcome = step
                    facts = _facts(experiment, tables, readings, context, parent.run_id, len(prepared.table))
                    _finish(parent, experiment, outcome, facts, folder)
    by = next(iter(experiment.segments.weights))
    chosen_by = {part: experiment.churn.choose_by for part in PARTS if part in contests}
    chosen_by = {"segments": by, **chosen_by, "forecast": f"orders_{experiment.forecasts.choose_by}"}
    links = {at: deep_link(parent.experiment_id, parent.run_id, metric, at) for at, metric in chosen_by.items()}
    say(outcome.finished, experiment.segments.weights, folder, links)
    return outcome


def _track_trial(parent: Execution, trial: Trial, context: dict[str, str], currency: str) -> None:
    tags = {
        "contest": trial.contest,
        "family": trial.family,
        **context,
        "mlflow.note.content": trial.description,
    }
    files = {} if not trial.tables else {"forecast.png": _portrait(trial, currency)}
    if trial.clustering is not None:
        files |= files_of(trial.clustering)
    parent.add_trial(trial.name, trial.params, trial.metrics, tags, files)


def _portrait(trial: Trial, currency: str) -> bytes:
    """The picture of one forecaster, of amounts or of a label."""
    if trial.contest == "forecast":
        return png(portrait(str(trial.use), **trial.tables))
    names = {"break-even": "n_break_even", "capacity": "n_capacity"}
    marks = {said: float(trial.params[name]) for said, name in names.items()}
    sides = (trial.tables[side] for side in ("pr", "calibration", "lift", "profit", "origins"))
    return png(risk_portrait(trial.name, *sides, marks=marks, currency=currency))


def _finish(
    parent: Execution,
    experiment: Experiment,
    outcome: Outcome,
    facts: Sequence[tuple[str, object]],
    folder: Path,
) -> None:
    """Model, pictures, page, lists and scores of an outcome: on the parent run and in the reports' folder."""
    finished = outcome.finished
    said = [
        f"**{experiment.question}**",
        finished.answer,
        "\n".join(f"- {note}" for note in [*finished.risk_said, *finished.notes]),
    ]
    parent.add_facts(tags={"mlflow.note.content": "\n\n".join(said)})
    shown = pictures(finished)
    with whole_folder(folder) as unfinished:
        for name, picture in shown.items():
            (unfinished / f"{name}.png").write_bytes(picture.png)
        page_of_run = page(report(finished, shown, experiment.source, facts))
        (unfinished / "report.html").write_text(page_of_run, encoding="utf-8")
        resolved = yaml.safe_dump(experiment.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
        (unfinished / "config.yaml").write_text(resolved, encoding="utf-8")
        if not finished.columns.empty:
            finished.columns.to_csv(unfinished / "columns.csv", index=False)
            parent.add_facts(**_of_the_columns(finished))
        if outcome.scorer is not None:
            exported, verdict = outcome.scorer, outcome.verdict
            data = {"data": dict(facts)["data fingerprint"]}
            number = register(parent, exported, experiment.model_name, finished.answer, verdict, data)
            parent.add_facts(tags={"model": f"{experiment.model_name}/{number}"}, **_of_the_chosen(finished))
            scores = finished.scores.assign(model_version=number, run_id=parent.run_id)
            scores.to_parquet(unfinished / "scores.parquet", index=False)
            finished.migration.to_csv(unfinished / "migration.csv", index_label="segment")
            if not finished.succession.empty:
                finished.succession.to_csv(unfinished / "succession.csv", index=False)
            finished.reengage.to_csv(unfinished / "reengage.csv", index=False)
        parent.add_files(unfinished)


def _of_the_chosen(finished: Finished) -> dict[str, Any]:
    """Params and metrics of the parent: those of the segmentation that was chosen."""
    chosen = finished.trials[finished.trials["chosen"]].iloc[0]
    named = {name: measured_as(name, finished.trials) for name in OF_THE_CHOSEN}
    return {"params": {"chosen": chosen["trial"]}, "metrics": {used: float(chosen[used]) for used in named.values()}}


def _of_the_columns(finished: Finished) -> dict[str, Any]:
    """Params and tags of the parent: how many columns stay of those that were asked for, and how they were chosen."""
    counts = finished.columns.groupby("used_by", sort=False)["kept"].agg(["sum", "size"])
    params = {f"columns_{part}": f"{row['sum']} of {row['size']}" for part, row in counts.iterrows()}
    return {"params": params, "tags": {"columns": " ".join(finished.columns_said)}}


def _facts(
    experiment: Experiment, tables: Tables, readings: list[Reading], context: dict[str, str], run_id: str, n: int
) -> list[tuple[str, object]]:
    """What a reader needs to trust or repeat the run."""
    return [
        ("source", experiment.source),
        ("as of", str(experiment.window.as_of)),
        ("customers", f"{n:,}"),
        ("horizon", f"{experiment.window.horizon_days} days"),
        ("lookback", f"{experiment.window.lookback_days} days"),
        ("covers", str(tables.covers)),
        *((f"set aside: {rule}", f"{count:,}") for r in readings for rule, count in r.set_aside.items()),
        ("seed", experiment.seed),
        ("data fingerprint", context["data"]),
        ("code", context["code"]),
        ("MLflow run", run_id),
    ]


def _code_version() -> str:
    """The commit that runs, marked when the tree differs from it; the package's version outside a checkout."""
    words = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        described = subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip()
    except FileNotFoundError:
        described = ""
    return described or version("clientscape")
