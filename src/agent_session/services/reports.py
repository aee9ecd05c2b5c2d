"""What happened to a session, and whether what is kept of it is sound."""

from __future__ import annotations

from agent_session.core.errors import (
    InvalidValueError,
    SessionNotFoundError,
    StateCorruptedError,
)
from agent_session.core.store import Query, ignore

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from agent_session.core.chain import Event
    from agent_session.core.pages import Page, Place
    from agent_session.core.state import Record
    from agent_session.core.store import Store


class Checked:
    """What a verification found: how many sessions were looked at, and the *flaws* of each that
    has any.
    """

    __slots__ = ("count", "flaws")

    def __init__(self) -> None:
        self.count = 0
        self.flaws: dict[str, Sequence[str]] = {}


class Reports:
    """Reading what *store* has kept."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def timeline(self, agent_id: str) -> Iterable[Event]:
        """The events of a session, oldest first.  SessionNotFoundError, StateCorruptedError."""
        return self.store.events(agent_id)

    def page(
        self,
        query: Query,
        size: int,
        below: Place | None = None,
        unreadable: Callable[[StateCorruptedError], None] = ignore,
    ) -> Page:
        """At most *size* sessions that match, newest activity first; it goes on below a place
        only where another one follows, or the search was cut.
        """
        if size < 1:
            raise InvalidValueError(f"a page has one session at least, not {size}")
        return self.store.page(query, size + 1, below, unreadable).first(size)

    def verify(
        self,
        agent_id: str | None = None,
        progress: Callable[[Iterable[Record]], Iterable[Record]] = iter,
    ) -> Checked:
        """Weigh one session, or all: its chain of hashes, and what is derived from it."""
        checked = Checked()
        if agent_id is not None:
            self._look(agent_id, checked)
            return checked
        unreadable: list[StateCorruptedError] = []
        for record in progress(self.store.scan(Query(), unreadable.append)):
            try:
                self._look(record["agent_id"], checked)
            except SessionNotFoundError:
                continue  # cleaned up meanwhile
        for error in unreadable:
            checked.count += 1
            checked.flaws[error.agent_id] = [error.why]
        return checked

    def _look(self, agent_id: str, checked: Checked) -> None:
        try:
            flaws = self.store.flaws(agent_id)
        except StateCorruptedError as error:
            flaws = [error.why]
        checked.count += 1
        if flaws:
            checked.flaws[agent_id] = flaws

    def repair(self, agent_id: str | None = None) -> None:
        """Rebuild what is derived from the events: snapshots and, for all, the index."""
        self.store.repair(agent_id)
