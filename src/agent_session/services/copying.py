"""Copying all sessions of one store to another: each with its whole chain of events, so that
its record is the same there to the byte.

The source is only read. What is there already is left, what has gone on since is taken after
it, so that a copy that was broken off goes on where it was.
"""

from __future__ import annotations

from agent_session.core.chain import COMPACTED, NOTHING_BEFORE, draft, first_flaw
from agent_session.core.codec import digest, encode_record
from agent_session.core.errors import (
    AgentSessionError,
    HostTakenError,
    InvalidValueError,
    SessionNotFoundError,
    StateCorruptedError,
)
from agent_session.core.events import commit, edits_between, fold
from agent_session.core.store import Query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any, TypeAlias

    from agent_session.core.chain import Event
    from agent_session.core.state import Record
    from agent_session.core.store import Store

    Progress: TypeAlias = Callable[[Iterable[Any]], Iterable[Any]]

_BATCH = 200
_LOOKS = 5
_PERSON = "person"
_OPEN = frozenset(("pending", "approved"))


class Copied:
    """What a copy did: how many sessions are *new* in the target, were brought *further*, or
    were the *same*; those that could not be copied, each with why; the ids of the open
    approvals, which count in the source alone; and how many lines of the delegation log came.
    """

    def __init__(self) -> None:
        self.new = 0
        self.further = 0
        self.same = 0
        self.verified = 0
        self.delegations: int | None = 0
        self.open_approvals: list[str] = []
        self.failed: dict[str, str] = {}


class Copying:
    """From *source* to *target*."""

    def __init__(self, source: Store, target: Store) -> None:
        self.source = source
        self.target = target
        self.copied = Copied()
        self._batch: dict[str, Sequence[Event]] = {}

    def copy(self, progress: Progress = iter) -> Copied:
        """InvalidValueError where both are one store; StoreError where one of them fails."""
        if not self.source.count():
            return self.copied  # nor is an id asked for, which would make a store
        if self.source.identity() == self.target.identity():
            raise InvalidValueError("both are the same store")
        for record in progress(self.source.scan(Query(), self._note_unreadable)):
            self._copy_one(record["agent_id"])
            if len(self._batch) >= _BATCH:
                self._send()
        self._send()
        self._copy_delegations()
        return self.copied

    def verify(self, progress: Progress = iter) -> Copied:
        """Hold every session of the source against its copy, hash by hash."""
        for record in progress(self.source.scan(Query(), self._note_unreadable)):
            agent_id = record["agent_id"]
            if agent_id in self.copied.failed:
                continue
            why = self._difference(agent_id)
            if why is None:
                self.copied.verified += 1
            else:
                self.copied.failed[agent_id] = why
        return self.copied

    # --- one session --------------------------------------------------------------------------

    def _copy_one(self, agent_id: str) -> None:
        try:
            record, entered = self._in_source(agent_id)
            known = self._in_target(agent_id)
        except SessionNotFoundError:
            return  # it was removed meanwhile
        except StateCorruptedError as error:
            self._note_unreadable(error)
            return
        self.copied.open_approvals += [
            each["id"] for each in record["approvals"] if each["status"] in _OPEN
        ]
        if not _is_beginning(known, entered) and not _is_beginning(entered, known):
            self.copied.failed[agent_id] = _why_another([*entered, *known])
        elif left := _after(known, entered):
            self._batch[agent_id] = left
        else:
            self.copied.same += 1

    def _in_source(self, agent_id: str) -> tuple[Record, Sequence[Event]]:
        """The record and the events that make it, with what was changed by hand as one."""
        for _ in range(_LOOKS):
            record, entered = self.source.get(agent_id), list(self.source.events(agent_id))
            if not entered or record["revision"] == entered[-1]["seq"]:
                return record, _with_changes_by_hand(record, entered)
        raise StateCorruptedError(agent_id, "it changes faster than it can be read")

    def _in_target(self, agent_id: str) -> Sequence[Event]:
        try:
            return list(self.target.events(agent_id))
        except SessionNotFoundError:
            return []

    def _send(self) -> None:
        """All at once; where one of them is refused, each by itself."""
        batch, self._batch = self._batch, {}
        try:
            self.target.take_in(batch)
        except (InvalidValueError, HostTakenError):
            for agent_id, entered in batch.items():
                self._send_one(agent_id, entered)
        sent = [entered for each, entered in batch.items() if each not in self.copied.failed]
        new = sum(entered[0]["seq"] == 1 for entered in sent)
        self.copied.new += new
        self.copied.further += len(sent) - new

    def _send_one(self, agent_id: str, entered: Sequence[Event]) -> None:
        """What of it is not there yet: files have taken in those before the refused one."""
        left = _after(self._in_target(agent_id), entered)
        try:
            if left:
                self.target.take_in({agent_id: left})
        except (InvalidValueError, HostTakenError) as error:
            self.copied.failed[agent_id] = str(error)

    def _note_unreadable(self, error: AgentSessionError) -> None:
        agent_id = getattr(error, "agent_id", "?")
        self.copied.failed[agent_id] = str(error)

    # --- holding both against each other ------------------------------------------------------

    def _difference(self, agent_id: str) -> str | None:
        try:
            record, entered = self._in_source(agent_id)
        except SessionNotFoundError:
            return None  # it was removed meanwhile
        except StateCorruptedError as error:
            return error.why
        try:
            known, there = self._in_target(agent_id), self.target.get(agent_id)
        except SessionNotFoundError:
            return "it is not in the target: copy once more"
        flaw = first_flaw(known)
        if flaw is not None:
            return f"its copy: {flaw}"
        if not _is_beginning(entered, known):
            return "it has changed since it was copied: copy once more"
        is_further = bool(_after(entered, known))
        same = is_further or _but_revision(there) == _but_revision(record)
        return None if same else "its copy is not the same record"

    # --- the delegation log -------------------------------------------------------------------

    def _copy_delegations(self) -> None:
        """Those that follow on what is there; None is told where the target has others."""
        lines = iter(self.source.notes())
        if any(next(lines, None) != known for known in self.target.notes()):
            self.copied.delegations = None
            return
        left = list(lines)
        if left:
            self.target.note(*left)
        self.copied.delegations = len(left)


def _is_beginning(one: Sequence[Event], other: Sequence[Event]) -> bool:
    """True where *other* begins with *one*: the hash of the last is over all before it."""
    return not one or any(each["hash"] == one[-1]["hash"] for each in other)


def _why_another(events: Sequence[Event]) -> str:
    why = "the target has another session of this id"
    if any(each["kind"] == COMPACTED for each in events):
        why += ", or it was copied before its journal was compacted: remove it there, and copy"
    return why


def _after(known: Sequence[Event], entered: Sequence[Event]) -> Sequence[Event]:
    """Those of *entered* that follow on *known*; either may be compacted."""
    last = known[-1]["seq"] if known else 0
    return [each for each in entered if each["seq"] > last]


def _with_changes_by_hand(record: Record, entered: Sequence[Event]) -> Sequence[Event]:
    """*entered*, and after them what the next write would enter first."""
    at = record["last_updated"]
    if not entered:
        made = commit(None, 0, NOTHING_BEFORE, [draft("imported", at, _PERSON, record=record)])
        return made.events
    last = entered[-1]
    if digest(encode_record(record)) == last["state"]:
        return entered
    base = fold(entered)
    fields = edits_between(base, record)
    drafts = [draft("edited", at, _PERSON, fields=fields)]
    return [*entered, *commit(base, last["seq"], last["hash"], drafts).events]


def _but_revision(record: Record) -> dict[str, Any]:
    return {field: value for field, value in record.items() if field != "revision"}
