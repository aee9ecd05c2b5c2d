"""Before a delegation: the published JSON in and out, and the true reason in each case."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from tests.surfaces.hooks.hook_project import (
    AGENT,
    PRE_DELEGATE,
    PYTHON,
    HookProject,
    script_of,
)


def _with_errors(project: HookProject) -> str:
    agent_id = project.session()
    for number in range(3):
        project.wiring().sessions.update(agent_id, error=f"error {number}")
    return agent_id


def _final(project: HookProject, outcome: str) -> str:
    agent_id = project.session()
    project.wiring().sessions.finalize(agent_id, outcome)
    return agent_id


def _not_ready(project: HookProject) -> str:
    agent_id = project.session()
    project.edit(agent_id, resume_ready=False)
    return agent_id


def _corrupt(project: HookProject) -> str:
    agent_id = project.session()
    for name in ("state.json", "journal.jsonl"):
        (project.path / ".claude/session" / agent_id / name).write_text('{"agent_id":\n')
    return agent_id


Cause = Callable[[HookProject], str]
CAUSES: dict[str, tuple[str, Cause]] = {
    "no-session": ("session_not_found", lambda _: "agent-20260108-180530-abc12345"),
    "no-id": ("session_not_found", lambda _: "../../x"),
    "corrupt": ("state_corrupted", _corrupt),
    "completed": ("session_final", lambda project: _final(project, "completed")),
    "failed": ("session_final", lambda project: _final(project, "failed")),
    "abandoned": ("session_final", lambda project: _final(project, "abandoned")),
    "initializing": ("phase_not_resumable", lambda project: project.session(None)),
    "executing": ("phase_not_resumable", lambda project: project.session("executing")),
    "validating": ("phase_not_resumable", lambda project: project.session("validating")),
    "by-hand": ("not_resume_ready", _not_ready),
    "errors": ("too_many_errors", _with_errors),
    "idle": ("timed_out", lambda project: project.session(minutes_ago=30)),
    "future": ("timed_out", lambda project: project.session(minutes_ago=-2)),
    "investigating": ("session_resumable", lambda project: project.session("investigating")),
    "planning": ("session_resumable", lambda project: project.session("planning")),
    "approval": ("session_resumable", lambda project: project.session("approval")),
    "29-minutes": ("session_resumable", lambda project: project.session(minutes_ago=29)),
}


@pytest.mark.parametrize("cause", CAUSES)
def test_the_reason_is_the_true_one_and_is_logged(project: HookProject, cause: str) -> None:
    reason, make = CAUSES[cause]
    agent_id = make(project)

    answer = project.ask({"agent_name": AGENT, "agent_id": agent_id})

    assert (answer["reason"], answer["agent_id"]) == (reason, agent_id)
    assert answer["should_resume"] is (reason == "session_resumable")
    assert (answer["resume_metadata"] is None) is (reason != "session_resumable")
    (line,) = project.checks
    assert line["decision"] == ("resume" if reason == "session_resumable" else "new")
    assert (line["reason"], line["agent_id"]) == (reason, agent_id)


def test_the_answer_is_the_published_json_with_the_whole_context(project: HookProject) -> None:
    agent_id = project.session("planning", task_id="T001", plan_file="plan.json")
    project.wiring().sessions.update(agent_id, "approval")
    record = project.wiring().sessions.get(agent_id)
    payload = {
        "agent_name": AGENT,
        "task_id": "T001",
        "agent_id": agent_id,
        "task_description": "apply the plan \u2013 now",
        "metadata": {"tags": ["prod", 1, None]},
    }

    answer = project.ask(payload)

    told = answer["resume_metadata"]
    assert agent_id in told.pop("brief")
    assert told.pop("claimed_until") > record["last_updated"]
    assert answer == {
        "should_resume": True,
        "reason": "session_resumable",
        "agent_id": agent_id,
        "resume_metadata": {
            "previous_phase": "approval",
            "created_at": record["created_at"],
            "last_updated": record["last_updated"],
            "history": record["history"],
            "session_metadata": {"task_id": "T001", "plan_file": "plan.json"},
            "decision": None,
            "approval_id": None,
            "token": 1,
        },
        "original_context": payload,
    }


# --- without an agent id ----------------------------------------------------------------------


def test_without_an_agent_id_the_newest_session_of_the_agent_is_resumed(
    project: HookProject,
) -> None:
    project.session(minutes_ago=3)
    newest = project.session(minutes_ago=2)
    project.session("executing", minutes_ago=1)
    project.session(agent_name="gitops-operator")

    assert project.ask({"agent_name": AGENT})["agent_id"] == newest


def test_a_session_of_another_task_is_not_resumed(project: HookProject) -> None:
    project.session(task_id="T002")

    answer = project.ask({"agent_name": AGENT, "task_id": "T001"})

    assert (answer["reason"], answer["agent_id"]) == ("session_not_found", None)


@pytest.mark.parametrize(
    ("asked", "of_session"), [({}, {"task_id": "T001"}), ({"task_id": "T001"}, {})]
)
def test_tasks_keep_apart_only_where_both_name_one(
    project: HookProject, asked: dict[str, Any], of_session: dict[str, Any]
) -> None:
    agent_id = project.session(**of_session)

    assert project.ask({"agent_name": AGENT, **asked})["agent_id"] == agent_id


def test_a_task_may_be_a_number(project: HookProject) -> None:
    agent_id = project.session(task_id=7)

    assert project.ask({"agent_name": AGENT, "task_id": 7})["agent_id"] == agent_id
    assert project.ask({"agent_name": AGENT, "task_id": 8})["agent_id"] is None


def test_where_none_is_resumable_the_reason_is_that_of_the_newest(project: HookProject) -> None:
    project.session(minutes_ago=31)
    newest = project.session("executing")

    answer = project.ask({"agent_name": AGENT})

    assert (answer["reason"], answer["agent_id"]) == ("phase_not_resumable", newest)


@pytest.mark.parametrize(
    "payload", [{}, {"agent_name": None}, {"agent_name": ""}, {"task_id": "T001"}]
)
def test_a_request_that_names_nobody_finds_nothing(
    project: HookProject, payload: dict[str, object]
) -> None:
    project.session(task_id="T001")

    assert project.ask(payload)["reason"] == "session_not_found"


# --- the log ----------------------------------------------------------------------------------


def test_every_check_is_one_line_of_the_log(project: HookProject) -> None:
    project.session()
    for payload in ({"agent_name": AGENT}, {"agent_name": "nobody"}, {"agent_name": 1.5}):
        project.ask(payload)
    project.run(PRE_DELEGATE, b"{")

    assert [(line["decision"], line["reason"]) for line in project.checks] == [
        ("resume", "session_resumable"),
        ("new", "session_not_found"),
        ("new", "invalid_value"),
        ("new", "invalid_json"),
    ]


def test_a_name_cannot_forge_a_line_of_the_log(project: HookProject) -> None:
    name = 'x"}\n{"decision": "resume", "reason": "session_resumable"}\r\u2028\u202e'

    project.ask({"agent_name": name})

    assert [(line["agent_name"], line["decision"]) for line in project.checks] == [
        (name, "new")
    ]


# --- the program ------------------------------------------------------------------------------


def test_a_store_that_fails_is_a_no(project: HookProject) -> None:
    (project.path / ".claude").mkdir()
    (project.path / ".claude/session").write_text("no folder")

    answer = project.ask({"agent_name": AGENT, "agent_id": "agent-1"})

    assert (answer["should_resume"], answer["reason"]) == (False, "store_failed")


def test_a_store_that_is_not_known_is_a_no(project: HookProject) -> None:
    project.variables["AGENT_SESSION_STORE"] = "carrier-pigeons:x"

    answer = project.ask({"agent_name": AGENT})

    assert (answer["should_resume"], answer["reason"]) == (False, "invalid_value")
    assert "carrier-pigeons" in answer["message"]


def test_the_self_test_passes_and_leaves_nothing_behind(project: HookProject) -> None:
    ran = subprocess.run(
        [*PYTHON, script_of(PRE_DELEGATE), "--test"],
        cwd=project.path,
        env=project.variables,
        capture_output=True,
        check=True,
    )

    assert ran.stdout.endswith(b"self-test passed\n")
    assert list(project.path.iterdir()) == []
    assert list(project.home.iterdir()) == []


def test_any_other_word_asks_for_help(project: HookProject) -> None:
    ran = subprocess.run(
        [*PYTHON, script_of(PRE_DELEGATE), "--help"], capture_output=True, check=True
    )

    assert b"agent_name" in ran.stdout
    assert list(project.path.iterdir()) == []
