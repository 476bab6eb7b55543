"""A session with a PostgreSQL server that writes: patient, but not for ever; what goes wrong becomes a fault."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from clientscape.faults import Fault, InputError, UnableError

# So that nobody waits for ever for a server, or for one that has fallen silent [s, the last one ms].
PATIENCE = {
    "connect_timeout": 5,
    "keepalives_idle": 60,
    "keepalives_interval": 10,
    "keepalives_count": 6,
    "tcp_user_timeout": 120_000,
}
# A server's own limits are for its readers; and it shall look whether we are still there. Older servers lack some.
SETTINGS = """
    SELECT set_config(name, CASE name
        WHEN 'lock_timeout' THEN '30s' WHEN 'client_connection_check_interval' THEN '1s' ELSE '0' END, false)
    FROM pg_settings WHERE name IN ('lock_timeout', 'client_connection_check_interval', 'statement_timeout',
        'idle_in_transaction_session_timeout', 'idle_session_timeout', 'transaction_timeout')
"""
# Another try may help after a lost connection, lack of resources, a lock, a shutdown: by the classes of SQLSTATE ...
PASSING_STATES = ("08", "25P0", "40", "53", "55", "57", "58")
# ... and, where no session comes about, by what is said.
PASSING_WORDS = (
    *("Connection refused", "Is the server running", "timeout expired", "Temporary failure", "unreachable"),
    *("No route to host", "closed the connection", "reset by peer", "starting up", "shutting down"),
    *("too many", "connection slots", "accepting connections"),
)


@contextmanager
def session(address: str, shown: str, *, autocommit: bool = False) -> Iterator[Any]:
    """A cursor of a session of its own; what is not committed when the block ends is rolled back.

    An InputError where the server refuses what is asked of it, an UnableError where it fails, is not there, or is gone.
    """
    try:
        from adbc_driver_postgresql import dbapi
    except ImportError as error:
        cure = "pip install 'clientscape[postgres]'"
        raise InputError([Fault(shown, "no ADBC driver", "an installed driver", cure)]) from error
    patience = "&".join(f"{key}={value}" for key, value in PATIENCE.items() if key not in address)
    is_there = False
    try:
        with (
            dbapi.connect(f"{address}{'&' if '?' in address else '?'}{patience}", autocommit=autocommit) as connection,
            connection.cursor() as cursor,
        ):
            is_there = True
            one(cursor, SETTINGS)
            yield cursor
    except dbapi.Error as error:
        raise _told(error, shown, is_there=is_there) from error


def one(cursor: Any, query: str) -> Any:
    """The first value of the first row, None where there is no row."""
    cursor.execute(query)
    return (cursor.fetchone() or (None,))[0]


def _told(error: Any, shown: str, *, is_there: bool) -> InputError | UnableError:
    before, error_is, said = " ".join(str(error).split()).partition("ERROR: ")
    found = said.partition(" Query was: ")[0] if error_is else before  # the statement says nothing to a reader
    if not is_there:
        may_pass = any(words in found for words in PASSING_WORDS)
        wrong = "correct the address, set PGPASSWORD, or write the password into ~/.pgpass"
    else:
        may_pass = not error.sqlstate or error.sqlstate.startswith(PASSING_STATES)
        wrong = "correct the table or the rights to it, or name another target"
    if may_pass:
        cure = "start the server, make room, or wait until it is free, and try again"
        return UnableError([Fault(shown, found, "a server that answers to the end", cure)])
    return InputError([Fault(shown, found, "a server that takes scores", wrong)])
