"""Connections to one SQLite file: how it is opened, which journal it keeps, and its migrations.

A file that is a link, lies on a network file system or is no store of ours is not opened. A
connection belongs to one thread of one process.
"""

from __future__ import annotations

import posix
from _sqlite3 import Error, connect, sqlite_version

from agent_session.core import Late
from agent_session.local import disk

from .versions import OLDEST, may_keep_wal, version_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sqlite3 import Connection
    from typing import Any

    from agent_session.core import errors
    from agent_session.local import mounts, writes

    from . import refusals
else:
    errors = Late("agent_session.core.errors")
    mounts = Late("agent_session.local.mounts")
    writes = Late("agent_session.local.writes")
    refusals = Late("agent_session.stores.sqlite.refusals")

# "agse": what marks a file as ours, for `file` and for us.
APPLICATION_ID = 0x61677365
SCHEMA = 1
GATE = "-gate"
# The files that SQLite makes beside its own, and our gate.
BESIDE = ("-journal", "-wal", "-shm", GATE)
# Five records of the usual size fit on a page, of 4 KiB only two.
_PAGE_BYTES = 8192
_CACHE_KIB = 8192
_WAL = "wal"
# Each commit clears its header and syncs it, which outlives a power cut. The file stays, so
# that it need not be made anew.
_ROLLBACK = "persist"


class Opened:
    """A connection with what its file was when it was opened; closed with the last who holds
    it.
    """

    __slots__ = ("connection", "inode", "pid")

    def __init__(self, connection: Connection, inode: tuple[int, int]) -> None:
        self.connection = connection
        self.inode = inode
        self.pid = posix.getpid()

    def __del__(self) -> None:
        # What a child was given by fork is its parent's to close.
        if self.pid == posix.getpid():
            self.connection.close()


def inode_at(path: str) -> tuple[int, int] | None:
    """Which file has the name; None where there is none. UnsafeStoreError for a link or what is
    no plain file.
    """
    try:
        status = disk.calls.stat(path, follow_symlinks=False)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise disk.refused(error, f"look at {path!r}") from None
    if status.st_mode & disk.KIND != disk.REGULAR or status.st_nlink > 1:
        raise errors.UnsafeStoreError(
            f"{path!r} is no plain file of its own; nothing is followed"
        )
    return status.st_dev, status.st_ino


def open_existing(path: str, patience_seconds: float) -> Opened | None:
    """A connection to the store at *path*, of the newest schema; None where none is yet."""
    inode = inode_at(path)
    if inode is None:
        return None
    _require_safe(path)
    opened = Opened(_connected(path, patience_seconds), inode)
    try:
        version = _schema_of(opened.connection, path)
        if version == 0:
            return None
        if version < SCHEMA:
            _migrate(opened.connection, path)
        _set_up(opened.connection)
    except Error as error:
        raise refusals.refused(error, path) from None
    return opened


def make_store(path: str, patience_seconds: float) -> Opened:
    """A connection to the store at *path*, made where there is none; behind the gate."""
    if inode_at(path) is None:
        folder = disk.require_folder(path.rpartition("/")[0] or "/")
        try:
            disk.close(writes.make_lock(path.rpartition("/")[2], folder))
            writes.sync_folder(folder)
        finally:
            disk.close(folder)
    _require_safe(path)
    inode = inode_at(path)
    assert inode is not None
    opened = Opened(_connected(path, patience_seconds), inode)
    try:
        if _schema_of(opened.connection, path) == 0:
            _choose_journal(opened.connection)
        _migrate(opened.connection, path)
        _set_up(opened.connection)
    except Error as error:
        raise refusals.refused(error, path) from None
    return opened


def _connected(path: str, patience_seconds: float) -> Connection:
    if version_of(sqlite_version) < OLDEST:
        raise errors.UnsafeStoreError(
            f"SQLite {sqlite_version} is too old: {'.'.join(map(str, OLDEST))} is needed"
        )
    try:
        return connect(
            path, timeout=patience_seconds, isolation_level=None, check_same_thread=False
        )
    except Error as error:
        raise refusals.refused(error, path) from None


def _require_safe(path: str) -> None:
    for suffix in BESIDE:
        inode_at(path + suffix)
    folder = disk.require_folder(path.rpartition("/")[0] or "/")
    try:
        mounts.require_local(path, disk.device_of(folder))
    finally:
        disk.close(folder)


def _schema_of(connection: Connection, path: str) -> int:
    """The number of the last migration; 0 for an empty file. UnsafeStoreError for what is not
    ours to write.
    """
    mark, version = _pragma(connection, "application_id"), _pragma(connection, "user_version")
    if mark == 0 and version == 0 and _pragma(connection, "schema_version") == 0:
        return 0
    if mark != APPLICATION_ID:
        raise errors.UnsafeStoreError(f"{path!r} is a database, but no store of agent-session")
    if version > SCHEMA:
        raise errors.UnsafeStoreError(
            f"{path!r} was written by a newer agent-session (schema {version}, here {SCHEMA}): "
            "upgrade this one"
        )
    return int(version)


def _pragma(connection: Connection, name: str) -> Any:
    return connection.execute(f"PRAGMA {name}").fetchone()[0]


def _choose_journal(connection: Connection) -> None:
    """Of a new database; one that is there keeps what it has."""
    connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
    if may_keep_wal(version_of(sqlite_version)):
        connection.execute(f"PRAGMA journal_mode = {_WAL}")


def _set_up(connection: Connection) -> None:
    if _pragma(connection, "journal_mode") != _WAL:
        connection.execute(f"PRAGMA journal_mode = {_ROLLBACK}")
    # A decision that a person has seen outlives a power cut.
    connection.execute("PRAGMA synchronous = EXTRA")
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    connection.execute("PRAGMA trusted_schema = OFF")


def _migrate(connection: Connection, path: str) -> None:
    """Apply what is due in one transaction, in which another process is waited for."""
    connection.execute("PRAGMA synchronous = EXTRA")
    connection.execute("BEGIN IMMEDIATE")
    try:
        for number in range(_schema_of(connection, path) + 1, SCHEMA + 1):
            for statement in _statements_of(number):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _statements_of(number: int) -> list[str]:
    folder = __file__.rpartition("/")[0]
    with open(f"{folder}/migrations/{number:04d}.sql", encoding="ascii") as file:
        return [each for each in file.read().split(";\n") if each.strip()]
