"""Events, and the fold that makes a record of them.

Every change of a session is an event `{seq, at, kind, actor, data, prev, state, hash}`: `hash` is sha256 over the
canonical JSON of the rest, `prev` the hash before it, `state` the sha256 of the `state.json` it produced.  An event that
is not the last of its change says `more`.  A change hands out *drafts* (kind, at, actor, data); the store seals
them onto its last event and applies them with no writer in between.
"""

from __future__ import annotations

from . import phases
from .codec import canonical, digest, encode, encode_record
from .errors import InvalidValueError
from .instants import seconds_between
from .state import UNNAMED_AGENT, UNNAMED_PURPOSE, blank_record, history_kept, record_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any, NotRequired, TypeAlias, TypedDict

    from .state import Record

    class Draft(TypedDict):
        kind: str
        at: str
        actor: str
        data: dict[str, Any]

    class Event(Draft):
        seq: int
        prev: str
        state: str
        hash: str
        more: NotRequired[bool]

    Change: TypeAlias = Callable[[Record], Sequence[Draft]]

NOTHING_BEFORE = "0" * 64


class Commit:
    """What one change makes: the record after it, the sealed events, and the bytes of the new snapshot."""

    __slots__ = ("events", "lines", "record", "snapshot")

    def __init__(self, record: Record, snapshot: bytes, events: list[Event], lines: bytes) -> None:
        self.record = record
        self.snapshot = snapshot
        self.events = events
        self.lines = lines


def draft(kind: str, at: str, actor: str, **data: Any) -> Draft:
    return {"kind": kind, "at": at, "actor": actor, "data": data}


# --- the fold --------------------------------------------------------------------------------------------


def apply(record: Record | None, event: Mapping[str, Any]) -> Record:
    """The record after *event*; InvalidValueError for an event that cannot follow."""
    kind = event["kind"]
    if kind in BIRTHS:
        return BIRTHS[kind](event)
    if record is None or kind not in CHANGES:
        raise InvalidValueError(f"event {event.get('seq', '?')} of kind {ascii(kind)[:40]} cannot follow")
    return CHANGES[kind](record, event)


def _created(event: Mapping[str, Any]) -> Record:
    data = event["data"]
    return {
        **blank_record(data["agent_id"], event["at"]),
        "agent_name": data.get("agent_name", UNNAMED_AGENT),
        "purpose": data.get("purpose", UNNAMED_PURPOSE),
        "metadata": data.get("metadata", {}),
        "host": data.get("host"),
        "limits": data.get("limits"),
        "parent": data.get("parent"),
    }


def _imported(event: Mapping[str, Any]) -> Record:
    return record_of(event["data"]["record"])


def _updated(record: Record, event: Mapping[str, Any]) -> Record:
    data, at = event["data"], event["at"]
    after: Record = {**record, "last_updated": at}
    if "phase" in data:
        after = enter_phase(after, data["phase"], at)
    if "metadata" in data:
        after = {**after, "metadata": {**after["metadata"], **data["metadata"]}}
    if "error" in data:
        after = _with_error(after, data["error"], at)
    return after


def _finalized(record: Record, event: Mapping[str, Any]) -> Record:
    after = _updated(record, event)
    summary = event["data"].get("summary")
    return {**after, "summary": after["summary"] if summary is None else summary}


def _edited(record: Record, event: Mapping[str, Any]) -> Record:
    """What a person changed in state.json; the file's own last_updated is the time of the change."""
    fields = event["data"]["fields"]
    at = fields.get("last_updated", record["last_updated"])
    after = enter_phase(record, fields["phase"], at) if "phase" in fields else record
    return {**after, **fields}  # type: ignore[typeddict-item]


BIRTHS: Mapping[str, Callable[[Mapping[str, Any]], Record]] = {"created": _created, "imported": _imported}
CHANGES: Mapping[str, Callable[[Record, Mapping[str, Any]], Record]] = {
    "updated": _updated,
    "finalized": _finalized,
    "edited": _edited,
}


def enter_phase(record: Record, phase: str, at: str) -> Record:
    """*record* in *phase*, with the change in its history and everything that follows from the phase."""
    final = phases.is_final(phase)
    change = {"from_phase": record["phase"], "to_phase": phase, "timestamp": at}
    return {  # type: ignore[typeddict-item]
        **record,
        "phase": phase,
        "resume_ready": phases.is_resumable(phase),
        "history": [*record["history"], change][-history_kept(record) :],
        "finalized_at": at if final else None,
        "duration_seconds": seconds_between(record["created_at"], at) if final else None,
    }


def _with_error(record: Record, message: str, at: str) -> Record:
    return {
        **record,
        "error_count": record["error_count"] + 1,
        "last_error": {"message": message, "timestamp": at},
    }


def fold(events: Iterable[Mapping[str, Any]], record: Record | None = None) -> Record:
    """The record after all *events*, which follow on *record*."""
    for event in events:
        record = {**apply(record, event), "revision": event["seq"]}
    if record is None:
        raise InvalidValueError("there is no event to start from")
    return record


# --- the chain -------------------------------------------------------------------------------------------


def commit(record: Record | None, seq: int, prev: str, drafts: Sequence[Draft]) -> Commit:
    """Seal *drafts* onto event number *seq* with hash *prev* and apply them; every limit is checked here."""
    events: list[Event] = []
    lines: list[str] = []
    snapshot = b""
    for position, each in enumerate(drafts, 1):
        seq += 1
        record = {**apply(record, {**each, "seq": seq}), "revision": seq}
        snapshot = encode_record(record)
        event, line = _sealed(each, seq, prev, digest(snapshot), more=position < len(drafts))
        events.append(event)
        lines.append(line)
        prev = event["hash"]
    assert record is not None
    return Commit(record, snapshot, events, "".join(lines).encode())


def _sealed(each: Draft, seq: int, prev: str, state: str, *, more: bool) -> tuple[Event, str]:
    rest: dict[str, Any] = {**each, "seq": seq, "prev": prev, "state": state}
    if more:
        rest["more"] = True
    rest["hash"] = hash_of(rest)
    # The line keeps the order of keys, so that the fold of what was read is the snapshot to the byte.
    return rest, encode(rest) + "\n"  # type: ignore[return-value]


def is_event(value: object) -> bool:
    """True for what has the shape of a sealed event."""
    return (
        isinstance(value, dict)
        and all(isinstance(value.get(word), str) for word in ("kind", "at", "actor", "prev", "state", "hash"))
        and isinstance(value.get("seq"), int)
        and isinstance(value.get("data"), dict)
    )


def hash_of(event: Mapping[str, Any]) -> str:
    """The hash that *event* ought to carry."""
    return digest(canonical({key: value for key, value in event.items() if key != "hash"}).encode())


def flaw_in(event: Mapping[str, Any], seq: int, prev: str) -> str | None:
    """Why *event* is not the one that follows number *seq* with hash *prev*; None where it is."""
    if event["seq"] != seq + 1:
        return f"numbered {event['seq']}, but {seq + 1} is due"
    if event["prev"] != prev:
        return "it does not name the hash of the event before it"
    if event["hash"] != hash_of(event):
        return "its content does not match its hash"
    return None
