"""A session that goes on in the place of another agent: granted, expected, taken up, given
back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from agent_session.core import hosts as keys
from agent_session.core.claims import Claimant
from agent_session.services.hosts import Origin, token_of
from tests.services.hosted import CLIENT, HERE, OTHER_CLIENT, Hosted, origin
from tests.services.joined import ADA, at_once

if TYPE_CHECKING:
    from agent_session.core.state import Record

THERE = origin("s2")


@pytest.fixture
def at_host() -> Hosted:
    return Hosted()


def granted(at_host: Hosted, where: Origin = THERE, call: str | None = "toolu_1") -> Record:
    """An agent of s1 has its answer, and a delegation elsewhere is to go on with it."""
    found = at_host.hosts.grant(at_host.answered(), where, call)
    assert found.is_resumable
    assert found.record
    return found.record


class TestGranting:
    def test_a_grant_is_a_claim_that_expects_the_agent_of_one_call(self, at_host: Hosted):
        record = granted(at_host)

        assert at_host.claim(record["agent_id"])["is_grant"]
        assert at_host.host(record["agent_id"])["expecting"] == {
            "session_id": "s2",
            "call": "toolu_1",
            "token": record["fence"],
        }
        assert record == at_host.sessions.get(record["agent_id"])
        assert at_host.hosts.is_starting(THERE, "ta")
        assert not at_host.hosts.is_starting(THERE, "gitops")
        assert not at_host.hosts.is_starting(HERE, "ta")
        assert not at_host.hosts.is_starting(origin("s2", OTHER_CLIENT), "ta")

    def test_what_a_grant_answers_with_tells_how_the_caller_stands(self, at_host: Hosted):
        before = at_host.answered("a1", origin(cwd="/project"))

        found = at_host.hosts.grant(before, origin(cwd="/elsewhere"))

        assert found.record
        assert keys.differences(found.record["host"] or {}) == [
            ("cwd", "/project", "/elsewhere")
        ]
        assert found.decision == "approved"

    def test_what_may_not_be_resumed_is_not_granted(self, at_host: Hosted):
        agent_id = at_host.started()
        before = at_host.sessions.get(agent_id)

        found = at_host.hosts.grant(before, THERE, "toolu_1")

        assert found.reason == "phase_not_resumable"
        assert at_host.sessions.get(agent_id) == before

    def test_a_session_that_is_gone_is_not_granted(self, at_host: Hosted):
        record = at_host.answered()
        at_host.store.remove(record["agent_id"], "", lambda _: True)

        assert at_host.hosts.grant(record, HERE).reason == "session_not_found"

    def test_every_grant_is_one_line_of_the_log(self, at_host: Hosted):
        granted(at_host)

        assert [line["decision"] for line in at_host.store.notes()] == ["resume"]

    def test_of_two_calls_at_once_one_is_granted(self, at_host: Hosted):
        record = at_host.answered()

        found = at_once(8, lambda n: at_host.hosts.grant(record, THERE, f"toolu_{n}"))

        reasons = [each.reason for each in found]
        assert sorted(reasons) == ["claimed"] * 7 + ["session_resumable"]
        winner = reasons.index("session_resumable")
        assert at_host.host(record["agent_id"])["expecting"]["call"] == f"toolu_{winner}"

    def test_a_call_that_is_told_of_twice_is_granted_twice(self, at_host: Hosted):
        first = granted(at_host)
        again = at_host.hosts.grant(first, THERE, "toolu_1").record

        assert again
        assert (again["host"], again["fence"]) == (first["host"], first["fence"])

    def test_a_message_does_not_wake_what_another_agent_is_to_go_on_with(self, at_host: Hosted):
        record = granted(at_host, HERE)

        assert at_host.hosts.grant(record, HERE).reason == "claimed"
        assert at_host.hosts.is_starting(HERE, "ta")

    def test_a_grant_that_lapsed_stands_in_nobody_s_way(self, at_host: Hosted):
        record = granted(at_host)
        at_host.clock.set(2)
        assert not at_host.hosts.is_starting(THERE, "ta")

        by_message = at_host.hosts.grant(record, HERE)
        assert by_message.is_resumable
        assert at_host.host(record["agent_id"])["expecting"] is None
        assert not at_host.hosts.is_starting(THERE, "ta")

        at_host.clock.set(4)
        assert at_host.hosts.grant(record, THERE, "toolu_2").is_resumable
        at_host.clock.set(6)
        assert at_host.hosts.grant(record, THERE, "toolu_3").is_resumable

    def test_what_waits_with_an_answer_is_offered(self, at_host: Hosted):
        yes = at_host.answered("a1")
        no = at_host.started("a2")
        at_host.decisions.reject(at_host.ask(no, who=Claimant(token=1)), ADA, "too wide")
        at_host.sessions.stop(no, "completed", who=Claimant(token=1))
        at_host.pause(at_host.started("a3"))
        pending = at_host.started("a4")
        at_host.ask(pending, who=Claimant(token=1))
        at_host.sessions.stop(pending, "completed", who=Claimant(token=1))
        at_host.answered("x1", origin(kind="codex"))
        at_host.approve(at_host.ask(at_host.create()))

        offered = at_host.hosts.waiting(HERE, "ta")

        assert {each.agent_id: each.decision for each in offered} == {
            yes["agent_id"]: "approved",
            no: "rejected",
        }
        assert at_host.hosts.waiting(HERE, "gitops") == []

    def test_what_somebody_goes_on_with_is_not_offered(self, at_host: Hosted):
        granted(at_host)

        assert at_host.hosts.waiting(THERE, "ta") == []


class TestTakingUp:
    def test_the_new_agent_goes_on_in_the_place_of_the_old_one(self, at_host: Hosted):
        before = granted(at_host, origin("s2", permission_mode="plan"))

        started = at_host.start("b1", THERE)

        record = started.record
        assert (started.is_delegated, started.is_new, started.refused) == (True, False, None)
        assert record["agent_id"] == before["agent_id"]
        assert (record["phase"], record["fence"]) == ("executing", before["fence"])
        assert not record["claim"]["is_grant"]
        assert record["host"]["expecting"] is None
        assert record["host"]["permission_mode"] == "plan"
        assert at_host.found("b1", THERE) == at_host.found("a1") == before["agent_id"]
        assert not at_host.hosts.is_starting(THERE, "ta")

    @pytest.mark.parametrize(
        ("where", "name"),
        [(THERE, "gitops"), (HERE, "ta"), (origin("s2", OTHER_CLIENT), "ta")],
    )
    def test_no_other_agent_does(self, at_host: Hosted, where: Origin, name: str):
        record = granted(at_host)

        started = at_host.start("b1", where, name)

        assert (started.is_new, started.record["parent"]) == (True, None)
        assert at_host.hosts.is_starting(THERE, "ta")
        assert at_host.sessions.get(record["agent_id"]) == record

    def test_nor_does_the_conversation_itself(self, at_host: Hosted):
        granted(at_host)

        assert at_host.start(None, THERE, "ta").is_new

    def test_of_two_agents_that_start_at_once_one_goes_on(self, at_host: Hosted):
        record = granted(at_host)

        started = at_once(6, lambda n: at_host.start(f"b{n}", THERE))

        assert sorted(each.is_new for each in started) == [False] + [True] * 5
        [one] = [each.record for each in started if each.is_delegated]
        assert one["agent_id"] == record["agent_id"]
        assert at_host.host(record["agent_id"])["agent_id"] == one["host"]["agent_id"]

    def test_who_comes_second_begins_anew(self, at_host: Hosted):
        record = granted(at_host)
        at_host.middle.happens = lambda: at_host.start("b1", THERE)

        second = at_host.start("b2", THERE)

        assert (second.is_new, second.is_delegated) == (True, False)
        assert at_host.host(record["agent_id"])["agent_id"] == "b1"

    def test_the_old_agent_does_not_take_it_back_while_the_new_one_runs(self, at_host: Hosted):
        record = granted(at_host, HERE)
        at_host.start("b1")
        before = at_host.sessions.get(record["agent_id"])

        started = at_host.start("a1")

        assert (started.refused, started.is_new) == ("claimed", False)
        assert at_host.sessions.get(record["agent_id"]) == before

    def test_the_old_agent_may_go_on_once_the_new_one_has_stopped(self, at_host: Hosted):
        record = granted(at_host, HERE)
        at_host.pause(at_host.started("b1"))

        started = at_host.start("a1")

        assert (started.refused, started.record["agent_id"]) == (None, record["agent_id"])
        assert at_host.found("b1") == record["agent_id"]

    def test_the_same_agent_that_is_woken_takes_its_grant_up(self, at_host: Hosted):
        record = granted(at_host, HERE, None)

        started = at_host.start("a1")

        assert (started.is_delegated, started.refused) == (False, None)
        assert (started.record["phase"], started.record["fence"]) == (
            "executing",
            record["fence"],
        )
        assert len(started.record["turns"]) == 2


class TestGivingBack:
    @pytest.mark.parametrize("require_token", [False, True])
    def test_a_grant_that_comes_to_nothing_is_given_back(self, require_token: bool):
        at_host = Hosted(require_token=require_token)
        record = granted(at_host)
        found = at_host.hosts.expected_by(THERE, "toolu_1")
        assert found

        at_host.hosts.give_back(found, THERE)

        after = at_host.sessions.get(record["agent_id"])
        assert (after["claim"], after["phase"]) == (None, "approval")
        assert at_host.host(record["agent_id"])["expecting"] is None
        assert after["last_updated"] == record["last_updated"]
        assert len(at_host.hosts.waiting(HERE, "ta")) == 1

    @pytest.mark.parametrize("call", ["", "toolu_2"])
    def test_nobody_is_expected_by_another_call(self, at_host: Hosted, call: str):
        granted(at_host)

        assert at_host.hosts.expected_by(THERE, call) is None
        assert at_host.hosts.expected_by(origin("s3"), "toolu_1") is None

    @pytest.mark.parametrize("who", [origin("s2", OTHER_CLIENT), origin("s3")])
    def test_what_another_was_granted_is_not_given_back(self, at_host: Hosted, who: Origin):
        record = granted(at_host)

        at_host.hosts.give_back(record, who)

        assert at_host.sessions.get(record["agent_id"]) == record

    def test_what_has_been_taken_up_is_not_given_back(self, at_host: Hosted):
        stale = granted(at_host)
        running = at_host.start("b1", THERE).record

        at_host.hosts.give_back(stale, THERE)
        at_host.hosts.give_back(running, THERE)

        assert at_host.sessions.get(stale["agent_id"]) == running

    def test_what_nobody_holds_is_not_given_back(self, at_host: Hosted):
        stale = granted(at_host)
        at_host.hosts.give_back(stale, THERE)
        before = at_host.sessions.get(stale["agent_id"])

        at_host.hosts.give_back(stale, THERE)

        assert at_host.sessions.get(stale["agent_id"]) == before

    def test_a_client_that_was_killed_before_the_start_leaves_nothing_granted(
        self, at_host: Hosted
    ):
        record = granted(at_host, origin("s2", OTHER_CLIENT))
        at_host.ended.add(8)

        [lost] = at_host.hosts.lost("claude-code")
        at_host.hosts.let_go(lost)

        after: Any = at_host.sessions.get(record["agent_id"])
        assert (after["claim"], after["host"]["expecting"]) == (None, None)
        assert token_of(after).token is None
        assert at_host.start("a1").record["claim"]["process"] == CLIENT
