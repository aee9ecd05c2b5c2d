"""The store over a SQL database: a row a session, with its record as text and the columns it is
found by; a row an event; and what was removed.

The record is what its row says. Everything else in the row is derived from it and from the
events, in the same transaction.
"""

from __future__ import annotations

from agent_session.core import Late
from agent_session.core.agent_ids import require_agent_id
from agent_session.core.chain import NOTHING_BEFORE
from agent_session.core.codec import decode_object, digest, encode, parse
from agent_session.core.hosts import birth_key, is_same_agent
from agent_session.core.store import Query, ids_held, ids_pending, ignore

from . import rows
from .columns import columns_of, conditions_of, host_keys_of, key_of, values_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    from agent_session.core import errors, events
    from agent_session.core.chain import Draft, Event
    from agent_session.core.events import Change, Commit
    from agent_session.core.instants import datetime
    from agent_session.core.state import Record
    from agent_session.core.store import Watch

    from . import checking
    from .database import Database, Transaction
else:
    errors = Late("agent_session.core.errors")
    events = Late("agent_session.core.events")
    checking = Late("agent_session.sql.checking")

_FIRST_BATCH = 16
_LARGEST_BATCH = 512
_REMOVED = ("agent_id", "agent_name", "phase", "created_at", "last_updated", "revision")


class SqlStore:
    """Sessions in *database*, which the first write makes and no reader."""

    def __init__(self, database: Database, clock: Callable[[], datetime] | None = None) -> None:
        self.database = database
        self.clock = clock

    # --- reading ------------------------------------------------------------------------------

    def get(self, agent_id: str) -> Record:
        return rows.find(self.database, agent_id).record

    def scan(
        self, query: Query, unreadable: Callable[[errors.StateCorruptedError], None] = ignore
    ) -> Iterator[Record]:
        for batch in self._live_batches(query) if query.live else self._batches(query):
            for row in batch:
                try:
                    record = rows.kept_in(self.database, row).record
                except errors.StateCorruptedError as error:
                    unreadable(error)
                    continue
                if query.matches(record):
                    yield record

    def _live_batches(self, query: Query) -> Iterator[Sequence[Any]]:
        """In the order of activity as it is now; what changes meanwhile comes once."""
        sql = (
            f"SELECT number FROM sessions WHERE {conditions_of(query)} "
            "ORDER BY last_updated DESC"
        )
        numbers = [number for (number,) in self.database.select(sql, **values_of(query))]
        size = _FIRST_BATCH
        while numbers:
            batch, numbers = numbers[:size], numbers[size:]
            size = min(size * 4, _LARGEST_BATCH)
            found = self.database.rows("sessions_numbered", numbers=self.database.array(batch))
            by_number = {row[0]: row for row in found}
            yield [by_number[number] for number in batch if number in by_number]

    def _batches(self, query: Query) -> Iterator[Sequence[Any]]:
        sql = (
            f"SELECT {rows.COLUMNS} FROM sessions "
            f"WHERE {conditions_of(query)} AND number > :after ORDER BY number LIMIT :size"
        )
        after, values = 0, values_of(query)
        while batch := self.database.select(sql, after=after, size=_LARGEST_BATCH, **values):
            yield batch
            after = batch[-1][0]

    def events(self, agent_id: str, after: int = 0) -> Sequence[Event]:
        kept = rows.find(self.database, agent_id)
        return rows.events_of(self.database, agent_id, kept.number, after)

    # --- writing ------------------------------------------------------------------------------

    def add(self, agent_id: str, drafts: Sequence[Draft]) -> Record:
        require_agent_id(agent_id)
        made = events.commit(None, 0, NOTHING_BEFORE, drafts)

        def work(transaction: Transaction) -> Record:
            _require_sole_birth(transaction, made.record)
            if _enter_first(transaction, made) is None:
                before = _made_by(transaction, agent_id, made)  # it may have been ourselves
                if before is None:
                    raise errors.SessionExistsError(agent_id)
            return made.record

        return self.database.write(work, lambda found: _made_by(found, agent_id, made))

    def update(self, agent_id: str, change: Change) -> Record:
        made: Commit | None = None

        def work(transaction: Transaction) -> Record:
            nonlocal made
            kept = rows.find(transaction, agent_id, "lock_session")
            before = encode(kept.record)
            drafts = change(kept.record)
            if not drafts:
                return kept.record
            # What the change may have scribbled on is not what the events follow on.
            record: Record = parse(before)
            made = events.commit(record, kept.seq, kept.tip, drafts)
            _enter(transaction, kept.number, record, made)
            return made.record

        return self.database.write(
            work, lambda found: _made_by(found, agent_id, made) if made else None
        )

    def remove(self, agent_id: str, at: str, allowed: Callable[[Record], bool]) -> bool:
        def work(transaction: Transaction) -> bool:
            kept = rows.find(transaction, agent_id, "lock_session")
            before = encode(kept.record)
            if not allowed(kept.record):
                return False
            _remove(transaction, kept.number, parse(before), at)
            return True

        return self.database.write(work)

    def sweep(self) -> None:
        """A database leaves nothing behind that it does not clear away itself."""

    # --- the delegation log -------------------------------------------------------------------

    def note(self, delegation: Mapping[str, Any]) -> None:
        line = encode(delegation)
        self.database.write(lambda found: found.run("add_delegation", line=line))

    def notes(self) -> Iterator[Mapping[str, Any]]:
        after = 0
        while found := self.database.rows("delegations_after", after=after):
            for after, line in found:  # noqa: B007 - the last one is where the next ones begin
                try:
                    yield decode_object(line.encode())
                except errors.InvalidValueError:
                    continue

    # --- the store itself ---------------------------------------------------------------------

    def identity(self) -> str:
        found = self.database.rows("identity")
        if not found:
            found = self.database.write(lambda made: made.rows("identity"))
        if not found:
            raise errors.StoreError("the store has lost its id; restore it from a backup")
        identity: str = found[0][0]
        return identity

    def watch(self, agent_id: str | None) -> Watch:
        if agent_id is not None:
            self.get(agent_id)
        return self.database.watch(agent_id)

    # --- verifying ----------------------------------------------------------------------------

    def flaws(self, agent_id: str) -> Sequence[str]:
        flaws: Sequence[str] = checking.flaws(self.database, require_agent_id(agent_id))
        return flaws

    def repair(self, agent_id: str | None) -> None:
        if agent_id is not None:
            checking.repair(self.database, require_agent_id(agent_id))
            return
        for record in self.scan(Query()):
            try:
                checking.repair(self.database, record["agent_id"])
            except (errors.StateCorruptedError, errors.SessionNotFoundError):
                continue


# --- writing ----------------------------------------------------------------------------------


def _require_sole_birth(transaction: Transaction, born: Record) -> None:
    key = birth_key(born)
    if key is None:
        return
    transaction.run("lock_birth", slot=int(digest(key_of(key).encode())[:2], 16) % 64)
    query = Query(host=key, live=True)
    sql = f"SELECT {rows.COLUMNS} FROM sessions WHERE {conditions_of(query)}"
    for row in transaction.select(sql, **values_of(query)):
        record = rows.kept_in(transaction, row).record
        if query.matches(record) and is_same_agent(born, record):
            raise errors.HostTakenError(record["agent_id"])


def _enter_first(transaction: Transaction, made: Commit) -> int | None:
    """The number of the new session; None where its id is taken."""
    added = transaction.rows("add_session", **_row_of(made))
    if not added:
        return None
    number: int = added[0][0]
    _enter_beside(transaction, number, None, made)
    return number


def _enter(transaction: Transaction, number: int, before: Record, made: Commit) -> None:
    values = {**_row_of(made), "number": number}
    del values["agent_id"]
    transaction.run("change_session", **values)
    _enter_beside(transaction, number, before, made)


def _row_of(made: Commit) -> dict[str, Any]:
    last = made.events[-1]
    return {
        "agent_id": made.record["agent_id"],
        **columns_of(made.record),
        "tip": bytes.fromhex(last["hash"]),
        "state": bytes.fromhex(last["state"]),
        "record": made.snapshot.decode(),
    }


def _enter_beside(
    transaction: Transaction, number: int, before: Record | None, made: Commit
) -> None:
    for event, line in zip(made.events, made.lines.decode().splitlines(), strict=True):
        transaction.run("add_event", session=number, seq=event["seq"], line=line)
    _enter_hints(transaction, number, before, made.record)
    _tell(transaction, before, made.record)


def _enter_hints(
    transaction: Transaction, number: int, before: Record | None, after: Record | None
) -> None:
    """What is found by other ids than its own: approvals, and what its host knows it by."""
    for hint, ids in (("approval", ids_held), ("host_key", host_keys_of)):
        had, has = ids(before) if before else [], ids(after) if after else []
        word = "approval_id" if hint == "approval" else hint
        for each in has:
            if each not in had:
                transaction.run(f"add_{hint}", session=number, **{word: each})
        for each in had:
            if each not in has:
                transaction.run(f"remove_{hint}", session=number, **{word: each})


def _tell(transaction: Transaction, before: Record | None, after: Record | None) -> None:
    """Wake whoever watches the session, or the pending approvals where these differ."""
    record = after or before
    assert record is not None
    transaction.run("tell_of_session", agent_id=record["agent_id"])
    if (ids_pending(before) if before else []) != (ids_pending(after) if after else []):
        transaction.run("tell_of_pending")


def _made_by(transaction: Transaction, agent_id: str, made: Commit) -> Record | None:
    """The record of *made*, if that is what was kept."""
    found = transaction.rows("lock_session", agent_id=agent_id)
    last = made.events[-1]
    entered = found and rows.events_of(transaction, agent_id, found[0][0], last["seq"] - 1)
    return made.record if entered and entered[0]["hash"] == last["hash"] else None


def _remove(transaction: Transaction, number: int, record: Record, at: str) -> None:
    line = {"removed_at": at, **{field: record[field] for field in _REMOVED}}  # type: ignore[literal-required]
    transaction.run("add_removed", line=encode(line))
    transaction.run("remove_events", session=number)
    transaction.run("remove_session", number=number)
    _enter_hints(transaction, number, record, None)
    _tell(transaction, record, None)
