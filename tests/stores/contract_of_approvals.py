"""How any store finds what waits for an answer, and who holds an approval: a part of the
contract.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent_session.core.chain import draft
from agent_session.core.instants import at
from agent_session.core.store import Query
from tests.examples import created, finalized, minutes_later, updated
from tests.stores.approvals import approval_id, asked, claimed, decided, used
from tests.stores.calls import add, always, change, ids

if TYPE_CHECKING:
    from agent_session.core.store import Store


class ContractOfApprovals:
    """Inherited by StoreContract, which has the fixture."""

    def test_only_a_session_with_a_pending_request_is_pending(self, store: Store) -> None:
        for agent_id in "abcd":
            add(store, agent_id)
        change(store, "a", asked(1))
        change(store, "b", asked(2), decided(2))
        change(store, "c", asked(3), asked(4, 2), decided(3, 3, "rejected"))

        assert sorted(ids(store, pending=True)) == ["a", "c"]

    def test_what_is_pending_comes_with_the_newest_activity_first(self, store: Store) -> None:
        for minutes, agent_id in enumerate("abcd"):
            add(store, agent_id, minutes, agent_name="xy"[minutes % 2])
            change(store, agent_id, asked(minutes, 10 + minutes))
        change(store, "b", updated(20))

        assert ids(store, pending=True) == ["b", "d", "c", "a"]
        assert ids(store, pending=True, agent_name="y") == ["b", "d"]
        assert ids(store, pending=True, phase="planning") == []

    def test_a_request_ends_with_its_decision_its_session_or_a_second_request(
        self, store: Store
    ) -> None:
        for number, agent_id in enumerate("abcd"):
            add(store, agent_id)
            change(store, agent_id, asked(number, 1))
        change(store, "a", decided(0, 2))
        change(store, "b", finalized(minutes=2))
        store.remove("c", at(minutes_later(2)), always)
        change(store, "d", asked(9, 2, cancels=[3]))

        assert ids(store, pending=True) == ["d"]
        change(store, "d", decided(9, 3))
        assert ids(store, pending=True) == []

    def test_a_session_may_wait_again(self, store: Store) -> None:
        add(store, "a")
        for number in range(9):
            change(store, "a", asked(number, 2 * number + 1))
            assert ids(store, pending=True) == ["a"]
            change(store, "a", decided(number, 2 * number + 2, "rejected"))
            assert ids(store, pending=True) == []

    def test_a_session_may_be_added_with_a_request(self, store: Store) -> None:
        store.add("a", [created("a"), asked(1)])

        assert ids(store, pending=True) == ids(store, approval_id=approval_id(1)) == ["a"]

    def test_an_approval_tells_its_session_whatever_became_of_it(self, store: Store) -> None:
        for agent_id in "abcde":
            add(store, agent_id)
        change(store, "a", asked(1))
        change(store, "b", asked(2), decided(2))
        change(store, "c", asked(3), decided(3), used(3))
        change(store, "d", asked(4), finalized())

        held = [ids(store, approval_id=approval_id(number)) for number in range(1, 6)]

        assert held == [["a"], ["b"], ["c"], ["d"], []]
        assert ids(store, approval_id=approval_id(4), live=True) == []
        assert ids(store, approval_id=approval_id(2), pending=True) == []
        assert ids(store, approval_id=approval_id(1), pending=True) == ["a"]

    def test_an_approval_that_is_no_longer_kept_tells_nothing(self, store: Store) -> None:
        add(store, "a")
        for number in range(9):
            change(store, "a", asked(number, number + 1, cancels=[number - 1]))
        kept = {each["id"] for each in store.get("a")["approvals"]}

        for number in range(9):
            found = ids(store, approval_id=approval_id(number))
            assert found == (["a"] if approval_id(number) in kept else [])
        assert 0 < len(kept) < 9

    def test_the_approvals_of_a_removed_session_are_gone(self, store: Store) -> None:
        add(store, "a")
        change(store, "a", asked(1))
        store.remove("a", at(minutes_later(2)), always)
        add(store, "a", 3)

        assert ids(store, pending=True) == ids(store, approval_id=approval_id(1)) == []
        change(store, "a", asked(1, 4))
        assert ids(store, pending=True) == ids(store, approval_id=approval_id(1)) == ["a"]

    @pytest.mark.parametrize(
        "text", ["", "1", "ap-", "ap-1", "AP-" + "0" * 16, "ap-" + "g" * 16, "ap-" + "0" * 17]
    )
    def test_what_is_no_approval_id_is_held_by_nobody(self, store: Store, text: str) -> None:
        add(store, "a")
        change(store, "a", asked(1, id=text))

        assert ids(store, approval_id=text) == []

    def test_a_repair_loses_nothing_that_waits(self, store: Store) -> None:
        for number, agent_id in enumerate("abc"):
            add(store, agent_id)
            change(store, agent_id, asked(number, number + 1))
        change(store, "b", decided(1, 9))

        store.repair(None)

        assert ids(store, pending=True) == ["c", "a"]
        assert ids(store, approval_id=approval_id(1)) == ["b"]

    def test_a_claim_does_not_make_a_session_the_newest(self, store: Store) -> None:
        for minutes, agent_id in enumerate("abc"):
            add(store, agent_id, minutes, agent_name="x")
        change(store, "a", claimed(10))
        change(store, "b", claimed(11))
        until = at(minutes_later(20))
        change(store, "b", draft("renewed", at(minutes_later(12)), "test", until=until))
        change(store, "b", draft("released", at(minutes_later(13)), "test", token=1))

        assert ids(store, live=True) == ["c", "b", "a"]
        assert ids(store, live=True, agent_name="x") == ["c", "b", "a"]

    def test_what_was_claimed_is_still_found(self, store: Store) -> None:
        add(store, "a", agent_name="x")
        store.remove("a", at(minutes_later(1)), always)
        store.add("a", [created("a", 2, agent_name="x"), claimed(3)])
        change(store, "a", claimed(4, token=2))

        found = store.scan(Query(agent_name="x", live=True))

        assert [record["fence"] for record in found] == [2]

    def test_tasks_keep_apart_after_one_was_changed(self, store: Store) -> None:
        add(store, "a", agent_name="x")
        change(store, "a", updated(1, metadata={"task_id": "T1"}))
        change(store, "a", updated(2, metadata={"task_id": "T2"}))

        assert ids(store, agent_name="x", live=True, task_id="T2") == ["a"]
        assert ids(store, agent_name="x", live=True, task_id="T1") == []

    def test_a_store_has_an_id_of_its_own_that_stays(self, store: Store) -> None:
        identity = store.identity()
        add(store, "a")

        assert len(bytes.fromhex(identity)) == 16
        assert identity == identity.lower() == store.identity()
