"""The Codex CLI: every event that its schema knows, told to a fresh process, and what that
answers, held against the files in `golden/codex`.

The payloads are made from the schema; none was recorded.
"""

from __future__ import annotations

import pytest

from agent_session.surfaces.hooks.hosted import HOSTS
from agent_session.surfaces.hooks.joined import is_attended
from tests.surfaces.hooks.codex_cli import SPECIFIC, Codex, golden
from tests.surfaces.hooks.hook_project import AGENT, HookProject, Run

GUARDS = [
    {"tool": "Bash", "match": "terraform apply *"},
    {"tool": "apply_patch"},
    {"tool": "mcp__cloud__*"},
]


@pytest.fixture
def codex(project: HookProject) -> Codex:
    return Codex(project)


@pytest.fixture
def guarded(codex: Codex) -> Codex:
    codex.guards(*GUARDS)
    return codex


# --- an agent's life --------------------------------------------------------------------------


def test_a_conversation_that_begins_where_nothing_is_known_is_told_nothing(
    codex: Codex,
) -> None:
    assert codex.tells("session_start") is None
    assert codex.tells("ephemeral_session_start") is None
    assert not (codex.project.path / ".claude").exists()


def test_an_agent_that_starts_has_a_session_and_is_told_of_it(codex: Codex) -> None:
    codex.tells("subagent_start_fresh")

    payload, host = golden("subagent_start_fresh")["payload"], codex.record["host"]
    assert host["kind"] == "codex"
    assert host["agent_id"] == payload["agent_id"]
    assert host["session_id"] == payload["session_id"]
    assert codex.record["claim"]["process"] is None


def test_the_prompt_that_a_fresh_agent_begins_with_says_nothing_new(codex: Codex) -> None:
    codex.tells("subagent_start_fresh")

    assert codex.tells("subagent_prompt_of_the_fresh") is None


def test_an_agent_that_stops_has_a_session_that_is_ended(codex: Codex) -> None:
    codex.tells("subagent_start_fresh")

    assert codex.tells("subagent_stop") is None
    assert (codex.record["phase"], codex.record["claim"]) == ("completed", None)


def test_a_second_stop_of_the_same_turn_begins_no_other_session(codex: Codex) -> None:
    codex.tells("subagent_start_fresh")
    codex.tells("subagent_stop")

    codex.tells("subagent_stop")

    assert len(codex.records) == 1


def test_an_agent_that_ends_with_a_request_waits_for_its_answer(codex: Codex) -> None:
    codex.asks()

    assert (codex.record["phase"], codex.record["claim"]) == ("approval", None)
    assert codex.approval["action"]["shown"] == "terraform apply plan.tfplan"


def test_a_malformed_request_is_told_once_and_then_kept_for_a_person(codex: Codex) -> None:
    codex.tells("subagent_start_fresh")

    told = codex.tells("subagent_stop_malformed")
    assert told is not None
    assert told["decision"] == "block"
    assert codex.tells("subagent_stop_malformed_again") is None

    assert (codex.record["phase"], codex.record["approvals"]) == ("planning", [])


def test_a_conversation_that_ends_cuts_off_who_still_runs(codex: Codex) -> None:
    codex.tells("subagent_start_fresh")

    assert codex.tells("session_end") is None
    assert codex.record["claim"] is None


# --- waking -----------------------------------------------------------------------------------


def test_a_message_does_not_wake_an_agent_whose_request_waits(codex: Codex) -> None:
    codex.asks()

    told = codex.tells("send_input_while_pending", "closed")

    assert told is not None
    assert codex.approval["id"] in told[SPECIFIC]["permissionDecisionReason"]
    assert codex.record["claim"] is None


def test_a_message_with_an_answer_brings_the_brief_and_the_agent_goes_on(codex: Codex) -> None:
    codex.asks()
    codex.approve()

    told = codex.tells("send_input_with_an_answer", "closed")
    assert told is not None
    sent = told[SPECIFIC]["updatedInput"]
    assert sent["message"].endswith("The message itself:\nGo on.")
    assert codex.record["claim"]["is_grant"]

    codex.tells("subagent_prompt_of_the_woken")
    assert not codex.record["claim"]["is_grant"]
    assert codex.record["phase"] == "executing"
    codex.tells("subagent_stop")
    assert codex.record["phase"] == "completed"


def test_a_message_of_items_is_led_by_the_brief_as_one_of_them(codex: Codex) -> None:
    codex.asks()
    codex.approve()

    told = codex.tells("send_input_of_items", "closed")

    assert told is not None
    sent = told[SPECIFIC]["updatedInput"]
    assert [each["text"] for each in sent["items"]][1:] == ["Go on."]
    assert sent["interrupt"] is True
    assert "message" not in sent


def test_an_encrypted_message_is_not_rewritten_but_sent_back_for_a_new_agent(
    codex: Codex,
) -> None:
    codex.asks()
    codex.approve()

    told = codex.tells("followup_task_with_an_answer", "closed")

    assert told is not None
    assert told[SPECIFIC]["permissionDecision"] == "deny"
    assert codex.record["claim"] is None


def test_a_message_to_an_agent_that_nobody_knows_is_left_alone(codex: Codex) -> None:
    assert codex.tells("send_input_to_a_stranger", "closed") is None


def test_an_agent_that_was_woken_unseen_still_asks(codex: Codex) -> None:
    codex.asks()
    codex.approve()
    codex.tells("subagent_stop_asking")

    assert [each["status"] for each in codex.record["approvals"]][-1] == "pending"
    assert len(codex.record["approvals"]) == 2


def test_an_agent_that_was_woken_unseen_after_its_end_asks_in_a_new_session(
    codex: Codex,
) -> None:
    codex.tells("subagent_start_fresh")
    codex.tells("subagent_stop")

    codex.tells("subagent_stop_asking")

    parents = [each["parent"] for each in codex.records if each["phase"] == "approval"]
    assert [each and each["agent_id"] for each in parents] == [
        each["agent_id"] for each in codex.records if each["phase"] == "completed"
    ]


# --- another agent in its place ---------------------------------------------------------------


@pytest.mark.parametrize("name", ["spawn", "spawn_encrypted"])
def test_a_new_agent_goes_on_with_what_was_answered_and_is_briefed_at_its_start(
    codex: Codex, name: str
) -> None:
    codex.asks()
    codex.approve()

    assert codex.tells(name, "closed") is None
    told = codex.tells("subagent_start_in_its_place")

    assert told is not None
    assert f"Approval {codex.approval['id']} was approved" in str(told)
    assert (
        codex.record["host"]["agent_id"]
        == golden("subagent_start_in_its_place")["payload"]["agent_id"]
    )
    assert codex.record["phase"] == "executing"


def test_a_new_agent_that_is_asked_for_leaves_the_answer_where_it_is(codex: Codex) -> None:
    codex.asks()
    codex.approve()

    told = codex.tells("spawn_without_looking", "closed")

    assert told is not None
    assert told[SPECIFIC]["updatedInput"] == {
        "agent_type": AGENT,
        "message": "Plan the VPC.",
    }
    assert codex.record["claim"] is None


# --- guards -----------------------------------------------------------------------------------


def test_a_guarded_command_is_denied_then_passes_once_after_an_approval(
    guarded: Codex,
) -> None:
    guarded.tells("subagent_start_fresh")
    guarded.tells("guarded_denied", "closed")
    guarded.tells("guarded_still_pending", "closed")
    assert len(guarded.record["approvals"]) == 1

    guarded.approve()

    assert guarded.tells("guarded_allowed", "closed") is None
    assert guarded.approval["status"] == "used"
    guarded.tells("guarded_again", "closed")
    assert [each["status"] for each in guarded.record["approvals"]] == ["used", "pending"]


def test_what_is_not_guarded_is_left_to_codex(guarded: Codex) -> None:
    assert guarded.tells("unguarded", "closed") is None
    assert guarded.records == []


@pytest.mark.parametrize("name", ["guarded_patch", "guarded_mcp"])
def test_edits_and_tools_of_servers_can_be_guarded(guarded: Codex, name: str) -> None:
    told = guarded.tells(name, "closed")

    assert told is not None
    assert told[SPECIFIC]["permissionDecision"] == "deny"


# --- the person -------------------------------------------------------------------------------


def test_a_prompt_tells_the_model_what_waits(codex: Codex) -> None:
    assert codex.tells("prompt") is None
    codex.asks()

    told = codex.tells("prompt_with_what_waits")

    assert codex.approval["id"] in str(told)


def test_the_end_of_a_turn_shows_the_person_what_waits_and_no_code(codex: Codex) -> None:
    assert codex.tells("stop") is None
    codex.asks()

    told = codex.tells("stop_with_what_waits")

    assert told is not None
    assert "in a terminal of your own" in told["systemMessage"]
    assert "type:" not in told["systemMessage"]


@pytest.mark.parametrize("variables", [{}, {"": "1"}, {"CLAUDE_CODE_SESSION_ATTENDED": "1"}])
def test_nobody_ever_sits_at_a_codex(variables: dict[str, str]) -> None:
    assert not is_attended(HOSTS["codex"], variables)


def test_a_prompt_never_decides(codex: Codex) -> None:
    codex.asks()

    told = codex.tells("prompt_that_approves")

    assert told is not None
    assert told["decision"] == "block"
    assert codex.approval["status"] == "pending"


# --- what concerns nobody ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["interrupt", "permission_request", "post_tool_use", "pre_compact", "stop_failure"]
)
def test_an_event_that_is_not_looked_at_ends_in_silence(guarded: Codex, name: str) -> None:
    assert guarded.tells(name) is None
    assert guarded.tells(name, "closed") is None
    assert guarded.records == []


@pytest.mark.parametrize(
    "stdin", [b"", b"{not json", b"[]", b"\xff\xfe", b'{"hook_event_name": 7}', b"{}"]
)
def test_garbage_is_answered_with_silence(codex: Codex, stdin: bytes) -> None:
    assert codex.run(stdin) == Run(0, b"", b"")


@pytest.mark.parametrize("stdin", [b"", b"{not json", b"[]", b"\xff\xfe"])
def test_garbage_is_denied_where_what_cannot_be_looked_at_is_refused(
    codex: Codex, stdin: bytes
) -> None:
    answer = codex.run(stdin, "closed").answer

    assert set(answer) == {SPECIFIC}
    assert set(answer[SPECIFIC]) == {
        "hookEventName",
        "permissionDecision",
        "permissionDecisionReason",
    }
    assert answer[SPECIFIC]["hookEventName"] == "PreToolUse"
    assert answer[SPECIFIC]["permissionDecision"] == "deny"
