"""How any store finds a session by the ids that its host has for it: a part of the contract."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from agent_session.core import hosts
from agent_session.core.codec import LARGEST_RECORD
from agent_session.core.errors import HostTakenError, LimitExceededError
from agent_session.core.instants import at
from tests.examples import created, finalized, minutes_later, updated
from tests.stores.approvals import approval_id, asked
from tests.stores.calls import add, always, change, ids

if TYPE_CHECKING:
    from agent_session.core.chain import Draft
    from agent_session.core.hosts import Host
    from agent_session.core.store import Store

KIND = "claude-code"
ODD_IDS = (
    "", " ", "x", "X", '"', '","', "\\", "\n", "\0", "\x7f", "é", "e\u0301", "名前", "\u2028",
    "\U0001f600", "a/../b", ":", "#", "x" * 5000, "é" * 5000, "x" * 4999 + "y",
)  # fmt: skip


def a_host(agent_id: str | None = "a1", session_id: str = "s1", **fields: Any) -> Any:
    return {**hosts.host_of(KIND, session_id, agent_id), **fields}


def hosted(host: Host, minutes: float = 1) -> Draft:
    return hosts.hosted(host, at(minutes_later(minutes)), "test")


def by_agent(store: Store, agent_id: str, **conditions: Any) -> str:
    """Who is found under the host's id of an agent, in the order of the alphabet."""
    key = hosts.agent_key(KIND, agent_id)
    return "".join(sorted(ids(store, host=key, **conditions)))


def by_conversation(store: Store, session_id: str, **conditions: Any) -> str:
    key = hosts.conversation_key(KIND, session_id)
    return "".join(sorted(ids(store, host=key, **conditions)))


class ContractOfHosts:
    """Inherited by StoreContract, which has the fixture."""

    def test_a_session_is_found_by_its_agent_and_its_conversation(self, store: Store) -> None:
        add(store, "a", host=a_host("a1", "s1"))
        add(store, "b", host=a_host("b1", "s1"))
        add(store, "c")

        assert (by_agent(store, "a1"), by_agent(store, "b1")) == ("a", "b")
        assert by_conversation(store, "s1") == "ab"
        assert by_agent(store, "s1") == by_conversation(store, "a1") == ""
        assert ids(store, host="codex:a1") == ids(store, host="") == []

    def test_that_of_a_conversation_itself_is_found_apart_from_its_agents(
        self, store: Store
    ) -> None:
        add(store, "a", host=a_host("a1", "s1"))
        add(store, "m", host=a_host(None, "s1"))

        assert ids(store, host=hosts.main_key(KIND, "s1")) == ["m"]
        assert by_conversation(store, "s1") == "am"

    def test_a_session_may_have_its_host_later(self, store: Store) -> None:
        add(store, "a")
        assert by_agent(store, "a1") == ""

        change(store, "a", hosted(a_host("a1")))

        assert by_agent(store, "a1") == by_conversation(store, "s1") == "a"

    def test_every_id_that_it_has_had_leads_to_a_session(self, store: Store) -> None:
        host = a_host("a0", "s0")
        add(store, "a", host=host)
        for number in range(1, 4):
            host = hosts.moved(host, a_host(f"a{number}", f"s{number}"))
            change(store, "a", hosted(host, number))

        assert [by_agent(store, f"a{number}") for number in range(5)] == ["a"] * 4 + [""]
        assert [by_conversation(store, f"s{number}") for number in range(4)] == ["a"] * 4

    def test_an_id_that_a_session_has_no_more_does_not(self, store: Store) -> None:
        add(store, "a", host=a_host("a1", "s1"))
        for number in range(9):
            change(store, "a", hosted(a_host("a2", f"t{number}"), number + 1))

        assert by_agent(store, "a1") == by_conversation(store, "s1") == ""
        assert [by_conversation(store, f"t{number}") for number in range(9)] == [""] * 8 + ["a"]
        change(store, "a", hosted(a_host("a1", "s1"), 10))
        assert (by_agent(store, "a1"), by_agent(store, "a2")) == ("a", "")

    def test_a_session_that_expects_an_agent_is_found_by_that_one_s_conversation(
        self, store: Store
    ) -> None:
        host = a_host("a1", "s1")
        add(store, "a", host=host)

        change(store, "a", hosted(hosts.expecting(host, "s2", "toolu_1", 1)))
        assert by_conversation(store, "s2") == by_conversation(store, "s1") == "a"

        change(store, "a", hosted(host, 2))
        assert (by_conversation(store, "s2"), by_conversation(store, "s1")) == ("", "a")

    def test_several_sessions_may_stand_under_one_id(self, store: Store) -> None:
        for minutes, agent_id in enumerate("abc"):
            add(
                store,
                agent_id,
                minutes,
                host=a_host(f"of {agent_id}"),
                agent_name="xyz"[minutes],
            )
            change(store, agent_id, hosted(a_host("a1")))
        change(store, "a", updated(9, phase="planning"))
        change(store, "b", finalized(minutes=10))

        key = hosts.agent_key(KIND, "a1")
        assert by_agent(store, "a1") == "abc"
        assert ids(store, host=key, live=True) == ["a", "c"]  # newest activity first
        assert ids(store, host=key, live=True, agent_name="z") == ["c"]
        assert by_agent(store, "a1", phase="completed") == "b"

    def test_no_two_live_sessions_begin_under_one_id(self, store: Store) -> None:
        for host in (a_host("a1"), a_host(None, "s1")):
            add(store, f"first of {host['agent_id']}".replace(" ", "-"), host=host)
            with pytest.raises(HostTakenError) as taken:
                add(store, "second", host=host)
            assert taken.value.agent_id == f"first-of-{host['agent_id']}"
            assert ids(store, host=hosts.birth_key(store.get(taken.value.agent_id)) or "") == [
                taken.value.agent_id
            ]

    def test_after_one_that_is_over_another_may_begin_under_its_id(self, store: Store) -> None:
        add(store, "a", host=a_host("a1"))
        change(store, "a", finalized())
        add(store, "b", host=a_host("a1"))

        assert by_agent(store, "a1") == "ab"

    def test_of_many_that_begin_at_once_under_one_id_one_does(self, store: Store) -> None:
        def begin(number: int) -> bool:
            try:
                add(store, f"s{number}", host=a_host("a1"))
            except HostTakenError:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            begun = list(pool.map(begin, range(16)))

        assert sum(begun) == len(ids(store, live=True)) == 1

    def test_every_other_condition_must_hold_too(self, store: Store) -> None:
        task = {"task_id": "T1"}
        add(store, "a", host=a_host(), agent_name="x", metadata=task)
        add(store, "b", host=a_host("b1"), agent_name="x")
        change(store, "b", hosted(a_host()))
        add(store, "c", agent_name="x", metadata=task)
        change(store, "a", asked(1, 3))
        change(store, "b", updated(5))

        assert by_agent(store, "a1", agent_name="x", task_id="T2", live=True) == "b"
        assert by_agent(store, "a1", pending=True) == "a"
        assert by_agent(store, "a1", resume_ready=True) == "a"
        assert by_agent(store, "a1", approval_id=approval_id(1)) == "a"
        assert by_agent(store, "a2", approval_id=approval_id(1)) == ""
        assert by_agent(store, "a1", agent_name="y") == ""
        assert by_agent(store, "a1", since=at(minutes_later(4))) == "b"
        assert by_agent(store, "a1", until=at(minutes_later(4))) == "a"

    def test_a_session_that_is_over_is_found_unless_a_live_one_is_meant(
        self, store: Store
    ) -> None:
        add(store, "a", host=a_host())
        change(store, "a", finalized())

        assert (by_agent(store, "a1"), by_agent(store, "a1", live=True)) == ("a", "")

    def test_a_removed_session_is_found_by_none_of_its_ids(self, store: Store) -> None:
        host = a_host("a1", "s1")
        add(store, "a", host=host)
        change(store, "a", hosted(hosts.moved(host, a_host("a2", "s2"))))
        store.remove("a", at(minutes_later(2)), always)

        assert by_agent(store, "a1") == by_agent(store, "a2") == ""
        add(store, "a", 3, host=a_host("a2", "s3"))
        assert (by_agent(store, "a1"), by_agent(store, "a2")) == ("", "a")
        assert (by_conversation(store, "s2"), by_conversation(store, "s3")) == ("", "a")

    def test_a_repair_loses_nobody(self, store: Store) -> None:
        for minutes, agent_id in enumerate("abc"):
            add(store, agent_id, minutes, host=a_host(f"{agent_id}1"))
        change(store, "b", finalized())
        store.remove("c", at(minutes_later(3)), always)

        store.repair(None)

        assert [by_agent(store, each) for each in ("a1", "b1", "c1")] == ["a", "b", ""]
        assert by_conversation(store, "s1") == "ab"

    def test_any_text_may_be_an_id_and_no_two_are_taken_for_one(self, store: Store) -> None:
        for number, odd in enumerate(ODD_IDS):
            add(store, f"n{number}", host=a_host(odd, f"in {odd}"))

        for number, odd in enumerate(ODD_IDS):
            assert by_agent(store, odd) == by_conversation(store, f"in {odd}") == f"n{number}"

    @pytest.mark.parametrize("key", ["", "\ud800", "claude-code:\udcff", "\0", "x" * 9999])
    def test_what_no_host_says_is_had_by_nobody(self, store: Store, key: str) -> None:
        add(store, "a", host=a_host())

        assert ids(store, host=key) == []

    @pytest.mark.parametrize(
        "host",
        [
            {},
            {"kind": 7, "agent_id": "a1"},
            {"kind": KIND, "session_id": 7, "agent_id": ["a1"], "earlier": {"agent_id": "a1"}},
            {"kind": KIND, "expecting": "a1", "earlier": [None, 7, "a1", {"agent_id": {}}]},
            {"kind": [KIND], "earlier": [{"agent_id": "a1", "session_id": "s1"}]},
        ],
    )
    def test_a_host_that_makes_no_sense_spoils_no_scan(self, store: Store, host: Any) -> None:
        add(store, "b", host=a_host(), agent_name="x")
        add(store, "a", host=host, agent_name="x")

        for _ in range(2):
            assert by_agent(store, "a1") == by_conversation(store, "s1") == "b"
            assert "b" in ids(store)
            assert "b" in ids(store, agent_name="x", live=True)
            store.repair(None)
            change(store, "b", updated())

    def test_a_session_may_be_added_and_moved_in_one_step(self, store: Store) -> None:
        host = a_host("a1", "s1")
        moved = hosts.moved(host, a_host("a2", "s2"))
        store.add("a", [created("a", host=host), hosted(moved)])

        assert by_agent(store, "a1") == by_agent(store, "a2") == "a"

    def test_a_change_of_the_host_that_is_not_made_leads_nowhere(self, store: Store) -> None:
        add(store, "a", host=a_host())
        too_long = a_host("a2", transcript_path="x" * LARGEST_RECORD)

        with pytest.raises(LimitExceededError):
            change(store, "a", hosted(too_long))

        assert (by_agent(store, "a1"), by_agent(store, "a2")) == ("a", "")
