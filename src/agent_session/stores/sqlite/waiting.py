"""Waiting for SQLite's own locks, which a commit takes: from readers, and other programs."""

from __future__ import annotations

from _sqlite3 import Connection, Error

from agent_session.core import Late
from agent_session.local import disk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _sqlite3 import Cursor
    from typing import Any

    from . import refusals
else:
    refusals = Late("agent_session.stores.sqlite.refusals")

# A writer without a rest lets go for no longer than this.
_PAUSE_SECONDS = 0.0005


class PatientConnection(Connection):
    """One whose statements look for a lock again and again, far more often than SQLite would:
    beside a busy writer, a reader would else wait for seconds.
    """

    patience_seconds = 0.0

    def execute(self, sql: str, values: Any = (), /) -> Cursor:
        try:
            return super().execute(sql, values)
        except Error as error:
            if not refusals.is_busy(error):
                raise
        end = disk.calls.monotonic() + self.patience_seconds
        while True:
            disk.calls.sleep(_PAUSE_SECONDS)
            try:
                return super().execute(sql, values)
            except Error as error:
                if not refusals.is_busy(error) or disk.calls.monotonic() >= end:
                    raise
