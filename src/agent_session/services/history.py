"""How a session got where it is: its record at every event, and what each has changed."""

from __future__ import annotations

from agent_session.core.chain import COMPACTED, first_of
from agent_session.core.differences import differences
from agent_session.core.errors import InvalidValueError
from agent_session.core.events import fold

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    from agent_session.core.chain import Event
    from agent_session.core.differences import Difference
    from agent_session.core.state import Record
    from agent_session.core.store import Store

# What an agent has come to know and do; the rest is of the run, and differs in any two.
COMPARED = (
    "agent_name",
    "purpose",
    "phase",
    "metadata",
    "limits",
    "error_count",
    "last_error",
    "summary",
)


class Step:
    """One *event*, the *record* that it has made, and what it has *changed* in it."""

    __slots__ = ("changed", "event", "record")

    def __init__(self, event: Event, record: Record, changed: Sequence[Difference]) -> None:
        self.event = event
        self.record = record
        self.changed = changed

    def as_json(self) -> dict[str, Any]:
        """`seq`, `at`, `kind`, `actor`, and `changed`: a list of `path`, `before`, `after`."""
        told = {word: self.event[word] for word in ("seq", "at", "kind", "actor")}
        return {**told, "changed": [each.as_json() for each in self.changed]}


class History:
    """Sessions as they were, from the journals of *store*."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def steps(self, agent_id: str) -> Iterator[Step]:
        """Every event with what it did, oldest first; none of a session that has no journal
        yet. SessionNotFoundError, StateCorruptedError.
        """
        return steps_of(self.store.events(agent_id))

    def record_at(self, agent_id: str, seq: int) -> Record:
        """The record after event number *seq*; InvalidValueError for a number that is none."""
        steps = list(self.steps(agent_id))
        for step in steps:
            if step.event["seq"] == seq:
                return step.record
            if _is_within(seq, step.event):
                raise InvalidValueError(_why_not(agent_id, step.event))
        raise InvalidValueError(
            f"session {agent_id} has {_numbers(steps)}, and {seq} is none of them"
        )

    def record_when(self, agent_id: str, moment: str) -> Record:
        """The record as it stood at *moment*, spelled as records do; InvalidValueError for one
        before its first event.
        """
        found = None
        for step in self.steps(agent_id):
            if step.event["at"] <= moment:
                found = step.record
            elif step.event["kind"] == COMPACTED and step.event["data"]["begun"] <= moment:
                raise InvalidValueError(_why_not(agent_id, step.event))
        if found is None:
            raise InvalidValueError(f"session {agent_id} has no event from before {moment}")
        return found

    def differences(self, one: Record, other: Record) -> list[Difference]:
        """Where two sessions, or two states of one, have come to something else."""
        return list(differences(_compared(one), _compared(other)))


def steps_of(events: Iterable[Event]) -> Iterator[Step]:
    """The steps that *events*, from the first on, have taken."""
    before: Record | None = None
    for event in events:
        after = fold([event], before)
        yield Step(event, after, list(differences(before or {}, after)))
        before = after


def _compared(record: Record) -> dict[str, Any]:
    return {field: record[field] for field in COMPARED}  # type: ignore[literal-required]


def _is_within(seq: int, event: Event) -> bool:
    return first_of(event) <= seq < event["seq"]


def _why_not(agent_id: str, event: Event) -> str:
    first, last = first_of(event), event["seq"]
    return (
        f"events {first} to {last} of session {agent_id} were compacted: what stood between "
        f"them is gone, but for what they came to, which is {agent_id}@{last}"
    )


def _numbers(steps: Sequence[Step]) -> str:
    if not steps:
        return "no journal yet"
    return f"events {steps[0].event['seq']} to {steps[-1].event['seq']}"
