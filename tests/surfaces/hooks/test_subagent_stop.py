"""After an agent has stopped: paused or finalized, and written down in any case."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.surfaces.hooks.hook_project import (
    AGENT,
    PYTHON,
    SUBAGENT_STOP,
    WORKFLOW,
    HookProject,
    script_of,
)

if TYPE_CHECKING:
    from agent_session.core.state import Record


def _action(answer: dict[str, Any]) -> tuple[Any, ...]:
    return answer["success"], answer["action"], answer["phase"], answer["reason"]


# --- the session ------------------------------------------------------------------------------


@pytest.mark.parametrize("phase", ["investigating", "planning", "approval"])
@pytest.mark.parametrize("exit_code", [0, 1])
def test_a_stop_in_a_resumable_phase_is_a_pause(
    project: HookProject, phase: str, exit_code: int
) -> None:
    agent_id = project.session(phase)
    before = project.wiring().sessions.get(agent_id)

    answer = project.stop(agent_id, exit_code=exit_code)

    assert _action(answer) == (True, "paused", phase, None)
    after = project.wiring().sessions.get(agent_id)
    assert {**after, **_of_the_stop(before)} == before
    assert project.ask({"agent_name": AGENT})["agent_id"] == agent_id


def _of_the_stop(record: Record) -> dict[str, Any]:
    """What a pause changes: its turn is over."""
    return {field: record[field] for field in ("last_updated", "revision", "turns")}


def test_a_pause_ends_the_turn_with_what_the_agent_said(project: HookProject) -> None:
    agent_id = project.session("planning")

    project.stop(agent_id, agent_output="The plan is ready: token=hunter2hunter2hunter2")

    turn = project.wiring().sessions.get(agent_id)["turns"][-1]
    assert turn["summary"] == "The plan is ready: token=[redacted:token]"
    assert turn["ended_at"] is not None


@pytest.mark.parametrize("phase", [None, "executing", "validating"])
@pytest.mark.parametrize(("exit_code", "outcome"), [(0, "completed"), (3, "failed")])
def test_a_stop_in_any_other_phase_is_the_end(
    project: HookProject, phase: str | None, exit_code: int, outcome: str
) -> None:
    agent_id = project.session(phase)

    answer = project.stop(agent_id, exit_code=exit_code)

    assert _action(answer) == (True, "finalized", outcome, None)
    assert (answer["agent_id"], answer["exit_code"]) == (agent_id, exit_code)
    assert project.phase_of(agent_id) == outcome


@pytest.mark.parametrize("phase", ["approval", "executing"])
@pytest.mark.parametrize("outcome", ["completed", "failed", "abandoned"])
def test_an_explicit_outcome_is_the_end_whatever_the_phase(
    project: HookProject, phase: str, outcome: str
) -> None:
    agent_id = project.session(phase)

    answer = project.stop(agent_id, outcome=outcome, exit_code=1)

    assert _action(answer) == (True, "finalized", outcome, None)
    assert project.phase_of(agent_id) == outcome


@pytest.mark.parametrize("outcome", ["done", "approval", "", 0, False, [], {"a": 1}])
def test_an_unknown_outcome_is_refused_and_changes_nothing(
    project: HookProject, outcome: object
) -> None:
    agent_id = project.session("executing")

    answer = project.stop(agent_id, outcome=outcome)

    assert _action(answer) == (False, "ignored", None, "unknown_word")
    assert "completed, failed, abandoned" in answer["message"]
    assert project.phase_of(agent_id) == "executing"
    assert len(project.metrics) == 1


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ("exit code: 1 at first, exit code: 0 at last", "completed"),
        ("done. Exit code: 2", "failed"),
        ("0 errors, 0 failed", "completed"),
        ("fatal error: 3 failed", "completed"),
    ],
)
def test_without_an_exit_code_the_output_s_last_one_decides(
    project: HookProject, said: str, outcome: str
) -> None:
    agent_id = project.session("executing")

    assert project.stop(agent_id, said=said)["phase"] == outcome


def test_the_end_again_changes_nothing(project: HookProject) -> None:
    agent_id = project.session("executing")
    project.stop(agent_id, exit_code=0)
    before = project.wiring().sessions.get(agent_id)

    again = project.stop(agent_id, exit_code=0)
    other = project.stop(agent_id, exit_code=1)

    assert _action(again) == (True, "finalized", "completed", None)
    assert _action(other) == (False, "ignored", "completed", "session_final")
    assert project.wiring().sessions.get(agent_id) == before


@pytest.mark.parametrize(
    ("agent_id", "reason"),
    [
        ("agent-none", "session_not_found"),
        ("../../x", "invalid_agent_id"),
        (".", "invalid_agent_id"),
        ("a\u0000b", "invalid_agent_id"),
        (5, "invalid_agent_id"),
        (["agent-1"], "invalid_agent_id"),
        ({"id": "agent-1"}, "invalid_agent_id"),
    ],
)
def test_an_agent_that_has_no_session_is_ignored(
    project: HookProject, agent_id: object, reason: str
) -> None:
    answer = project.stop(agent_id)

    assert _action(answer) == (False, "ignored", None, reason)
    assert len(project.metrics) == 1
    assert not (project.path / ".claude/session").exists()


@pytest.mark.parametrize("agent_id", [None, ""])
def test_an_agent_without_an_id_has_nothing_to_end(
    project: HookProject, agent_id: object
) -> None:
    assert _action(project.stop(agent_id)) == (True, "ignored", None, "no_agent_id")


@pytest.mark.parametrize("task_info", [None, {}, [], "text", {"agent_id": None}])
def test_the_agent_id_may_stand_at_the_top(project: HookProject, task_info: object) -> None:
    agent_id = project.session("executing")
    payload = {"agent_id": agent_id, "task_info": task_info}

    answer = project.run(SUBAGENT_STOP, payload).answer

    assert (answer["action"], answer["agent_id"]) == ("finalized", agent_id)
    assert project.metrics[0]["session_id"] == agent_id


# --- what is written down ---------------------------------------------------------------------


def test_every_stop_is_one_line_of_metrics_pauses_included(project: HookProject) -> None:
    paused, ended = project.session(), project.session("executing")

    project.stop(paused, said="Duration: 1500 ms")
    project.stop(ended, said="took 2.5 seconds\nexit code: 0")
    project.stop(None)

    assert [(line["session_id"], line["duration_ms"]) for line in project.metrics] == [
        (paused, 1500),
        (ended, 2500),
        (None, None),
    ]
    assert project.anomalies == []


def test_a_line_of_metrics_has_the_published_fields(project: HookProject) -> None:
    task = {"agent_id": "a", "task_id": "T1", "agent": AGENT, "tier": "T3", "tags": ["prod"]}

    project.run(SUBAGENT_STOP, {"task_info": task, "agent_output": "ok", "exit_code": "4"})

    (line,) = project.metrics
    assert {**line, "timestamp": ""} == {
        "timestamp": "",
        "session_id": "a",
        "task_id": "T1",
        "agent": AGENT,
        "tier": "T3",
        "duration_ms": None,
        "exit_code": 4,
        "output_length": 2,
        "tags": ["prod"],
    }


def test_the_third_failure_in_a_row_and_a_slow_run_raise_the_flag(project: HookProject) -> None:
    for _ in range(2):
        assert project.stop(None, exit_code=1)["anomalies"] == ["failed"]

    answer = project.stop(None, said="took 121 seconds", exit_code=1)

    assert answer["anomalies"] == ["slow", "failed", "repeated_failures"]
    assert [line["type"] for line in project.anomalies] == ["failed"] * 2 + answer["anomalies"]
    flag = json.loads((project.path / WORKFLOW / "signals/needs_analysis.flag").read_text())
    assert flag == {
        "timestamp": project.metrics[-1]["timestamp"],
        "anomalies": project.anomalies[2:],
    }


def test_every_run_is_one_line_of_the_audit_log(project: HookProject) -> None:
    agent_id = project.session("executing")
    forged = 'x"}\n{"action": "finalized"}\r\u2028\u202e\u0000'

    project.stop(agent_id, exit_code=2)
    project.stop(forged)
    project.run(SUBAGENT_STOP, b"[" * 9)

    assert [(line["action"], line["reason"]) for line in project.audit] == [
        ("finalized", None),
        ("ignored", "invalid_agent_id"),
        ("ignored", "invalid_json"),
    ]
    assert project.audit[0]["agent_id"] == agent_id
    assert project.audit[1]["agent_id"] == forged
    assert {line["hook"] for line in project.audit} == {"subagent_stop"}


def test_stops_at_the_same_moment_are_all_written_down(project: HookProject) -> None:
    ids = [project.session("executing") for _ in range(8)]
    running = [
        subprocess.Popen(
            [*PYTHON, script_of(SUBAGENT_STOP)],
            cwd=project.path,
            env=project.variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for _ in ids
    ]
    for process, agent_id in zip(running, ids, strict=True):
        payload = {"task_info": {"agent_id": agent_id}, "exit_code": 1}
        process.communicate(json.dumps(payload).encode())

    assert {project.phase_of(agent_id) for agent_id in ids} == {"failed"}
    assert {line["session_id"] for line in project.metrics} == set(ids)
    assert (len(project.metrics), len(project.audit), len(project.anomalies)) == (8, 8, 8)


# --- faults -----------------------------------------------------------------------------------


def test_a_store_that_fails_is_told_as_what_it_is(project: HookProject) -> None:
    (project.path / ".claude").mkdir()
    (project.path / ".claude/session").symlink_to(project.home)

    answer = project.stop("agent-1")

    assert _action(answer) == (False, "ignored", None, "unsafe_store")
    assert "symbolic link" in answer["message"]
    assert len(project.metrics) == 1


def test_a_store_that_is_not_known_leaves_its_metrics(project: HookProject) -> None:
    project.variables["AGENT_SESSION_STORE"] = "carrier-pigeons:x"

    assert _action(project.stop("agent-1")) == (False, "ignored", None, "invalid_value")
    assert len(project.metrics) == 1


def test_a_session_beyond_repair_is_left_alone(project: HookProject) -> None:
    agent_id = project.session("executing")
    folder = project.path / ".claude/session" / agent_id
    for name in ("state.json", "journal.jsonl"):
        (folder / name).write_text("garbage\n")

    assert _action(project.stop(agent_id)) == (False, "ignored", None, "state_corrupted")
    assert (folder / "journal.jsonl").read_text() == "garbage\n"


def test_the_words_after_the_name_of_the_program_ask_for_help(project: HookProject) -> None:
    ran = subprocess.run(
        [*PYTHON, script_of(SUBAGENT_STOP), "--help"], capture_output=True, check=True
    )

    assert b"task_info" in ran.stdout
    assert list(project.path.iterdir()) == []
