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


_LOOKS = 20


def flaws(database: Database, agent_id: str) -> list[str]:
    """What is wrong with what is kept of the session; SessionNotFoundError."""
    for _ in range(_LOOKS):
        row = _row(database, agent_id)
        entered = _entered(database, row)
        beside = list(_flaws_beside(database, row))
        if _row(database, agent_id) == row:  # nobody wrote meanwhile
            return [*_flaws_of(row, entered), *beside]
    return []


def _entered(database: Database, row: Sequence[Any]) -> Sequence[Event] | str:
    """The events, or why there are none."""
    try:
        return rows.events_of(database, row[1], row[0])
    except StateCorruptedError as error:
        return error.why


def _flaws_of(row: Sequence[Any], entered: Sequence[Event] | str) -> Iterator[str]:
    _, agent_id, seq, text, _ = row
    if isinstance(entered, str):
        yield entered
        return
    try:
        rows.require_whole(agent_id, entered, seq)
    except StateCorruptedError as error:
        yield error.why
        return
    if digest(text.encode()) != entered[-1]["state"]:
        yield "its record is not what its last event has made; the events have it all"


def _flaws_beside(database: Database, row: Sequence[Any]) -> Iterator[str]:
    number = row[0]
    try:
        record = rows.kept_in(database, row).record
    except StateCorruptedError:
        return  # which is told already
    for found in database.rows("look_at_row", number=number):
        yield from _flaws_in_columns(record, found)
    for hint, values in _hints(number, record):
        if not database.rows(f"has_{hint}", **values):
            yield f"one {hint.replace('_', ' ')} of its record does not lead to it"


def _flaws_in_columns(record: Record, found: Sequence[Any]) -> Iterator[str]:
    for (column, value), there in zip(columns_of(record).items(), found, strict=True):
        if value != there:
            yield f"the column {column} does not say what its record does"


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
        transaction.run("lock_row", agent_id=agent_id)
        number, _, seq, _, _ = _row(transaction, agent_id)
        entered = rows.events_of(transaction, agent_id, number)
        rows.require_whole(agent_id, entered, seq)
        record = rows.folded(agent_id, entered)
        snapshot = encode_record(record).decode()
        transaction.run("remake_row", number=number, record=snapshot, **columns_of(record))
        for hint, values in _hints(number, record):
            transaction.run(f"add_{hint}", **values)

    database.write(work)


def _row(source: Database | Transaction, agent_id: str) -> Sequence[Any]:
    found = source.rows("find_session", agent_id=agent_id)
    if not found:
        raise SessionNotFoundError(agent_id)
    row: Sequence[Any] = found[0]
    return row
