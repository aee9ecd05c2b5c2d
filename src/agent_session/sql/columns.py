"""What stands beside a record so that an index finds it, and which rows a query may mean.

A prefilter, and no more: every row that is found is held against the query once more, by
`Query.matches`. No text of anybody's ever becomes a part of a statement.
"""

from __future__ import annotations

from agent_session.core.hosts import keys_of
from agent_session.core.phases import is_final
from agent_session.core.store import ids_pending

from .keys import key_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from agent_session.core.state import Record
    from agent_session.core.store import Query


def columns_of(record: Record) -> dict[str, Any]:
    """The columns of *record*'s row that are derived from it."""
    task_id = record["metadata"].get("task_id")
    return {
        "agent_name": key_of(record["agent_name"]),
        "task_id": None if task_id is None else key_of(str(task_id)),
        "phase": record["phase"],
        "live": int(not is_final(record["phase"])),
        "resume_ready": int(record["resume_ready"]),
        "pending": int(bool(ids_pending(record))),
        "last_updated": record["last_updated"],
        "revision": record["revision"],
    }


def host_keys_of(record: Record) -> list[str]:
    """What stands for all that the record's host knows it by, each once."""
    return list(dict.fromkeys(map(key_of, keys_of(record))))


# By the field of a query: what a row must fulfil where the field is given. The flags are
# written out, so that the database knows its partial indexes by them.
_CONDITIONS: Mapping[str, str] = {
    "agent_name": "agent_name = :agent_name",
    "task_id": "(task_id IS NULL OR task_id = :task_id)",
    "phase": "phase = :phase",
    "live": "live = 1",
    "resume_ready": "resume_ready = 1",
    "pending": "pending = 1",
    "approval_id": "number IN (SELECT session FROM approvals WHERE approval_id = :approval_id)",
    "host": "number IN (SELECT session FROM host_keys WHERE host_key = :host)",
    "since": "last_updated >= :since",
    "until": "last_updated <= :until",
}
_KEYS = frozenset(("agent_name", "task_id", "host", "approval_id", "phase"))


def conditions_of(query: Query, fields: Iterable[str] = _CONDITIONS) -> str:
    """The rows that *query* may mean, as a condition of SQL with names for its values; as far
    as its *fields* tell.
    """
    met = [_CONDITIONS[field] for field in fields if is_told(query, field)]
    return " AND ".join(met) or "1 = 1"


def is_told(query: Query, field: str) -> bool:
    """False as well for a time that is none, and that no database could be asked for."""
    value = getattr(query, field)
    if not isinstance(value, str) or field in _KEYS:
        return bool(value)
    return value != "" and value.isascii() and value.isprintable()


def values_of(query: Query) -> dict[str, Any]:
    """The values for these names."""
    given = {field: getattr(query, field) for field in _CONDITIONS}
    return {
        field: key_of(value) if field in _KEYS else value
        for field, value in given.items()
        if isinstance(value, str) and is_told(query, field)
    }
