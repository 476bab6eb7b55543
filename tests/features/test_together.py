"""Pieces of features become one file, or it says why not."""

import resource
from pathlib import Path

import pandas as pd
import pytest

from clientscape.faults import UnableError
from clientscape.features.together import together


@pytest.fixture
def pieces(tmp_path: Path) -> list[Path]:
    """Every third customer of 3,000 in each."""
    table = pd.DataFrame({"as_of": pd.Timestamp("2025-04-01"), "customer_id": [f"C{i:05d}" for i in range(3000)]})
    paths = [tmp_path / f"{i}.parquet" for i in range(3)]
    for i, path in enumerate(paths):
        table.iloc[i::3].assign(x=range(1000)).to_parquet(path, index=False)
    return paths


@pytest.mark.parametrize("as_csv", [True, False])
def test_they_are_sorted_and_a_disk_that_is_full_is_worth_another_try(
    as_csv: bool, pieces: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "o'ut"
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, limit[1]))
    try:
        with pytest.raises(UnableError, match=r"File too large.*make room"):
            together(pieces, out, as_csv=as_csv, memory_limit="100MB")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    together(pieces, out, as_csv=as_csv, memory_limit="100MB")
    found = pd.read_csv(out) if as_csv else pd.read_parquet(out)
    assert found["customer_id"].tolist() == [f"C{i:05d}" for i in range(3000)]
