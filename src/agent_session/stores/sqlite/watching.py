"""A watch of an SQLite store: whatever is written in its folder, the watched is looked at."""

from __future__ import annotations

from agent_session.local.watch import Watch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .database import SqliteDatabase


def watch(database: SqliteDatabase, agent_id: str | None) -> Watch:
    """Of one session, or without an id of the pending approvals.

    Not by the file's time: two commits within one of its ticks look alike.
    """
    folder = database.path.rpartition("/")[0] or "/"
    if agent_id is None:
        return Watch(folder, lambda: tuple(database.rows("state_of_pending")))
    return Watch(folder, lambda: tuple(database.rows("state_of_session", agent_id=agent_id)))
