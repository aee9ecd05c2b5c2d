"""Connections to a PostgreSQL database: how each is set up, and the migrations."""

from __future__ import annotations

import posix

from psycopg import Connection, Error
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import ConnectionPool

from agent_session.core.errors import InvalidValueError, UnsafeStoreError

from . import refusals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SCHEMA = 1
# Any number, as long as it stays: who migrates holds the advisory lock of this one.
_MIGRATION_LOCK = 0x61677365
_MOST_CONNECTIONS = 8
_DEFAULTS: dict[str, Any] = {
    "application_name": "agent-session",
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "tcp_user_timeout": 30_000,
    # A replica is behind, and a claim must not be judged by the past.
    "target_session_attrs": "read-write",
}
# Names are looked up in our schema alone. A decision that a person has seen outlives a power
# cut. Whoever is stopped with a row locked does not keep it for ever.
_SET_UP = """
SET search_path = agent_session, pg_temp;
SELECT set_config('synchronous_commit', 'on', false)
WHERE current_setting('synchronous_commit') = 'off';
SET idle_in_transaction_session_timeout = '30s';
SET lock_timeout = '{patience_ms}ms';
"""


def settings_of(url: str) -> str:
    """*url* in libpq's own words, with our defaults where it says nothing."""
    try:
        given = conninfo_to_dict(url)
    except Error as error:
        raise InvalidValueError(f"not a PostgreSQL URL: {error}".strip()) from None
    return make_conninfo("", **{**_DEFAULTS, **given})


def connect(settings: str, patience_seconds: float) -> Connection:
    """A connection of one's own; psycopg.Error."""
    connection = Connection.connect(settings, autocommit=True)
    try:
        _set_up(connection, patience_seconds)
    except BaseException:
        connection.close()
        raise
    return connection


def _set_up(connection: Connection, patience_seconds: float) -> None:
    connection.execute(_SET_UP.format(patience_ms=int(patience_seconds * 1000)).encode())


class Pool:
    """The connections of one process, opened as they are needed."""

    def __init__(self, settings: str, patience_seconds: float) -> None:
        self.pid = posix.getpid()
        self.pool = ConnectionPool(
            settings,
            kwargs={"autocommit": True},
            min_size=0,
            max_size=_MOST_CONNECTIONS,
            timeout=patience_seconds,
            reconnect_timeout=patience_seconds,
            configure=lambda connection: _set_up(connection, patience_seconds),
            open=True,
        )

    def __del__(self) -> None:
        # What a child was given by fork is its parent's to close.
        if self.pid == posix.getpid() and hasattr(self, "pool"):
            self.pool.close()


def migrate(connection: Connection) -> None:
    """Make the tables, or bring them up to date; whoever comes second waits and finds it done.

    UnsafeStoreError where a newer version has made them.
    """
    try:
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (_MIGRATION_LOCK,))
            connection.execute("CREATE SCHEMA IF NOT EXISTS agent_session")
            for number in range(_version_in(connection) + 1, SCHEMA + 1):
                connection.execute(_script(number))
                connection.execute("UPDATE store SET schema_version = %s", (number,))
    except Error as error:
        # Where the lock is none, as on some engines of the same protocol, the tables tell.
        if not refusals.was_made_by_another(error):
            raise
    require_known(_version_in(connection))


def _version_in(connection: Connection) -> int:
    found = connection.execute("SELECT to_regclass('agent_session.store')").fetchone()
    if found is None or found[0] is None:
        return 0
    version = connection.execute("SELECT schema_version FROM store").fetchone()
    return int(version[0]) if version else 0


def require_known(version: int) -> None:
    if version > SCHEMA:
        raise UnsafeStoreError(
            f"the database was written by a newer agent-session (schema {version}, here "
            f"{SCHEMA}): upgrade this one"
        )


def _script(number: int) -> bytes:
    folder = __file__.rpartition("/")[0]
    with open(f"{folder}/migrations/{number:04d}.sql", "rb") as file:
        return file.read()
