"""What a query finds in any store, and in which order: a part of the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from agent_session.core.instants import at
from agent_session.core.store import Query
from tests.examples import finalized, minutes_later, updated
from tests.stores.calls import add, always, change, ids

if TYPE_CHECKING:
    from agent_session.core.store import Store


class ContractOfScans:
    """Inherited by StoreContract, which has the fixture."""

    def test_a_store_without_sessions_yields_none(self, store: Store) -> None:
        assert ids(store) == []
        assert ids(store, live=True) == []
        assert ids(store, agent_name="x", resume_ready=True) == []

    @pytest.mark.parametrize(
        ("conditions", "found"),
        [
            ({}, "abcde"),
            ({"agent_name": "x"}, "abc"),
            ({"agent_name": "nobody"}, ""),
            ({"phase": "planning"}, "bd"),
            ({"live": True}, "abd"),
            ({"resume_ready": True}, "bd"),
            ({"agent_name": "x", "resume_ready": True}, "b"),
            ({"task_id": "T1"}, "acde"),
            ({"agent_name": "x", "task_id": "T2", "live": True}, "ab"),
            ({"since": at(minutes_later(3))}, "cde"),
            ({"until": at(minutes_later(3))}, "abc"),
            ({"since": at(minutes_later(2)), "until": at(minutes_later(4))}, "bcd"),
        ],
    )
    def test_a_query_finds_what_fits_all_its_conditions(
        self, store: Store, conditions: dict[str, Any], found: str
    ) -> None:
        for agent_id, agent_name in zip("abcde", "xxxyy", strict=True):
            add(store, agent_id, agent_name=agent_name)
        change(store, "a", updated(1))
        change(store, "b", updated(2, phase="planning", metadata={"task_id": "T2"}))
        change(store, "c", finalized(minutes=3))
        change(store, "d", updated(4, phase="planning", metadata={"task_id": "T1"}))
        change(store, "e", finalized("failed", 5))

        assert "".join(sorted(ids(store, **conditions))) == found

    @pytest.mark.parametrize("conditions", [{}, {"agent_name": "x"}, {"resume_ready": True}])
    def test_live_sessions_come_with_the_newest_activity_first(
        self, store: Store, conditions: dict[str, Any]
    ) -> None:
        for minutes, agent_id in enumerate("abcd"):
            add(store, agent_id, minutes, agent_name="x")
            change(store, agent_id, updated(minutes + 0.5, phase="planning"))
        change(store, "d", finalized(minutes=10))
        change(store, "a", updated(11, metadata={"n": 1}))

        assert ids(store, live=True, **conditions) == ["a", "c", "b"]

    def test_the_order_of_activity_holds_across_agents(self, store: Store) -> None:
        add(store, "a", 0, agent_name="x")
        add(store, "b", 1, agent_name="y")
        change(store, "b", updated(2))
        change(store, "a", updated(3))
        change(store, "a", updated(4))

        assert ids(store, live=True) == ["a", "b"]

    @pytest.mark.parametrize(
        "agent_name",
        ["x", "X", "", "x y", "x/../y", ".", "\n", "\0", "名前", "é" * 300, "a" * 3000, '"'],
    )
    def test_any_agent_name_is_found_again(self, store: Store, agent_name: str) -> None:
        add(store, "other", agent_name="somebody else")
        add(store, "a", agent_name=agent_name)

        assert ids(store, agent_name=agent_name, live=True) == ["a"]

    def test_a_scan_goes_on_while_what_it_finds_changes(self, store: Store) -> None:
        for n in range(6):
            add(store, f"s{n}", n, agent_name="x")

        for conditions in ({}, {"live": True}, {"agent_name": "x", "live": True}):
            for record in store.scan(Query(**conditions)):
                change(store, "s5", updated(60))
                if record["agent_id"] == "s1":
                    store.remove("s1", at(minutes_later(60)), always)

        assert sorted(ids(store)) == ["s0", "s2", "s3", "s4", "s5"]
