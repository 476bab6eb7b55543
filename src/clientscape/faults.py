"""What is wrong with an input, said once and whole."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: where it is, what was found, what was expected, and the cure."""

    where: str
    found: str
    expected: str
    cure: str

    def __str__(self) -> str:
        return f"{self.where}: found {self.found}; expected {self.expected}. Cure: {self.cure}."


class _FaultsError(Exception):
    """An exception that lists faults, also after it came from another process."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))

    def __reduce__(self) -> tuple[type["_FaultsError"], tuple[tuple[Fault, ...]]]:
        return type(self), (self.faults,)


class InputError(_FaultsError, ValueError):
    """An input or a config is refused; `faults` lists every reason."""


class UnableError(_FaultsError, RuntimeError):
    """The world around a sound input fails: a full disk, a server that is gone, a target that another job writes.

    Worth another try, unlike an `InputError`; `faults` lists what happened.
    """


def refuse(faults: Iterable[Fault]) -> None:
    """Raise one InputError over all faults; do nothing when there are none."""
    if found := tuple(faults):
        raise InputError(found)


@contextmanager
def gather(faults: list[Fault]) -> Iterator[None]:
    """Collect the faults of an InputError raised inside, so that the next check still runs."""
    try:
        yield
    except InputError as error:
        faults.extend(error.faults)
