"""One SQLite file, with the gate before its writers.

SQLite alone lets writers starve: who waits longest tries most seldom. So each waits for a lock
of the system first, and only who has it begins a transaction.
"""

from __future__ import annotations

import posix
from _sqlite3 import Error
from _thread import _local as PerThread  # noqa: N812 - threading.local, without threading

from agent_session.core import Late
from agent_session.core.codec import encode
from agent_session.local import disk
from agent_session.sql.statements import read_statements

from . import connections
from .connections import GATE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from sqlite3 import Connection
    from typing import Any, TypeVar

    from agent_session.core import errors
    from agent_session.core.store import Watch
    from agent_session.local import writes
    from agent_session.sql.database import Database, Transaction

    from . import refusals, watching
    from .connections import Opened

    T = TypeVar("T")
else:
    errors = Late("agent_session.core.errors")
    writes = Late("agent_session.local.writes")
    refusals = Late("agent_session.stores.sqlite.refusals")
    watching = Late("agent_session.stores.sqlite.watching")

_STATEMENTS = f"{__file__.rpartition('/')[0]}/statements.sql"


class SqliteDatabase:
    """The database at the absolute *path*, which the first write makes and no reader."""

    def __init__(
        self,
        path: str,
        patience_seconds: float = disk.PATIENCE_SECONDS,
        wal: bool | None = None,
    ) -> None:
        self.path = path
        self.wal = wal
        self.patience_seconds = patience_seconds
        self.statements = read_statements(_STATEMENTS)
        self._of_thread = PerThread()

    # --- reading ------------------------------------------------------------------------------

    def rows(self, statement: str, **values: Any) -> Sequence[Any]:
        return self.select(self.statements[statement], **values)

    def select(self, sql: str, **values: Any) -> Sequence[Any]:
        opened = self._opened()
        if opened is None:
            return ()
        try:
            return opened.connection.execute(sql, values).fetchall()
        except Error as error:
            raise refusals.refused(error, self.path) from None
        finally:
            opened.in_use.release()

    def snapshot(self, look: Callable[[Database | Transaction], T]) -> T:
        opened = self._opened()
        if opened is None:
            return look(self)
        try:
            opened.connection.execute("BEGIN")
            return look(SqliteTransaction(opened.connection, self.statements))
        except Error as error:
            raise refusals.refused(error, self.path) from None
        finally:
            self._roll_back(opened.connection)
            opened.in_use.release()

    @staticmethod
    def array(numbers: Sequence[int]) -> str:
        return encode(list(numbers))

    def can(self, statement: str) -> bool:
        return statement in self.statements

    def size(self) -> int:
        """Of the file, and of the log of writes beside it."""
        return sum(map(_size_of, (self.path, f"{self.path}-wal")))

    def watch(self, agent_id: str | None) -> Watch:
        watch: Watch = watching.watch(self, agent_id)
        return watch

    # --- writing ------------------------------------------------------------------------------

    def write(
        self,
        work: Callable[[Transaction], T],
        outcome: Callable[[Transaction], T | None] | None = None,
    ) -> T:
        """What *work* answers, once it is kept.

        Whether a commit that was refused is kept could be looked up, but not whether it would
        outlive a power cut: UnknownOutcomeError.
        """
        gate = self._pass_gate()
        try:
            opened = self._opened(to_write=True)
            assert opened is not None
            try:
                return self._in_transaction(opened.connection, work)
            finally:
                opened.in_use.release()
        finally:
            writes.leave(gate)

    def _in_transaction(self, connection: Connection, work: Callable[[Transaction], T]) -> T:
        transaction = SqliteTransaction(connection, self.statements)
        try:
            connection.execute("BEGIN IMMEDIATE")
            answer = work(transaction)
        except Error as error:
            self._roll_back(connection)
            raise refusals.refused(error, self.path) from None
        except BaseException:
            self._roll_back(connection)
            raise
        self._commit(connection)
        return answer

    def _commit(self, connection: Connection) -> None:
        try:
            connection.execute("COMMIT")
        except Error as error:
            self._roll_back(connection)
            if refusals.is_busy(error):  # readers did not let go; nothing was written yet
                raise refusals.refused(error, self.path) from None
            raise errors.UnknownOutcomeError(
                f"the change of {self.path!r} may or may not be kept: {error}"
            ) from None

    def _roll_back(self, connection: Connection) -> None:
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except Error:
            self._of_thread.opened = None  # what it left is rolled back by whoever opens next

    # --- the connection of this thread --------------------------------------------------------

    def _opened(self, *, to_write: bool = False) -> Opened | None:
        """The connection to the file that has the name now, in use until it is released; None
        where there is no store, and none is made.
        """
        opened = self._known()
        if opened is None:
            opened = connections.open_existing(self.path, self.patience_seconds)
            if opened is None and to_write:
                opened = connections.make_store(self.path, self.patience_seconds, self.wal)
            self._of_thread.opened = opened
        return opened

    def _known(self) -> Opened | None:
        known: Opened | None = getattr(self._of_thread, "opened", None)
        if (
            known is None
            or known.pid != posix.getpid()
            or known.inode != connections.inode_at(self.path)
        ):
            return None
        known.in_use.acquire()
        if known.is_open:
            return known
        known.in_use.release()
        return None

    # --- the gate -----------------------------------------------------------------------------

    def _pass_gate(self) -> int:
        """The lock before all others, which the system gives up for a killed process."""
        path, _, name = self.path.rpartition("/")
        path = path or "/"
        if not disk.is_there(path):
            writes.make_folders(path)
        if not disk.is_there(self.path + GATE):
            connections.require_safe(self.path)
        folder = disk.require_folder(path)
        try:
            gate = writes.make_lock(name + GATE, folder)
        finally:
            disk.close(folder)
        try:
            writes.lock(
                gate, patience_seconds=self.patience_seconds, sign_of_life=self._last_written
            )
        except BaseException:
            disk.close(gate)
            raise
        return gate

    def _last_written(self) -> list[object]:
        return [disk.look_at(self.path + suffix) for suffix in ("", "-wal")]


class SqliteTransaction:
    """What may be asked between BEGIN IMMEDIATE and COMMIT."""

    __slots__ = ("_connection", "_statements")

    def __init__(self, connection: Connection, statements: Any) -> None:
        self._connection = connection
        self._statements = statements

    def rows(self, statement: str, **values: Any) -> Sequence[Any]:
        return self.select(self._statements[statement], **values)

    def select(self, sql: str, **values: Any) -> Sequence[Any]:
        return self._connection.execute(sql, values).fetchall()

    def run(self, statement: str, **values: Any) -> None:
        for sql in self._parts_of(statement):
            self._connection.execute(sql, values)

    def run_each(self, statement: str, values: Sequence[Mapping[str, Any]]) -> None:
        for sql in self._parts_of(statement):
            self._connection.executemany(sql, values)

    def _parts_of(self, statement: str) -> Sequence[str]:
        """SQLite takes one at a time; none for what this dialect has no need of."""
        sql = self._statements.get(statement)
        return () if sql is None else sql.split(";\n")

    def array(self, numbers: Sequence[int]) -> str:
        return SqliteDatabase.array(numbers)


def _size_of(path: str) -> int:
    """None of what is not there."""
    try:
        return posix.stat(path).st_size
    except OSError:
        return 0
