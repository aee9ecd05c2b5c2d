"""Whether what a journal says of claims, turns and approvals can be what we have written: a
file that was forged or damaged must mislead nobody, and spoil no list of others.
"""

from __future__ import annotations

from . import Late
from .approvals import STATUSES
from .instants import moment
from .store import is_approval_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeAlias

    from . import errors
    from .state import Record

    Check: TypeAlias = Callable[[Any], bool]
else:
    errors = Late("agent_session.core.errors")

_HEX = frozenset("0123456789abcdef")


def require_sound(record: Record) -> None:
    """InvalidValueError names what cannot be."""
    claim = record["claim"]
    if claim is not None and not _has(claim, CLAIM):
        raise errors.InvalidValueError("its claim is none")
    if record["host"] is not None and not _has(record["host"], HOST):
        raise errors.InvalidValueError("its host is none")
    if not all(_has(turn, TURN) for turn in record["turns"]):
        raise errors.InvalidValueError("one of its turns is none")
    if not all(map(is_approval, record["approvals"])):
        raise errors.InvalidValueError("one of its approvals is none")


def is_approval(value: Any) -> bool:
    """True for what has the shape of an approval, whose answer fits its status."""
    if not _has(value, APPROVAL):
        return False
    decision, grant = value["decision"], value["grant"]
    is_answered = decision is not None and decision["verdict"] == "approved"
    if not _or_null(_object(GUARD))(value.get("guard")):
        return False
    if value["status"] in {"approved", "used", "drifted"} and not is_answered:
        return False
    return (grant is not None) == is_answered


def _has(value: Any, shape: Mapping[str, Check]) -> bool:
    """True for an object in which every key of *shape* is right."""
    if not isinstance(value, dict):
        return False
    return all(key in value and is_right(value[key]) for key, is_right in shape.items())


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_seconds(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _is_moment(value: Any) -> bool:
    try:
        moment(value)
    except errors.InvalidValueError:
        return False
    return isinstance(value, str)


def _is_hex(length: int) -> Check:
    return lambda value: (
        isinstance(value, str) and len(value) == length and _HEX.issuperset(value)
    )


def _one_of(*words: str) -> Check:
    return lambda value: isinstance(value, str) and value in words


def _or_null(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _list_of(check: Check) -> Check:
    return lambda value: isinstance(value, list) and all(map(check, value))


def _object(shape: Mapping[str, Check]) -> Check:
    return lambda value: _has(value, shape)


_TEXTS = _list_of(_is_text)

CLAIM: Mapping[str, Check] = {
    "claimed_at": _is_moment,
    "token": _is_count,
    "holder": _or_null(_is_text),
    "until": _is_moment,
    "lease_seconds": _is_seconds,
    "is_grant": _is_flag,
    "process": _or_null(_object({})),
}
HOST_IDS: Mapping[str, Check] = {"session_id": _is_text, "agent_id": _or_null(_is_text)}
HOST: Mapping[str, Check] = {
    **HOST_IDS,
    "kind": _is_text,
    "transcript_path": _or_null(_is_text),
    "cwd": _or_null(_is_text),
    "permission_mode": _or_null(_is_text),
    "definition": _or_null(_is_text),
    "paused": _or_null(_object({})),
    "expecting": _or_null(_object({"session_id": _is_text, "call": _is_text})),
    "redirected": _TEXTS,
    "earlier": _list_of(_object(HOST_IDS)),
}
TURN: Mapping[str, Check] = {
    "started_at": _is_moment,
    "ended_at": _or_null(_is_moment),
    "summary": _or_null(_is_text),
}
ACTION: Mapping[str, Check] = {
    "kind": _one_of("plan", "tool"),
    "tool": _or_null(_is_text),
    "source": _or_null(_is_text),
    "size": _is_count,
    "shown": _is_text,
    "hidden": _TEXTS,
    "action_digest": _is_hex(64),
    "shown_digest": _is_hex(64),
}
FILE: Mapping[str, Check] = {
    "path": _is_text,
    "kind": _one_of("file", "link", "other"),
    "mode": _is_count,
    "size": _is_count,
    "sha256": _or_null(_is_hex(64)),
    "target": _or_null(_is_text),
}
GIT: Mapping[str, Check] = {"head": _or_null(_is_text), "branch": _or_null(_is_text)}
DRIFT: Mapping[str, Check] = {
    "what": _is_text,
    "name": _is_text,
    "was": _or_null(_is_text),
    "now": _or_null(_is_text),
}
AGAIN: Mapping[str, Check] = {
    "of": is_approval_id,
    "drift": _list_of(_object(DRIFT)),
    "text": _TEXTS,
}
GUARD: Mapping[str, Check] = {"match": _is_text, "statement": _is_hex(64)}
DECISION: Mapping[str, Check] = {
    "verdict": _one_of("approved", "rejected"),
    "by": _is_text,
    "door": _is_text,
    "strength": _is_text,
    "at": _is_moment,
    "reason": _or_null(_is_text),
    "signature": _or_null(_is_text),
}
GRANT: Mapping[str, Check] = {
    "taken_up_at": _or_null(_is_moment),
    "expires_at": _is_moment,
}
APPROVAL: Mapping[str, Check] = {
    "id": is_approval_id,
    "store": _is_text,
    "agent_id": _is_text,
    "nonce": _is_hex(32),
    "status": _one_of(*STATUSES),
    "required": _is_text,
    "action": _object(ACTION),
    "files": _object({"globs": _TEXTS, "found": _list_of(_object(FILE))}),
    "git": _or_null(lambda git: _has(git, GIT) and _or_null(_TEXTS)(git.get("dirty"))),
    "cwd": _is_text,
    "summary": _or_null(_is_text),
    "requested_at": _is_moment,
    "expires_at": _is_moment,
    "again": _or_null(_object(AGAIN)),
    "decision": _or_null(_object(DECISION)),
    "grant": _or_null(_object(GRANT)),
}
