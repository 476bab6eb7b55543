"""The exported model as MLflow serves it (models from code): a frame of stacked tables and as_of in, scores out.

MLflow runs this file to make the model; nothing else imports it. MLflow drops unknown params and columns with a
warning, refuses missing columns that must be there by itself, and lets missing values pass: the scorer looks at those.
"""

import os
from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.models import set_model
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE
from mlflow.pyfunc import PythonModel, PythonModelContext

from clientscape.faults import InputError
from clientscape.scorer.stacked import tables_of
from clientscape.scorer.store import INSIDE, open_folder

SERVING = "_MLFLOW_IS_IN_SERVING_ENVIRONMENT"  # set by the server of MLflow


class RefusedError(InputError, MlflowException):  # type: ignore[misc]  # mlflow ships no types for it
    """A refused input, as the server of MLflow answers it: every fault in the message, and no traceback."""

    def __init__(self, faults: Any) -> None:
        InputError.__init__(self, faults)
        MlflowException.__init__(self, str(self), error_code=INVALID_PARAMETER_VALUE)


class ServedScorer(PythonModel):  # type: ignore[misc]  # mlflow ships no types for it
    """Thin face of a Scorer: see `clientscape.scorer.stacked` for the columns and params that it takes."""

    def load_context(self, context: PythonModelContext) -> None:
        """Read the scorer that was stored beside this file."""
        self.stored = open_folder(Path(context.artifacts["scorer"]).parents[len(INSIDE.parts) - 1])

    def predict(
        self, context: PythonModelContext, model_input: pd.DataFrame, params: dict[str, str] | None = None
    ) -> pd.DataFrame:
        """Scores at `as_of` (required), of a log that covers the days from `covers_from` (if not that of training)."""
        stored = self.stored
        try:
            tables, as_of = tables_of(model_input, stored.scorer, params or {})
            scores = stored.scorer.score(tables, as_of, partial=True)
        except InputError as error:
            raise RefusedError(error.faults) from error
        scores = scores.assign(model_version=stored.version, run_id=stored.run_id)
        # A server would write NaN, which is no JSON: as None, what is missing is null.
        return scores.astype(object).where(scores.notna(), None) if os.environ.get(SERVING) else scores


set_model(ServedScorer())
