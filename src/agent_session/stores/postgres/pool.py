"""The few connections that a process has to its database: each opened by who needs it, who so
hears at once what is wrong, and kept for whoever comes next.
"""

from __future__ import annotations

import posix
from contextlib import contextmanager
from threading import Semaphore

from psycopg.pq import TransactionStatus

from agent_session.core.errors import StoreBusyError

from . import connections

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg import Connection

MOST_CONNECTIONS = 8


class Pool:
    """The connections of one process: what a child was given by fork is its parent's."""

    def __init__(self, settings: str, patience_seconds: float) -> None:
        self.pid = posix.getpid()
        self._settings = settings
        self._patience_seconds = patience_seconds
        self._turns = Semaphore(MOST_CONNECTIONS)
        self._free: list[Connection] = []

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """One for the block; StoreBusyError, psycopg.Error where none is to be had."""
        if not self._turns.acquire(timeout=self._patience_seconds):
            raise StoreBusyError(
                f"all {MOST_CONNECTIONS} connections to the database are in use for "
                f"{self._patience_seconds:g} s; try again"
            )
        try:
            connection = self._take()
            try:
                yield connection
            finally:
                self._give_back(connection)
        finally:
            self._turns.release()

    def _take(self) -> Connection:
        try:
            return self._free.pop()
        except IndexError:
            return connections.connect(self._settings, self._patience_seconds)

    def _give_back(self, connection: Connection) -> None:
        if connection.info.transaction_status == TransactionStatus.IDLE:
            self._free.append(connection)
        else:
            connection.close()

    def close_free(self) -> None:
        """Close those that nobody uses, as where the server has closed one."""
        while self._free:
            self._free.pop().close()
