"""Connections to one SQLite file: how it is opened, which journal it keeps, and its migrations.

A file that is a link, lies on a network file system or is no store of ours is not opened. A
connection belongs to one thread of one process.
"""

from __future__ import annotations

import posix
from _sqlite3 import Error, connect, sqlite_version
from _thread import RLock
from _weakref import ref

from agent_session.core import Late
from agent_session.core.codec import digest
from agent_session.local import disk
from agent_session.sql.statements import read_sql

from . import forks
from .versions import OLDEST, may_keep_wal, version_of
from .waiting import PatientConnection

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
MIGRATIONS = f"{__file__.rpartition('/')[0]}/migrations"
GATE = "-gate"
# The files that SQLite makes beside its own, and our gate.
BESIDE = ("-journal", "-wal", "-shm", GATE)
# Five records of the usual size fit on a page, of 4 KiB only two.
_PAGE_BYTES = 8192
# Two hundred active sessions among a million lie on some eight hundred pages; with more room
# than that, a process that looks at one session pays for pages that it never sees again.
_CACHE_KIB = 16384
WAL = "wal"
# Each commit clears its header and syncs it, which outlives a power cut. The file stays, so
# that it need not be made anew.
_ROLLBACK = "persist"


class Opened:
    """A connection with what its file was when it was opened; closed with the last who holds
    it, or by a fork that comes while it is not *in_use*, as it is for who has just opened it.
    """

    __slots__ = ("__weakref__", "connection", "in_use", "inode", "is_open", "pid")

    def __init__(self, connection: Connection, inode: tuple[int, int]) -> None:
        self.connection = connection
        self.inode = inode
        self.in_use = RLock()
        self.is_open = True
        self.pid = posix.getpid()
        self.in_use.acquire()
        forks.known[id(self)] = ref(self)

    def is_changing(self) -> bool:
        return self.is_open and self.connection.in_transaction

    def close(self) -> None:
        self.is_open = False
        forks.known.pop(id(self), None)
        self.connection.close()

    def discard(self) -> None:
        self.close()
        self.in_use.release()

    def __del__(self) -> None:
        if self.pid == posix.getpid():
            self.close()
        elif self.is_open:
            forks.inherited.append(self.connection)


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
    """A connection to the store at *path*, of the newest schema and in use; None where no store
    is yet.
    """
    inode = inode_at(path)
    if inode is None:
        return None
    opened = open_file(path, patience_seconds, inode)
    try:
        version = schema_of(opened.connection, path)
        if 0 < version < SCHEMA:
            _migrate(opened.connection, path)
        if version > 0:
            _set_up(opened.connection)
            return opened
    except BaseException as error:
        opened.discard()
        raise refusals.as_ours(error, path) from None
    opened.discard()
    return None


def make_store(path: str, patience_seconds: float, wal: bool | None) -> Opened:
    """A connection to the store at *path*, made where there is none, and in use; behind the
    gate.

    A new one keeps a write-ahead log where *wal* says so, or else the library may.
    """
    opened = open_file(path, patience_seconds, inode_at(path) or _make_file(path))
    try:
        if schema_of(opened.connection, path) == 0:
            _choose_journal(opened.connection, wal)
        _migrate(opened.connection, path)
        _set_up(opened.connection)
    except BaseException as error:
        opened.discard()
        raise refusals.as_ours(error, path) from None
    return opened


def _make_file(path: str) -> tuple[int, int]:
    folder = disk.require_folder(path.rpartition("/")[0] or "/")
    try:
        disk.close(writes.make_lock(path.rpartition("/")[2], folder))
        writes.sync_folder(folder)
    finally:
        disk.close(folder)
    inode = inode_at(path)
    assert inode is not None
    return inode


def open_file(path: str, patience_seconds: float, inode: tuple[int, int]) -> Opened:
    """A connection to the file of that *inode* at *path*, whatever it is, in use."""
    require_safe(path)
    with forks.forking:
        forks.require_none_inherited()
        return Opened(_connected(path, patience_seconds), inode)


def _connected(path: str, patience_seconds: float) -> Connection:
    try:
        connection = connect(
            _url_of(path),
            timeout=0,
            isolation_level=None,
            check_same_thread=False,
            factory=PatientConnection,
            uri=True,
        )
    except Error as error:
        raise refusals.refused(error, path) from None
    connection.patience_seconds = patience_seconds
    # What is no text spoils the row that it was put into, and no other.
    connection.text_factory = _text_of
    connection.create_function("digest_of", 1, _digest_of, deterministic=True)
    return connection


def _url_of(path: str) -> str:
    """Of a file that is there: none is made in place of one that has just gone."""
    for special in "%?#":
        path = path.replace(special, f"%{ord(special):02x}")
    return f"file://{path}?mode=rw"


def _text_of(raw: bytes) -> str:
    return raw.decode(errors="replace")


def _digest_of(text: bytes) -> str:
    return digest(text)


def require_safe(path: str) -> None:
    """UnsafeStoreError where no store can be, or something else stands where a file of it
    belongs.
    """
    if version_of(sqlite_version) < OLDEST:
        raise errors.UnsafeStoreError(
            f"SQLite {sqlite_version} is too old: {'.'.join(map(str, OLDEST))} is needed"
        )
    for suffix in BESIDE:
        inode_at(path + suffix)
    folder = disk.require_folder(path.rpartition("/")[0] or "/")
    try:
        mounts.require_local(path, disk.device_of(folder))
    finally:
        disk.close(folder)


def schema_of(connection: Connection, path: str) -> int:
    """The number of the last migration; 0 for an empty file. UnsafeStoreError for what is not
    ours to write.
    """
    mark, version, changes = _read_together(
        connection, "application_id", "user_version", "schema_version"
    )
    if mark == version == changes == 0:
        return 0
    if mark != APPLICATION_ID:
        raise errors.UnsafeStoreError(f"{path!r} is a database, but no store of agent-session")
    if version > SCHEMA:
        raise errors.UnsafeStoreError(
            f"{path!r} was written by a newer agent-session (schema {version}, here {SCHEMA}): "
            "upgrade this one"
        )
    return int(version)


def _read_together(connection: Connection, *names: str) -> list[Any]:
    """Of one moment, for another process may just be making the store."""
    is_within = connection.in_transaction
    if not is_within:
        connection.execute("BEGIN")
    try:
        return [pragma(connection, name) for name in names]
    finally:
        if not is_within:
            connection.execute("ROLLBACK")


def pragma(connection: Connection, name: str) -> Any:
    return connection.execute(f"PRAGMA {name}").fetchone()[0]


def _choose_journal(connection: Connection, wal: bool | None) -> None:
    """Of a new database; one that is there keeps what it has."""
    connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
    if may_keep_wal(version_of(sqlite_version)) if wal is None else wal:
        connection.execute(f"PRAGMA journal_mode = {WAL}")


def _set_up(connection: Connection) -> None:
    if pragma(connection, "journal_mode") != WAL:
        connection.execute(f"PRAGMA journal_mode = {_ROLLBACK}")
    # A decision that a person has seen outlives a power cut.
    connection.execute("PRAGMA synchronous = EXTRA")
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    # What is removed is overwritten where that costs no write; some builds do so at any cost.
    connection.execute("PRAGMA secure_delete = FAST")
    connection.execute("PRAGMA trusted_schema = OFF")


def _migrate(connection: Connection, path: str) -> None:
    """Apply what is due in one transaction, in which another process is waited for."""
    connection.execute("PRAGMA synchronous = EXTRA")
    connection.execute("BEGIN IMMEDIATE")
    try:
        for number in range(schema_of(connection, path) + 1, SCHEMA + 1):
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
    script = read_sql(f"{MIGRATIONS}/{number:04d}.sql")
    return [each for each in script.split(";\n") if each.strip()]
