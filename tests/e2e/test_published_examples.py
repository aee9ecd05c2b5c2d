"""Both published usage examples, as they were printed, in a fresh process and an empty project.

The first forgot the import of `pre_delegate_hook`. The second uses `finalize_session`, which
only the first imports, so it is run after the first, in the order of the page.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.e2e.empty_project import EmptyProject

THE_IMPORT_THAT_WAS_FORGOTTEN = "from agent_session import pre_delegate_hook\n"

APPROVAL_WORKFLOW = """\
# 1. Create session
from agent_session import create_session, update_state, finalize_session

agent_id = create_session(
    agent_name="terraform-architect",
    purpose="approval_workflow",
    metadata={"task_id": "T001", "workspace": "prod"}
)

# 2. Agent generates plan
update_state(agent_id, phase="planning", metadata={"plan_file": "plan.json"})

# 3. Agent requests approval
update_state(agent_id, phase="approval")

# [User approves after 10 minutes]

# 4. Pre-delegate hook checks resume
# (automatically called by orchestrator)
result = pre_delegate_hook({"agent_name": "terraform-architect", "agent_id": agent_id})
if result["should_resume"]:
    # Resume with full context
    previous_plan = result["resume_metadata"]["session_metadata"]["plan_file"]

# 5. Agent executes
update_state(agent_id, phase="executing")

# 6. Agent completes
# (subagent_stop hook automatically finalizes)
finalize_session(agent_id, outcome="completed", summary="Terraform applied successfully")
"""

MULTI_TURN_INVESTIGATION = """\
from agent_session import create_session, update_state, should_resume, get_session

# Turn 1: Initial investigation
agent_id = create_session(
    agent_name="gitops-operator",
    purpose="investigation",
    metadata={"issue": "pod-crash-loop"}
)

update_state(agent_id, phase="investigating", metadata={"findings": ["OOMKilled", "resource limits"]})

# [User asks follow-up question 5 minutes later]

# Turn 2: Continue investigation
if should_resume(agent_id):
    session = get_session(agent_id)
    previous_findings = session["metadata"]["findings"]
    # Agent continues from where left off
    new_findings = previous_findings + ["config issue in deployment"]
    update_state(agent_id, metadata={"findings": new_findings})

# [User asks for solution]

# Turn 3: Provide solution
update_state(agent_id, phase="planning", metadata={"solution": "increase memory limits"})

# Turn 4: Apply solution
update_state(agent_id, phase="executing")

finalize_session(agent_id, outcome="completed", summary="Fixed pod crash loop")
"""  # noqa: E501 - as it was printed


def _session_of(project: EmptyProject, agent_name: str) -> dict[str, Any]:
    """What is on disk of the one session of an agent."""
    states = (project.path / ".claude" / "session").glob("agent-*/state.json")
    records = [json.loads(state.read_text()) for state in states]
    [found] = [record for record in records if record["agent_name"] == agent_name]
    assert isinstance(found, dict)
    return found


def _way(session: dict[str, Any]) -> list[str]:
    return [change["to_phase"] for change in session["history"]]


def test_the_approval_workflow_runs_as_printed(tmp_path: Path) -> None:
    project = EmptyProject(tmp_path)
    says_what_it_resumed = "\nprint(previous_plan)\n"

    run = project.run_python(
        THE_IMPORT_THAT_WAS_FORGOTTEN + APPROVAL_WORKFLOW + says_what_it_resumed
    )

    assert (run.returncode, run.stdout) == (0, "plan.json\n")
    session = _session_of(project, "terraform-architect")
    assert _way(session) == ["planning", "approval", "executing", "completed"]
    assert session["metadata"] == {
        "task_id": "T001",
        "workspace": "prod",
        "plan_file": "plan.json",
    }
    assert session["summary"] == "Terraform applied successfully"
    assert session["finalized_at"] is not None


def test_the_multi_turn_investigation_runs_as_printed(tmp_path: Path) -> None:
    project = EmptyProject(tmp_path)

    run = project.run_python(
        THE_IMPORT_THAT_WAS_FORGOTTEN + APPROVAL_WORKFLOW + MULTI_TURN_INVESTIGATION
    )

    assert (run.returncode, run.stdout) == (0, "")
    session = _session_of(project, "gitops-operator")
    assert _way(session) == ["investigating", "planning", "executing", "completed"]
    assert session["metadata"] == {
        "issue": "pod-crash-loop",
        "findings": ["OOMKilled", "resource limits", "config issue in deployment"],
        "solution": "increase memory limits",
    }
    assert session["summary"] == "Fixed pod crash loop"


def test_neither_example_writes_outside_the_session_folder(tmp_path: Path) -> None:
    project = EmptyProject(tmp_path)

    project.run_python(
        THE_IMPORT_THAT_WAS_FORGOTTEN + APPROVAL_WORKFLOW + MULTI_TURN_INVESTIGATION
    )

    assert list(project.home.iterdir()) == []
    written = {path.name for path in project.path.iterdir() if not path.is_symlink()}
    assert written == {".claude"}
    assert [path.name for path in (project.path / ".claude").iterdir()] == ["session"]
