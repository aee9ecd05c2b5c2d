"""The published shell commands, as they were printed, with their placeholders filled.

Left out are those of npm, and one line that is no valid Python: it imports from
`tools['4-memory']`.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.e2e.empty_project import EmptyProject

CREATE = (
    "python3 tools/4-memory/agent_session.py create"
    " --agent terraform-architect --purpose approval_workflow"
)
UPDATE = "python3 tools/4-memory/agent_session.py update agent-123 --phase approval"
SHOULD_RESUME = "python3 tools/4-memory/agent_session.py should-resume agent-123"
LIST_ACTIVE = "python3 tools/4-memory/agent_session.py list --active-only"
FINALIZE = "python3 tools/4-memory/agent_session.py finalize agent-123 completed"
CLEANUP = "python3 tools/4-memory/agent_session.py cleanup --hours 24"
TEST_MODE = "python3 hooks/pre_delegate.py --test"
GET = "python3 tools/4-memory/agent_session.py get <agent_id>"
LIST_HOOKS = "ls -la hooks/*.py"
PYTHON_PATH = 'python3 -c "import sys; print(sys.path)"'
CRON = (
    "0 * * * * cd /path/to/gaia-ops"
    " && python3 tools/4-memory/agent_session.py cleanup --hours 24"
)
COUNT_ACTIVE = "python3 tools/4-memory/agent_session.py list --active-only | wc -l"
COUNT_ALL = "ls .claude/session/ | wc -l"
SIZE = "du -sh .claude/session/"
COUNT_BY_AGENT = """\
for agent in terraform-architect gitops-operator gcp-manager; do
  echo "$agent: $(python3 tools/4-memory/agent_session.py list --agent $agent | grep -c agent-)"
done"""


class Shell:
    """A person's shell in the project; `agent-123` is the session that was created first."""

    def __init__(self, project: EmptyProject) -> None:
        self.project = project
        self.agent_id = "agent-123"

    def create(self, command: str = CREATE) -> str:
        self.agent_id = self(command).removeprefix("Created session: ").strip()
        return self.agent_id

    def __call__(self, command: str, status: int = 0) -> str:
        """What *command* prints, which must end with *status*."""
        filled = re.sub("agent-123|<agent_id>", self.agent_id, command)
        ran = self.project.run("bash", "-c", filled)
        assert ran.returncode == status, ran.stdout
        return ran.stdout


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    project = EmptyProject(tmp_path)
    # The tools find the package by themselves.
    del project.environ["PYTHONPATH"]
    return Shell(project)


def test_the_command_line_examples_in_their_order(shell: Shell) -> None:
    agent_id = shell.create()

    assert re.fullmatch(r"agent-\d{8}-\d{6}-[0-9a-f]{8}", agent_id)
    assert shell(UPDATE) == f"Updated session: {agent_id}\n"
    assert shell(SHOULD_RESUME) == f"Should resume {agent_id}: True\n"
    assert shell(LIST_ACTIVE).startswith(f"{agent_id}\t")
    assert shell(FINALIZE) == f"Finalized session: {agent_id}\n"
    assert shell(CLEANUP) == "Removed sessions: 0\n"


def test_the_check_of_a_session_that_does_not_resume(shell: Shell) -> None:
    agent_id = shell.create()

    shown = shell(GET)

    assert f'"agent_id": "{agent_id}"' in shown
    for asked in ("phase", "last_updated", "error_count", "resume_ready"):
        assert f'"{asked}": ' in shown


def test_the_test_mode_of_the_hook(shell: Shell) -> None:
    assert "self-test passed" in shell(TEST_MODE)


def test_the_check_of_hooks_that_do_not_run(shell: Shell) -> None:
    listed = shell(LIST_HOOKS).splitlines()

    assert {line.split("/")[-1] for line in listed} >= {"pre_delegate.py", "subagent_stop.py"}
    assert all(line.startswith("-rwx") for line in listed)
    assert shell(PYTHON_PATH).startswith("[''")


def test_the_line_for_cron(shell: Shell) -> None:
    agent_id = shell.create()
    state = shell.project.path / ".claude/session" / agent_id / "state.json"
    state.write_text(
        re.sub('"last_updated": "[^"]*"', '"last_updated": "2026-01-08"', state.read_text())
    )
    command = CRON.removeprefix("0 * * * * ").replace(
        "/path/to/gaia-ops", str(shell.project.path)
    )

    assert shell(command) == "Removed sessions: 1\n"
    assert not state.exists()


def test_the_monitoring_commands_count_right(shell: Shell) -> None:
    waiting = shell.create()
    shell(UPDATE)
    for agent in ("terraform-architect", "gcp-manager"):
        shell(f"python3 tools/4-memory/agent_session.py create --agent {agent}")

    assert waiting in shell(LIST_ACTIVE)
    assert shell(COUNT_ACTIVE).strip() == "1"
    assert shell(COUNT_ALL).strip() == "3"
    assert re.fullmatch(r"\S+\t\.claude/session/\n", shell(SIZE))
    assert shell(COUNT_BY_AGENT).splitlines() == [
        "terraform-architect: 2",
        "gitops-operator: 0",
        "gcp-manager: 1",
    ]


def test_an_empty_project_counts_nothing(shell: Shell) -> None:
    assert shell(COUNT_ACTIVE).strip() == "0"
