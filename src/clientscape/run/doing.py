"""What a run is busy with, for whoever waits."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Doing:
    """A few words about what goes on."""

    what: str
