"""A person's answer: one wins, and it is written down whose it was and how it came."""

from __future__ import annotations

import pytest

from agent_session.core.approvals import ApprovalPolicy
from agent_session.core.errors import (
    AlreadyDecidedError,
    BadSignatureError,
    InvalidValueError,
    NotAPersonError,
)
from agent_session.core.instants import at
from agent_session.services.decisions import Person
from tests.approvals import OTHER_ID
from tests.examples import minutes_later
from tests.services.joined import ADA, Joined, at_once, code_of

BOB = Person("bob", "terminal")


@pytest.fixture
def joined() -> Joined:
    return Joined()


@pytest.fixture
def agent_id(joined: Joined) -> str:
    return joined.create()


def test_it_says_who_what_when_and_through_which_door(joined: Joined, agent_id: str):
    joined.clock.set(7)
    approval = joined.decisions.approve(joined.ask(agent_id), BOB, "mind the load")

    assert approval["decision"] == {
        "verdict": "approved",
        "by": "bob",
        "at": at(minutes_later(7)),
        "door": "terminal",
        "strength": "terminal",
        "reason": "mind the load",
        "signature": None,
    }
    assert joined.sessions.get(agent_id)["last_updated"] == at(minutes_later(7))


def test_the_second_is_told_who_was_first(joined: Joined, agent_id: str):
    request = joined.ask(agent_id)
    joined.decisions.reject(request, ADA, "too wide")
    before = joined.sessions.get(agent_id)

    with pytest.raises(AlreadyDecidedError, match=r"was rejected by 'ada' at 2026-01-08T18:05"):
        joined.decisions.approve(request, BOB)
    assert joined.sessions.get(agent_id) == before


def test_of_eight_at_once_one_decides(joined: Joined, agent_id: str):
    request = joined.ask(agent_id)
    people = [Person(f"p{number}", "web") for number in range(8)]
    codes = at_once(
        8, lambda number: code_of(lambda: joined.decisions.approve(request, people[number]))
    )

    assert sorted(codes) == ["already_decided"] * 7 + ["ok"]


def test_nobody_answers_too_late(joined: Joined, agent_id: str):
    request = joined.ask(agent_id)
    joined.clock.set(24 * 60)

    assert code_of(lambda: joined.approve(request)) == "approval_expired"
    assert code_of(lambda: joined.decisions.reject(request, ADA, "no")) == "approval_expired"


def test_nobody_answers_for_a_session_that_is_over(joined: Joined, agent_id: str):
    request = joined.ask(agent_id)
    joined.sessions.finalize(agent_id, "failed")

    assert code_of(lambda: joined.approve(request)) == "approval_cancelled"


def test_a_rejection_says_why(joined: Joined, agent_id: str):
    request = joined.ask(agent_id)

    with pytest.raises(InvalidValueError, match="say why"):
        joined.decisions.reject(request, ADA, " \n")
    assert joined.decisions.reject(request, ADA, "too wide")["decision"]["reason"] == "too wide"


def test_a_forged_answer_is_not_verified(joined: Joined, agent_id: str):
    approval = joined.approve(joined.ask(agent_id))
    joined.forge_record(agent_id, lambda kept: kept["decision"].update(by="bob"))

    assert code_of(lambda: joined.decisions.verify(approval["id"])) == "chain_broken"


def test_the_longest_reason_fits(joined: Joined, agent_id: str):
    assert (
        joined.decisions.reject(joined.ask(agent_id), ADA, "x" * 4096)["status"] == "rejected"
    )


def test_words_are_short_and_hold_no_secret(joined: Joined, agent_id: str):
    request = joined.ask(agent_id)

    with pytest.raises(InvalidValueError, match="4096"):
        joined.decisions.reject(request, ADA, "x" * 4097)
    joined.decisions.reject(request, ADA, "not with password=hunter2hunter2")
    assert "hunter2" not in str(joined.store.events(agent_id))


@pytest.mark.parametrize(("door", "key"), [("terminal", None), ("chat", "ada"), ("web", "ada")])
def test_inside_an_agent_nobody_decides_at_a_terminal_or_signs(door: str, key: str | None):
    joined = Joined(agent_around="claude is its parent")
    request = joined.ask(joined.create())

    with pytest.raises(NotAPersonError, match="claude is its parent") as told:
        joined.decisions.approve(request, Person("ada", door), key=key)
    assert told.value.code == "inside_agent"
    assert joined.status(request) == "pending"


def test_a_chat_is_the_person_s_even_around_an_agent():
    joined = Joined(agent_around="claude is its parent")

    assert joined.approve(joined.ask(joined.create()))["status"] == "approved"


def test_a_server_that_an_agent_has_started_takes_no_answers():
    decisions = Joined(agent_around="claude is its parent").decisions

    with pytest.raises(NotAPersonError) as told:
        decisions.require_person("web")
    assert told.value.code == "inside_agent"
    assert "this server seems to be an agent's: claude is its parent" in str(told.value)
    assert "start `agent-session serve` from a terminal of your own" in str(told.value)


@pytest.mark.parametrize("door", ["terminal", "signed"])
def test_at_a_terminal_of_an_agent_s_another_one_is_asked_for(door: str):
    decisions = Joined(agent_around="claude is its parent").decisions

    with pytest.raises(
        NotAPersonError, match=r"this terminal .*; decide from a terminal of your"
    ):
        decisions.require_person(door)


def test_whoever_comes_by_chat_is_a_person():
    decisions = Joined(agent_around="claude is its parent").decisions

    assert code_of(lambda: decisions.require_person("chat")) == "ok"


@pytest.mark.parametrize("door", ["chat", "terminal", "signed", "web"])
def test_where_no_agent_is_around_everybody_is_a_person(door: str):
    Joined().decisions.require_person(door)


def test_an_answer_too_weak_is_no_yes_and_still_a_no():
    joined = Joined(ApprovalPolicy(strength="signed"))
    request = joined.ask(joined.create())

    assert code_of(lambda: joined.decisions.approve(request, BOB)) == "too_weak"
    assert joined.decisions.reject(request, ADA, "no")["status"] == "rejected"


class TestSigned:
    def test_the_signer_is_who_decided(self, joined: Joined, agent_id: str):
        approval = joined.decisions.approve(joined.ask(agent_id), BOB, key="ada")

        assert approval["decision"]["by"] == "ada"
        assert approval["decision"]["strength"] == "signed"
        assert joined.decisions.verify(approval["id"]) == "ada"

    def test_a_key_that_nobody_allows_decides_nothing(self, joined: Joined, agent_id: str):
        request = joined.ask(agent_id)

        with pytest.raises(BadSignatureError, match="no allowed signer"):
            joined.decisions.approve(request, BOB, key="mallory")
        assert joined.status(request) == "pending"

    def test_no_door_is_as_strong_as_a_signature(self, joined: Joined, agent_id: str):
        request = joined.ask(agent_id, strength="signed")

        with pytest.raises(BadSignatureError, match="carries no signature"):
            joined.decisions.approve(request, Person("ada", "signed"))
        assert joined.status(request) == "pending"
        assert joined.decisions.approve(request, Person("ada", "signed"), key="ada")


def test_an_answer_is_to_what_was_shown(joined: Joined, agent_id: str):
    request = joined.ask(agent_id)
    shown = {**request, "action": {**request["action"], "shown": "something harmless"}}

    assert code_of(lambda: joined.approve(shown)) == "chain_broken"
    assert joined.status(request) == "pending"


def test_what_need_not_be_signed_is_verified_as_nobody_s(joined: Joined, agent_id: str):
    request = joined.ask(agent_id)

    assert joined.decisions.verify(request["id"]) is None
    joined.approve(request)
    assert joined.decisions.verify(request["id"]) is None
    assert code_of(lambda: joined.decisions.verify(OTHER_ID)) == "approval_not_found"
