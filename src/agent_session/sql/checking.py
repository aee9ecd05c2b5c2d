"""Weighing what a database keeps of a session against its events, and making it anew."""

from __future__ import annotations

from agent_session.core.codec import digest, encode_record
from agent_session.core.errors import StateCorruptedError
from agent_session.core.store import ids_held

from . import measuring, rows
from .columns import columns_of, host_keys_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any, TypeAlias

    from agent_session.core.state import Record

    from .database import Database, Transaction

    Source: TypeAlias = Database | Transaction


def flaws(database: Database, agent_id: str) -> list[str]:
    """What is wrong with what is kept of the session; SessionNotFoundError."""

    def look(source: Source) -> list[str]:
        row = rows.row(source, agent_id)
        return [*_flaws_of(source, row), *_flaws_beside(source, row)]

    return database.snapshot(look)


def _flaws_of(source: Source, row: Sequence[Any]) -> Iterator[str]:
    number, agent_id, seq, text, _ = row
    try:
        entered = rows.events_of(source, agent_id, number)
        rows.require_whole(agent_id, entered, seq)
    except StateCorruptedError as error:
        yield error.why
        return
    if digest(text.encode()) != entered[-1]["state"]:
        yield "its record is not what its last event has made; the events have it all"


def _flaws_beside(source: Source, row: Sequence[Any]) -> Iterator[str]:
    number = row[0]
    try:
        record = rows.kept_in(source, row).record
    except StateCorruptedError:
        return  # which is told already
    for found in source.rows("look_at_row", number=number):
        yield from _flaws_in_columns(record, found)
    for hint, values in _hints(number, record):
        if not source.rows(f"has_{hint}", **values):
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
        number, _, seq, _, _ = rows.locked_row(transaction, agent_id)
        entered = rows.events_of(transaction, agent_id, number)
        rows.require_whole(agent_id, entered, seq)
        record = rows.folded(agent_id, entered)
        snapshot = encode_record(record).decode()
        transaction.run("remake_row", number=number, record=snapshot, **columns_of(record))
        for hint, values in _hints(number, record):
            transaction.run(f"add_{hint}", **values)
        measuring.enter(transaction, number, None, record, entered)

    database.write(work)
