"""What `clientscape run` prints at its end."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table

from clientscape.evaluate.choice import measured_as, ranked
from clientscape.report.items import Finished

# Columns of the printed tables, with headings that fit a terminal.
TRIALS = {
    "trial": "clustering",
    "n_segments": "k",
    "silhouette_score": "silh.",
    "stability_score": "stable",
    "foresight_score": "foresees",
    "tiers_foresight_score": "tiers do",
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
    "null_rate": "chance",
    "calibration_loss": "cal. error",
    "lift_at_10_score": "lift@10%",
    "profit": "profit",
}
FORECAST = {
    "forecaster": "forecaster",
    "kind": "kind",
    "orders_mean_absolute_loss": "MAE",
    "median_orders_mean_absolute_loss": "median",
    "orders_root_mean_squared_loss": "RMSE",
    "orders_correlation_score": "r",
    "orders_rank_correlation_score": "rho",
    "orders_total_ratio": "total",
    "orders_top_decile_score": "top 10%",
    "orders_gini_score": "Gini",
    "spend_gini_score": "spend Gini",
}


def say(finished: Finished, by: Mapping[str, float], folder: Path, links: Mapping[str, str]) -> None:
    """Print the tables, the choice and why, and where everything lies.

    by are the metrics that chose; links open each contest in the MLflow UI.
    """
    console = Console()
    if not console.is_terminal:
        console = Console(width=120)
    trials = finished.trials
    named = {measured_as(metric, trials): weight for metric, weight in by.items()}
    sides = [
        trials[trials["passed"]],
        trials[~trials["passed"]],
    ]  # those that may be chosen are ranked among themselves
    shown = pd.concat([side.loc[ranked(side, named).sort_values(kind="stable").index] for side in sides])
    shown["refused_by"] = shown["refused_by"].mask(shown["chosen"], "(chosen)")
    headings = {measured_as(column, trials): heading for column, heading in TRIALS.items()}
    console.print(_table(f"{len(shown)} clusterings, all judged in one space", shown, headings, "chosen"))
    console.print(f"{finished.answer}\n", style="bold", markup=False, highlight=False)
    if not finished.judgement.empty:
        n = int(finished.judgement["n_dates"].max())
        over = f", means over {n} dates" if n > 1 else ""
        console.print(_table(f"Churn and decline beside the simple rules{over}", finished.judgement, JUDGEMENT))
    for said in finished.risk_said:
        console.print(f"· {said}", markup=False, highlight=False)
    console.print()
    console.print(_table(_of_the_forecasts(finished), finished.forecast, FORECAST))
    for said in finished.columns_said:
        console.print(said, markup=False, highlight=False)
    for note in finished.notes:
        console.print(f"· {note}", markup=False, highlight=False)
    console.print()
    for path in sorted(folder.iterdir()):
        console.print(str(path), soft_wrap=True, markup=False, highlight=False)
    opened = "\n".join(f"{contest}: {link}" for contest, link in links.items())
    console.print(f"\n`make ui`, then open\n{opened}", soft_wrap=True, markup=False, highlight=False)


def _of_the_forecasts(finished: Finished) -> str:
    first = finished.standings.iloc[0]
    others = len(finished.standings.drop_duplicates(["as_of", "horizon_days"])) - 1
    also = f" ({others} other date{'s' * (others > 1)} in the report)" if others else ""
    return f"Order days of the {first['horizon_days']} days from {first['as_of']}{also}"


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
