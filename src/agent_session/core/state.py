"""The session record: its fields, in the order they are written, and what each must be.

A record is a plain JSON object that nobody changes in place; fields that a newer version
wrote are kept.
"""

from __future__ import annotations

from . import Late, phases
from .agent_ids import is_agent_id
from .instants import at, moment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypedDict

    from . import errors

    class PhaseChange(TypedDict):
        from_phase: str
        to_phase: str
        timestamp: str

    class LastError(TypedDict):
        message: str
        timestamp: str

    class Record(TypedDict):
        agent_id: str
        agent_name: str
        purpose: str
        created_at: str
        last_updated: str
        phase: str
        metadata: dict[str, Any]
        resume_ready: bool
        history: list[PhaseChange]
        error_count: int
        last_error: LastError | None
        finalized_at: str | None
        duration_seconds: float | None
        summary: str | None
        schema_version: int
        revision: int
        turns: list[dict[str, Any]]
        approvals: list[dict[str, Any]]
        claim: dict[str, Any] | None
        fence: int
        host: dict[str, Any] | None
        limits: dict[str, Any] | None
        parent: dict[str, Any] | None
else:
    errors = Late("agent_session.core.errors")

SCHEMA_VERSION = 1
HISTORY_KEPT = 50
TURNS_KEPT = 5
# What a session may set for itself.
LIMITS = frozenset(("idle_seconds", "max_errors", "history", "turns"))
_LARGEST_LIMIT = 10**9

UNNAMED_AGENT = "unknown"
UNNAMED_PURPOSE = "general"

# What a person may change in state.json by hand; all else always comes from the journal.
EDITABLE = (
    "phase",
    "metadata",
    "resume_ready",
    "error_count",
    "last_error",
    "last_updated",
    "summary",
)


def blank_record(agent_id: str, created_at: str) -> Record:
    """A session that nothing has happened to yet."""
    return {
        "agent_id": agent_id,
        "agent_name": UNNAMED_AGENT,
        "purpose": UNNAMED_PURPOSE,
        "created_at": created_at,
        "last_updated": created_at,
        "phase": phases.INITIALIZING,
        "metadata": {},
        "resume_ready": False,
        "history": [],
        "error_count": 0,
        "last_error": None,
        "finalized_at": None,
        "duration_seconds": None,
        "summary": None,
        "schema_version": SCHEMA_VERSION,
        "revision": 0,
        "turns": [],
        "approvals": [],
        "claim": None,
        "fence": 0,
        "host": None,
        "limits": None,
        "parent": None,
    }


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_flag(value: object) -> bool:
    return value is True or value is False


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not _is_flag(value) and value >= 0


def _is_seconds(value: object) -> bool:
    return isinstance(value, int | float) and not _is_flag(value) and value >= 0


def _is_moment(value: object) -> bool:
    try:
        moment(value)
    except errors.InvalidValueError:
        return False
    return True


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _is_list_of_objects(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_object, value))


def is_limits(value: object) -> bool:
    return isinstance(value, dict) and all(
        _is_seconds(amount) and amount <= _LARGEST_LIMIT for amount in value.values()
    )


def _is_phase(value: object) -> bool:
    return isinstance(value, str) and value in phases.PHASES


def _is_history(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(change, dict)
        and _is_text(change.get("from_phase"))
        and _is_text(change.get("to_phase"))
        and _is_moment(change.get("timestamp"))
        for change in value
    )


def _is_last_error(value: object) -> bool:
    return (
        isinstance(value, dict)
        and _is_text(value.get("message"))
        and _is_moment(value.get("timestamp"))
    )


def _or_null(check: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: value is None or check(value)


# The published fields must all be there; ours are filled in where an older writer knew none.
PUBLISHED: Mapping[str, Callable[[object], bool]] = {
    "agent_id": is_agent_id,
    "agent_name": _is_text,
    "purpose": _is_text,
    "created_at": _is_moment,
    "last_updated": _is_moment,
    "phase": _is_phase,
    "metadata": _is_object,
    "resume_ready": _is_flag,
    "history": _is_history,
    "error_count": _is_count,
    "last_error": _or_null(_is_last_error),
    "finalized_at": _or_null(_is_moment),
    "duration_seconds": _or_null(_is_seconds),
    "summary": _or_null(_is_text),
}
OURS: Mapping[str, Callable[[object], bool]] = {
    "schema_version": _is_count,
    "revision": _is_count,
    "turns": _is_list_of_objects,
    "approvals": _is_list_of_objects,
    "claim": _or_null(_is_object),
    "fence": _is_count,
    "host": _or_null(_is_object),
    "limits": _or_null(is_limits),
    "parent": _or_null(_is_object),
}
SHAPE: Mapping[str, Callable[[object], bool]] = {**PUBLISHED, **OURS}


def record_of(found: Mapping[str, Any]) -> Record:
    """The whole record in *found*, moments in our spelling; InvalidValueError names a field
    that is not right.
    """
    for field in PUBLISHED:
        if field not in found:
            raise errors.InvalidValueError(f"the record lacks {field}")
    for field, is_right in SHAPE.items():
        if field in found and not is_right(found[field]):
            raise errors.InvalidValueError(f"{field} is not right: {ascii(found[field])[:60]}")
    record: Record = {**blank_record(found["agent_id"], found["created_at"]), **found}  # type: ignore[typeddict-item]
    return _with_our_moments(record)


def _with_our_moments(record: Record) -> Record:
    finalized_at = record["finalized_at"]
    return {
        **record,
        "created_at": _respelled(record["created_at"]),
        "last_updated": _respelled(record["last_updated"]),
        "finalized_at": finalized_at and _respelled(finalized_at),
        "history": [
            {**each, "timestamp": _respelled(each["timestamp"])} for each in record["history"]
        ],
    }


def _respelled(text: str) -> str:
    return at(moment(text))


def history_kept(record: Record) -> int:
    """How many changes of phase the record keeps; the journal keeps all."""
    return _kept(record, "history", HISTORY_KEPT)


def turns_kept(record: Record) -> int:
    """How many turns the record keeps; the journal keeps all."""
    return _kept(record, "turns", TURNS_KEPT)


def _kept(record: Record, limit: str, default: int) -> int:
    kept = (record["limits"] or {}).get(limit)
    return kept if isinstance(kept, int) and kept > 0 else default
