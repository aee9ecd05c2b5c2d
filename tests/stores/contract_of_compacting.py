"""How any store keeps a shorter journal: a part of the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent_session.core.compacting import compact
from agent_session.core.errors import SessionNotFoundError
from agent_session.core.instants import at
from agent_session.services.history import steps_of
from agent_session.stores.memory import MemoryStore
from tests.examples import finalized, minutes_later, updated
from tests.stores.calls import UnforeseenError, add, change

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent_session.core.chain import Event
    from agent_session.core.state import Record
    from agent_session.core.store import Store


def shorten(_: Record, events: Sequence[Event]) -> Sequence[Event]:
    records = [step.record for step in steps_of(events)]
    return compact(events, records, at(minutes_later(99)), "test")


def one_that_is_over(store: Store, agent_id: str = "a") -> Record:
    add(store, agent_id, metadata={"n": 1})
    change(store, agent_id, updated(1, phase="planning"), updated(2, metadata={"n": 2}))
    change(store, agent_id, updated(3, phase="executing"))
    return change(store, agent_id, finalized(minutes=4))


class ContractOfCompacting:
    """Inherited by StoreContract, which has the fixture."""

    def test_a_shorter_journal_takes_the_place_of_the_whole(self, store: Store) -> None:
        record = one_that_is_over(store)

        assert store.compact("a", shorten)

        assert [event["seq"] for event in store.events("a")] == [1, 4, 5]
        assert store.get("a") == record
        assert list(store.flaws("a")) == []

    def test_what_cannot_be_shorter_is_left_as_it_is(self, store: Store) -> None:
        one_that_is_over(store)
        store.compact("a", shorten)
        events = list(store.events("a"))

        assert not store.compact("a", shorten)
        assert list(store.events("a")) == events

    def test_the_journal_goes_on_after_it(self, store: Store) -> None:
        one_that_is_over(store)
        store.compact("a", shorten)

        change(store, "a", updated(9, metadata={"n": 3}))

        assert [event["seq"] for event in store.events("a", 4)] == [5, 6]
        assert store.get("a")["metadata"] == {"n": 3}
        assert list(store.flaws("a")) == []
        store.repair("a")
        assert store.get("a")["metadata"] == {"n": 3}

    def test_a_compacted_session_is_taken_in_by_another_store(self, store: Store) -> None:
        source = MemoryStore()
        record = one_that_is_over(source)
        source.compact("a", shorten)

        store.take_in({"a": list(source.events("a"))})

        assert store.get("a") == record
        assert list(store.events("a")) == list(source.events("a"))

    def test_who_shortens_sees_the_session_as_it_is(self, store: Store) -> None:
        record = one_that_is_over(store)
        seen: list[Record] = []

        def look(record: Record, events: Sequence[Event]) -> Sequence[Event]:
            seen.append(record)
            return events

        store.compact("a", look)

        assert seen == [record]

    def test_a_failure_to_shorten_leaves_all_as_it_was(self, store: Store) -> None:
        one_that_is_over(store)
        events = list(store.events("a"))

        def fail(*_: object) -> Sequence[Event]:
            raise UnforeseenError

        with pytest.raises(UnforeseenError):
            store.compact("a", fail)
        with pytest.raises(SessionNotFoundError):
            store.compact("nobody", shorten)
        assert list(store.events("a")) == events
