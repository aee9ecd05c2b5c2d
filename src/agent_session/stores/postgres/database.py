"""One PostgreSQL database, from as many machines as like.

A change takes two round trips: BEGIN and what is read in one, what is written and COMMIT in the
other. A connection that is lost before COMMIT was sent has changed nothing, and the change is
tried again. One that is lost after it may have: then the row is asked, under the lock that the
lost transaction would hold if it still ran.
"""

from __future__ import annotations

import posix
import re
import time
from threading import local

from psycopg import Error

from agent_session.core import errors
from agent_session.sql.statements import read_statements

from . import connections, refusals, watching
from .pool import Pool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any, TypeVar

    from psycopg import Connection, Pipeline

    from agent_session.core.store import Watch
    from agent_session.sql.database import Database, Transaction

    T = TypeVar("T")

PATIENCE_SECONDS = 30.0
_CHANGE = b"BEGIN ISOLATION LEVEL READ COMMITTED"
_SNAPSHOT = b"BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 1.0
_NAMED = re.compile(r"(?<!:):([a-z_]+)")
_STATEMENTS = f"{__file__.rpartition('/')[0]}/statements.sql"


class _LostError(Exception):
    """The connection is gone; nothing was changed."""


class _UnsureError(Exception):
    """The connection is gone, and COMMIT was sent."""


class PostgresDatabase:
    """The database that *url* names, which the first write makes ready and no reader."""

    def __init__(self, url: str, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self.settings = connections.settings_of(url, patience_seconds)
        self.patience_seconds = patience_seconds
        self.statements = _in_psycopg_s_words(read_statements(_STATEMENTS))
        self._pool: Pool | None = None
        self._of_thread = local()
        self._is_ready = False
        self._was_reached = False

    # --- reading ------------------------------------------------------------------------------

    def rows(self, statement: str, **values: Any) -> Sequence[Any]:
        return self._read(self.statements[statement], values)

    def select(self, sql: str, **values: Any) -> Sequence[Any]:
        return self._read(_named(sql), values)

    def ask(self, sql: str, **values: Any) -> Sequence[Any]:
        """What the server itself tells, whether or not there is a store."""
        return self._patiently(lambda found: self._fetch(found, _named(sql), values))

    def _read(self, sql: str, values: Mapping[str, Any]) -> Sequence[Any]:
        """On the connection of the change that is being made by this thread, where one is: who
        waits for a second one, with a row locked, may wait for those who wait for the row.
        """
        changing = self._changing
        if changing is not None:
            return changing.execute(sql.encode(), values).fetchall()
        return self._patiently(
            lambda connection: (
                self._fetch(connection, sql, values) if self._is_known(connection) else ()
            )
        )

    def _fetch(
        self, connection: Connection, sql: str, values: Mapping[str, Any]
    ) -> Sequence[Any]:
        try:
            return connection.execute(sql.encode(), values).fetchall()
        except Error as error:
            if refusals.is_without_store(error):
                self._is_ready = False
                connections.require_none(connection)
                return ()
            raise self._failed(connection, error) from None

    def _failed(self, connection: Connection, error: Error) -> Exception:
        """What to raise for *error*, which has changed nothing."""
        if refusals.is_lost(connection, error) or refusals.was_undone(error):
            return _LostError(refusals.said(error))
        return refusals.refused(error)

    def snapshot(self, look: Callable[[Database | Transaction], T]) -> T:
        def attempt(connection: Connection) -> T:
            if not self._is_known(connection):
                return look(self)
            try:
                return self._in_transaction(connection, look, _SNAPSHOT)
            except _UnsureError as error:  # of what changes nothing
                raise _LostError(str(error)) from None

        return self._patiently(attempt)

    def array(self, numbers: Sequence[int]) -> Sequence[int]:
        return list(numbers)

    def can(self, statement: str) -> bool:
        return statement in self.statements

    def size(self) -> int:
        """Of the tables and their indexes."""
        found = self.rows("size")
        return int(found[0][0]) if found else 0

    def watch(self, agent_id: str | None) -> Watch:
        return watching.PostgresWatch(self, agent_id)

    # --- writing ------------------------------------------------------------------------------

    def write(
        self,
        work: Callable[[Transaction], T],
        outcome: Callable[[Transaction], T | None] | None = None,
    ) -> T:
        def attempt(connection: Connection) -> T:
            self._get_ready(connection)
            return self._in_transaction(connection, work)

        while True:
            try:
                return self._patiently(attempt)
            except _UnsureError as error:
                found = self._look_for(outcome, str(error))
            if found is not None:
                return found

    def _look_for(
        self, outcome: Callable[[Transaction], T | None] | None, why: str
    ) -> T | None:
        """What the lost transaction has made; None where it surely made nothing."""
        try:
            if outcome is not None:
                look = outcome
                return self._patiently(lambda found: self._in_transaction(found, look))
        except (errors.StoreUnavailableError, errors.StoreBusyError, _UnsureError):
            pass
        raise errors.UnknownOutcomeError(
            f"the connection was lost with the change, which may or may not be kept ({why})"
        )

    def _in_transaction(
        self, connection: Connection, work: Callable[[Transaction], T], begin: bytes = _CHANGE
    ) -> T:
        is_committing = False
        before, self._of_thread.changing = self._changing, connection
        try:
            with connection.pipeline() as pipeline:
                connection.execute(begin)
                answer = work(PostgresTransaction(connection, pipeline, self.statements))
                is_committing = True
                connection.execute(b"COMMIT")
                pipeline.sync()
        except Error as error:
            is_lost = refusals.is_lost(connection, error)
            _roll_back(connection)
            if is_lost and is_committing:
                raise _UnsureError(refusals.said(error)) from None
            if refusals.is_without_store(error):  # it was there when this process began
                self._is_ready = False
                raise _LostError(refusals.said(error)) from None
            raise self._failed(connection, error) from None
        except BaseException:
            _roll_back(connection)
            raise
        finally:
            self._of_thread.changing = before
        return answer

    @property
    def _changing(self) -> Connection | None:
        changing: Connection | None = getattr(self._of_thread, "changing", None)
        return changing

    # --- connections --------------------------------------------------------------------------

    def _patiently(self, use: Callable[[Connection], T]) -> T:
        """What *use* makes of a connection, and of another where that one is lost.

        A server that this process has never reached is not waited for: most likely its name is
        wrong, and a hook has no time.
        """
        for pause in _pauses(self.patience_seconds):
            pool = self._connections()
            try:
                with pool.connection() as connection:
                    self._was_reached = True
                    return use(connection)
            except _LostError as error:
                why = str(error)
            except Error as error:  # there was none to be had
                why = refusals.said(error)
                if not (self._was_reached or refusals.is_starting(error)):
                    break
            pool.close_free()  # whose server is the same
            time.sleep(pause)
        raise refusals.unreachable(why)

    def _connections(self) -> Pool:
        """Those of this process; where threads make them at once, the last to do so wins."""
        pool = self._pool
        if pool is None or pool.pid != posix.getpid():
            pool = self._pool = Pool(self.settings, self.patience_seconds)
        return pool

    # --- the tables ---------------------------------------------------------------------------

    def _is_known(self, connection: Connection) -> bool:
        """True where the tables are there, and of our version; UnsafeStoreError where they are
        newer.
        """
        if self._is_ready:
            return True
        try:
            found = connection.execute(self.statements["schema"].encode()).fetchall()
        except Error as error:
            if refusals.is_without_store(error):
                connections.require_none(connection)
                return False
            raise self._failed(connection, error) from None
        if found and found[0][0] < connections.SCHEMA:
            self._migrate(connection)
        elif found:  # what has lost its version tells so where its id is asked for
            connections.require_known(found[0][0])
        self._is_ready = True
        return True

    def _get_ready(self, connection: Connection) -> None:
        """Before the first write: the tables are there."""
        if not self._is_known(connection):
            self._migrate(connection)
            self._is_ready = True

    def _migrate(self, connection: Connection) -> None:
        try:
            connections.migrate(connection)
        except Error as error:
            raise self._failed(connection, error) from None


class PostgresTransaction:
    """What may be asked between BEGIN and COMMIT."""

    __slots__ = ("_connection", "_pipeline", "_statements")

    def __init__(
        self, connection: Connection, pipeline: Pipeline, statements: Mapping[str, str]
    ) -> None:
        self._connection = connection
        self._pipeline = pipeline
        self._statements = statements

    def rows(self, statement: str, **values: Any) -> Sequence[Any]:
        return self._fetched(self._statements[statement], values)

    def select(self, sql: str, **values: Any) -> Sequence[Any]:
        return self._fetched(_named(sql), values)

    def _fetched(self, sql: str, values: Mapping[str, Any]) -> Sequence[Any]:
        found = self._connection.execute(sql.encode(), values)
        # Only after a sync does the server count us as idle, and put us out if we stop here.
        self._pipeline.sync()
        return found.fetchall()

    def run(self, statement: str, **values: Any) -> None:
        self._connection.execute(self._statements[statement].encode(), values)

    def run_each(self, statement: str, values: Sequence[Mapping[str, Any]]) -> None:
        sql = self._statements[statement].encode()
        with self._connection.cursor() as cursor:
            cursor.executemany(sql, values)

    def array(self, numbers: Sequence[int]) -> Sequence[int]:
        return list(numbers)


def _roll_back(connection: Connection) -> None:
    try:
        connection.rollback()
    except Error:
        connection.close()


def _in_psycopg_s_words(statements: Mapping[str, str]) -> dict[str, str]:
    return {name: _named(sql) for name, sql in statements.items()}


def _named(sql: str) -> str:
    return _NAMED.sub(r"%(\1)s", sql.replace("%", "%%"))


def _pauses(patience_seconds: float) -> Iterator[float]:
    """Until that time is over, longer and longer ones."""
    end, pause = time.monotonic() + patience_seconds, _FIRST_PAUSE_SECONDS
    yield pause
    while (left := end - time.monotonic()) > 0:
        pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
        yield min(pause, left)
