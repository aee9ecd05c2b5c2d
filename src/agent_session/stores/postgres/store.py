"""The store in a PostgreSQL database."""

from __future__ import annotations

from agent_session.sql.store import SqlStore

from .clock import ServerClock
from .database import PATIENCE_SECONDS, PostgresDatabase


def open_postgres(url: str, patience_seconds: float = PATIENCE_SECONDS) -> SqlStore:
    """The store in the database that *url* names (`postgresql://...`, as libpq reads it)."""
    database = PostgresDatabase(url, patience_seconds)
    # Not the database's own: what is dropped is to close its connections at once.
    clock = ServerClock(lambda: database.ask(database.statements["now"])[0][0])
    return SqlStore(database, clock=clock.now)
