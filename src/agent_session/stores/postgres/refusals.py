"""What PostgreSQL says is wrong, as one of our errors, and what may be tried again."""

from __future__ import annotations

import errno

from psycopg import Error, OperationalError

from agent_session.core.errors import StoreBusyError, StoreError, StoreUnavailableError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from psycopg import Connection

# By SQLSTATE. The server has undone the transaction, and says that it may go well next time.
_UNDONE = frozenset(("40001", "40P01"))
_UNSURE = "40003"
_BUSY = frozenset(("55P03", "57014", "25P03", "53300"))
_NO_STORE = frozenset(("42P01", "3F000"))
_MADE_BY_ANOTHER = frozenset(("42P06", "42P07", "42710", "23505"))
_NOT_ALLOWED = frozenset(("42501", "25006", "28000", "28P01"))
_FULL = frozenset(("53100", "53200"))
# What a server says to who wants in, which has no SQLSTATE then.
_STARTING = ("starting up", "shutting down", "recovery mode", "too many clients", "slots are")


def was_undone(error: Error) -> bool:
    """True where the whole transaction may be tried once more."""
    return error.sqlstate in _UNDONE


def is_without_store(error: Error) -> bool:
    """True where the tables are not there."""
    return error.sqlstate in _NO_STORE


def was_made_by_another(error: Error) -> bool:
    return error.sqlstate in _MADE_BY_ANOTHER


def is_lost(connection: Connection, error: Error) -> bool:
    """True where the connection is gone, and with it any transaction that was not committed."""
    return connection.closed or connection.broken or _is_of_connection(error)


def _is_of_connection(error: Error) -> bool:
    state = error.sqlstate
    return isinstance(error, OperationalError) and (
        state is None or state.startswith("08") or state in {"57P01", "57P02", "57P03", _UNSURE}
    )


def is_starting(error: Error) -> bool:
    """True where the server is there, and will take connections in a moment."""
    return any(words in str(error) for words in _STARTING)


def said(error: Error) -> str:
    """What the server says, or the driver, in one line."""
    first = str(error).strip().partition("\n")[0]
    for before in ("connection failed: ", "connection is bad: "):
        first = first.removeprefix(before)
    return first or type(error).__name__


def unreachable(why: str) -> StoreUnavailableError:
    return StoreUnavailableError(errno.ECONNREFUSED, f"the database cannot be reached: {why}")


def not_allowed(why: str) -> StoreUnavailableError:
    return StoreUnavailableError(errno.EACCES, f"the database does not allow it: {why}")


def refused(error: Error) -> StoreError:
    """*error* of the server as ours; nothing of what was asked was done."""
    said_so = said(error)
    if error.sqlstate in _BUSY:
        return StoreBusyError(f"the database is busy: {said_so}; try again")
    if error.sqlstate in _NOT_ALLOWED:
        return not_allowed(said_so)
    if error.sqlstate in _FULL:
        return StoreUnavailableError(errno.ENOSPC, f"the database has no room: {said_so}")
    return StoreUnavailableError(errno.EIO, f"the database failed: {said_so}")
