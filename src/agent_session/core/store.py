"""The store protocol: small, and about records. What is true of every store stands in
tests/stores/contract.py.

A store applies a pure change to a record with no writer in between, and appends its events
in the same atomic step. It knows no phase and no rule.
"""

from __future__ import annotations

from . import Late, phases

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any, Protocol, TypeAlias

    from . import approvals, errors, hosts, mentions
    from .chain import Draft, Event
    from .errors import StateCorruptedError
    from .events import Change
    from .instants import datetime
    from .measures import Tally
    from .pages import Page, Place
    from .state import Record

    Shorten: TypeAlias = Callable[[Record, Sequence[Event]], Sequence[Event]]

    class Watch(Protocol):
        """Opened before its owner looks at the store, so that no change falls in between; it
        belongs to one thread.
        """

        def wait(self, seconds: float) -> bool:
            """True as soon as something may have changed since the watch was opened, or since
            the last wait; False when the seconds have passed.
            """

        def close(self) -> None: ...

        def __enter__(self) -> Watch: ...

        def __exit__(self, *_: object) -> None: ...

    class Store(Protocol):
        """Where sessions are kept.

        Every method raises StoreError where the store itself fails. *clock* is the one that all
        its users share; None where each goes by the clock of its own machine.
        """

        clock: Callable[[], datetime] | None

        def add(self, agent_id: str, drafts: Sequence[Draft]) -> Record:
            """Keep a new session; SessionExistsError where the id is taken, HostTakenError
            where a live session has its host's agent already.
            """

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

        def page(
            self,
            query: Query,
            size: int,
            below: Place | None = None,
            unreadable: Callable[[StateCorruptedError], None] = ...,
        ) -> Page:
            """At most *size* of the records that match *query* and lie below *below*, by
            activity and then by id, the newest first. A bounded number of sessions is looked
            at, so that the page may be cut; where *size* is none, nothing is.
            """

        def events(self, agent_id: str, after: int = 0) -> Iterable[Event]:
            """The events with a number above *after*, oldest first."""

        def compact(self, agent_id: str, shorten: Shorten) -> bool:
            """Keep of the journal what *shorten* makes of it, which leads to the same record by
            the same last event, with no writer in between; True if it is shorter now. What a
            person has edited and no write has entered yet is left as it is.
            """

        def remove(self, agent_id: str, at: str, allowed: Callable[[Record], bool]) -> bool:
            """Remove the session if *allowed* says so with no writer in between; True if it
            went.
            """

        def remove_each(
            self,
            query: Query,
            at: str,
            allowed: Callable[[Record], bool],
            unreadable: Callable[[StateCorruptedError], None] = ...,
        ) -> Iterator[tuple[Record, bool]]:
            """The same for all that match *query*, many in one step where that is faster: each
            that was looked at, and whether it went.
            """

        def remove_finished(
            self,
            until: str,
            at: str,
            unreadable: Callable[[StateCorruptedError], None] = ...,
        ) -> Iterator[str]:
            """Remove each finished session without activity after *until*; the ids of those
            that went.
            """

        def count(self) -> int:
            """How many sessions there are, the unreadable among them."""

        def take_in(self, sealed: Mapping[str, Sequence[Event]]) -> None:
            """Keep events that another store has sealed, by session: all of one that is new
            here, of another those that follow on its last. Of one session all or none;
            InvalidValueError, and HostTakenError as in `add`.
            """

        def sweep(self) -> None:
            """Remove what killed processes have left behind."""

        def note(self, *delegations: Mapping[str, Any]) -> None:
            """Append a line each to the delegation log, all or none."""

        def notes(self) -> Iterable[Mapping[str, Any]]:
            """The delegation log, oldest first."""

        # --- measures -------------------------------------------------------------------------

        def earliest(self) -> str | None:
            """When the first of all that is measured was; None where nothing is."""

        def tally(self, edges: Sequence[str], agent_name: str | None, now: str) -> list[Tally]:
            """The counts of each period between two of *edges*, from its beginning and before
            its end, those of sessions that were removed among them.
            """

        def size(self) -> int:
            """How many bytes the store takes."""

        def flaws(self, agent_id: str) -> Sequence[str]:
            """What is wrong with what is kept of the session, one sentence each; nothing is
            changed.
            """

        def repair(self, agent_id: str | None) -> None:
            """Rebuild from the events whatever was derived from them; of every session where no
            id is given.
            """

        def identity(self) -> str:
            """The store's own id, 32 hex digits, which outlives the process where the sessions
            do.
            """

        def watch(self, agent_id: str | None) -> Watch:
            """A watch of one session (what is entered, its removal), or without an id of the
            store's pending approvals: one is asked for, decided or withdrawn.
            SessionNotFoundError.
            """

else:
    approvals = Late("agent_session.core.approvals")
    errors = Late("agent_session.core.errors")
    hosts = Late("agent_session.core.hosts")
    mentions = Late("agent_session.core.mentions")

_APPROVAL = "ap-"
_HEX = frozenset("0123456789abcdef")


def is_approval_id(text: object) -> bool:
    """True for `ap-` and 16 hex digits, and for nothing else."""
    return (
        isinstance(text, str)
        and len(text) == 19
        and text.startswith(_APPROVAL)
        and _HEX.issuperset(text[3:])
    )


def ids_held(record: Record) -> list[str]:
    """The ids of the approvals in *record*, whatever became of them."""
    return [each["id"] for each in record["approvals"] if is_approval_id(each.get("id"))]


def ids_pending(record: Record) -> list[str]:
    """Of those, the ones that wait for an answer, as far as anybody has written down."""
    return [
        each["id"]
        for each in record["approvals"]
        if each.get("status") == approvals.PENDING and is_approval_id(each.get("id"))
    ]


class Query:
    """What to look for: every condition that is given must hold.

    *pending* goes by the status that is kept, not by the clock; only a live session has one.
    *host* is a key as `core.hosts` makes them, *text* what the record mentions.
    """

    __slots__ = (
        "agent_name",
        "approval_id",
        "host",
        "live",
        "pending",
        "phase",
        "resume_ready",
        "since",
        "task_id",
        "text",
        "until",
    )

    def __init__(
        self,
        *,
        agent_name: str | None = None,
        task_id: str | None = None,
        phase: str | None = None,
        live: bool = False,
        resume_ready: bool = False,
        pending: bool = False,
        approval_id: str | None = None,
        host: str | None = None,
        since: str | None = None,
        until: str | None = None,
        text: str | None = None,
    ) -> None:
        self.agent_name = agent_name
        self.task_id = task_id
        self.phase = phase
        self.live = live or resume_ready or pending
        self.resume_ready = resume_ready
        self.pending = pending
        self.approval_id = approval_id
        self.host = host
        self.since = since
        self.until = until
        self.text = text

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
            and (not self.pending or bool(ids_pending(record)))
            and (self.approval_id is None or self.approval_id in ids_held(record))
            and (self.host is None or self.host in hosts.keys_of(record))
            and (self.since is None or record["last_updated"] >= self.since)
            and (self.until is None or record["last_updated"] <= self.until)
            and (self.text is None or mentions.mentions(record, self.text))
        )


def remove_one_by_one(
    store: Store,
    query: Query,
    at: str,
    allowed: Callable[[Record], bool],
    unreadable: Callable[[StateCorruptedError], None],
) -> Iterator[tuple[Record, bool]]:
    """`remove_each` for a store in which many removals are no faster in one step."""
    for record in store.scan(query, unreadable):
        try:
            yield record, store.remove(record["agent_id"], at, allowed)
        except errors.SessionNotFoundError:
            continue  # another was faster


def remove_finished_one_by_one(
    store: Store, until: str, at: str, unreadable: Callable[[StateCorruptedError], None]
) -> Iterator[str]:
    """`remove_finished` by `remove_each`."""
    old = Query(until=until)

    def goes(record: Record) -> bool:
        return phases.is_final(record["phase"]) and old.matches(record)

    found = store.remove_each(old, at, goes, unreadable)
    return (record["agent_id"] for record, went in found if went)


def newest_first(found: Iterable[Record]) -> Iterator[Record]:
    """By activity; those of one moment in the order in which they came."""
    return iter(sorted(found, key=lambda record: record["last_updated"], reverse=True))


def ignore(_: StateCorruptedError) -> None:
    """What a scan does with the unreadable where nobody asks."""
