"""A new agent is about to be started, while one of its type may be waiting with an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.surfaces.hooks.host_project import AGENT_ID, SESSION, asking

if TYPE_CHECKING:
    from tests.surfaces.hooks.host_project import HostProject

NAME = "PreToolUse.Agent"
NEW_ID = "a0000000000000001"
OTHER = "another-conversation"
INPUT = {
    "description": "plan vpc",
    "prompt": "Plan the VPC change.",
    "subagent_type": "terraform-architect",
    "run_in_background": False,
}


def with_prompt(prompt: str) -> dict[str, Any]:
    return {**INPUT, "prompt": prompt}


def rewritten(host: HostProject, **changes: Any) -> dict[str, Any]:
    """The input that the new agent starts with; nothing is decided for the host."""
    (said,) = host.answer(NAME, **changes).values()
    assert said.keys() == {"hookEventName", "updatedInput"}
    return dict(said["updatedInput"])


def answered(host: HostProject, agent_id: str = AGENT_ID, verdict: str = "approved") -> None:
    host.asked(agent_id)
    host.decide(verdict)


@pytest.fixture
def waiting(host: HostProject) -> HostProject:
    answered(host)
    return host


@pytest.fixture
def left(waiting: HostProject) -> HostProject:
    """An agent waits that no message can wake."""
    waiting.keep_transcript(SESSION, AGENT_ID).unlink()
    return waiting


# --- redirected -------------------------------------------------------------------------------


def test_a_new_agent_is_denied_with_the_call_that_wakes_the_waiting_one(
    waiting: HostProject,
) -> None:
    said = waiting.denial(NAME)

    assert f'SendMessage {{"to": "{AGENT_ID}"' in said
    assert f"approval {waiting.approval['id']} was approved" in said
    assert "[new session]" in said


def test_so_it_is_after_a_rejection(host: HostProject) -> None:
    answered(host, verdict="rejected")

    assert f"approval {host.approval['id']} was rejected" in host.denial(NAME)


def test_the_same_call_again_passes_and_begins_a_session_of_its_own(
    waiting: HostProject,
) -> None:
    waiting.denial(NAME)

    waiting.silence(NAME)
    waiting.start(NEW_ID)

    assert sorted(each["phase"] for each in waiting.sessions()) == ["approval", "initializing"]


def test_another_prompt_is_redirected_anew(waiting: HostProject) -> None:
    waiting.denial(NAME)

    assert AGENT_ID in waiting.denial(NAME, tool_input=with_prompt("Plan another thing."))


def test_another_answer_is_redirected_anew(waiting: HostProject) -> None:
    waiting.denial(NAME)
    waiting.start()
    waiting.end(asking(plan="another"))
    waiting.decide()

    assert waiting.approval["id"] in waiting.denial(NAME)


def test_to_redirect_is_no_activity_and_takes_no_claim(waiting: HostProject) -> None:
    before = waiting.record

    waiting.denial(NAME)

    after = waiting.record
    assert after["last_updated"] == before["last_updated"]
    assert after["claim"] is None
    assert after["approvals"] == before["approvals"]


def test_the_escape_begins_anew_and_is_taken_out(waiting: HostProject) -> None:
    before = waiting.record

    said = rewritten(waiting, tool_input=with_prompt("[new session] Plan it. [new session]"))

    assert said == {**INPUT, "prompt": "Plan it."}
    assert waiting.record == before


def test_an_escape_alone_leaves_a_prompt(waiting: HostProject) -> None:
    assert rewritten(waiting, tool_input=with_prompt("[new session]"))["prompt"]


@pytest.mark.parametrize(
    "tool_input",
    [
        {**INPUT, "subagent_type": "security-auditor"},
        {"description": "d", "prompt": "p"},
        {**INPUT, "prompt": None},
        {"subagent_type": "terraform-architect"},
        {},
    ],
)
def test_a_call_that_concerns_another_type_or_none_passes(
    waiting: HostProject, tool_input: dict[str, Any]
) -> None:
    before = waiting.record

    waiting.silence(NAME, tool_input=tool_input)

    assert waiting.record == before


def test_a_call_without_a_type_means_the_general_agent(host: HostProject) -> None:
    host.start(agent_type="general-purpose")
    host.end(asking())
    host.decide()

    assert AGENT_ID in host.denial(NAME, tool_input={"description": "d", "prompt": "p"})


def test_a_request_that_is_still_pending_redirects_nobody(host: HostProject) -> None:
    host.asked()

    host.silence(NAME)


def test_where_two_wait_nobody_is_chosen(waiting: HostProject) -> None:
    waiting.keep_transcript(SESSION, NEW_ID)
    answered(waiting, NEW_ID)
    before = waiting.sessions()

    waiting.silence(NAME)

    assert waiting.sessions() == before


def test_the_one_of_this_conversation_goes_before_that_of_another(waiting: HostProject) -> None:
    waiting.start(NEW_ID, session_id=OTHER)
    waiting.end(asking(), NEW_ID, session_id=OTHER)
    waiting.decide()

    assert f'"to": "{AGENT_ID}"' in waiting.denial(NAME)


def test_the_older_name_of_the_tool_is_redirected_too(waiting: HostProject) -> None:
    assert AGENT_ID in waiting.denial(NAME, tool_name="Task")


def test_settings_can_turn_it_off(waiting: HostProject) -> None:
    waiting.configure(resume={"on_match": "off"})
    before = waiting.record

    waiting.silence(NAME)

    assert waiting.record == before


# --- briefed ----------------------------------------------------------------------------------


def test_settings_can_brief_a_new_agent_instead(waiting: HostProject) -> None:
    waiting.configure(resume={"on_match": "brief"})

    assert "was approved" in rewritten(waiting)["prompt"]


def test_where_no_message_can_wake_it_the_new_agent_is_briefed(left: HostProject) -> None:
    said = rewritten(left, tool_input=INPUT)

    claim = left.record["claim"]
    assert claim is not None
    assert {**said, "prompt": ""} == {**INPUT, "prompt": ""}
    assert f"Approval {left.approval['id']} was approved" in said["prompt"]
    assert f"AGENT_SESSION_TOKEN={claim['token']}" in said["prompt"]
    assert said["prompt"].endswith(f"\n\n{INPUT['prompt']}")


def test_it_goes_on_with_the_session_under_an_id_of_its_own(left: HostProject) -> None:
    rewritten(left)

    told = left.start(NEW_ID)

    known = left.record["host"]
    assert known is not None
    assert known["agent_id"] == NEW_ID
    assert known["earlier"] == [{"session_id": SESSION, "agent_id": AGENT_ID}]
    assert left.record["phase"] == "executing"
    assert left.record["agent_id"] in told
    assert "was approved" not in told  # its prompt has said so


def test_it_ends_with_the_new_agents_stop(left: HostProject) -> None:
    rewritten(left)
    left.start(NEW_ID)

    left.end("All applied.", NEW_ID)

    assert left.record["phase"] == "completed"
    assert [turn["summary"] for turn in left.record["turns"]][-1] == "All applied."


def test_the_agent_that_had_it_before_does_not_take_it_back(left: HostProject) -> None:
    rewritten(left)
    left.start(NEW_ID)
    before = left.record

    told = left.start(AGENT_ID)

    assert "Do nothing now" in told
    assert left.record == before


def test_another_conversation_goes_on_with_it_from_a_brief(waiting: HostProject) -> None:
    said = rewritten(waiting, session_id=OTHER)
    waiting.start(NEW_ID, session_id=OTHER)

    known = waiting.record["host"]
    assert "was approved" in said["prompt"]
    assert known is not None
    assert (known["session_id"], known["agent_id"]) == (OTHER, NEW_ID)


@pytest.mark.parametrize("change", ["made", "changed", "gone"])
def test_an_agent_whose_definition_was_changed_is_not_woken(
    host: HostProject, change: str
) -> None:
    path = host.path / ".claude/agents/terraform-architect.md"
    path.parent.mkdir(parents=True)
    if change != "made":
        path.write_text("Plan well.")
    answered(host)
    if change == "gone":
        path.unlink()
    else:
        path.write_text("Plan better.")

    assert "was approved" in rewritten(host)["prompt"]


def test_an_agent_whose_definition_is_as_it_was_is_woken(host: HostProject) -> None:
    path = host.home / ".claude/agents/terraform-architect.md"
    path.parent.mkdir(parents=True)
    path.write_text("Plan well.")
    answered(host)

    assert AGENT_ID in host.denial(NAME)


def test_a_second_new_agent_waits_until_the_first_has_started(left: HostProject) -> None:
    rewritten(left)

    said = left.denial(NAME, tool_use_id="toolu_second")

    assert "is just being started" in said
    left.start(NEW_ID)
    left.silence(NAME, tool_use_id="toolu_second")


def test_of_two_calls_at_once_one_goes_on_with_it(left: HostProject) -> None:
    calls = [{"name": NAME, "tool_use_id": f"toolu_{number}"} for number in range(2)]

    both = left.at_once(*calls)

    assert sorted(b"updatedInput" in each.stdout for each in both) == [False, True]
    assert (left.record["claim"] or {})["token"] == 2


def test_a_call_whose_type_does_not_exist_gives_the_grant_back(left: HostProject) -> None:
    rewritten(left, tool_use_id="toolu_1")

    left.silence(
        "PostToolUseFailure.Agent.unknown_type", session_id=SESSION, tool_use_id="toolu_1"
    )

    assert left.record["claim"] is None
    assert "was approved" in rewritten(left)["prompt"]


def test_the_failure_of_another_call_gives_nothing_back(left: HostProject) -> None:
    rewritten(left, tool_use_id="toolu_1")
    before = left.record

    left.silence(
        "PostToolUseFailure.Agent.unknown_type", session_id=SESSION, tool_use_id="toolu_2"
    )

    assert left.record == before


def test_a_second_process_does_not_go_on_with_what_the_first_was_granted(
    left: HostProject,
) -> None:
    rewritten(left)
    before = left.record

    with left.elsewhere():
        left.silence(NAME, tool_use_id="toolu_2")
        left.start(NEW_ID)

    (granted,) = [each for each in left.sessions() if each["agent_id"] == before["agent_id"]]
    assert granted == before


def test_an_agent_of_another_type_does_not_go_on_with_it(left: HostProject) -> None:
    rewritten(left)
    before = left.record

    left.start(NEW_ID, agent_type="security-auditor")

    assert left.wiring().sessions.get(before["agent_id"]) == before


def test_how_it_stood_at_the_pause_is_named_where_it_stands_otherwise(
    host: HostProject,
) -> None:
    host.start()
    host.end(asking(), permission_mode="plan")
    host.decide()
    (host.path / "infra").mkdir()

    (said,) = host.answer(
        "PreToolUse.SendMessage",
        permission_mode="bypassPermissions",
        cwd=str(host.path / "infra"),
    ).values()

    assert said.keys() == {"hookEventName", "updatedInput"}
    brief = said["updatedInput"]["message"]
    assert "not as at the pause: permission_mode was plan, is bypassPermissions" in brief
    assert f"not as at the pause: cwd was {host.path}, is {host.path}/infra" in brief


def test_every_delegation_that_was_looked_at_is_a_line_of_the_log(left: HostProject) -> None:
    left.silence(NAME, tool_input={**INPUT, "subagent_type": "security-auditor"})
    rewritten(left)

    assert [line["reason"] for line in left.checks] == [
        "session_not_found",
        "session_resumable",
    ]
