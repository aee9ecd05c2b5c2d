"""One session's folder read as the law says: the snapshot weighed against the journal.

The snapshot is *current* (its bytes are the last event's), *stale* (an earlier event's: a
crash between the two writes), *edited* (a valid record that no event produced: a person
changed it) or *invalid*. A folder without a journal comes from the first implementation, and
is *imported* by its next write.
"""

from __future__ import annotations

from agent_session.core import Late
from agent_session.core.chain import draft
from agent_session.core.codec import decode_object, digest, parse
from agent_session.local import disk

from .journal import NAME, Journal, open_journal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from agent_session.core import errors, events, soundness, state
    from agent_session.core.chain import Draft, Event
    from agent_session.core.state import Record
else:
    errors = Late("agent_session.core.errors")
    events = Late("agent_session.core.events")
    soundness = Late("agent_session.core.soundness")
    state = Late("agent_session.core.state")

SNAPSHOT = "state.json"
# Larger than any record of ours, so that one which a person has indented anew is still read.
LARGEST_SNAPSHOT = 4 << 20

_FROM_THE_JOURNAL_ALONE = (
    "revision",
    "turns",
    "approvals",
    "claim",
    "fence",
    "host",
    "limits",
    "parent",
)

# In an edit or import, the digest of the very state.json that it was taken from: where a crash
# leaves that file behind, it is stale, and not edited once more.
TAKEN_FROM = "snapshot"

CURRENT = "current"
STALE = "stale"
EDITED = "edited"
INVALID = "invalid"
IMPORTED = "imported"


class Found:
    """A session as its folder tells it.

    *record* is what it says now; *base* what its events say, on which the next event follows
    (None before the first); *pending* what the next write has to enter first: a person's
    edit, or the import.
    """

    __slots__ = ("base", "kind", "pending", "record")

    def __init__(
        self,
        kind: str,
        record: Record,
        base: Record | None,
        pending: tuple[str, dict[str, Any]] | None = None,
    ) -> None:
        self.kind = kind
        self.record = record
        self.base = base
        self.pending = pending

    def drafts_before(self, at: str) -> list[Draft]:
        """What must be entered before anything else, dated *at*."""
        if self.pending is None:
            return []
        kind, data = self.pending
        return [draft(kind, at, "person", **data)]


def read_session(agent_id: str, folder: int) -> Found:
    """The session now, without a lock: the snapshot is read first, so it is never newer than
    the journal.
    """
    snapshot = read_snapshot(folder)
    try:
        journal = open_journal(folder)
    except FileNotFoundError:
        again = read_snapshot(folder)
        if again not in (snapshot, None):
            return read_session(agent_id, folder)  # it was imported meanwhile
        return weigh(agent_id, again, None)  # one that is being removed has lost it already
    except errors.UnsafeStoreError as error:
        raise errors.StateCorruptedError(agent_id, str(error)) from None
    try:
        return weigh(agent_id, snapshot, journal)
    finally:
        disk.close(journal.descriptor)


def read_snapshot(folder: int) -> bytes | None:
    """The bytes of state.json, none of them where it is no plain file of a sane size; None
    where it is missing.
    """
    try:
        return disk.read_file(SNAPSHOT, folder, LARGEST_SNAPSHOT)
    except FileNotFoundError:
        return None
    except (errors.UnsafeStoreError, errors.LimitExceededError):
        return b""


def weigh(agent_id: str, snapshot: bytes | None, journal: Journal | None) -> Found:
    """What *snapshot* is beside *journal*; SessionNotFoundError where there is neither,
    StateCorruptedError.
    """
    if snapshot is None and journal is None:
        raise errors.SessionNotFoundError(agent_id)
    if journal is None or journal.last is None:
        return _imported(agent_id, snapshot or b"")
    mark = None if snapshot is None else digest(snapshot)
    try:
        if snapshot is not None and mark == journal.last["state"]:
            record = _own(agent_id, _trusted(snapshot))
            return Found(CURRENT, record, record)
        return _from_journal(agent_id, snapshot, mark, journal)
    except errors.InvalidValueError as error:
        raise errors.StateCorruptedError(agent_id, str(error)) from None


def _trusted(snapshot: bytes) -> Record:
    """The record in bytes that an event vouches for: it was checked before it was written."""
    try:
        record: Record = parse(snapshot.decode())
    except UnicodeDecodeError:
        raise errors.InvalidValueError(f"{SNAPSHOT} is not UTF-8") from None
    if not isinstance(record, dict) or "agent_id" not in record:
        raise errors.InvalidValueError(f"{SNAPSHOT} is no record")
    return record


def _from_journal(
    agent_id: str, snapshot: bytes | None, mark: str | None, journal: Journal
) -> Found:
    later: list[Event] = []
    for event in journal.newest_first():
        if snapshot is not None and event["state"] == mark:
            record = _rebuilt(agent_id, _fold(reversed(later), _trusted(snapshot)))
            return Found(STALE, record, record)
        if snapshot is not None and event["data"].get(TAKEN_FROM) == mark:
            record = _rebuilt(agent_id, _fold(journal.events()))
            return Found(STALE, record, record)
        later.append(event)
    by_hand = valid_record(agent_id, snapshot)
    if by_hand is None:
        record = _rebuilt(agent_id, _fold(journal.events()))
        return Found(INVALID, record, record)
    return _edited(_rebuilt(agent_id, _best_fold(journal)), by_hand, mark)


def _fold(entered: Iterable[Event], record: Record | None = None) -> Record:
    try:
        return events.fold(entered, record)
    except (AttributeError, KeyError, TypeError):
        raise errors.InvalidValueError(f"{NAME} holds an event that is not right") from None


def _rebuilt(agent_id: str, record: Record) -> Record:
    """*record* checked, since a journal may be forged or damaged as well."""
    return _own(agent_id, state.record_of(record))


def _own(agent_id: str, record: Record) -> Record:
    if record["agent_id"] != agent_id:
        raise errors.InvalidValueError(
            f"its journal is that of {ascii(record['agent_id'])[:80]}"
        )
    if record["claim"] or record["approvals"] or record["host"] is not None:
        soundness.require_sound(record)
    return record


def _best_fold(journal: Journal) -> Record:
    """The fold of the journal up to the first line that is none: a valid snapshot tells the
    rest.
    """
    record = None
    try:
        for event in journal.events():
            record = _fold((event,), record)
    except errors.InvalidValueError:
        if record is None:
            raise
    assert record is not None
    return record


def _edited(base: Record, by_hand: Record, mark: str | None) -> Found:
    fields = events.edits_between(base, by_hand)
    record = events.apply(base, {"kind": "edited", "data": {"fields": fields}})
    return Found(EDITED, record, base, ("edited", {"fields": fields, TAKEN_FROM: mark}))


def _imported(agent_id: str, snapshot: bytes) -> Found:
    record = valid_record(agent_id, snapshot)
    if record is None:
        raise errors.StateCorruptedError(
            agent_id,
            f"{SNAPSHOT} is no valid record, and there is no journal to rebuild it from",
        )
    imported = _without_ours(record)
    data = {"record": imported, TAKEN_FROM: digest(snapshot)}
    return Found(IMPORTED, imported, None, ("imported", data))


def _without_ours(record: Record) -> Record:
    """Approvals, claims and the like count only where a journal vouches for them."""
    blank = state.blank_record(record["agent_id"], record["created_at"])
    return {**record, **{field: blank[field] for field in _FROM_THE_JOURNAL_ALONE}}  # type: ignore


def valid_record(agent_id: str, snapshot: bytes | None) -> Record | None:
    """The record that *snapshot* says, if it is a valid one of this very session."""
    try:
        record = state.record_of(decode_object(snapshot or b""))
    except errors.InvalidValueError:
        return None
    return record if record["agent_id"] == agent_id else None
