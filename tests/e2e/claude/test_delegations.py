"""Delegations with the real client while an agent of the type waits with an answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.e2e.claude.plugged import APPLIED, ASKING, Plugged, host_of
from tests.e2e.claude.scenarios import call, delegate, say

if TYPE_CHECKING:
    from tests.e2e.claude.client import Bench

AGAIN = "Plan the VPC once more."


@pytest.fixture
def answered(bench: Bench) -> Plugged:
    """An agent has asked, every process has ended, and a person has said yes."""
    plugged = Plugged(bench)
    bench.play([delegate("Plan the VPC."), say("It waits for you.")], [say(ASKING)])
    plugged.run("Please plan.")
    plugged.approve()
    return plugged


def _delegated(plugged: Plugged, *prompts: str, resume: bool | str = True) -> list[str]:
    """What main is told that makes a delegation for each of *prompts*, one after the other."""
    turns = [delegate(prompt) for prompt in prompts]
    plugged.bench.play([*turns, say("So be it.")], [say(APPLIED)] * len(prompts))
    plugged.run("Please go on.", resume=resume)
    return [str(each) for each in plugged.bench.requests_of_main[-1].results]


def test_a_new_agent_is_refused_once_with_the_call_that_wakes_the_waiting_one(
    answered: Plugged,
) -> None:
    waiting = answered.bench.agent_id
    told = _delegated(answered, AGAIN, AGAIN)

    refused = [each for each in told if "waits with an answer" in each]
    assert len(refused) == 1
    assert f'"to": "{waiting}"' in refused[0]
    assert len(answered.bench.requests_of_child) == 2
    assert sorted(each["phase"] for each in answered.sessions()) == ["approval", "completed"]


def test_the_escape_starts_a_new_agent_that_never_sees_it(answered: Plugged) -> None:
    _delegated(answered, f"[new session] {AGAIN}")

    child = answered.bench.requests_of_child[-1]
    assert child.holds(AGAIN)
    assert not child.holds("[new session]")
    assert len(answered.sessions()) == 2


def test_in_another_conversation_the_new_agent_goes_on_with_the_session(
    answered: Plugged,
) -> None:
    before = answered.record
    _delegated(answered, AGAIN, resume=False)

    child, record = answered.bench.requests_of_child[-1], answered.record
    assert child.holds(f"{answered.approval['id']} was approved")
    assert child.holds(AGAIN)
    assert (record["agent_id"], record["phase"]) == (before["agent_id"], "completed")
    assert len(record["turns"]) == 2
    ids = {host_of(record)["agent_id"], host_of(record)["earlier"][0]["agent_id"]}
    assert ids == answered.bench.agent_ids


def test_an_agent_that_was_redefined_is_not_woken_but_followed(answered: Plugged) -> None:
    file = answered.bench.agent_file
    file.write_text(file.read_text() + "\nBe more careful.\n")
    _delegated(answered, AGAIN)

    assert answered.bench.requests_of_child[-1].holds("was approved")
    assert answered.record["phase"] == "completed"


def test_two_agents_at_once_have_a_session_each(bench: Bench) -> None:
    plugged = Plugged(bench)
    both = [*delegate("Plan the VPC."), *delegate("Plan the DNS.")]
    bench.play([both, say("Both wait.")], [say(ASKING), say(ASKING)])
    plugged.run("Please plan both.")

    first, second = plugged.sessions()
    assert {first["phase"], second["phase"]} == {"approval"}
    assert {host_of(each)["agent_id"] for each in (first, second)} == bench.agent_ids
    assert first["approvals"][0]["id"] != second["approvals"][0]["id"]


def test_settings_can_turn_the_redirection_off(answered: Plugged) -> None:
    settings = answered.bench.project / ".claude" / "agent-session.json"
    settings.write_text(json.dumps({"resume.on_match": "off"}))
    told = _delegated(answered, AGAIN)

    assert not any("waits with an answer" in each for each in told)
    assert len(answered.sessions()) == 2


def test_settings_can_ask_for_a_brief_in_place_of_the_redirection(answered: Plugged) -> None:
    settings = answered.bench.project / ".claude" / "agent-session.json"
    settings.write_text(json.dumps({"resume.on_match": "brief"}))
    _delegated(answered, AGAIN)

    assert answered.bench.requests_of_child[-1].holds("was approved")
    assert answered.record["phase"] == "completed"


def test_an_agent_type_that_is_not_there_gives_back_what_was_granted(answered: Plugged) -> None:
    answered.bench.agent_file.unlink()
    _delegated(answered, AGAIN)

    record = answered.record
    assert (record["phase"], record["claim"], host_of(record)["expecting"]) == (
        "approval",
        None,
        None,
    )


def test_a_message_that_reaches_nobody_is_told_how_to_go_on(answered: Plugged) -> None:
    to = answered.bench.agent_id
    message = call("SendMessage", to=to, summary="go on", message="Go on.")
    answered.bench.play([message, say("So be it.")])
    answered.run("Please go on.")

    told = str(answered.bench.requests_of_main[-1].results[-1])
    assert "another conversation" in told
    assert "terraform-architect" in told
