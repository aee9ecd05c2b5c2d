"""A session as its row tells it.

The record is believed where its digest is the one that its last event names; where it is not,
somebody has changed the row by hand or it was damaged, and the record is what the events make.
"""

from __future__ import annotations

from agent_session.core import Late
from agent_session.core.agent_ids import require_agent_id
from agent_session.core.codec import digest, encode, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from agent_session.core import chain, errors, events, soundness, state
    from agent_session.core.chain import Event
    from agent_session.core.state import Record

    from .database import Database, Transaction
else:
    chain = Late("agent_session.core.chain")
    errors = Late("agent_session.core.errors")
    events = Late("agent_session.core.events")
    soundness = Late("agent_session.core.soundness")
    state = Late("agent_session.core.state")

COLUMNS = "number, agent_id, revision, record, line"
WITH_LAST_EVENT = "sessions LEFT JOIN events ON session = number AND seq = revision"


class Kept:
    """A session's *record*, which *text* says, the *number* of its row, and number and hash of
    its last event.
    """

    __slots__ = ("number", "record", "seq", "text", "tip")

    def __init__(self, number: int, seq: int, tip: str, text: str, record: Record) -> None:
        self.number = number
        self.seq = seq
        self.tip = tip
        self.text = text
        self.record = record

    def copy(self) -> Record:
        """For whoever may scribble on it."""
        record: Record = parse(self.text)
        return record


def find(source: Database | Transaction, agent_id: str) -> Kept:
    """The session as *source* has it; SessionNotFoundError, StateCorruptedError."""
    return kept_in(source, row(source, require_agent_id(agent_id)))


def find_locked(transaction: Transaction, agent_id: str) -> Kept:
    """The same, with no other writer until the end of the transaction."""
    return kept_in(transaction, locked_row(transaction, require_agent_id(agent_id)))


def locked_row(transaction: Transaction, agent_id: str) -> Sequence[Any]:
    """The row, of the columns in COLUMNS, locked; SessionNotFoundError."""
    found = transaction.rows("lock_session", agent_id=agent_id)
    if found and found[0][-1] is None:
        # Who had to wait has the row as it is now, but no event that came meanwhile.
        found = transaction.rows("find_session", agent_id=agent_id)
    return _one_of(found, agent_id)


def row(source: Database | Transaction, agent_id: str) -> Sequence[Any]:
    """The same, without a lock."""
    return _one_of(source.rows("find_session", agent_id=agent_id), agent_id)


def _one_of(found: Sequence[Any], agent_id: str) -> Sequence[Any]:
    if not found:
        raise errors.SessionNotFoundError(agent_id)
    only: Sequence[Any] = found[0]
    return only


def kept_in(source: Database | Transaction, found: Sequence[Any]) -> Kept:
    """What the row *found*, of the columns in COLUMNS, tells; StateCorruptedError."""
    number, agent_id, seq, text, line = found
    try:
        last = _event_in(line or "")
        if last["state"] == digest(text.encode()):
            return Kept(number, seq, chain.link_of(last), text, _own(agent_id, parse(text)))
    except errors.InvalidValueError:
        pass
    entered = events_of(source, agent_id, number)
    require_whole(agent_id, entered, seq)
    record = folded(agent_id, entered)
    return Kept(number, seq, chain.link_of(entered[-1]), encode(record), record)


def _own(agent_id: str, record: Record) -> Record:
    if not isinstance(record, dict) or record.get("agent_id") != agent_id:
        raise errors.InvalidValueError("its record is that of another session")
    return record


def require_whole(agent_id: str, entered: Sequence[Event], seq: int) -> None:
    """StateCorruptedError unless *entered* are a chain up to number *seq*."""
    flaw = chain.first_flaw(entered)
    if flaw is None and [each["seq"] for each in entered[-1:]] != [seq]:
        flaw = "its last event is not the one that its row names: events are missing"
    if flaw is not None:
        raise errors.StateCorruptedError(agent_id, flaw)


def folded(agent_id: str, entered: Iterable[Event]) -> Record:
    """The record that *entered* make; StateCorruptedError."""
    try:
        record = state.record_of(events.fold(entered))
        soundness.require_sound(record)
    except (errors.InvalidValueError, AttributeError, KeyError, TypeError) as error:
        raise errors.StateCorruptedError(agent_id, str(error)) from None
    if record["agent_id"] != agent_id:
        raise errors.StateCorruptedError(agent_id, "its events are those of another session")
    return record


def events_of(
    source: Database | Transaction, agent_id: str, number: int, after: int = 0
) -> list[Event]:
    """The events of the session in row *number*; StateCorruptedError."""
    found = source.rows("events_after", session=number, after=after)
    try:
        return [_event_in(line) for (line,) in found]
    except errors.InvalidValueError as error:
        raise errors.StateCorruptedError(agent_id, f"of its events, {error}") from None


def _event_in(line: str) -> Event:
    event: Event = parse(line)
    if not chain.is_event(event):
        raise errors.InvalidValueError("one is none")
    return event
