"""What a model was made with, and what of it must be the same where it scores."""

from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import Any

from clientscape import __version__
from clientscape.faults import Fault

# Of the files of a model: raised when they change so that an older reader would go wrong.
FORMAT = 1

# The libraries that scores pass through.
PINNED = (
    "duckdb",
    "narwhals",
    "numba",
    "numpy",
    "pandas",
    "pyarrow",
    "scikit-learn",
    "scipy",
    "skops",
    "threadpoolctl",
)

# How many parts of a version must agree: scikit-learn keeps what it fitted readable within a minor version alone.
MUST_AGREE = {"scikit-learn": 2, "numpy": 1}


def made_with() -> dict[str, Any]:
    """The format, this package's version, and those of the libraries, as a model carries them."""
    return {"format": FORMAT, "clientscape": __version__, "versions": {name: version(name) for name in PINNED}}


def version_faults(written: Mapping[str, Any], where: str) -> Iterator[Fault]:
    """Why a model that was `made_with` other versions cannot be trusted to score as it did; none if it can."""
    if (found := written.get("format")) != FORMAT:
        said = "no format number" if found is None else f"format {found}"
        maker = written.get("clientscape", "of its time")
        cure = f"pip install 'clientscape=={maker}', or train the model again with {__version__}"
        yield Fault(where, said, f"format {FORMAT}, which clientscape {__version__} reads", cure)
        return
    for name, n_parts in MUST_AGREE.items():
        trained, here = str(written["versions"][name]), version(name)
        if _first(trained, n_parts) != _first(here, n_parts):
            expected = f"{_first(trained, n_parts)}, with which the model was trained"
            yield Fault(f"{where}: {name}", here, expected, f"pip install '{name}=={trained}'")


def _first(numbers: str, n_parts: int) -> str:
    return ".".join(numbers.split(".")[:n_parts])
