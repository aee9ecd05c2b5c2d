"""The store protocol: small, and about records. What is true of every store stands in
tests/stores/contract.py.

A store applies a pure change to a record with no writer in between, and appends its events
in the same atomic step. It knows no phase and no rule.
"""

from __future__ import annotations

from . import phases

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any, Protocol

    from .chain import Draft, Event
    from .errors import StateCorruptedError
    from .events import Change
    from .state import Record

    class Store(Protocol):
        """Where sessions are kept.

        Every method raises StoreError where the store itself fails.
        """

        def add(self, agent_id: str, drafts: Sequence[Draft]) -> Record:
            """Keep a new session; SessionExistsError where the id is taken."""

        def get(self, agent_id: str) -> Record:
            """The record now; SessionNotFoundError, StateCorruptedError."""

        def update(self, agent_id: str, change: Change) -> Record:
            """Apply *change* with no other writer in between; a change without drafts writes
            nothing.
            """

        def scan(
            self, query: Query, unreadable: Callable[[StateCorruptedError], None] = ...
        ) -> Iterator[Record]:
            """The records that match *query*; those of live sessions alone come with the newest
            activity first.
            """

        def events(self, agent_id: str, after: int = 0) -> Iterable[Event]:
            """The events with a number above *after*, oldest first."""

        def remove(self, agent_id: str, at: str, allowed: Callable[[Record], bool]) -> bool:
            """Remove the session if *allowed* says so with no writer in between; True if it
            went.
            """

        def sweep(self) -> None:
            """Remove what killed processes have left behind."""

        def note(self, delegation: Mapping[str, Any]) -> None:
            """Append one line to the delegation log."""

        def notes(self) -> Iterable[Mapping[str, Any]]:
            """The delegation log, oldest first."""

        def flaws(self, agent_id: str) -> Sequence[str]:
            """What is wrong with what is kept of the session, one sentence each; nothing is
            changed.
            """

        def repair(self, agent_id: str | None) -> None:
            """Rebuild from the events whatever was derived from them; of every session where no
            id is given.
            """


class Query:
    """What to look for: every condition that is given must hold."""

    __slots__ = ("agent_name", "live", "phase", "resume_ready", "since", "task_id", "until")

    def __init__(
        self,
        *,
        agent_name: str | None = None,
        task_id: str | None = None,
        phase: str | None = None,
        live: bool = False,
        resume_ready: bool = False,
        since: str | None = None,
        until: str | None = None,
    ) -> None:
        self.agent_name = agent_name
        self.task_id = task_id
        self.phase = phase
        self.live = live or resume_ready
        self.resume_ready = resume_ready
        self.since = since
        self.until = until

    def may_concern(self, task_id: object) -> bool:
        """Tasks keep apart only where both sides name one."""
        return self.task_id is None or task_id is None or str(task_id) == self.task_id

    def matches(self, record: Record) -> bool:
        return (
            (self.agent_name is None or record["agent_name"] == self.agent_name)
            and self.may_concern(record["metadata"].get("task_id"))
            and (self.phase is None or record["phase"] == self.phase)
            and (not self.live or not phases.is_final(record["phase"]))
            and (not self.resume_ready or record["resume_ready"])
            and (self.since is None or record["last_updated"] >= self.since)
            and (self.until is None or record["last_updated"] <= self.until)
        )


def ignore(_: StateCorruptedError) -> None:
    """What a scan does with the unreadable where nobody asks."""
