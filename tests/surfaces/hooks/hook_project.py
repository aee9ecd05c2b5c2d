"""A project's folder, and the hooks run in it as a host runs them: fresh processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from agent_session.wiring import Wiring, utc_now, wire
from tests.project.tree import ROOT

PRE_DELEGATE = "pre_delegate"
SUBAGENT_STOP = "subagent_stop"
HOOKS = (PRE_DELEGATE, SUBAGENT_STOP)
AGENT = "terraform-architect"
PYTHON: tuple[str, ...] = (sys.executable, "-I", "-S")
LONGEST_RUN_SECONDS = 60.0
WORKFLOW = ".claude/memory/workflow-episodic"


def script_of(hook: str) -> str:
    return os.path.join(ROOT, "hooks", f"{hook}.py")


class Run(NamedTuple):
    """How a process ended, and what it said."""

    status: int
    stdout: bytes
    stderr: bytes

    @property
    def answer(self) -> dict[str, Any]:
        """What a hook answered, which is one line, and the only one; nothing else was said."""
        assert (self.status, self.stderr) == (0, b"")
        line, newline, rest = self.stdout.partition(b"\n")
        assert (newline, rest) == (b"\n", b"")
        answer = json.loads(line)
        assert isinstance(answer, dict)
        return answer


class HookProject:
    """A project below *folder* in which nothing has happened yet."""

    def __init__(self, folder: Path) -> None:
        self.python = PYTHON
        self.path = folder / "project"
        self.home = folder / "home"
        self.path.mkdir()
        self.home.mkdir()
        self.variables = {"HOME": str(self.home), "PATH": "/usr/local/bin:/usr/bin:/bin"}

    # --- hooks --------------------------------------------------------------------------------

    def run(self, hook: str, payload: object, **options: Any) -> Run:
        """Run *hook* with *payload* on stdin: bytes as they are, anything else as JSON."""
        stdin = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        ran = subprocess.run(
            [*self.python, script_of(hook)],
            input=stdin,
            capture_output=True,
            timeout=LONGEST_RUN_SECONDS,
            check=False,
            **{"cwd": self.path, "env": self.variables, **options},
        )
        return Run(ran.returncode, ran.stdout, ran.stderr)

    def ask(self, payload: object, **options: Any) -> dict[str, Any]:
        """The answer of the hook before a delegation."""
        return self.run(PRE_DELEGATE, payload, **options).answer

    def stop(self, agent_id: object, *, said: object = "", **rest: Any) -> dict[str, Any]:
        """The answer of the hook after an agent has stopped."""
        task = {"agent_id": agent_id, "task_id": "T001", "agent": AGENT}
        payload = {"task_info": task, "agent_output": said, **rest}
        return self.run(SUBAGENT_STOP, payload).answer

    # --- sessions -----------------------------------------------------------------------------

    def wiring(self, minutes_ago: float = 0) -> Wiring:
        store = self.variables.get("AGENT_SESSION_STORE")
        wired = wire("test", store=store, project=str(self.path), variables={})
        wired.now = lambda: utc_now() - timedelta(minutes=minutes_ago)
        return wired

    def session(
        self,
        phase: str | None = "approval",
        agent_name: str = AGENT,
        *,
        minutes_ago: float = 0,
        **metadata: Any,
    ) -> str:
        """The id of a new session that entered *phase* so long ago."""
        sessions = self.wiring(minutes_ago).sessions
        agent_id = sessions.create(agent_name, "approval_workflow", metadata)["agent_id"]
        if phase is not None:
            sessions.update(agent_id, phase)
        return agent_id

    def phase_of(self, agent_id: str) -> str:
        return self.wiring().sessions.get(agent_id)["phase"]

    def edit(self, agent_id: str, **fields: Any) -> None:
        """Change state.json as a person does."""
        state = self.path / ".claude/session" / agent_id / "state.json"
        state.write_text(json.dumps({**json.loads(state.read_text()), **fields}))

    # --- what was written ---------------------------------------------------------------------

    def lines(self, name: str) -> list[dict[str, Any]]:
        """The lines of a log of the project's, each one an object."""
        path = self.path / name
        lines = path.read_text().splitlines() if path.exists() else []
        return [json.loads(line) for line in lines]

    @property
    def checks(self) -> list[dict[str, Any]]:
        return self.lines(".claude/session/.delegations.jsonl")

    @property
    def metrics(self) -> list[dict[str, Any]]:
        return self.lines(f"{WORKFLOW}/metrics.jsonl")

    @property
    def anomalies(self) -> list[dict[str, Any]]:
        return self.lines(f"{WORKFLOW}/anomalies.jsonl")

    @property
    def audit(self) -> list[dict[str, Any]]:
        return self.lines(f".claude/logs/agent-session-{utc_now():%Y-%m-%d}.jsonl")
