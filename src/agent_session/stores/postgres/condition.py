"""What condition a PostgreSQL store is in, as its server tells; nothing is changed."""

from __future__ import annotations

from .database import PostgresDatabase

_ROLES = ("agent_session_agent", "agent_session_approver", "agent_session_auditor")
_ABOUT_SERVER = (
    "SELECT current_setting('server_version'), current_user::text, "
    "current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on'"
)
_ABOUT_SIZE = (
    "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c "
    "JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname = 'agent_session' AND c.relkind = 'r'"
)
_ABOUT_ROLES = (
    "SELECT rolname::text FROM pg_roles "
    "WHERE rolname = ANY(:roles) AND pg_has_role(current_user, oid, 'MEMBER') ORDER BY rolname"
)


class Condition:
    """The store in the database that *url* names. StoreError where it is not to be reached."""

    __slots__ = (
        "bytes_kept", "is_durable", "memberships", "role", "server_version", "sessions",
    )  # fmt: skip

    def __init__(self, url: str) -> None:
        database = PostgresDatabase(url)
        self.server_version: str
        self.role: str
        self.is_durable: bool
        ((self.server_version, self.role, self.is_durable),) = database.ask(_ABOUT_SERVER)
        ((self.bytes_kept,),) = database.ask(_ABOUT_SIZE)
        counted = database.rows("count_sessions")
        self.sessions: int = counted[0][0] if counted else 0
        found = database.ask(_ABOUT_ROLES, roles=list(_ROLES))
        self.memberships: list[str] = [name for (name,) in found]
