"""The store over a SQL database: a row a session, with its record as text and the columns it is
found by; a row an event; and what was removed.

The record is what its row says. Everything else in the row is derived from it and from the
events, in the same transaction.
"""

from __future__ import annotations

from agent_session.core import Late
from agent_session.core.agent_ids import require_agent_id
from agent_session.core.chain import NOTHING_BEFORE
from agent_session.core.codec import decode_object
from agent_session.core.store import Query, ignore, remove_finished_one_by_one

from . import rows
from .columns import conditions_of, values_of
from .delegations import row_of as delegation_row_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    from agent_session.core import errors, events
    from agent_session.core.chain import Draft, Event
    from agent_session.core.events import Change, Commit
    from agent_session.core.instants import datetime
    from agent_session.core.measures import Tally
    from agent_session.core.pages import Page, Place
    from agent_session.core.state import Record
    from agent_session.core.store import Shorten, Watch

    from . import checking, measuring, paging, removing, writing
    from .database import Database, Transaction
else:
    errors = Late("agent_session.core.errors")
    events = Late("agent_session.core.events")
    checking = Late("agent_session.sql.checking")
    measuring = Late("agent_session.sql.measuring")
    paging = Late("agent_session.sql.paging")
    removing = Late("agent_session.sql.removing")
    writing = Late("agent_session.sql.writing")

_FIRST_BATCH = 16
_LARGEST_BATCH = 512


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
        yield from self._numbered(sql, query)

    def _numbered(self, sql: str, query: Query) -> Iterator[Sequence[Any]]:
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
            f"SELECT {rows.COLUMNS} FROM {rows.WITH_LAST_EVENT} "
            f"WHERE {conditions_of(query)} AND number > :after ORDER BY number LIMIT :size"
        )
        if query.since or query.until:  # by the index of times; by number, every row is read
            yield from self._numbered(_by_time(query), query)
            return
        after, values = 0, values_of(query)
        while batch := self.database.select(sql, after=after, size=_LARGEST_BATCH, **values):
            yield batch
            after = batch[-1][0]

    def page(
        self,
        query: Query,
        size: int,
        below: Place | None = None,
        unreadable: Callable[[errors.StateCorruptedError], None] = ignore,
    ) -> Page:
        return paging.page(self.database, query, size, below, unreadable)

    def events(self, agent_id: str, after: int = 0) -> Sequence[Event]:
        kept = rows.find(self.database, agent_id)
        return rows.events_of(self.database, agent_id, kept.number, after)

    # --- writing ------------------------------------------------------------------------------

    def add(self, agent_id: str, drafts: Sequence[Draft]) -> Record:
        require_agent_id(agent_id)
        made = events.commit(None, 0, NOTHING_BEFORE, drafts)

        def work(transaction: Transaction) -> Record:
            writing.require_sole_birth(transaction, made.record)
            if writing.enter_first(transaction, made, transaction):
                return made.record
            if writing.made_by(transaction, agent_id, made) is None:
                raise errors.SessionExistsError(agent_id)
            return made.record  # it was ourselves, on a connection that was lost

        return self.database.write(work, lambda found: writing.made_by(found, agent_id, made))

    def update(self, agent_id: str, change: Change) -> Record:
        made: Commit | None = None

        def work(transaction: Transaction) -> Record:
            nonlocal made
            kept = rows.find_locked(transaction, agent_id)
            drafts = change(kept.copy())
            if not drafts:
                return kept.record
            made = events.commit(kept.record, kept.seq, kept.tip, drafts)
            writing.enter(transaction, kept.number, kept.record, made)
            return made.record

        return self.database.write(
            work, lambda found: writing.made_by(found, agent_id, made) if made else None
        )

    def compact(self, agent_id: str, shorten: Shorten) -> bool:
        def work(transaction: Transaction) -> bool:
            kept = rows.find_locked(transaction, agent_id)
            entered = rows.events_of(transaction, agent_id, kept.number)
            shorter = shorten(kept.copy(), entered)
            writing.replace_events(transaction, kept.number, entered, shorter)
            return len(shorter) < len(entered)

        return self.database.write(work)

    def remove(self, agent_id: str, at: str, allowed: Callable[[Record], bool]) -> bool:
        def work(transaction: Transaction) -> bool:
            kept = rows.find_locked(transaction, agent_id)
            if not allowed(kept.copy()):
                return False
            writing.remove(transaction, kept.number, kept.record, at)
            return True

        return self.database.write(work)

    def remove_each(
        self,
        query: Query,
        at: str,
        allowed: Callable[[Record], bool],
        unreadable: Callable[[errors.StateCorruptedError], None] = ignore,
    ) -> Iterator[tuple[Record, bool]]:
        return removing.remove_each(self.database, query, at, allowed, unreadable)

    def remove_finished(
        self,
        until: str,
        at: str,
        unreadable: Callable[[errors.StateCorruptedError], None] = ignore,
    ) -> Iterator[str]:
        if self.database.can("remove_finished"):
            return removing.remove_finished(self.database, until, at, unreadable)
        return remove_finished_one_by_one(self, until, at, unreadable)

    def count(self) -> int:
        found = self.database.rows("count_sessions")
        return int(found[0][0]) if found else 0

    def take_in(self, sealed: Mapping[str, Sequence[Event]]) -> None:
        for agent_id in sealed:
            require_agent_id(agent_id)

        def work(transaction: Transaction) -> None:
            gathered = writing.Gathered()
            for agent_id, entered in sealed.items():
                writing.take_in(transaction, gathered, agent_id, entered)
            gathered.send(transaction)

        self.database.write(work)

    def sweep(self) -> None:
        """A database leaves nothing behind that it does not clear away itself."""

    # --- the delegation log -------------------------------------------------------------------

    def note(self, *delegations: Mapping[str, Any]) -> None:
        lines = list(map(delegation_row_of, delegations))
        self.database.write(lambda found: found.run_each("add_delegation", lines))

    def notes(self) -> Iterator[Mapping[str, Any]]:
        after = 0
        while found := self.database.rows("delegations_after", after=after):
            for after, line in found:  # noqa: B007 - the last one is where the next ones begin
                try:
                    yield decode_object(line.encode())
                except errors.InvalidValueError:
                    continue

    # --- measures -----------------------------------------------------------------------------

    def earliest(self) -> str | None:
        found: str | None = measuring.earliest(self.database)
        return found

    def tally(self, edges: Sequence[str], agent_name: str | None, now: str) -> list[Tally]:
        found: list[Tally] = measuring.tally(self.database, edges, agent_name, now)
        return found

    def size(self) -> int:
        return self.database.size()

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


def _by_time(query: Query) -> str:
    """The live and the finished have an index each."""
    each = (
        f"SELECT number, last_updated FROM sessions WHERE live = {live} "
        f"AND {conditions_of(query)}"
        for live in (1, 0)
    )
    return f"SELECT number FROM ({' UNION ALL '.join(each)}) AS found ORDER BY last_updated"
