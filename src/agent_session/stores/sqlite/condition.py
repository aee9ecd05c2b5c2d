"""What condition an SQLite store is in, and whether its library may keep it so; nothing is
changed.
"""

from __future__ import annotations

from _sqlite3 import Error, sqlite_version

from agent_session.core import Late
from agent_session.local import disk

from . import connections
from .versions import may_keep_wal, version_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sqlite3 import Connection

    from . import refusals
else:
    refusals = Late("agent_session.stores.sqlite.refusals")

_FOR_OTHERS = 0o077


class Condition:
    """The store in the file at the absolute *path*, which need not be there.

    *exposed* are the files that others than the owner may read or change. What only the
    database tells is None or empty until `check` has asked it.
    """

    __slots__ = (
        "bytes_kept",
        "exists",
        "exposed",
        "flaws",
        "journal",
        "newest_schema",
        "path",
        "schema",
        "sessions",
        "source_id",
        "sqlite_version",
        "wal_is_safe",
    )

    def __init__(self, path: str) -> None:
        self.path = path
        self.exists = connections.inode_at(path) is not None
        self.exposed: list[str] = []
        self.bytes_kept = 0
        self._weigh_files()
        self.sqlite_version = sqlite_version
        self.wal_is_safe = may_keep_wal(version_of(sqlite_version))
        self.newest_schema = connections.SCHEMA
        self.source_id: str | None = None
        self.journal: str | None = None
        self.schema: int | None = None
        self.sessions: int | None = None
        self.flaws: list[str] = []

    def _weigh_files(self) -> None:
        folder_path, _, name = self.path.rpartition("/")
        try:
            folder = disk.open_folder(folder_path or "/")
        except FileNotFoundError:
            return
        try:
            for each in (name + suffix for suffix in ("", *connections.BESIDE)):
                status = disk.status_of(each, folder)
                if status is not None:
                    self.bytes_kept += status.st_size
                    if status.st_mode & _FOR_OTHERS:
                        self.exposed.append(f"{folder_path}/{each}")
        finally:
            disk.close(folder)

    @property
    def is_at_risk(self) -> bool:
        """True where a write-ahead log is kept that this library may lose commits of."""
        return self.journal == connections.WAL and not self.wal_is_safe

    def check(self, patience_seconds: float = disk.PATIENCE_SECONDS) -> None:
        """Read the whole database: *flaws* says what is damaged. UnsafeStoreError for what is
        no store of ours, or of a newer version.
        """
        inode = connections.inode_at(self.path)
        if inode is None:
            return
        opened = connections.open_file(self.path, patience_seconds, inode)
        try:
            self._ask(opened.connection)
        except Error as error:
            if not refusals.is_damaged(error):
                raise refusals.refused(error, self.path) from None
            self.flaws.append(str(error))
        finally:
            opened.discard()

    def _ask(self, connection: Connection) -> None:
        connection.execute("PRAGMA query_only = ON")
        self.source_id = connection.execute("SELECT sqlite_source_id()").fetchone()[0]
        self.schema = connections.schema_of(connection, self.path)
        self.journal = connections.pragma(connection, "journal_mode")
        found = [row[0] for row in connection.execute("PRAGMA quick_check")]
        self.flaws += [each for each in found if each != "ok"]
        if self.schema > 0:
            (self.sessions,) = connection.execute("SELECT count(*) FROM sessions").fetchone()
