"""By which ids a host's program knows a session, and how it stands there."""

from __future__ import annotations

from typing import Any

import pytest

from agent_session.core import hosts
from agent_session.core.hosts import CLAUDE_CODE, EARLIER_KEPT, REDIRECTED_KEPT
from agent_session.core.instants import at
from agent_session.core.soundness import require_sound
from tests.examples import NOW, a_claim, a_record, applied

CALL = {"session_id": "s2", "call": "toolu_1", "token": 1}


def a_host(**fields: Any) -> dict[str, Any]:
    """The host of agent a1 in conversation s1, unless *fields* say otherwise."""
    return {**hosts.host_of(CLAUDE_CODE, "s1", "a1", cwd="/project"), **fields}


def keys(**fields: Any) -> list[str]:
    return hosts.keys_of(a_record(host=a_host(**fields)))


class TestKeys:
    def test_a_session_is_found_under_its_agent_and_its_conversation(self):
        assert keys() == ["claude-code:a1", "claude-code#s1"]
        assert keys()[0] == hosts.agent_key(CLAUDE_CODE, "a1")
        assert keys()[1] == hosts.conversation_key(CLAUDE_CODE, "s1")

    def test_that_of_a_conversation_itself_is_found_under_a_key_of_its_own(self):
        assert keys(agent_id=None) == ["claude-code@s1", "claude-code#s1"]
        assert keys(agent_id=None)[0] == hosts.main_key(CLAUDE_CODE, "s1")

    def test_a_session_of_no_host_is_found_under_nothing(self):
        assert hosts.keys_of(a_record()) == []
        assert hosts.keys_of(a_record(host={})) == []

    def test_what_it_had_and_what_it_expects_lead_to_it_too(self):
        earlier = [
            {"session_id": "s1", "agent_id": "a0"},
            {"session_id": "s0", "agent_id": "a1"},
        ]

        assert keys(expecting=CALL, earlier=earlier) == [
            "claude-code:a1", "claude-code#s1", "claude-code#s2", "claude-code:a0",
            "claude-code#s0",
        ]  # fmt: skip

    def test_two_hosts_that_share_an_id_are_kept_apart(self):
        assert not {*keys(kind="codex")} & {*keys()}

    def test_an_agent_and_a_conversation_of_one_id_are_kept_apart(self):
        of_agent = hosts.keys_of(a_record(host={"kind": "x", "agent_id": "1"}))
        of_main = hosts.keys_of(a_record(host={"kind": "x", "session_id": "1"}))

        assert not {*of_agent} & {*of_main}

    @pytest.mark.parametrize("value", [None, 7, "x", ["x"], {"agent_id": 7}, [7, None, "x"]])
    @pytest.mark.parametrize("word", sorted(a_host()))
    def test_a_host_that_makes_no_sense_has_fewer_keys_and_breaks_nothing(
        self, word: str, value: Any
    ):
        assert {*keys(**{word: value})} <= {*keys(), "x:a1", "x#s1", *_with("x")}


def _with(text: str) -> list[str]:
    main = f"{CLAUDE_CODE}@s1"
    return [main, f"{CLAUDE_CODE}:{text}", f"{CLAUDE_CODE}#{text}"]


class TestMoving:
    def test_a_new_host_is_a_sound_one(self):
        require_sound(a_record(host=a_host()))
        require_sound(a_record(host=hosts.host_of(CLAUDE_CODE, "s1", None)))

    def test_who_goes_on_elsewhere_is_still_found_under_what_it_had(self):
        before = a_host(paused={"cwd": "/project"}, redirected=["m"], expecting=CALL)

        after = hosts.moved(before, hosts.host_of(CLAUDE_CODE, "s2", "a2", cwd="/elsewhere"))

        assert after["earlier"] == [{"session_id": "s1", "agent_id": "a1"}]
        assert (after["agent_id"], after["cwd"]) == ("a2", "/elsewhere")
        assert (after["paused"], after["redirected"]) == ({"cwd": "/project"}, ["m"])
        assert after["expecting"] is None
        assert {*keys()} <= {*hosts.keys_of(a_record(host=after))}
        require_sound(a_record(host=after))

    def test_of_many_that_it_had_the_latest_lead_to_it(self):
        host = a_host()
        for number in range(EARLIER_KEPT + 5):
            host = hosts.moved(host, hosts.host_of(CLAUDE_CODE, "s1", f"b{number}"))

        assert len(host["earlier"]) == EARLIER_KEPT
        assert host["earlier"][-1]["agent_id"] == f"b{EARLIER_KEPT + 3}"
        assert "claude-code:a1" not in hosts.keys_of(a_record(host=host))

    def test_who_goes_to_and_fro_forgets_nothing_else(self):
        host = hosts.moved(a_host(agent_id="a0"), a_host())
        for number in range(3 * EARLIER_KEPT):
            host = hosts.moved(host, a_host(session_id=f"s{number % 2}"))

        assert [each["agent_id"] for each in host["earlier"]] == ["a0", "a1", "a1"]
        assert "claude-code:a0" in hosts.keys_of(a_record(host=host))

    def test_what_it_had_is_begun_anew_where_it_makes_no_sense(self):
        after = hosts.moved(a_host(earlier="x"), a_host(agent_id="a2"))

        assert after["earlier"] == [{"session_id": "s1", "agent_id": "a1"}]


class TestExpecting:
    def test_a_session_expects_the_agent_of_one_call_under_one_claim(self):
        host = hosts.expecting(a_host(), "s2", "toolu_1", 1)

        assert host["expecting"] == CALL
        assert hosts.expected(a_record(host=host, claim=a_claim(1))) == CALL
        require_sound(a_record(host=host, claim=a_claim(1)))

    @pytest.mark.parametrize("claim", [None, a_claim(2)])
    def test_once_that_claim_is_over_it_expects_nobody(self, claim: Any):
        host = hosts.expecting(a_host(), "s2", "toolu_1", 1)

        assert hosts.expected(a_record(host=host, claim=claim)) is None

    def test_who_expects_nobody_expects_nobody(self):
        assert hosts.expected(a_record()) is None
        assert hosts.expected(a_record(host=a_host(), claim=a_claim(1))) is None
        assert hosts.not_expecting(a_host(expecting=CALL)) == a_host()

    def test_what_is_expected_without_a_token_is_expected_by_nobody(self):
        call = {"session_id": "s2", "call": "toolu_1"}

        assert hosts.expected(a_record(host=a_host(expecting=call))) == call
        assert hosts.expected(a_record(host=a_host(expecting=call), claim=a_claim(1))) is None


class TestStanding:
    def test_what_is_told_of_its_standing_counts_and_all_else_stays(self):
        after = hosts.standing(a_host(), {"cwd": None, "permission_mode": "plan", "x": 1})

        assert after == a_host(permission_mode="plan")

    def test_a_pause_keeps_how_the_agent_stood(self):
        assert hosts.paused(a_host())["paused"] == {"cwd": "/project", "permission_mode": None}

    def test_what_is_otherwise_now_is_told_as_it_was_and_is(self):
        host = hosts.paused(a_host(permission_mode="plan"))
        now = hosts.standing(host, {"cwd": "/", "permission_mode": "bypassPermissions"})

        assert hosts.differences(host) == []
        assert hosts.differences(now) == [
            ("cwd", "/project", "/"),
            ("permission_mode", "plan", "bypassPermissions"),
        ]

    @pytest.mark.parametrize("now", [a_host(), a_host(cwd=None)])
    def test_what_was_not_known_or_is_not_known_now_is_no_difference(self, now: Any):
        paused = {"cwd": "/project" if now["cwd"] is None else None, "permission_mode": None}

        assert hosts.differences({**now, "paused": paused}) == []

    def test_a_pause_that_makes_no_sense_is_told_as_it_is(self):
        assert hosts.differences(a_host(paused={"cwd": ["x"]})) == [
            ("cwd", "['x']", "/project")
        ]


class TestRedirecting:
    def test_a_delegation_is_sent_elsewhere_once(self):
        host = hosts.redirected(a_host(), "m1")

        assert hosts.was_redirected(host, "m1")
        assert not hosts.was_redirected(host, "m2")
        assert not hosts.was_redirected(a_host(redirected=None), "m1")

    def test_of_many_the_latest_are_remembered(self):
        host = a_host(redirected="x")
        for number in range(REDIRECTED_KEPT + 1):
            host = hosts.redirected(host, f"m{number}")

        assert host["redirected"] == [f"m{number}" for number in range(1, REDIRECTED_KEPT + 1)]


def test_a_change_of_the_host_is_entered_and_is_no_activity():
    before = a_record()
    after = applied(before, hosts.hosted(a_host(), at(NOW), "test"))

    assert after == {**before, "host": a_host(), "revision": 1}


class TestOneAgent:
    def test_a_session_begins_under_the_key_of_its_agent_or_its_conversation(self):
        assert hosts.birth_key(a_record(host=a_host())) == "claude-code:a1"
        assert hosts.birth_key(a_record(host=a_host(agent_id=None))) == "claude-code@s1"

    @pytest.mark.parametrize("host", [None, {}, {"kind": 1, "session_id": "s1"}, {"kind": "x"}])
    def test_without_a_host_it_begins_under_none(self, host: Any):
        assert hosts.birth_key(a_record(host=host)) is None

    def test_two_are_of_one_agent_where_conversation_and_agent_are_the_same(self):
        def same(**fields: Any) -> bool:
            other = a_record(host=a_host(**fields))
            return hosts.is_same_agent(a_record(host=a_host()), other)

        assert same(cwd="/elsewhere")
        assert not same(agent_id="a2")
        assert not same(session_id="s2")
        assert not hosts.is_same_agent(a_record(host=a_host()), a_record())
