"""A watch of a PostgreSQL store: the server tells of what was committed (LISTEN), and the
watched is looked at, since a word may come late, or from an engine that has none not at all.
"""

from __future__ import annotations

import time

from psycopg import Error, errors

from . import connections, refusals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from psycopg import Connection

    from .database import PostgresDatabase

_PENDING = "*"
_LONGEST_REST_SECONDS = 2.0
# For an engine that does not tell.
_UNTOLD_REST_SECONDS = 0.2


class PostgresWatch:
    """Watches one session, or without an id the pending approvals, by its own connection."""

    def __init__(self, database: PostgresDatabase, agent_id: str | None) -> None:
        self._database = database
        self._agent_id = agent_id
        self._news = agent_id or _PENDING
        self._rest_seconds = _LONGEST_REST_SECONDS
        self._connection: Connection | None = None
        self._seen: object = None
        try:
            self._connect()
        except Error as error:
            self.close()
            raise refusals.refused(error) from None

    def __enter__(self) -> PostgresWatch:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def wait(self, seconds: float) -> bool:
        end = time.monotonic() + max(0.0, seconds)  # none for what is no number, too
        while True:
            try:
                if self._has_changed() or self._is_told(end):
                    return True
            except Error as error:
                self._begin_anew(error, end)
                return True  # whatever came meanwhile was not heard
            if time.monotonic() >= end:
                return False

    def _connect(self) -> None:
        database = self._database
        self._connection = connections.connect(database.settings, database.patience_seconds)
        try:
            self._connection.execute("LISTEN agent_session")
        except (errors.FeatureNotSupported, errors.SyntaxError):
            self._rest_seconds = _UNTOLD_REST_SECONDS
        self._seen = self._look()

    def _has_changed(self) -> bool:
        before, self._seen = self._seen, self._look()
        if self._seen == before:
            return False
        self._hear(0)  # of the very change that was just seen, as far as it has come
        return True

    def _is_told(self, end: float) -> bool:
        left = max(0.0, end - time.monotonic())
        is_told = self._hear(min(left, self._rest_seconds))
        if is_told:
            self._seen = self._look()
        return is_told

    def _hear(self, seconds: float) -> bool:
        """True as soon as the server tells of what is watched."""
        assert self._connection is not None
        end = time.monotonic() + seconds
        while True:
            left = max(0.0, end - time.monotonic())
            heard = list(self._connection.notifies(timeout=left, stop_after=1))
            if any(each.payload == self._news for each in heard):
                return True
            if not heard:
                return False

    def _look(self) -> Sequence[Any]:
        assert self._connection is not None
        name = "state_of_pending" if self._agent_id is None else "state_of_session"
        sql = self._database.statements[name].encode()
        try:
            return self._connection.execute(sql, {"agent_id": self._agent_id}).fetchall()
        except Error as error:
            if refusals.is_without_store(error):
                return ()
            raise

    def _begin_anew(self, lost: Error, end: float) -> None:
        """A new connection in place of the *lost* one, within its patience or the wait's."""
        self.close()
        give_up = time.monotonic() + self._database.patience_seconds
        while True:
            try:
                self._connect()
            except Error as error:
                self.close()
                if time.monotonic() >= give_up:
                    raise refusals.refused(error) from lost
                time.sleep(min(0.2, max(0.02, end - time.monotonic())))
            else:
                return
