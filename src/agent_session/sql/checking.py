"""Weighing what a database keeps of a session against its events, and making it anew."""

from __future__ import annotations

from agent_session.core.codec import digest, encode_record
from agent_session.core.errors import SessionNotFoundError, StateCorruptedError
from agent_session.core.store import ids_held

from . import rows
from .columns import columns_of, host_keys_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from agent_session.core.chain import Event
    from agent_session.core.state import Record

    from .database import Database, Transaction


def flaws(database: Database, agent_id: str) -> list[str]:
    """What is wrong with what is kept of the session; SessionNotFoundError."""
    row = _row(database, agent_id, "find_session")
    number, _, seq, tip, state, text = row
    try:
        entered = rows.events_of(database, agent_id, number)
        rows.require_whole(agent_id, entered, seq, bytes(tip).hex())
    except StateCorruptedError as error:
        return [error.why]
    if not digest(text.encode()) == bytes(state).hex() == entered[-1]["state"]:
        return ["its record is not what its last event has made; the events have it all"]
    record = rows.kept_in(database, row).record
    return list(_flaws_beside(database, number, record))


def _flaws_beside(database: Database, number: int, record: Record) -> Iterator[str]:
    (found,) = database.rows("look_at_row", number=number)
    wanted = columns_of(record)
    for (column, value), there in zip(wanted.items(), found, strict=True):
        if value != there:
            yield f"the column {column} does not say what its record does"
    for hint, values in _hints(number, record):
        if not database.rows(f"has_{hint}", **values):
            yield f"one {hint.replace('_', ' ')} of its record does not lead to it"


def _hints(number: int, record: Record) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for each in ids_held(record):
        yield "approval", {"approval_id": each, "session": number}
    for each in host_keys_of(record):
        yield "host_key", {"host_key": each, "session": number}


def repair(database: Database, agent_id: str) -> None:
    """Make the row anew from the events, where they still are a chain; SessionNotFoundError,
    StateCorruptedError.
    """

    def work(transaction: Transaction) -> None:
        number, _, seq, tip, _, _ = _row(transaction, agent_id, "lock_session")
        entered = rows.events_of(transaction, agent_id, number)
        rows.require_whole(agent_id, entered, seq, bytes(tip).hex())
        record = rows.folded(agent_id, entered)
        transaction.run("change_session", number=number, **_anew(record, entered[-1]))
        for hint, values in _hints(number, record):
            transaction.run(f"add_{hint}", **values)

    database.write(work)


def _anew(record: Record, last: Event) -> dict[str, Any]:
    snapshot = encode_record(record)
    return {
        **columns_of(record),
        "tip": bytes.fromhex(last["hash"]),
        "state": bytes.fromhex(digest(snapshot)),
        "record": snapshot.decode(),
    }


def _row(source: Database | Transaction, agent_id: str, statement: str) -> Sequence[Any]:
    found = source.rows(statement, agent_id=agent_id)
    if not found:
        raise SessionNotFoundError(agent_id)
    row: Sequence[Any] = found[0]
    return row
