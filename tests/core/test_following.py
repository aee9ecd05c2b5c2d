"""Events that another store has sealed: what they make here, and why they are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from agent_session.core.chain import NOTHING_BEFORE
from agent_session.core.errors import InvalidValueError, SessionNotFoundError
from agent_session.core.events import commit, edits_between, follow, removal
from agent_session.core.instants import at
from agent_session.core.store import (
    Query,
    ignore,
    remove_finished_one_by_one,
    remove_one_by_one,
)
from tests.examples import AGENT_ID, a_record, created, finalized, minutes_later, updated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent_session.core.chain import Event


def sealed() -> Sequence[Event]:
    return commit(None, 0, NOTHING_BEFORE, [created(), updated(), finalized()]).events


def test_what_was_sealed_elsewhere_makes_the_same_here() -> None:
    made = commit(None, 0, NOTHING_BEFORE, [created(), updated(), finalized()])

    followed = follow(AGENT_ID, None, 0, NOTHING_BEFORE, made.events)

    assert followed.record == made.record
    assert (followed.snapshot, followed.lines) == (made.snapshot, made.lines)


def test_it_follows_on_what_is_here() -> None:
    events = sealed()
    first = follow(AGENT_ID, None, 0, NOTHING_BEFORE, events[:1])

    rest = follow(AGENT_ID, first.record, 1, events[0]["hash"], events[1:])

    assert rest.record["phase"] == "completed"


def forged(event: Event, **fields: Any) -> Event:
    return {**event, **fields}  # type: ignore[typeddict-item]


@pytest.mark.parametrize(
    ("entered", "agent_id"),
    [
        (sealed()[1:], AGENT_ID),
        ([forged(sealed()[0], at="x")], AGENT_ID),
        (sealed(), "another"),
    ],
    ids=["not the first", "another content", "another session"],
)
def test_what_does_not_follow_is_refused(entered: Sequence[Event], agent_id: str) -> None:
    with pytest.raises(InvalidValueError):
        follow(agent_id, None, 0, NOTHING_BEFORE, entered)


def test_only_what_a_person_may_change_is_an_edit() -> None:
    by_hand = a_record(phase="planning", fence=9)

    assert edits_between(a_record(), by_hand) == {"phase": "planning"}


def test_a_removal_names_the_session_and_when() -> None:
    line = removal(a_record(), "then")

    assert (line["removed_at"], line["agent_id"]) == ("then", AGENT_ID)


class Three:
    """A store of three sessions, of which one is gone as soon as it is asked for."""

    def scan(self, _: Query, __: object) -> Any:
        phases = {"a": "completed", "b": "planning", "c": "failed"}
        return iter([a_record(agent_id=name, phase=phase) for name, phase in phases.items()])

    def remove(self, agent_id: str, _: str, allowed: Any) -> bool:
        if agent_id == "c":
            raise SessionNotFoundError(agent_id)
        return bool(
            allowed(
                next(each for each in self.scan(Query(), 0) if each["agent_id"] == agent_id)
            )
        )

    def remove_each(self, query: Query, when: str, allowed: Any, unreadable: Any) -> Any:
        return remove_one_by_one(self, query, when, allowed, unreadable)  # type: ignore[arg-type]


def test_many_are_removed_one_by_one_and_none_is_missed_for_one_that_is_gone() -> None:
    found = remove_one_by_one(Three(), Query(), "then", lambda _: True, ignore)  # type: ignore[arg-type]

    assert [(record["agent_id"], went) for record, went in found] == [("a", True), ("b", True)]


def test_of_those_the_finished_go_by_their_age() -> None:
    until = at(minutes_later(5))

    assert list(remove_finished_one_by_one(Three(), until, "then", ignore)) == ["a"]  # type: ignore[arg-type]
    assert list(remove_finished_one_by_one(Three(), "1999", "then", ignore)) == []  # type: ignore[arg-type]
