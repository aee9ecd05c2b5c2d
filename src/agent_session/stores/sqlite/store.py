"""The store in an SQLite file."""

from __future__ import annotations

from agent_session.local import disk
from agent_session.sql.store import SqlStore

from .database import SqliteDatabase


def open_sqlite(
    path: str, patience_seconds: float = disk.PATIENCE_SECONDS, wal: bool | None = None
) -> SqlStore:
    """The store in the file at the absolute *path*, which the first write makes: with a
    write-ahead log where *wal* is true, without where it is false, else as `versions` says.
    """
    return SqlStore(SqliteDatabase(path, patience_seconds, wal))
