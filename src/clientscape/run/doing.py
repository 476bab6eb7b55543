"""What a run is busy with, for whoever waits."""

from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


@dataclass(frozen=True)
class Doing:
    """A few words about what goes on."""

    what: str


def steps_of(console: Console) -> Progress:
    """A bar that counts steps, with a word about the present one; it vanishes at the end."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )
