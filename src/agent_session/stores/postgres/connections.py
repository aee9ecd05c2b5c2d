"""Connections to a PostgreSQL database: how each is set up, and the migrations."""

from __future__ import annotations

import logging

from psycopg import Connection, Error
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from agent_session.core.errors import InvalidValueError, UnsafeStoreError
from agent_session.sql.statements import read_sql

from . import refusals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SCHEMA = 1
MIGRATIONS = f"{__file__.rpartition('/')[0]}/migrations"
# Any number, as long as it stays: who migrates holds the advisory lock of this one.
_MIGRATION_LOCK = 0x61677365
_LONGEST_CONNECT_SECONDS = 10
_DEFAULTS: dict[str, Any] = {
    "application_name": "agent-session",
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


# Where a connection is lost, the driver says so once more, to whoever set up no log.
logging.getLogger("psycopg").addHandler(logging.NullHandler())


def settings_of(url: str, patience_seconds: float) -> str:
    """*url* in libpq's own words, with our defaults where it says nothing.

    InvalidValueError, which quotes nothing of it: any part may be one of a password.
    """
    try:
        given = conninfo_to_dict(url)
    except (Error, UnicodeError):
        given = {}
    ports = str(given.get("port", "")).replace(",", "")
    if not given or "@" in str(given.get("host", "")) or not (ports or "0").isdecimal():
        raise InvalidValueError(
            "this is no URL of a PostgreSQL database: write "
            "postgresql://USER:PASSWORD@HOST:PORT/DATABASE, and each of @ : / ? # % and the "
            "space in a name or a password as %40 and so on"
        )
    seconds = max(2, min(_LONGEST_CONNECT_SECONDS, int(patience_seconds)))
    return make_conninfo("", **{"connect_timeout": seconds, **_DEFAULTS, **given})


class KeptConnection(Connection):
    """One that ends with who holds it, in the process that has opened it."""

    def __del__(self, *_: object) -> None:
        """The driver's own would warn of that; what libpq holds is given back all the same."""


def connect(settings: str, patience_seconds: float) -> Connection:
    """A connection of one's own; psycopg.Error."""
    connection = KeptConnection.connect(settings, autocommit=True)
    try:
        _set_up(connection, patience_seconds)
    except BaseException:
        connection.close()
        raise
    return connection


def _set_up(connection: Connection, patience_seconds: float) -> None:
    connection.execute(_SET_UP.format(patience_ms=int(patience_seconds * 1000)).encode())


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


def require_none(connection: Connection) -> None:
    """StoreUnavailableError where there is a store, and we only may not see it."""
    found = connection.execute(
        "SELECT has_schema_privilege(oid, 'USAGE') FROM pg_namespace "
        "WHERE nspname = 'agent_session'"
    ).fetchone()
    if found is not None and not found[0]:
        raise refusals.not_allowed("this role may not use the schema agent_session")


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
    return read_sql(f"{MIGRATIONS}/{number:04d}.sql").encode()
