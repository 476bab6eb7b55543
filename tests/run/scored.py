"""What the command `score` gives, and whether two tables of scores are the same."""

import numpy as np
import pandas as pd
from typer.testing import CliRunner

from clientscape.run.cli import app

BESIDE_THE_MODEL = ["model_version", "run_id"]


def assert_same(scores: pd.DataFrame, expected: pd.DataFrame) -> None:
    assert list(scores.columns) == list(expected.columns)
    for column in expected.columns.difference(BESIDE_THE_MODEL):
        if expected[column].dtype.kind == "f":
            np.testing.assert_allclose(scores[column], expected[column], rtol=0, atol=1e-9, err_msg=column)
        else:
            assert (scores[column].to_numpy() == expected[column].to_numpy()).all(), column


def score(ran, out, *, model="models:/fast@champion"):
    words = ["score", "sample", "--model", model, "--as-of", "2025-04-01", "--out", str(out), "--store", str(ran.store)]
    return CliRunner().invoke(app, words)
