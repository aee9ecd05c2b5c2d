"""The fold: what each kind of event does to a record, and how a change becomes events.

A change hands out *drafts* (kind, at, actor, data); the store seals them onto its last event
and applies them with no writer in between. The record is the fold of its events, at any
number.
"""

from __future__ import annotations

from . import Late, asking, branching, claiming, compacting, hosts
from .chain import flaw_in, link_of, seal
from .codec import digest, encode, encode_record
from .state import EDITABLE, UNNAMED_AGENT, UNNAMED_PURPOSE, blank_record, record_of
from .transitions import begin_turn, end_turn, enter_phase

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any, TypeAlias

    from . import errors
    from .chain import Draft, Event
    from .state import Record

    Change: TypeAlias = Callable[[Record], Sequence[Draft]]
else:
    errors = Late("agent_session.core.errors")


class Commit:
    """What one change makes: the record after it, the sealed events, and the bytes of the new
    snapshot.
    """

    __slots__ = ("events", "lines", "record", "snapshot")

    def __init__(
        self, record: Record, snapshot: bytes, events: list[Event], lines: bytes
    ) -> None:
        self.record = record
        self.snapshot = snapshot
        self.events = events
        self.lines = lines


# --- the fold ---------------------------------------------------------------------------------


def apply(record: Record | None, event: Mapping[str, Any]) -> Record:
    """The record after *event*; InvalidValueError for an event that cannot follow."""
    kind = event["kind"]
    if kind in BIRTHS:
        return BIRTHS[kind](event)
    if record is None or kind not in CHANGES:
        raise errors.InvalidValueError(
            f"event {event.get('seq', '?')} of kind {ascii(kind)[:40]} cannot follow"
        )
    return CHANGES[kind](record, event)


def _created(event: Mapping[str, Any]) -> Record:
    data = event["data"]
    record: Record = {
        **blank_record(data["agent_id"], event["at"]),
        "agent_name": data.get("agent_name", UNNAMED_AGENT),
        "purpose": data.get("purpose", UNNAMED_PURPOSE),
        "metadata": data.get("metadata", {}),
        "host": data.get("host"),
        "limits": data.get("limits"),
        "parent": data.get("parent"),
    }
    return begin_turn(record, event["at"])


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
    return claiming.extended(after, data["until"]) if "until" in data else after


def _finalized(record: Record, event: Mapping[str, Any]) -> Record:
    summary, turn = (event["data"].get(word) for word in ("summary", "turn"))
    ran = claiming.run_to_its_end(record, event["data"]["phase"])
    after = _updated(end_turn(ran, event["at"], turn or summary), event)
    return {**after, "summary": after["summary"] if summary is None else summary}


def _edited(record: Record, event: Mapping[str, Any]) -> Record:
    """What a person changed in state.json; the file's own last_updated is the time of the
    change.
    """
    fields = event["data"]["fields"]
    at = fields.get("last_updated", record["last_updated"])
    after = enter_phase(record, fields["phase"], at) if "phase" in fields else record
    return {**after, **fields}


BIRTHS: Mapping[str, Callable[[Mapping[str, Any]], Record]] = {
    "created": _created,
    "imported": _imported,
    **branching.BIRTHS,
}
CHANGES: Mapping[str, Callable[[Record, Mapping[str, Any]], Record]] = {
    "updated": _updated,
    "finalized": _finalized,
    "edited": _edited,
    **claiming.CHANGES,
    **asking.CHANGES,
    **hosts.CHANGES,
    **branching.CHANGES,
    **compacting.CHANGES,
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
        raise errors.InvalidValueError("there is no event to start from")
    return record


def records_of(events: Iterable[Mapping[str, Any]]) -> Iterator[Record]:
    """The record after each of *events*, from the first on."""
    record: Record | None = None
    for event in events:
        record = fold([event], record)
        yield record


# --- the chain --------------------------------------------------------------------------------


def edits_between(base: Record, by_hand: Record) -> dict[str, Any]:
    """The fields that a person has changed, of those that a person may."""
    return {
        field: by_hand[field]  # type: ignore[literal-required]
        for field in EDITABLE
        if by_hand[field] != base[field]  # type: ignore[literal-required]
    }


def removal(record: Record, at: str) -> dict[str, Any]:
    """The line that a removed session leaves."""
    return {"removed_at": at, **{field: record[field] for field in _REMOVAL}}  # type: ignore[literal-required]


_REMOVAL = ("agent_id", "agent_name", "phase", "created_at", "last_updated", "revision")


def follow(
    agent_id: str, record: Record | None, seq: int, prev: str, sealed: Sequence[Event]
) -> Commit:
    """What *sealed* events make that follow on event number *seq* with hash *prev*.

    InvalidValueError where they do not, or do not make what they say.
    """
    lines: list[str] = []
    snapshot = b""
    for each in sealed:
        flaw = flaw_in(each, seq, prev)
        if flaw is not None:
            raise errors.InvalidValueError(f"event {seq + 1} of {agent_id}: {flaw}")
        record = {**apply(record, each), "revision": each["seq"]}
        snapshot = encode_record(record)
        if digest(snapshot) != each["state"] or record["agent_id"] != agent_id:
            raise errors.InvalidValueError(
                f"event {each['seq']} of {agent_id} does not make the record that it names"
            )
        lines.append(encode(each) + "\n")
        seq, prev = each["seq"], link_of(each)
    assert record is not None
    return Commit(record, snapshot, list(sealed), "".join(lines).encode())


def commit(record: Record | None, seq: int, prev: str, drafts: Sequence[Draft]) -> Commit:
    """Seal *drafts* onto event number *seq* with hash *prev* and apply them; every limit is
    checked here.
    """
    events: list[Event] = []
    lines: list[str] = []
    snapshot = b""
    for position, each in enumerate(drafts, 1):
        seq += 1
        record = {**apply(record, {**each, "seq": seq}), "revision": seq}
        snapshot = encode_record(record)
        event, line = seal(each, seq, prev, digest(snapshot), more=position < len(drafts))
        events.append(event)
        lines.append(line)
        prev = event["hash"]
    assert record is not None
    return Commit(record, snapshot, events, "".join(lines).encode())
