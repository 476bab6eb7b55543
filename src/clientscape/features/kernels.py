"""The compiled loops by name, imported when the first is called for: numba takes half a second, and not all need it."""

from typing import Any


def __getattr__(name: str) -> Any:
    from clientscape.features import groups, loops

    if name.startswith("_"):
        raise AttributeError(name)
    found = getattr(groups if hasattr(groups, name) else loops, name)
    globals()[name] = found
    return found
