"""The exported model as MLflow serves it (models from code): transactions and as_of in, scores out.

MLflow runs this file to make the model; nothing else imports it. MLflow drops unknown params with a warning and lets
missing values pass its schema: the scorer's own contract refuses them.
"""

from datetime import date
from pathlib import Path

import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc import PythonModel, PythonModelContext

from clientscape.faults import Fault, InputError
from clientscape.scorer.store import load
from clientscape.tables import check_tables
from clientscape.window import Covers


class ServedScorer(PythonModel):  # type: ignore[misc]  # mlflow ships no types for it
    """Thin face of a Scorer: one frame of transactions, `as_of` as a param."""

    def load_context(self, context: PythonModelContext) -> None:
        """Read the scorer that was stored beside this file."""
        self.scorer = load(Path(context.artifacts["scorer"]))

    def predict(
        self, context: PythonModelContext, model_input: pd.DataFrame, params: dict[str, str] | None = None
    ) -> pd.DataFrame:
        """Scores at `as_of` (required), of a log that covers the days from `covers_from` (if not that of training)."""
        asked = params or {}
        as_of = _date(asked.get("as_of", ""), "as_of")
        first = _date(asked.get("covers_from") or self.scorer.facts["covers"][0], "covers_from")
        # What comes after as_of is not looked at, so there is no end to state.
        tables = check_tables(
            {"transactions": model_input},
            covers=Covers(first, date.max),
            currency=self.scorer.facts["currency"],
            name="model input",
        )
        return self.scorer.score(tables, as_of)


def _date(text: str, name: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        fault = Fault(f"params.{name}", repr(text), "a date like 2017-10-01", f'give params={{"{name}": "2017-10-01"}}')
        raise InputError([fault]) from error


set_model(ServedScorer())
