"""The command `score`: a registered model, a log, a date; one row of scores for each customer."""

from datetime import date
from pathlib import Path

from rich.console import Console

from clientscape.data.read import read
from clientscape.files import whole
from clientscape.run.sources import load_source
from clientscape.track.model import load_model


def score_source(name: str, model: str, as_of: date, out: Path, store: Path, console: Console) -> int:
    """Write the scores of a source as of a date, whole or not at all; the number of customers scored."""
    source, root = load_source(name)
    with console.status("loading the model"):
        loaded = load_model(model, store)
    with console.status("reading"):
        tables, _ = read(source, name=name, root=root)
    if name != (trained := loaded.scorer.facts["source"]):
        console.print(f"note: the model was trained on `{trained}`, this is `{name}`", highlight=False)
    with console.status("scoring"):
        scores = loaded.scorer.score(tables, as_of).assign(model_version=loaded.version, run_id=loaded.run_id)
    with whole(out) as unfinished:
        scores.to_parquet(unfinished, index=False)
    return len(scores)
