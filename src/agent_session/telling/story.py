"""Events as a person reads them: what changed, in a few words."""

from __future__ import annotations

from agent_session.core.codec import encode
from agent_session.core.phases import APPROVAL, EXECUTING, INITIALIZING
from agent_session.core.visible import shortened

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any, TypeGuard

_LONGEST_VALUE = 60
_MOST_NAMED = 3


def told(event: Mapping[str, Any], phase: str) -> tuple[str, str]:
    """What *event* changed in a session that was in *phase*, and the phase after it.

    A journal that somebody has changed may hold anything, and is told all the same.
    """
    data = event["data"]
    if event["kind"] == "created":
        return _birth(data), INITIALIZING
    if event["kind"] == "imported":
        record = _object(data.get("record"))
        now = _short(record.get("phase", ""))
        return f"{_birth(record)}, taken over in {now}", now
    if event["kind"] == "forked":
        now = _short(data.get("phase", ""))
        return f"{_birth(data)}, forked from {_point(data.get('parent'))} in {now}", now
    if event["kind"] == "compacted":
        now = _short(_object(data.get("fields")).get("phase", phase))
        return f"events {_short(data.get('first'))} to {_short(event['seq'])} in one", now
    if event["kind"] in _NEWS:
        data = _object(data)
        what = "; ".join(_NEWS[event["kind"]](data))
        return what or "nothing more", _short(
            data.get("phase") or _MOVES.get(event["kind"], phase)
        )
    changes = _object(data.get("fields", data))
    words = "; ".join(_changes(changes, phase))
    return words or "nothing more", _short(changes.get("phase", phase))


def _birth(data: Mapping[str, Any]) -> str:
    given = (data.get("agent_name", ""), data.get("purpose", ""), data.get("metadata") or "")
    return ", ".join(filter(None, map(_pairs, given)))


def _point(name: Any) -> str:
    """A session at one of its events."""
    named = _object(name)
    return f"{_short(named.get('agent_id'))}@{_short(named.get('revision'))}"


def _changes(data: Mapping[str, Any], phase: str) -> Iterator[str]:
    if "phase" in data:
        yield f"{phase} -> {_short(data['phase'])}"
    if "error" in data:
        yield f"error: {_short(data['error'])}"
    if data.get("metadata"):
        yield _pairs(data["metadata"])
    if data.get("summary"):
        yield _short(data["summary"])
    rest = {key: value for key, value in data.items() if key not in _TOLD}
    if rest:
        yield _pairs(rest)


# The claim that a write extends is not worth a word at every step.
_TOLD = frozenset(("phase", "error", "metadata", "summary", "until"))


# --- claims -----------------------------------------------------------------------------------


def _claimed(data: Mapping[str, Any]) -> Iterator[str]:
    holder = data.get("holder")
    by = "a holder without a name" if holder is None else _short(holder)
    how = "granted to" if data.get("is_grant") else "taken by"
    process = _object(data.get("process")).get("pid")
    yield f"{how} {by}, token {_short(data.get('token'))}, until {_short(data.get('until'))}"
    if process is not None:
        yield f"as long as process {_short(process)} runs"


def _renewed(data: Mapping[str, Any]) -> Iterator[str]:
    sign = "sign of life, " if data.get("beats") else ""
    yield f"{sign}the claim lasts until {_short(data.get('until'))}"


def _released(data: Mapping[str, Any]) -> Iterator[str]:
    token = data.get("token")
    yield "the claim is given up" + ("" if token is None else f", token {_short(token)}")


def _resolved(data: Mapping[str, Any]) -> Iterator[str]:
    yield f"a person says: {_short(data.get('resolution'))}, so {_short(data.get('phase'))}"


def _stopped(data: Mapping[str, Any]) -> Iterator[str]:
    yield "paused"
    if data.get("summary"):
        yield _short(data["summary"])


# --- branches and pruning ---------------------------------------------------------------------


def _merged(data: Mapping[str, Any]) -> Iterator[str]:
    yield f"took in {_point(data.get('source'))}"
    if data.get("metadata"):
        yield _pairs(data["metadata"])


def _merged_into(data: Mapping[str, Any]) -> Iterator[str]:
    yield f"was taken in by {_point(data.get('target'))}"


def _pruned(data: Mapping[str, Any]) -> Iterator[str]:
    yield f"the record keeps the last {_short(data.get('turns'))} turns"


# --- approvals --------------------------------------------------------------------------------


def _requested(data: Mapping[str, Any]) -> Iterator[str]:
    approval = _object(data.get("approval"))
    action = _object(approval.get("action"))
    tool = action.get("tool")
    asked = "a plan" if tool is None else f"the tool {_short(tool)}"
    until = _short(approval.get("expires_at"))
    yield f"{_short(approval.get('id'))} for {asked}, until {until}"
    if approval.get("summary"):
        yield _short(approval["summary"])
    cancels = data.get("cancels")
    if cancels:
        yield f"instead of {_short(cancels)}"


def _decided(data: Mapping[str, Any]) -> Iterator[str]:
    decision = _object(data.get("decision"))
    by, strength = _short(decision.get("by")), _short(decision.get("strength"))
    yield f"{_short(data.get('id'))} {_short(data.get('status'))} by {by}, strength {strength}"
    if decision.get("reason"):
        yield _short(decision["reason"])


def _taken_up(data: Mapping[str, Any]) -> Iterator[str]:
    yield f"the answer to {_short(data.get('id'))} is taken up"
    grant = _object(data.get("grant"))
    if grant:
        yield f"good until {_short(grant.get('expires_at'))}"
    if data.get("phase"):
        yield f"-> {_short(data['phase'])}"


def _used(data: Mapping[str, Any]) -> Iterator[str]:
    yield f"{_short(data.get('id'))} is used up"


def _drifted(data: Mapping[str, Any]) -> Iterator[str]:
    found = data.get("drift")
    names = [_short(_object(each).get("name")) for each in found] if _is_list(found) else []
    yield f"{_short(data.get('id'))} no longer holds, the world has changed"
    if names:
        more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        yield ", ".join(names[:_MOST_NAMED]) + more


_NEWS: Mapping[str, Callable[[Mapping[str, Any]], Iterator[str]]] = {
    "claimed": _claimed,
    "renewed": _renewed,
    "released": _released,
    "resolved": _resolved,
    "stopped": _stopped,
    "merged": _merged,
    "merged_into": _merged_into,
    "pruned": _pruned,
    "approval_requested": _requested,
    "approval_decided": _decided,
    "approval_taken_up": _taken_up,
    "approval_used": _used,
    "approval_drifted": _drifted,
}
# The phase that an event brings about without naming it.
_MOVES = {"approval_requested": APPROVAL, "approval_used": EXECUTING}


def _is_list(value: Any) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _pairs(values: Any) -> str:
    if not isinstance(values, dict):
        return _short(values)
    return ", ".join(f"{_short(key)}={_short(value)}" for key, value in values.items())


def _short(value: Any) -> str:
    return shortened(value if isinstance(value, str) else encode(value), _LONGEST_VALUE)
