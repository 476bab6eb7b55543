"""Tables as a reader wants to see them: headings in words, numbers by what they count."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

MISSING = "–"

HEADINGS = {
    "active_roc_auc_score": "ROC AUC, still active",
    "above_rule_high": "to",
    "above_rule_low": "Above the rule, from",
    "as_of": "As of",
    "median_orders_mean_absolute_loss": "Absolute error of the median",
    "orders_calibration_loss": "Miss by history",
    "orders_correlation_score": "r",
    "orders_gini_score": "Gini",
    "orders_mean_absolute_loss": "Absolute error",
    "orders_rank_correlation_score": "Rank r",
    "orders_root_mean_squared_loss": "Squared error (root)",
    "orders_top_decile_score": "On the top tenth",
    "orders_total_ratio": "Total, forecast over actual",
    "spend_gini_score": "Spend: Gini",
    "spend_root_mean_squared_loss": "Spend: squared error (root)",
    "spend_total_ratio": "Spend: total",
    "calinski_harabasz_score": "Calinski–Harabasz",
    "coverage": "Customers placed",
    "customer_id": "Customer",
    "davies_bouldin_loss": "Davies–Bouldin loss",
    "lift_at_10_score": "Lift in the top tenth",
    "low_profit": "Profit at the lowest success rate",
    "high_profit": "at the highest",
    "middle_profit": "in the middle",
    "null_rate": "By chance alone",
    "p_alive": "Chance to be active",
    "rfm_segment": "RFM segment",
    "roc_auc_score": "ROC AUC",
    "smallest_share": "Smallest segment",
    "unseen_roc_auc_score": "ROC AUC, decline not yet visible",
}

# The first pattern found in a column's name says what its numbers are.
KINDS = {
    r"_id$": "text",
    r"^n_|_days$": "count",
    r"^p_|share|coverage|_rate$|_confidence$": "share",
    r"^lift": "times",
    r"_score$|_loss$|^foresight|^above_rule": "score",
    r"(^|_)(value|spend|amount|revenue|profit)(_at_risk|_lost|_mean|_median|_last_\d+)?$": "money",
}
FORMS = {
    "count": "{:,.0f}",
    "share": "{:.1%}",
    "score": "{:,.3f}",
    "times": "{:.1f}×",
    "money": "{:,.2f}",
    "number": "{:,.2f}",
}

# Columns that are shown as a row's sentence or mark.
UNSEEN = {"description", "passed", "chosen"}


@dataclass(frozen=True)
class Cell:
    """What stands in one place of a table, in lines; a number is set to the right, a segment has its colour."""

    text: str
    number: bool = False
    colour: str = ""


@dataclass(frozen=True)
class Row:
    """A row whose first cell is its head; `sentence` stands below the head, `mark` is `chosen`, `refused` or empty."""

    cells: tuple[Cell, ...]
    sentence: str = ""
    mark: str = ""


@dataclass(frozen=True)
class Table:
    """Headings and rows, all of them text."""

    headings: tuple[Cell, ...]
    rows: tuple[Row, ...]


def table(frame: pd.DataFrame, *, currency: str, colours: Mapping[str, str]) -> Table:
    """Write a finished frame as text; `colours` are those of the names in a column `segment`.

    The columns `<column>_low` and `<column>_high` are written below a column of that name, where they differ.
    """
    ends = {f"{column}_{end}" for column in frame.columns for end in ("low", "high")}
    seen = [str(column) for column in frame.columns if column not in UNSEEN | ends]
    kinds = {column: _kind(column, frame[column]) for column in seen}
    headings = tuple(
        Cell(heading(column) + (f", {currency}" if kind == "money" else ""), kind != "text")
        for column, kind in kinds.items()
    )
    columns = [_column(frame, column, kind, colours if column == "segment" else {}) for column, kind in kinds.items()]
    sentences = frame.get("description", pd.Series("", index=frame.index)).fillna("").astype(str)
    marks = [_mark(row) for row in frame.to_dict("records")]
    cells = zip(*columns, strict=True)
    return Table(headings, tuple(Row(*row) for row in zip(cells, sentences, marks, strict=True)))


def heading(column: str) -> str:
    """Write a column's name in words: `recency_days` is `Recency, days`."""
    if column in HEADINGS:
        return HEADINGS[column]
    words = re.sub(r"^p_", "chance_of_", re.sub(r"^n_|_score$", "", column))
    words = re.sub(r"(?<!order)_days$", ", days", words).replace("_", " ")
    return words[:1].upper() + words[1:]


def _kind(column: str, values: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(values.dtype) or not pd.api.types.is_numeric_dtype(values.dtype):
        return "text"
    found = (kind for pattern, kind in KINDS.items() if re.search(pattern, column))
    return next(found, "count" if pd.api.types.is_integer_dtype(values.dtype) else "number")


def _column(frame: pd.DataFrame, column: str, kind: str, colours: Mapping[str, str]) -> list[Cell]:
    """The cells of a column, with its range where that is known."""
    cells = list(_cells(frame[column], kind, colours))
    if f"{column}_low" not in frame or f"{column}_high" not in frame:
        return cells
    low, high = (_cells(frame[f"{column}_{end}"], kind, {}) for end in ("low", "high"))
    return [
        Cell(f"{cell.text}\n{least.text} to {most.text}", cell.number) if least.text != most.text else cell
        for cell, least, most in zip(cells, low, high, strict=True)
    ]


def _cells(values: pd.Series, kind: str, colours: Mapping[str, str]) -> Iterator[Cell]:
    large = kind in ("money", "score") and values.abs().max() >= 100
    form = FORMS.get("count" if large else kind, "{}")
    for value in values:
        text = MISSING if pd.isna(value) else form.format(value)
        if kind == "text":
            yield Cell({"True": "yes", "False": "no"}.get(text, text), colour=colours.get(text, ""))
        else:
            yield Cell(text.replace("-", "−"), number=True)


def _mark(row: Mapping[object, object]) -> str:
    if row.get("chosen"):
        return "chosen"
    return "refused" if not row.get("passed", True) else ""
