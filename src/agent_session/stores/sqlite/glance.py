"""All that a hook asks of the store when nothing is live: three questions to the indexes, and
the delegation log.
"""

from __future__ import annotations

from agent_session.sql.delegations import row_of
from agent_session.sql.keys import key_of

from . import connections
from .database import SqliteDatabase

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class SqliteGlance:
    """One look at the store in the file *path*; FileNotFoundError where there is none."""

    __slots__ = ("database",)

    def __init__(self, path: str) -> None:
        if connections.inode_at(path) is None:
            raise FileNotFoundError(path)
        self.database = SqliteDatabase(path)

    def close(self) -> None:
        """The connection ends with the process, which is about to."""

    def has_surely_none(self, agent_name: str) -> bool:
        """True where nothing of the agent is live."""
        return not self.database.rows("live_of_agent", agent_name=key_of(agent_name))

    def surely_nothing_waits(self) -> bool:
        """True where nothing waits for an answer."""
        return not self.database.rows("pending_of_any")

    def surely_nobody_is_known_by(self, key: str) -> bool:
        """True where no session is found by a host's *key*."""
        return not self.database.rows("known_by", host_key=key_of(key))

    def note(self, delegation: Mapping[str, Any]) -> None:
        """Append one line to the delegation log."""
        row = row_of(delegation)
        self.database.write(lambda found: found.run("add_delegation", **row))
