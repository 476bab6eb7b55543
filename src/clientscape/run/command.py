"""The command `run`: an experiment, tracked, reported and printed."""

import subprocess
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import yaml
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from clientscape.data.read import Reading, fingerprint, read
from clientscape.files import whole
from clientscape.report.items import pictures, report
from clientscape.report.look import png
from clientscape.report.page import page
from clientscape.run.config import Experiment, load_experiment
from clientscape.run.contests import Trial
from clientscape.run.experiment import Prepared, run_experiment
from clientscape.run.outcome import Outcome
from clientscape.run.sources import load_source
from clientscape.tables import Tables
from clientscape.track.execution import Execution, execution
from clientscape.track.model import register
from clientscape.track.store import deep_link

# Columns of the printed tables, with headings that fit a terminal.
TRIALS = {
    "trial": "clustering",
    "n_segments": "k",
    "silhouette_score": "silh.",
    "davies_bouldin_loss": "DB",
    "calinski_harabasz_score": "CH",
    "coverage": "cover",
    "smallest_share": "small",
    "refused_by": "refused for",
}
JUDGEMENT = {
    "label": "label",
    "forecaster": "forecaster",
    "kind": "kind",
    "roc_auc_score": "AUC",
    "average_precision_score": "AP",
    "base_rate": "base",
    "brier_loss": "Brier",
    "lift_at_10": "lift@10%",
}
FORECAST = {
    "forecaster": "forecaster",
    "orders_mean_absolute_loss": "MAE",
    "orders_root_mean_squared_loss": "RMSE",
    "orders_correlation_score": "r",
    "orders_total_ratio": "total",
    "orders_top_decile_score": "top 10%",
}


def run_and_track(path: Path, over: Sequence[Path], sets: Sequence[str], store: Path, console: Console) -> Outcome:
    """Run the experiment of a file, write it to MLflow as it goes, leave report, lists and scores in the store."""
    experiment = load_experiment(path, over, sets)
    source, root = load_source(experiment.source)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("reading", total=None)
        tables, readings = read(source, name=experiment.source, root=root, memory_limit=experiment.memory_limit)
        context = {"data": fingerprint(source, root), "code": _code_version(), "seed": str(experiment.seed)}
        steps = run_experiment(experiment, tables)
        progress.update(task, description="features")
        prepared = next(steps)  # an input that is refused leaves no run behind
        assert isinstance(prepared, Prepared)
        progress.update(task, description="trials", total=prepared.n_trials + 1)
        tags = {**context, "question": experiment.question, "source": experiment.source}
        with execution(store, path.stem, tags) as parent:
            parent.use_dataset(prepared.table, f"{experiment.source} {experiment.window.as_of}", experiment.source)
            for step in steps:
                progress.advance(task)
                if isinstance(step, Trial):
                    _track_trial(parent, step, context)
                    progress.update(task, description=step.name)
                elif isinstance(step, Outcome):
                    progress.update(task, description="report and model")
                    outcome = step
                    folder = _finish(
                        parent, experiment, outcome, context, readings, tables, store / "reports" / path.stem
                    )
    _say(outcome, parent, experiment, folder)
    return outcome


def _track_trial(parent: Execution, trial: Trial, context: dict[str, str]) -> None:
    tags = {
        "contest": trial.contest,
        "family": trial.family,
        "key": trial.key(*context.values()),
        "mlflow.note.content": trial.description,
    }
    parent.add_trial(trial.name, trial.params, trial.metrics, tags)


def _finish(
    parent: Execution,
    experiment: Experiment,
    outcome: Outcome,
    context: dict[str, str],
    readings: list[Reading],
    tables: Tables,
    folder: Path,
) -> Path:
    """Pictures, page, lists, scores and model of an outcome: on the parent run and in the reports' folder."""
    finished = outcome.finished
    facts = [
        ("source", experiment.source),
        ("as of", str(experiment.window.as_of)),
        ("customers", len(finished.labelings[next(iter(finished.labelings))])),
        ("horizon", f"{experiment.window.horizon_days} days"),
        ("lookback", f"{experiment.window.lookback_days} days"),
        ("covers", str(tables.covers)),
        *((f"set aside: {rule}", count) for r in readings for rule, count in r.set_aside.items()),
        ("seed", experiment.seed),
        ("data fingerprint", context["data"]),
        ("code", context["code"]),
        ("MLflow run", parent.run_id),
    ]
    shown = pictures(finished)
    files: dict[str, bytes] = {f"{name}.png": png(picture.figure) for name, picture in shown.items()}
    files["report.html"] = page(report(finished, shown, experiment.source, facts)).encode()
    files["config.yaml"] = yaml.safe_dump(experiment.model_dump(mode="json"), sort_keys=False).encode()
    files["reengage.csv"] = finished.reengage.to_csv(index=False).encode()
    tags = {
        "mlflow.note.content": f"**{experiment.question}**\n\n{finished.answer}\n\n"
        + "\n".join(f"- {n}" for n in finished.notes)
    }
    if outcome.scorer is not None:
        number, _ = register(parent, outcome.scorer, experiment.model_name, finished.answer)
        scores = finished.scores.assign(model_version=number, run_id=parent.run_id)
        tags |= {"model": f"{experiment.model_name}/{number}"}
        chosen = finished.trials[finished.trials["chosen"]].iloc[0]
        metrics = {
            "silhouette_score": chosen["silhouette_score"],
            "coverage": chosen["coverage"],
            "n_segments": float(chosen["n_segments"]),
        }
        parent.add_facts({"chosen": chosen["trial"]}, metrics, tags)
        with whole(folder / "scores.parquet") as unfinished:
            scores.to_parquet(unfinished, index=False)
    else:
        parent.add_facts({"chosen": "none"}, {}, tags)
    for name, content in files.items():
        with whole(folder / name) as unfinished:
            unfinished.write_bytes(content)
    parent.add_files(folder)
    return folder


def _code_version() -> str:
    """The commit that runs, marked when the tree differs from it; the package's version outside a checkout."""
    described = subprocess.run(
        ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty", "--abbrev=12"],
        capture_output=True,
        text=True,
        check=False,
    )
    return described.stdout.strip() or version("clientscape")


def _say(outcome: Outcome, parent: Execution, experiment: Experiment, folder: Path) -> None:
    """The tables, the choice and why, and where everything lies."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=120)
    finished = outcome.finished
    by = experiment.segments.choose_by
    ranked = finished.trials.sort_values([by], ascending=by.endswith("_loss"), kind="stable")
    console.print(_table(f"{len(ranked)} clusterings, all judged in one space", ranked, TRIALS, "chosen"))
    console.print(f"[bold]{finished.answer}[/]\n", highlight=False)
    console.print(_table("Churn and decline beside the simple rules", finished.judgement, JUDGEMENT))
    console.print(_table("Order days over the horizon", finished.forecast, FORECAST))
    for note in finished.notes:
        console.print(f"· {note}", highlight=False)
    console.print()
    for path in sorted(folder.iterdir()):
        console.print(str(path), soft_wrap=True, highlight=False)
    link = deep_link(parent.experiment_id, parent.run_id, by)
    console.print(f"\n`make ui`, then open\n{link}", soft_wrap=True, highlight=False)


def _table(title: str, frame: pd.DataFrame, headings: Mapping[str, str], marked: str = "") -> Table:
    shown = Table(
        title=title, title_justify="left", title_style="bold", box=None, header_style="bold", padding=(0, 2, 0, 0)
    )
    for column, heading in headings.items():
        numeric = pd.api.types.is_numeric_dtype(frame[column])
        shown.add_column(heading, justify="right" if numeric else "left", no_wrap=column == "trial")
    for row in frame.to_dict("records"):
        style = "bold green" if marked and row[marked] else None
        shown.add_row(*(_cell(row[column]) for column in headings), style=style)
    return shown


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "–" if pd.isna(value) else f"{value:,.3f}" if abs(value) < 100 else f"{value:,.0f}"
    return str(value)
