"""The fifteen published tests, by their published names, through the library alone."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent_session import (
    AgentSession,
    cleanup_old_sessions,
    create_session,
    finalize_session,
    get_session,
    list_sessions,
    should_resume,
    update_state,
)


@pytest.fixture(autouse=True)
def _nobody_has_set_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The defaults are tested, whatever is set up on this machine."""
    for name in ("STORE", "RESUME_IDLE_MINUTES", "RESUME_MAX_ERRORS", "CLEANUP_HOURS"):
        monkeypatch.delenv(f"AGENT_SESSION_{name}", raising=False)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@pytest.fixture
def manager(tmp_path: Path) -> AgentSession:
    return AgentSession(base_path=tmp_path / "session")


def _create(manager: AgentSession, name: str = "terraform-architect", **given: Any) -> str:
    agent_id = manager.create_session(agent_name=name, purpose="approval_workflow", **given)
    assert agent_id is not None
    return agent_id


def _get(manager: AgentSession, agent_id: str) -> dict[str, Any]:
    session = manager.get_session(agent_id)
    assert session is not None
    return session


def _edit(manager: AgentSession, agent_id: str, fields: Mapping[str, Any]) -> None:
    """Change state.json by hand."""
    path = Path(manager.base_path or "") / agent_id / "state.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}, indent=2))


def _ago(**passed: float) -> str:
    return (datetime.now(UTC) - timedelta(**passed)).isoformat()


def test_create_session(manager: AgentSession, tmp_path: Path) -> None:
    agent_id = _create(manager, metadata={"task_id": "T001"})

    assert re.fullmatch(r"agent-\d{8}-\d{6}-[0-9a-f]{8}", agent_id)
    state = json.loads((tmp_path / "session" / agent_id / "state.json").read_text())
    assert state["agent_id"] == agent_id
    assert state["agent_name"] == "terraform-architect"
    assert state["purpose"] == "approval_workflow"
    assert state["phase"] == "initializing"
    assert state["metadata"] == {"task_id": "T001"}
    assert state["resume_ready"] is False
    assert state["history"] == []
    assert state["error_count"] == 0
    assert state["last_error"] is None
    assert state["finalized_at"] is None
    assert state["created_at"] == state["last_updated"]


def test_update_state(manager: AgentSession) -> None:
    agent_id = _create(manager)
    before = _get(manager, agent_id)

    assert manager.update_state(agent_id, phase="approval", metadata={"plan": "p.json"}) is True

    after = _get(manager, agent_id)
    assert after["phase"] == "approval"
    assert after["metadata"] == {"plan": "p.json"}
    assert after["resume_ready"] is True
    assert after["last_updated"] > before["last_updated"]
    assert after["created_at"] == before["created_at"]


def test_should_resume_success(manager: AgentSession) -> None:
    agent_id = _create(manager)

    for phase in ("approval", "investigating", "planning"):
        manager.update_state(agent_id, phase=phase)
        assert manager.should_resume(agent_id) is True


def test_should_resume_not_resumable_phase(manager: AgentSession) -> None:
    agent_id = _create(manager)

    for phase in ("initializing", "executing", "validating", "completed"):
        assert manager.update_state(agent_id, phase=phase) is True
        assert manager.should_resume(agent_id) is False


def test_should_resume_timeout(manager: AgentSession) -> None:
    agent_id = _create(manager)
    manager.update_state(agent_id, phase="approval")

    _edit(manager, agent_id, {"last_updated": _ago(minutes=29)})
    assert manager.should_resume(agent_id) is True

    _edit(manager, agent_id, {"last_updated": _ago(minutes=31)})
    assert manager.should_resume(agent_id) is False


def test_should_resume_too_many_errors(manager: AgentSession) -> None:
    agent_id = _create(manager)
    manager.update_state(agent_id, phase="approval")

    for attempt in (1, 2):
        manager.update_state(agent_id, error=f"attempt {attempt} failed")
    assert manager.should_resume(agent_id) is True

    manager.update_state(agent_id, error="attempt 3 failed")
    assert manager.should_resume(agent_id) is False


def test_finalize_session(manager: AgentSession) -> None:
    for outcome in ("completed", "failed", "abandoned"):
        agent_id = _create(manager)
        manager.update_state(agent_id, phase="executing")

        assert manager.finalize_session(agent_id, outcome=outcome, summary="The end") is True

        session = _get(manager, agent_id)
        assert session["phase"] == outcome
        assert session["summary"] == "The end"
        assert session["resume_ready"] is False
        assert session["finalized_at"] == session["last_updated"]
        assert session["duration_seconds"] >= 0
        assert manager.update_state(agent_id, phase="executing") is False


def test_phase_history(manager: AgentSession) -> None:
    agent_id = _create(manager)
    way = ["investigating", "planning", "approval", "executing", "validating"]
    for phase in way:
        manager.update_state(agent_id, phase=phase)
    manager.finalize_session(agent_id, outcome="completed")

    history = _get(manager, agent_id)["history"]
    assert [change["to_phase"] for change in history] == [*way, "completed"]
    assert [change["from_phase"] for change in history] == ["initializing", *way]
    times = [change["timestamp"] for change in history]
    assert times == sorted(times)


def test_list_sessions(manager: AgentSession) -> None:
    waiting = _create(manager)
    working = _create(manager, "gitops-operator")
    manager.update_state(waiting, phase="approval")
    manager.update_state(working, phase="executing")

    everything = manager.list_sessions()

    assert [each["agent_id"] for each in everything] == [working, waiting]
    assert {
        "agent_id",
        "agent_name",
        "phase",
        "created_at",
        "last_updated",
        "resume_ready",
        "error_count",
    } <= set(everything[0])
    active = manager.list_sessions(active_only=True)
    assert [each["agent_id"] for each in active] == [waiting]
    of_one = manager.list_sessions(agent_name="gitops-operator")
    assert [each["agent_id"] for each in of_one] == [working]


def test_cleanup_old_sessions(manager: AgentSession) -> None:
    old, recent = _create(manager), _create(manager)
    manager.update_state(old, phase="approval")
    manager.update_state(recent, phase="approval")
    _edit(manager, old, {"last_updated": _ago(hours=25)})

    assert manager.cleanup_old_sessions(hours=24) == 1

    assert manager.get_session(old) is None
    assert manager.get_session(recent) is not None
    assert manager.cleanup_old_sessions(hours=24) == 0


def test_metadata_merge(manager: AgentSession) -> None:
    agent_id = _create(manager, metadata={"task_id": "T001", "tags": ["a"]})

    manager.update_state(agent_id, metadata={"tags": ["b"], "workspace": "prod"})

    assert _get(manager, agent_id)["metadata"] == {
        "task_id": "T001",
        "tags": ["b"],
        "workspace": "prod",
    }


def test_error_tracking(manager: AgentSession) -> None:
    agent_id = _create(manager)

    manager.update_state(agent_id, error="first")
    manager.update_state(agent_id, error="second")

    session = _get(manager, agent_id)
    assert session["error_count"] == 2
    assert session["last_error"]["message"] == "second"
    assert session["last_error"]["timestamp"] == session["last_updated"]
    assert session["phase"] == "initializing"


def test_invalid_phase(manager: AgentSession) -> None:
    agent_id = _create(manager)
    before = _get(manager, agent_id)

    assert manager.update_state(agent_id, phase="daydreaming") is False
    assert manager.finalize_session(agent_id, outcome="approval") is False

    assert _get(manager, agent_id) == before


def test_nonexistent_session(manager: AgentSession) -> None:
    assert manager.get_session("agent-20260108-180530-abc12345") is None
    assert manager.update_state("agent-20260108-180530-abc12345", phase="approval") is False
    assert manager.should_resume("agent-20260108-180530-abc12345") is False
    assert manager.finalize_session("agent-20260108-180530-abc12345", "completed") is False
    assert manager.list_sessions() == []
    assert manager.cleanup_old_sessions() == 0


def test_convenience_functions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDE_PROJECT_DIR", str(tmp_path))

    agent_id = create_session("terraform-architect", "approval_workflow", {"task_id": "T001"})

    assert agent_id is not None
    assert (tmp_path / ".claude" / "session" / agent_id / "state.json").is_file()
    assert update_state(agent_id, phase="approval") is True
    assert should_resume(agent_id) is True
    session = get_session(agent_id)
    assert session is not None
    assert session["phase"] == "approval"
    assert [each["agent_id"] for each in list_sessions(active_only=True)] == [agent_id]
    assert finalize_session(agent_id, outcome="completed", summary="Done") is True
    assert list_sessions(active_only=True) == []
    assert cleanup_old_sessions(hours=24) == 0
    assert cleanup_old_sessions(hours=0) == 1
