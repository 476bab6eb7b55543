"""The scores of a night take the place of those of the same date in a table: in SQL that all databases understand."""

from collections.abc import Callable
from datetime import date

from clientscape.data.landing import FORMS, KEY, Landed
from clientscape.data.names import identifier
from clientscape.faults import Fault, refuse

FEW = 10  # rows of a date that may all go: so small a table is a trial


def upsert(
    run: Callable[[str], object],
    count: Callable[[str], int],
    *,
    table: str,
    night: str,
    as_of: date,
    shown: str,
    differs: str = "IS DISTINCT FROM",
) -> Landed:
    """Change, remove and add rows until those of a date are the night's; rows that are the same are not touched.

    run, count : execute a statement, within one transaction that lets nobody else write; `count` returns its number.
    table, night : the table and the scores that were brought beside it, as SQL; `night` has only rows of the date.
    Refused is a night that removes more than half of the rows of its date: it is rather another shop's.
    """
    dated = f"stood.as_of = '{as_of}'"
    same = "new.as_of = stood.as_of AND new.customer_id = stood.customer_id"  # both: for them there is an index
    gone = f"{dated} AND NOT EXISTS (SELECT 1 FROM {night} AS new WHERE {same})"
    n_stood = count(f"SELECT count(*) FROM {table} AS stood WHERE {dated}")
    n_gone = count(f"SELECT count(*) FROM {table} AS stood WHERE {gone}")
    if n_stood >= FEW and 2 * n_gone > n_stood:
        found = f"{n_gone:,} of the {n_stood:,} rows of {as_of} there without a score tonight"
        cure = "name another --table if these are another shop's, else delete the rows of that date first"
        refuse([Fault(shown, found, "at most half of them", cure)])
    names = {column: identifier(column) for column in FORMS}
    values = [name for column, name in names.items() if column not in KEY]
    changed = " OR ".join(f"stood.{name} {differs} new.{name}" for name in values)
    run(f"DELETE FROM {table} AS stood WHERE {gone}")
    run(
        f"UPDATE {table} AS stood SET {', '.join(f'{name} = new.{name}' for name in values)} FROM {night} AS new"
        f" WHERE {dated} AND {same} AND ({changed})"
    )
    run(
        f"INSERT INTO {table} ({', '.join(names.values())})"
        f" SELECT {', '.join(f'new.{name}' for name in names.values())} FROM {night} AS new WHERE NOT EXISTS"
        f" (SELECT 1 FROM {table} AS stood WHERE {same})"
    )
    return Landed(count(f"SELECT count(*) FROM {night}"), n_gone)
