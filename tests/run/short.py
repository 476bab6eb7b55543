"""Executions cut short: a small shop with little asked about it, and nothing drawn."""

import contextlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
import yaml
from matplotlib.figure import Figure

from clientscape.data.synthesize import shop
from clientscape.report import page
from clientscape.run import command

COLUMNS = ["customer_id", "order_id", "ordered_at", "amount"]
COVERS = [date(2024, 1, 1), date(2025, 7, 1)]
# One lifetime rule, one forecast beside it, one classifier, no rules beside the segments.
SHORT = (
    "segments.truth=null",
    "segments.beside=[]",
    "lifetime=same_rate",
    "forecasts={models: [], learned: [], rules: [last_period], judged_at: [{as_of: 2025-04-01, horizon_days: 90}]}",
    "churn={columns: [n_order_days], classifiers: [logistic], baselines: [recency], choose_by: brier_loss}",
)


def lines_of_a_shop(n: int, *more: str) -> pd.DataFrame:
    """Order lines of n customers; with more columns where they are named."""
    return shop(n, first=COVERS[0], end=COVERS[1], seed=3)["transactions"][[*COLUMNS, *more]]


def source_of(folder: Path, lines: pd.DataFrame, name: str = "shop", currency: str = "EUR") -> Path:
    """Write a log, and the YAML that describes it."""
    lines.to_csv(folder / f"{name}.csv", index=False)
    table = {"files": f"{name}.csv", "columns": {column: column for column in lines}}
    described = {"description": "a shop", "covers": [str(day) for day in COVERS], "timezone": "Europe/Berlin"}
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(described | {"currency": currency, "tables": {"transactions": table}}))
    return path


@contextlib.contextmanager
def no_portraits() -> Iterator[None]:
    """No picture of each forecaster: there are many, and the runs of two experiments draw them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "_portrait", lambda *_: b"")
        yield


@contextlib.contextmanager
def not_rendered() -> Iterator[None]:
    """Pictures are made, but for portraits, and neither arranged nor rendered: their files are empty."""
    with no_portraits(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(Figure, "draw_without_rendering", lambda _: None)
        patch.setattr(page, "png", lambda _: b"")
        yield


@contextlib.contextmanager
def no_pictures() -> Iterator[None]:
    """A page without pictures: they take longest, and are not what is asked."""
    with no_portraits(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "pictures", lambda _: {})
        yield


@contextlib.contextmanager
def nothing_drawn() -> Iterator[None]:
    """No pictures and no page."""
    with no_pictures(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "report", lambda *_: None)
        patch.setattr(command, "page", lambda _: "")
        yield
