"""A message is about to wake an agent of the host."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.surfaces.hooks.host_project import AGENT_ID, SESSION, asking

if TYPE_CHECKING:
    from tests.surfaces.hooks.host_project import HostProject

MESSAGE = "User approved the plan: apply. RESUME-MSG-2"
STARTED_CLOCK = "2020-01-01T00:00:00.000000Z"


def rewritten(host: HostProject, **changes: Any) -> dict[str, Any]:
    """The message that reaches the agent; nothing is decided for the host."""
    (said,) = host.answer("PreToolUse.SendMessage", **changes).values()
    assert said.keys() == {"hookEventName", "updatedInput"}
    return dict(said["updatedInput"])


def denied(host: HostProject, **changes: Any) -> str:
    before = host.record
    reason = host.denial("PreToolUse.SendMessage", closed=True, **changes)
    assert host.record == before
    return reason


def answered(host: HostProject, verdict: str = "approved", reason: str = "no") -> None:
    host.asked()
    host.decide(verdict, reason)


# --- it may go on -----------------------------------------------------------------------------


def test_a_message_with_an_answer_brings_the_brief_the_token_and_itself(
    host: HostProject,
) -> None:
    answered(host)

    said = rewritten(host)

    claim = host.record["claim"]
    assert claim is not None
    assert said.keys() == {"to", "summary", "message"}
    assert (said["to"], said["summary"]) == (AGENT_ID, "user approved the plan")
    assert f"Approval {host.approval['id']} was approved" in said["message"]
    assert f"AGENT_SESSION_TOKEN={claim['token']}" in said["message"]
    assert said["message"].endswith(f"\nThe message itself:\n{MESSAGE}")


def test_it_is_claimed_for_this_process_in_the_same_step(host: HostProject) -> None:
    answered(host)

    rewritten(host)

    claim = host.record["claim"]
    assert claim is not None
    assert (claim["holder"], claim["is_grant"]) == (SESSION, True)
    assert claim["process"]["pid"] == os.getpid()


def test_the_agent_that_starts_then_goes_on_with_the_decision_and_acts(
    host: HostProject,
) -> None:
    answered(host)
    rewritten(host)

    told = host.start()

    claim = host.record["claim"]
    assert claim is not None
    assert claim["is_grant"] is False
    assert host.record["phase"] == "executing"
    assert "was approved" in told


def test_a_rejection_goes_on_with_the_persons_reason_and_plans(host: HostProject) -> None:
    answered(host, "rejected", "two subnets are enough")

    said = rewritten(host)
    host.start()

    assert "two subnets are enough" in said["message"]
    assert "Do not do what was rejected" in said["message"]
    assert host.record["phase"] == "planning"


def test_a_paused_agent_without_a_request_goes_on(host: HostProject) -> None:
    host.start()
    host.report("planning")
    host.end()

    assert "Its phase is planning." in rewritten(host)["message"]


def test_a_message_without_words_is_a_brief(host: HostProject) -> None:
    answered(host)

    said = rewritten(host, tool_input={"to": AGENT_ID})

    assert said.keys() == {"to", "message"}
    assert "was approved" in said["message"]


def test_a_second_message_of_the_same_process_brings_the_same_token(host: HostProject) -> None:
    answered(host)
    rewritten(host)
    before = host.record["claim"]

    rewritten(host)

    assert before is not None
    assert (host.record["claim"] or {})["token"] == before["token"]


def test_a_message_to_a_running_agent_passes(host: HostProject) -> None:
    host.start()
    before = host.record

    host.silence("PreToolUse.SendMessage", closed=True)

    assert host.record == before


def test_a_message_to_an_agent_that_has_ended_passes(host: HostProject) -> None:
    host.start()
    host.end()

    host.silence("PreToolUse.SendMessage", closed=True)


@pytest.mark.parametrize("to", ["a0000000000000001", "somebody", "../..", "", None, 7])
def test_a_message_to_nobody_that_we_know_passes(host: HostProject, to: object) -> None:
    answered(host)

    host.silence("PreToolUse.SendMessage", closed=True, tool_input={"to": to, "message": "x"})


# --- it may not -------------------------------------------------------------------------------


def test_a_pending_approval_is_named_with_what_a_person_does(host: HostProject) -> None:
    host.asked()
    approval_id = host.approval["id"]

    said = denied(host)

    assert f"approval {approval_id} (add three subnets) is still pending" in said
    assert f"agent-session approve {approval_id}" in said
    assert f"agent-session reject {approval_id}" in said


def test_a_running_agent_that_has_asked_is_not_told_that_it_is_approved(
    host: HostProject,
) -> None:
    host.configure(guards=[{"tool": "Bash", "match": "terraform apply *"}])
    host.start()
    host.denied("terraform apply x")

    assert f"approval {host.approval['id']}" in denied(host)


def test_an_expired_request_is_named_with_how_to_ask_again(host: HostProject) -> None:
    host.start()
    host.end(asking(expires="0.001s"))

    said = denied(host)

    assert "approval_expired" in said
    assert f"agent-session ask-again {host.approval['id']}" in said


def test_an_agent_that_was_lost_while_it_acted_is_in_doubt(host: HostProject) -> None:
    with host.elsewhere():
        host.start()
        host.report("executing")

    said = denied(host)

    assert "in_doubt" in said
    assert f"agent-session resolve {host.record['agent_id']} --as completed" in said


def test_an_agent_that_runs_elsewhere_is_not_woken(host: HostProject) -> None:
    with host.elsewhere() as pid:
        host.start()
        host.report("planning")
        host.variables["CLAUDE_PID"] = str(os.getpid())

        said = denied(host)

    assert "claimed" in said
    assert f"(process {pid})" in said


def test_an_agent_that_acts_elsewhere_is_not_woken(host: HostProject) -> None:
    with host.elsewhere() as pid:
        host.start()
        host.report("executing")
        host.variables["CLAUDE_PID"] = str(os.getpid())

        said = denied(host)

    assert "it is executing" in said
    assert f"(process {pid})" in said


def test_of_two_processes_of_one_conversation_the_second_is_told_of_the_first(
    host: HostProject,
) -> None:
    answered(host)
    rewritten(host)

    with host.elsewhere():
        said = denied(host)

    assert "claimed" in said
    assert f"(process {os.getpid()})" in said


def test_of_two_processes_at_once_one_is_told_to_go_on(host: HostProject) -> None:
    for _ in range(5):
        answered(host)
        told = {"name": "PreToolUse.SendMessage", "closed": True}
        here = {**told, "variables": dict(host.variables)}
        with host.elsewhere():
            both = host.at_once(here, {**told, "variables": dict(host.variables)})
        assert sorted(b"updatedInput" in each.stdout for each in both) == [False, True]
        assert sorted(b'"deny"' in each.stdout for each in both) == [False, True]
        shutil.rmtree(host.path / ".claude")


def test_too_many_errors_are_told(host: HostProject) -> None:
    host.start()
    host.report("planning")
    for _ in range(3):
        host.silence("StopFailure.subagent", agent_id=AGENT_ID, session_id=SESSION)
        host.start()
    host.end()

    said = denied(host)

    assert "too_many_errors" in said
    assert "3 errors" in said


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"resume_ready": False}, "not_resume_ready"),
        ({"last_updated": STARTED_CLOCK}, "timed_out"),
        ({"last_updated": "2999-01-01T00:00:00.000000Z"}, "timed_out"),
    ],
)
def test_what_a_person_has_set_by_hand_counts(
    host: HostProject, fields: dict[str, Any], why: str
) -> None:
    host.start()
    host.report("planning")
    host.end()
    host.edit(host.record["agent_id"], **fields)

    assert why in denied(host)


def test_a_grant_that_nobody_took_up_lapses(host: HostProject) -> None:
    host.configure(claims={"grant_seconds": 0.001})
    answered(host)
    rewritten(host)

    with host.elsewhere():
        rewritten(host)

    assert (host.record["claim"] or {})["token"] == 3


# --- it reached nobody ------------------------------------------------------------------------


def failed(host: HostProject, name: str = "PostToolUse.SendMessage.failed_unknown_id") -> None:
    host.silence(name, session_id=SESSION, tool_input={"to": AGENT_ID, "message": "x"})


def test_a_message_that_reached_nobody_gives_the_claim_back(host: HostProject) -> None:
    answered(host)
    rewritten(host)

    failed(host)

    assert host.record["claim"] is None
    assert host.approval["status"] == "approved"
    with host.elsewhere():
        rewritten(host)


def test_the_failure_of_another_process_gives_nothing_back(host: HostProject) -> None:
    answered(host)
    rewritten(host)
    before = host.record

    with host.elsewhere():
        failed(host)

    assert host.record == before


def test_a_message_that_failed_to_a_running_agent_takes_nothing_from_it(
    host: HostProject,
) -> None:
    host.start()
    before = host.record

    failed(host)

    assert host.record == before


def test_a_message_that_only_waits_takes_nothing_from_the_agent(host: HostProject) -> None:
    host.start()
    before = host.record

    failed(host, "PostToolUse.SendMessage.queued_running")
    failed(host, "PostToolUse.SendMessage.resumed")

    assert host.record == before


def test_an_agent_that_answers_within_the_message_has_stopped(host: HostProject) -> None:
    answered(host)
    rewritten(host)
    host.start()

    failed(host, "PostToolUse.SendMessage.foreground_nobg")

    assert (host.record["phase"], host.record["claim"]) == ("completed", None)


# --- it is not here ---------------------------------------------------------------------------


def test_an_answered_agent_whose_transcript_is_gone_is_left_to_a_new_one(
    host: HostProject,
) -> None:
    answered(host)
    host.keep_transcript(SESSION, AGENT_ID).unlink()

    said = denied(host)

    assert "a message cannot wake it here" in said
    assert "start an agent of the type terraform-architect" in said


def test_an_answered_agent_of_another_conversation_is_left_to_a_new_one(
    host: HostProject,
) -> None:
    answered(host)

    said = denied(host, session_id="another-conversation")

    assert "ran in another conversation" in said
    assert host.record["agent_id"] in said


def test_an_agent_without_an_answer_that_is_not_here_is_left_to_the_host(
    host: HostProject,
) -> None:
    host.start()
    host.report("planning")
    host.end()
    before = host.record

    host.silence("PreToolUse.SendMessage", closed=True, session_id="another-conversation")

    assert host.record == before
