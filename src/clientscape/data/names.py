"""The names of columns as they are written, and those that a mapping could not tell apart."""

from collections import Counter
from collections.abc import Iterator, Sequence

from clientscape.faults import Fault, refuse

BLANKS = " \t\ufeff"  # around a column's name; the last is the byte order mark
OURS = ("_file", "_row", "_rule")  # columns that are added to what is read


def identifier(name: str) -> str:
    """A name as SQL."""
    return '"' + name.replace('"', '""') + '"'


def plain(name: str) -> str:
    """A column's name without capitals and the blanks around it: what a mapping goes by."""
    return name.strip(BLANKS).lower()


def refuse_names(place: str, names: Sequence[str | None], where: str) -> None:
    """Refuse columns of one name, and those named as what is added; a column without a name cannot be mapped."""
    refuse(_name_faults(place, names, where))


def _name_faults(place: str, names: Sequence[str | None], where: str) -> Iterator[Fault]:
    times = Counter(plain(name) for name in names if name)
    text_file = "of a text file also by `format.names`, with `skip_lines` over its header"
    for same, count in times.items():
        if same in OURS:
            expected = f"columns of other names than {', '.join(f'`{name}`' for name in OURS)}, which are added to rows"
            yield Fault(f"{where}.files", f"{place}: a column `{same}`", expected, f"rename it; {text_file}")
        elif same and count > 1:
            as_written = ", ".join(f"`{name}`" for name in names if name and plain(name) == same)
            expected = "names that differ in more than capitals and blanks around them"
            cure = f"rename all but one; {text_file}"
            yield Fault(f"{where}.files", f"{place}: {count} columns of one name ({as_written})", expected, cure)
