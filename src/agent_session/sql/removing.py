"""Removing many sessions: in one transaction each batch of them."""

from __future__ import annotations

from agent_session.core.errors import StateCorruptedError

from . import rows, writing
from .columns import conditions_of, values_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any, TypeAlias

    from agent_session.core.state import Record
    from agent_session.core.store import Query

    from .database import Database, Transaction

    Looked: TypeAlias = list[tuple[Record, bool]]

_BATCH = 500
_FINISHED_BATCH = 2000
_CHANGED = "its row was changed by hand, or damaged: `agent-session verify --repair`"


def remove_each(
    database: Database,
    query: Query,
    at: str,
    allowed: Callable[[Record], bool],
    unreadable: Callable[[StateCorruptedError], None],
) -> Iterator[tuple[Record, bool]]:
    """Each session that matches *query*, and whether it went."""
    sql = (
        f"SELECT number FROM sessions WHERE {conditions_of(query)} AND number > :after "
        "ORDER BY number LIMIT :size"
    )
    after, values = 0, values_of(query)
    while found := database.select(sql, after=after, size=_BATCH, **values):
        batch = _Batch([number for (number,) in found], query, at, allowed, unreadable)
        yield from database.write(batch.remove, batch.outcome)
        after = found[-1][0]


def remove_finished(
    database: Database,
    until: str,
    at: str,
    unreadable: Callable[[StateCorruptedError], None],
) -> Iterator[str]:
    """Remove what is finished and old, as its columns tell, and yield the ids; a row that was
    changed by hand or damaged stays.
    """
    old = {"until": until, "since": "", "after": 0}
    # Where there is none, nothing is locked, and no store made.
    while database.rows("old_finished", size=1, **old):
        for number, agent_id, last_updated, is_intact in database.write(
            _finished_removal(old, at)
        ):
            old |= {"since": last_updated, "after": number}
            if is_intact:
                yield agent_id
            else:
                unreadable(StateCorruptedError(agent_id, _CHANGED))


def _finished_removal(
    old: Mapping[str, Any], at: str
) -> Callable[[Transaction], Sequence[Any]]:
    def work(transaction: Transaction) -> Sequence[Any]:
        found = transaction.rows("old_finished", size=_FINISHED_BATCH, **old)
        numbers = [number for number, _, _, is_intact in found if is_intact]
        transaction.run("remove_finished", numbers=transaction.array(numbers), at=at)
        return found

    return work


class _Batch:
    """One transaction's worth of sessions, each judged once no writer is in between."""

    def __init__(
        self,
        numbers: Sequence[int],
        query: Query,
        at: str,
        allowed: Callable[[Record], bool],
        unreadable: Callable[[StateCorruptedError], None],
    ) -> None:
        self.numbers = numbers
        self.query = query
        self.at = at
        self.allowed = allowed
        self.unreadable = unreadable
        self.judged: Looked = []
        self.going: set[int] = set()

    def remove(self, transaction: Transaction) -> Looked:
        self.judged, self.going = [], set()
        gathered = writing.Gathered()
        for row in self._locked(transaction):
            try:
                kept = rows.kept_in(transaction, row)
            except StateCorruptedError as error:
                self.unreadable(error)
                continue
            if not self.query.matches(kept.record):
                continue
            goes = self.allowed(kept.copy())
            self.judged.append((kept.record, goes))
            if goes:
                self.going.add(kept.number)
                writing.remove(gathered, kept.number, kept.record, self.at)
        gathered.send(transaction)
        return self.judged

    def _locked(self, transaction: Transaction) -> Sequence[Any]:
        numbers = transaction.array(self.numbers)
        transaction.run("lock_rows", numbers=numbers)
        return transaction.rows("sessions_numbered", numbers=numbers)

    def outcome(self, transaction: Transaction) -> Looked | None:
        """What was judged, if those that were to go are gone."""
        left = {row[0] for row in self._locked(transaction)}
        return self.judged if self.going and not left & self.going else None
