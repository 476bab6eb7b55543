"""The model before a new one."""

from dataclasses import dataclass

from clientscape.scorer.model import Scorer


@dataclass(frozen=True)
class Former:
    """The champion, or why there is none to carry on; next_id is the first segment id that no version has given.

    lost : whether there is one that cannot be read any more, so that nobody can score with it. version : its number.
    """

    scorer: Scorer | None = None
    why_none: str = "there is no champion yet"
    next_id: int = 1
    lost: bool = False
    version: str = ""
