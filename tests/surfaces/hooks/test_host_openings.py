"""A conversation of the host begins or goes on: what a kill has left behind is put in order."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.surfaces.hooks.host_project import AGENT_ID, SESSION, asking

if TYPE_CHECKING:
    from tests.surfaces.hooks.host_project import HostProject

OPENING = "SessionStart.startup"
OPENINGS = (OPENING, "SessionStart.resume", "SessionStart.fork", "SessionStart.compact")


def agent(number: int) -> str:
    return f"a{number:016x}"


def lost(host: HostProject, phase: str, agents: int = 1) -> None:
    """Agents were in that phase when their client was killed."""
    with host.elsewhere():
        for number in range(agents):
            host.start(agent(number))
            if phase != "initializing":
                host.report(phase, host.sessions()[0]["agent_id"])


@pytest.mark.parametrize("name", OPENINGS)
@pytest.mark.parametrize("phase", ["initializing", "investigating", "planning"])
def test_what_was_lost_while_it_waited_is_released_and_nothing_else(
    host: HostProject, phase: str, name: str
) -> None:
    lost(host, phase)
    before = host.record
    assert before["claim"] is not None

    host.silence(name)

    after = host.record
    assert after["claim"] is None
    assert after["last_updated"] == before["last_updated"]
    assert (after["phase"], after["turns"]) == (phase, before["turns"])


@pytest.mark.parametrize("phase", ["executing", "validating"])
def test_what_was_lost_while_it_acted_is_in_doubt_and_told_to_both(
    host: HostProject, phase: str
) -> None:
    lost(host, phase)
    before = host.record

    told = host.answer(OPENING)

    context, shown = told["hookSpecificOutput"]["additionalContext"], told["systemMessage"]
    assert f"{before['agent_id']} (terraform-architect) is in doubt" in context
    assert f"agent-session resolve {before['agent_id']} --as completed|failed|retry" in context
    assert shown == context
    assert host.record == before


def test_what_is_in_doubt_is_told_until_a_person_says_what_was_done(host: HostProject) -> None:
    lost(host, "executing")
    host.answer(OPENING)
    host.answer(OPENING)

    host.wiring().claims.resolve(host.record["agent_id"], "retry")

    host.silence(OPENING)
    host.keep_transcript(SESSION, agent(0))
    assert (
        b"updatedInput"
        in host.tell(
            "PreToolUse.SendMessage", tool_input={"to": agent(0), "message": "x"}
        ).stdout
    )


def test_of_many_that_are_in_doubt_five_are_told(host: HostProject) -> None:
    lost(host, "executing", agents=7)

    lines = host.context(OPENING).splitlines()

    assert len(lines) == 6
    assert all("is in doubt" in line for line in lines[:5])
    assert lines[5] == "... and 2 more: agent-session list"


def test_an_agent_whose_client_runs_is_left_alone(host: HostProject) -> None:
    with host.elsewhere():
        host.start()
        host.report("executing")
        host.start(agent(1))
        before = host.sessions()
        other = host.variables["CLAUDE_PID"]

        host.silence(OPENING, session_id="another-conversation")

        assert host.variables["CLAUDE_PID"] == other
        assert host.sessions() == before


def test_a_session_that_no_host_runs_is_left_alone(host: HostProject) -> None:
    agent_id = host.session("planning")
    host.wiring().claims.claim(agent_id, "somebody")
    before = host.record

    host.silence(OPENING)

    assert host.record == before


def test_what_waits_is_shown_to_the_person_and_not_to_the_model(host: HostProject) -> None:
    host.asked()

    shown = host.notice(OPENING)

    assert f"{host.approval['id']} waits for you: add three subnets" in shown
    assert "terraform apply plan.tfplan" in shown
    assert f"type: approve {host.approval['id']} " in shown


def test_what_is_in_doubt_and_what_waits_are_shown_together(host: HostProject) -> None:
    lost(host, "executing")
    host.start(AGENT_ID)
    host.end(asking())

    told = host.answer(OPENING)

    assert "is in doubt" in told["systemMessage"]
    assert "waits for you" in told["systemMessage"]
    assert "waits for you" not in json.dumps(told["hookSpecificOutput"])


def test_an_agent_that_asked_before_its_client_was_killed_still_waits(
    host: HostProject,
) -> None:
    with host.elsewhere():
        host.asked()
    before = host.record

    host.notice(OPENING)
    host.decide()

    assert before["claim"] is None
    assert b"updatedInput" in host.tell("PreToolUse.SendMessage").stdout


def test_a_guarded_call_that_waited_as_its_client_was_killed_still_waits(
    host: HostProject,
) -> None:
    host.configure(guards=[{"tool": "Bash", "match": "terraform apply *"}])
    with host.elsewhere():
        host.denied("terraform apply x")

    shown = host.notice(OPENING)

    assert host.approval["id"] in shown
    assert (host.record["phase"], host.record["claim"]) == ("approval", None)


@pytest.mark.parametrize("name", ["evil\nagent-session: forged", "\x1b[31mred", "n" * 500])
def test_a_name_that_an_agent_has_is_told_in_a_bounded_line(
    host: HostProject, name: str
) -> None:
    with host.elsewhere():
        host.start(agent_type=name)
        host.report("executing")

    told = host.context(OPENING)

    assert "\n" not in told
    assert "\x1b" not in told
    assert len(told) < 500


def test_in_a_project_without_sessions_no_folder_is_made(host: HostProject) -> None:
    host.silence(OPENING)

    assert not (host.path / ".claude").exists()
