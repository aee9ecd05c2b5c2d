"""How any store takes in what another has sealed, and lets many go at once: a part of the
contract.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from agent_session.core.errors import HostTakenError, InvalidAgentIdError, InvalidValueError
from agent_session.core.instants import at
from agent_session.core.store import Query
from agent_session.stores.memory import MemoryStore
from tests.examples import finalized, minutes_later, updated
from tests.stores.approvals import approval_id, asked
from tests.stores.calls import add, always, change, ids, never
from tests.stores.contract_of_hosts import a_host, by_agent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agent_session.core.chain import Event
    from agent_session.core.state import Record
    from agent_session.core.store import Store


def a_full_source() -> Store:
    """a has been through much, b is at its end, c has just begun."""
    source = MemoryStore()
    add(source, "a", host=a_host("a1"), agent_name="x\0\n%s", metadata={"task_id": "T1"})
    change(source, "a", updated(phase="planning"), asked(1, 1))
    change(source, "a", updated(2, error="no"))
    add(source, "b", 1, host=a_host("a1", "other"))
    change(source, "b", finalized(minutes=3))
    add(source, "c", 1.5)
    return source


def sealed_in(source: Store) -> dict[str, Sequence[Event]]:
    return {
        record["agent_id"]: list(source.events(record["agent_id"]))
        for record in source.scan(Query())
    }


def removed(
    store: Store, allowed: Callable[[Record], bool], **conditions: Any
) -> dict[str, bool]:
    found = store.remove_each(Query(**conditions), at(minutes_later(90)), allowed)
    return {record["agent_id"]: went for record, went in found}


class ContractOfMoves:
    """Inherited by StoreContract, which has the fixture."""

    # --- taking in ----------------------------------------------------------------------------

    def test_what_another_store_has_sealed_is_the_same_here(self, store: Store) -> None:
        source = a_full_source()

        store.take_in(sealed_in(source))

        for agent_id in "abc":
            assert store.get(agent_id) == source.get(agent_id)
            assert list(store.events(agent_id)) == list(source.events(agent_id))
            assert list(store.flaws(agent_id)) == []
        assert ids(store, pending=True) == ids(store, approval_id=approval_id(1)) == ["a"]
        assert by_agent(store, "a1") == "ab"
        assert ids(store, live=True) == ["a", "c"]
        assert ids(store, agent_name="x\0\n%s", live=True) == ["a"]
        assert store.count() == 3

    def test_a_session_goes_on_here_as_it_would_have_there(self, store: Store) -> None:
        source = a_full_source()
        store.take_in(sealed_in(source))

        for each in (source, store):
            change(each, "a", updated(5, phase="executing"))

        assert store.get("a") == source.get("a")
        assert list(store.events("a")) == list(source.events("a"))

    def test_what_came_since_is_taken_in_after_the_rest(self, store: Store) -> None:
        source = a_full_source()
        store.take_in(sealed_in(source))
        change(source, "a", updated(5), updated(6))
        change(source, "c", finalized(minutes=7))

        store.take_in({"a": list(source.events("a", 4)), "c": list(source.events("c", 1))})

        assert [store.get(each) for each in "abc"] == [source.get(each) for each in "abc"]
        assert ids(store, live=True) == ["a"]

    def test_events_that_do_not_follow_are_refused_and_the_session_left_alone(
        self, store: Store
    ) -> None:
        source = a_full_source()
        entered = sealed_in(source)["a"]
        forged = {**entered[1], "data": {**entered[1]["data"], "phase": "completed"}}
        for wrong in (entered[1:], [entered[0], *entered[2:]], [entered[0], forged]):
            with pytest.raises(InvalidValueError):
                store.take_in({"a": wrong})  # type: ignore[dict-item]
        with pytest.raises(InvalidValueError):
            store.take_in({"another": entered})
        assert (ids(store), store.count()) == ([], 0)

        before = add(store, "a", purpose="another")
        for wrong in (entered, entered[1:]):
            with pytest.raises(InvalidValueError):
                store.take_in({"a": wrong})
        assert store.get("a") == before

    def test_nothing_is_taken_in_under_what_may_be_no_id(self, store: Store) -> None:
        entered = sealed_in(a_full_source())["a"]

        with pytest.raises(InvalidAgentIdError):
            store.take_in({"../a": entered})

    def test_no_second_live_session_of_a_host_s_agent_is_taken_in(self, store: Store) -> None:
        add(store, "mine", host=a_host("a1"))

        with pytest.raises(HostTakenError):
            store.take_in({"a": sealed_in(a_full_source())["a"]})

        assert ids(store) == ["mine"]

    def test_taking_in_wakes_those_who_watch(self, store: Store) -> None:
        add(store, "other")
        with store.watch(None) as watch:
            store.take_in(sealed_in(a_full_source()))

            assert watch.wait(20) is True

    # --- counting and removing ----------------------------------------------------------------

    def test_all_sessions_are_counted(self, store: Store) -> None:
        assert store.count() == 0
        for agent_id in "abc":
            add(store, agent_id)
        change(store, "b", finalized())
        store.remove("c", at(minutes_later(2)), always)

        assert store.count() == 2

    def test_of_those_that_match_each_goes_that_may(self, store: Store) -> None:
        for minutes, agent_id in enumerate("abcdef"):
            add(store, agent_id, minutes, host=a_host(agent_id * 2))
        change(store, "b", asked(1, 1.5))

        went = removed(
            store, lambda record: record["agent_id"] in "abf", until=at(minutes_later(3))
        )

        assert went == {"a": True, "b": True, "c": False, "d": False}
        assert sorted(ids(store)) == ["c", "d", "e", "f"]
        assert ids(store, pending=True) == ids(store, approval_id=approval_id(1)) == []
        assert by_agent(store, "aa") == "" != by_agent(store, "cc")
        assert add(store, "a", 9)["revision"] == 1

    def test_what_is_finished_goes_by_its_age_alone(self, store: Store) -> None:
        for minutes, agent_id in enumerate("abcdef"):
            add(store, agent_id, minutes, agent_name="x\0", host=a_host(agent_id * 2))
            change(store, agent_id, asked(minutes, minutes + 10))
        for minutes, agent_id in ((20, "b"), (21, "d"), (22, "a")):
            change(store, agent_id, finalized(minutes=minutes))

        gone = list(store.remove_finished(at(minutes_later(21)), at(minutes_later(90))))

        assert sorted(gone) == ["b", "d"]
        assert sorted(ids(store)) == ["a", "c", "e", "f"]
        assert ids(store, approval_id=approval_id(1)) == []
        assert by_agent(store, "bb") == ""
        assert list(store.remove_finished(at(minutes_later(21)), at(minutes_later(91)))) == []
        assert add(store, "b", 92)["revision"] == 1

    def test_many_go_at_once(self, store: Store) -> None:
        for number in range(30):
            add(store, f"s{number}", number)

        assert removed(store, never) == {f"s{number}": False for number in range(30)}
        assert len(removed(store, lambda record: record["agent_id"] != "s7")) == 30
        assert ids(store) == ["s7"]

    def test_a_removal_of_many_that_raises_removes_none_it_has_not_told_of(
        self, store: Store
    ) -> None:
        for number in range(4):
            add(store, f"s{number}", number)

        def ask(record: Record) -> bool:
            record["metadata"]["scribble"] = True
            if record["agent_id"] == "s2":
                raise ZeroDivisionError
            return False

        with pytest.raises(ZeroDivisionError):
            removed(store, ask)

        assert len(ids(store)) == store.count() == 4
        assert store.get("s0")["metadata"] == {}
