"""Whether a new model takes the place of the old one, and a sentence that says why."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

DECIDES = "decline"  # the part that a challenger must be ahead in


@dataclass(frozen=True)
class Part:
    """What champion and challenger were measured to do, on the same customers at the same dates.

    name : `decline`, `churn`, `segments` ... metric : by what; is_loss : whether lower is better. low, high : the
    interval of challenger less champion. lacking : why the two cannot be compared, where they cannot; alone : then,
    whether that is because the challenger forecasts it and the champion does not, which counts as being ahead.
    """

    name: str
    metric: str = ""
    is_loss: bool = False
    champion: float = math.nan
    challenger: float = math.nan
    low: float = math.nan
    high: float = math.nan
    lacking: str = ""
    alone: bool = False

    @property
    def standing(self) -> str:
        """`ahead` or `behind` beyond chance, `level`, or that the two cannot be compared."""
        if self.alone:
            return "ahead"
        if self.lacking or math.isnan(self.low + self.high):
            return "not comparable"
        low, high = (-self.high, -self.low) if self.is_loss else (self.low, self.high)
        return "ahead" if low > 0 else "behind" if high < 0 else "level"

    def __str__(self) -> str:
        if self.alone:
            return f"{self.name} ahead, as {self.lacking}"
        if self.standing == "not comparable":
            return f"{self.name} not comparable, as {self.lacking or 'there is no interval'}"
        held = f"{self.metric} {self.challenger:.3f}, the champion's {self.champion:.3f}"
        away = f"95% interval of the difference {self.low:+.3f} to {self.high:+.3f}"
        return f"{self.name} {self.standing} ({held}, {away})"


@dataclass(frozen=True)
class Verdict:
    """Whether the challenger is promoted, and why; against : the version of the champion, empty where there is none."""

    promoted: bool
    reason: str
    against: str = ""

    @property
    def word(self) -> str:
        """`promoted`, `refused`, or `not compared` where there was nobody to be compared with."""
        return "promoted" if self.promoted else "refused" if self.against else "not compared"


def verdict(parts: Sequence[Part]) -> Verdict:
    """Promoted is who forecasts decline better beyond chance, and does nothing else worse beyond chance.

    A part other than decline that cannot be compared does not stand in the way; the reason names it.
    """
    judged = any(part.name == DECIDES for part in parts)
    parts = parts if judged else [Part(DECIDES, lacking="it was not judged"), *parts]
    against = [
        f"{part.name} is {part.standing}"
        for part in parts
        if part.standing == "behind" or (part.name == DECIDES and part.standing != "ahead")
    ]
    said = f"Not promoted: {' and '.join(against)}" if against else f"Promoted: {DECIDES} is ahead, nothing is behind"
    return Verdict(not against, f"{said}. Ahead and behind mean beyond chance: {'; '.join(map(str, parts))}.")
