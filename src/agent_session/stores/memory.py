"""The store in memory: the readable reference of what every store does."""

from __future__ import annotations

import posix
from threading import TIMEOUT_MAX, Condition, RLock

from agent_session.core.agent_ids import require_agent_id
from agent_session.core.chain import NOTHING_BEFORE, first_flaw, link_of
from agent_session.core.codec import encode, parse
from agent_session.core.errors import HostTakenError, SessionExistsError, SessionNotFoundError
from agent_session.core.events import commit, follow, records_of
from agent_session.core.hosts import birth_key, is_same_agent
from agent_session.core.measures import Tallying, earliest_of, measured, tally_of
from agent_session.core.pages import page_of
from agent_session.core.phases import is_final
from agent_session.core.store import (
    Query,
    ids_pending,
    ignore,
    newest_first,
    remove_finished_one_by_one,
    remove_one_by_one,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any, TypeVar

    from agent_session.core.chain import Draft, Event
    from agent_session.core.errors import StateCorruptedError
    from agent_session.core.events import Change
    from agent_session.core.instants import datetime
    from agent_session.core.measures import Measured, Tally
    from agent_session.core.pages import Page, Place
    from agent_session.core.state import Record
    from agent_session.core.store import Shorten

    T = TypeVar("T")


class MemoryStore:
    """Sessions that last as long as this object; what goes in and out is a copy."""

    clock: Callable[[], datetime] | None = None

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}
        self._events: dict[str, list[Event]] = {}
        self._removed: list[Measured] = []
        self._notes: list[Mapping[str, Any]] = []
        self._lock = RLock()
        self._changed = Condition(self._lock)
        self._changes: dict[str | None, int] = {}
        self._identity = posix.urandom(16).hex()

    def add(self, agent_id: str, drafts: Sequence[Draft]) -> Record:
        require_agent_id(agent_id)
        with self._lock:
            if agent_id in self._records:
                raise SessionExistsError(agent_id)
            made = commit(None, 0, NOTHING_BEFORE, drafts)
            self._require_sole_birth(made.record)
            self._records[agent_id] = _copy(made.record)
            self._events[agent_id] = _copy(made.events)
            self._tell(agent_id, None, made.record)
            return made.record

    def _require_sole_birth(self, born: Record) -> None:
        key = birth_key(born)
        for record in self.scan(Query(host=key, live=True)) if key else ():
            if is_same_agent(born, record):
                raise HostTakenError(record["agent_id"])

    def get(self, agent_id: str) -> Record:
        try:
            return _copy(self._records[require_agent_id(agent_id)])
        except KeyError:
            raise SessionNotFoundError(agent_id) from None

    def update(self, agent_id: str, change: Change) -> Record:
        with self._lock:
            record = self.get(agent_id)
            drafts = change(record)
            if not drafts:
                return record
            last = self._events[agent_id][-1]
            made = commit(record, last["seq"], link_of(last), drafts)
            self._records[agent_id] = _copy(made.record)
            self._events[agent_id] += _copy(made.events)
            self._tell(agent_id, record, made.record)
            return made.record

    def scan(
        self, query: Query, unreadable: Callable[[StateCorruptedError], None] = ignore
    ) -> Iterator[Record]:
        with self._lock:
            found = [_copy(each) for each in self._records.values() if query.matches(each)]
        return newest_first(found)

    def page(
        self,
        query: Query,
        size: int,
        below: Place | None = None,
        unreadable: Callable[[StateCorruptedError], None] = ignore,
    ) -> Page:
        return page_of(self.scan(query), size, below)

    def events(self, agent_id: str, after: int = 0) -> Sequence[Event]:
        with self._lock:
            self.get(agent_id)
            return [_copy(event) for event in self._events[agent_id] if event["seq"] > after]

    def compact(self, agent_id: str, shorten: Shorten) -> bool:
        with self._lock:
            record, events = self.get(agent_id), self._events[agent_id]
            shorter = shorten(record, self.events(agent_id))
            self._events[agent_id] = _copy(list(shorter))
            return len(shorter) < len(events)

    def remove(self, agent_id: str, at: str, allowed: Callable[[Record], bool]) -> bool:
        with self._lock:
            record = self.get(agent_id)
            if not allowed(record):
                return False
            self._removed.append(self._measured_of(record))
            del self._records[agent_id], self._events[agent_id]
            self._tell(agent_id, record, None)
            return True

    def remove_each(
        self,
        query: Query,
        at: str,
        allowed: Callable[[Record], bool],
        unreadable: Callable[[StateCorruptedError], None] = ignore,
    ) -> Iterator[tuple[Record, bool]]:
        return remove_one_by_one(self, query, at, allowed, unreadable)

    def remove_finished(
        self,
        until: str,
        at: str,
        unreadable: Callable[[StateCorruptedError], None] = ignore,
    ) -> Iterator[str]:
        return remove_finished_one_by_one(self, until, at, unreadable)

    def count(self) -> int:
        return len(self._records)

    def take_in(self, sealed: Mapping[str, Sequence[Event]]) -> None:
        with self._lock:
            for agent_id, entered in sealed.items():
                self._take_in(require_agent_id(agent_id), entered)

    def _take_in(self, agent_id: str, sealed: Sequence[Event]) -> None:
        known = self._events.get(agent_id, [])
        seq, prev = (known[-1]["seq"], link_of(known[-1])) if known else (0, NOTHING_BEFORE)
        record = self._records.get(agent_id)
        made = follow(agent_id, record, seq, prev, sealed)
        if record is None and not is_final(made.record["phase"]):
            self._require_sole_birth(made.record)
        self._records[agent_id] = _copy(made.record)
        self._events[agent_id] = [*known, *_copy(made.events)]
        self._tell(agent_id, record, made.record)

    def sweep(self) -> None:
        """Nothing is ever left behind here."""

    def note(self, *delegations: Mapping[str, Any]) -> None:
        with self._lock:
            self._notes += [_copy(each) for each in delegations]

    def notes(self) -> Iterator[Mapping[str, Any]]:
        return map(_copy, list(self._notes))

    # --- measures -----------------------------------------------------------------------------

    def _measured_of(self, record: Record) -> Measured:
        return measured(record, lambda: records_of(self._events[record["agent_id"]]))

    def _measured(self) -> list[Measured]:
        return [*self._removed, *map(self._measured_of, self._records.values())]

    def earliest(self) -> str | None:
        with self._lock:
            return earliest_of(self._measured(), self._notes)

    def tally(self, edges: Sequence[str], agent_name: str | None, now: str) -> list[Tally]:
        with self._lock:
            return tally_of(self._measured(), self._notes, Tallying(edges, agent_name, now))

    def size(self) -> int:
        with self._lock:
            kept = (self._records, self._events, self._notes)
            return sum(len(encode(each)) for each in kept)

    def flaws(self, agent_id: str) -> Sequence[str]:
        flaw = first_flaw(self.events(agent_id))
        return [] if flaw is None else [flaw]

    def repair(self, agent_id: str | None) -> None:
        """Nothing is derived here but the records, and they are folded as they are written."""
        if agent_id is not None:
            self.get(agent_id)

    def identity(self) -> str:
        return self._identity

    def watch(self, agent_id: str | None) -> Watch:
        if agent_id is not None:
            self.get(agent_id)
        return Watch(self._changed, self._changes, agent_id)

    def _tell(self, agent_id: str, before: Record | None, after: Record | None) -> None:
        """Wake whoever watches the session, or the pending approvals where these differ."""
        self._changes[agent_id] = self._changes.get(agent_id, 0) + 1
        pending = [ids_pending(each) if each else [] for each in (before, after)]
        if pending[0] != pending[1]:
            self._changes[None] = self._changes.get(None, 0) + 1
        self._changed.notify_all()


class Watch:
    """Counts what *changes* of the *watched*: a session, or None for the pending approvals."""

    def __init__(
        self, changed: Condition, changes: Mapping[str | None, int], watched: str | None
    ) -> None:
        self._changed = changed
        self._changes = changes
        self._watched = watched
        self._seen = self._count()

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Nothing is kept open here."""

    def wait(self, seconds: float) -> bool:
        patience = max(0.0, min(seconds, TIMEOUT_MAX))  # none for what is no number, too
        with self._changed:
            has_changed = self._changed.wait_for(self._is_news, patience)
            self._seen = self._count()
            return has_changed

    def _is_news(self) -> bool:
        return self._count() != self._seen

    def _count(self) -> int:
        return self._changes.get(self._watched, 0)


def _copy(value: T) -> T:
    copy: T = parse(encode(value))
    return copy
