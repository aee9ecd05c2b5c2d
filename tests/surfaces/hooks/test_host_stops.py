"""An agent of the host stops, or is lost: its session is kept or ended, and nothing is said."""

from __future__ import annotations

import pytest

from tests.surfaces.hooks.host_project import AGENT_ID, SESSION, HostProject

OTHER_ID = "a0123456789abcdef"
PHASES = (
    ("initializing", "completed"),
    ("investigating", "investigating"),
    ("planning", "planning"),
    ("approval", "approval"),
    ("executing", "completed"),
    ("validating", "completed"),
)
FAILED_PHASES = [(phase, phase if phase == after else "failed") for phase, after in PHASES]


def started(host: HostProject, phase: str) -> None:
    host.start()
    if phase != "initializing":
        host.report(phase)


def fail(host: HostProject, agent_id: str = AGENT_ID, **changes: object) -> None:
    told = {"agent_id": agent_id, "session_id": SESSION, **changes}
    host.silence("StopFailure.subagent", **told)


@pytest.mark.parametrize(("phase", "after"), PHASES)
def test_a_stop_ends_the_session_unless_it_can_be_resumed(
    host: HostProject, phase: str, after: str
) -> None:
    started(host, phase)

    host.end("All of it.")

    record = host.record
    assert record["phase"] == after
    assert record["claim"] is None
    assert record["turns"][-1]["summary"] == "All of it."
    assert record["turns"][-1]["ended_at"] is not None


@pytest.mark.parametrize(("phase", "after"), FAILED_PHASES)
def test_an_api_error_is_counted_and_fails_the_session_unless_it_can_be_resumed(
    host: HostProject, phase: str, after: str
) -> None:
    started(host, phase)

    fail(host)

    record = host.record
    assert (record["phase"], record["error_count"]) == (after, 1)
    assert "API Error: 400 fake error" in str(record["last_error"])
    assert record["claim"] is None


def test_an_api_error_of_the_conversation_itself_fails_none_of_its_agents(
    host: HostProject,
) -> None:
    host.start()
    before = host.record

    host.silence("StopFailure.main", session_id=SESSION)

    assert host.record == before


def test_the_failure_of_a_delegation_that_has_told_its_end_already_changes_nothing(
    host: HostProject,
) -> None:
    started(host, "planning")
    fail(host)
    before = host.record

    host.silence("PostToolUseFailure.Agent.api_error", session_id=SESSION)

    assert host.record == before


def test_an_agent_that_ends_without_a_word_was_lost(host: HostProject) -> None:
    host.start("ab17cabc9465cbbcd", session_id="d7a9280c-9339-4ba9-ba03-9998af2a326b")

    host.silence("PostToolUse.Agent.after_deferred_child")

    record = host.record
    assert (record["phase"], record["error_count"]) == ("failed", 1)
    assert "lost" in str(record["last_error"])


def test_an_agent_lost_while_it_planned_is_kept(host: HostProject) -> None:
    host.start("ab17cabc9465cbbcd", session_id="d7a9280c-9339-4ba9-ba03-9998af2a326b")
    host.report("planning")

    host.silence("PostToolUse.Agent.after_deferred_child")

    assert (host.record["phase"], host.record["error_count"]) == ("planning", 1)


def test_a_delegation_whose_agent_has_stopped_already_changes_nothing(
    host: HostProject,
) -> None:
    started(host, "planning")
    host.end()
    before = host.record

    host.silence("PostToolUse.Agent.foreground")

    assert host.record == before


def test_a_delegation_that_tells_the_end_first_ends_it(host: HostProject) -> None:
    host.start()

    host.silence("PostToolUse.Agent.foreground")

    assert host.record["phase"] == "completed"


def test_an_agent_that_runs_on_in_the_background_is_not_ended_by_its_delegation(
    host: HostProject,
) -> None:
    host.start()
    before = host.record
    launched = {"isAsync": True, "status": "async_launched", "agentId": AGENT_ID}

    host.silence("PostToolUse.Agent.async_launched", tool_response=launched)

    assert host.record == before


@pytest.mark.parametrize("changes", [{"agent_id": OTHER_ID}, {"agent_type": ""}])
def test_a_stop_of_somebody_else_changes_nothing(
    host: HostProject, changes: dict[str, str]
) -> None:
    started(host, "planning")
    before = host.record

    host.silence("SubagentStop.foreground", **changes)

    assert host.record == before


def test_the_stops_of_a_compaction_change_nothing(host: HostProject) -> None:
    started(host, "executing")
    before = host.record

    for _ in range(2):
        host.silence("SubagentStop.spurious_compaction", session_id=SESSION)

    assert host.record == before


def test_a_late_stop_of_the_process_before_does_not_end_the_newer_claim(
    host: HostProject,
) -> None:
    with host.elsewhere():
        started(host, "planning")
        late = host.variables["CLAUDE_PID"]
    host.start()
    before = host.record

    host.variables["CLAUDE_PID"] = late
    host.end("too late")
    fail(host)
    host.silence("SessionEnd")

    assert host.record == before


def test_a_stop_told_by_another_process_does_not_end_the_claim_of_this_one(
    host: HostProject,
) -> None:
    started(host, "executing")
    before = host.record

    with host.elsewhere():
        host.end("not mine")
        fail(host)
        host.silence("PostToolUse.Agent.foreground")
        host.silence("SessionEnd")

    assert host.record == before


def test_a_second_stop_of_the_same_turn_changes_nothing(host: HostProject) -> None:
    started(host, "planning")
    host.end("first")
    before = host.record

    host.end("second")

    assert host.record == before


def test_two_turns_of_a_session_keep_their_own_words(host: HostProject) -> None:
    started(host, "planning")
    host.end("first")
    host.start()
    host.end("second")

    assert [turn["summary"] for turn in host.record["turns"]] == ["first", "second"]


def test_what_a_turn_came_to_is_kept_without_its_secrets(host: HostProject) -> None:
    started(host, "planning")

    host.end("The key is AKIAIOSFODNN7EXAMPLE and all is planned.")

    summary = host.record["turns"][-1]["summary"]
    assert summary is not None
    assert "AKIAIOSFODNN7EXAMPLE" not in summary
    assert "all is planned" in summary


def test_a_stop_with_a_report_beyond_all_bounds_is_a_stop(host: HostProject) -> None:
    started(host, "planning")

    host.end("word " * 500_000)

    summary = host.record["turns"][-1]["summary"]
    assert summary is not None
    assert len(summary) < 10_000
    assert host.record["claim"] is None


@pytest.mark.parametrize("said", [None, "", 7, ["x"]])
def test_a_stop_without_words_is_a_stop(host: HostProject, said: object) -> None:
    started(host, "planning")

    host.silence("SubagentStop.foreground", last_assistant_message=said)

    assert host.record["claim"] is None


def test_how_the_agent_stood_as_it_stopped_is_kept(host: HostProject) -> None:
    started(host, "planning")

    host.end(permission_mode="plan")

    known = host.record["host"]
    assert known is not None
    assert known["paused"] == {"cwd": str(host.path), "permission_mode": "plan"}


def test_the_end_of_the_conversation_ends_what_waits_for_nothing(host: HostProject) -> None:
    host.start()
    host.start(OTHER_ID)
    host.report("planning", host.sessions()[0]["agent_id"])

    host.silence("SessionEnd")

    ended = {each["phase"]: each["claim"] for each in host.sessions()}
    assert ended == {"failed": None, "planning": None}


def test_the_end_of_the_conversation_leaves_in_doubt_what_acts(host: HostProject) -> None:
    with host.elsewhere():
        started(host, "executing")
        before = host.record
        host.silence("SessionEnd")
        assert host.record == before

    found = host.wiring().resumes.judge(before["agent_id"])
    assert found.reason == "in_doubt"


def test_the_end_of_another_conversation_ends_nothing_here(host: HostProject) -> None:
    started(host, "planning")
    before = host.record

    host.silence("SessionEnd", session_id="another-conversation")

    assert host.record == before


def test_every_stop_is_a_line_of_the_projects_metrics(host: HostProject) -> None:
    started(host, "planning")
    host.end()
    host.start()
    fail(host)

    assert [line["exit_code"] for line in host.metrics] == [0, 1]
    assert {line["agent"] for line in host.metrics} == {"terraform-architect"}


def test_nothing_is_written_of_a_stop_that_concerns_nobody(host: HostProject) -> None:
    host.silence("SubagentStop.foreground")

    assert host.metrics == []
    assert not (host.path / ".claude").exists()
