"""The command line called in process: what it printed, and its status."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from agent_session.services.decisions import Person
from agent_session.surfaces.cli import main
from agent_session.wiring import wire


class Ran(NamedTuple):
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


class CommandLine:
    """`agent-session` in the empty project *folder*."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.sessions = folder / ".claude/session"
        self._capture = capture

    def __call__(self, *argv: str) -> Ran:
        self._capture.readouterr()
        status = main(list(argv))
        return Ran(status, *self._capture.readouterr())

    def create(self, *argv: str) -> str:
        """The id of a new session."""
        return self("create", *argv).out.split()[-1]

    def waiting(self, *argv: str) -> str:
        """The id of a new session that waits for approval."""
        agent_id = self.create(*argv)
        self("update", agent_id, "--phase", "approval")
        return agent_id

    def request(self, agent_id: str, *argv: str, plan: str = "the plan\n") -> str:
        """The id of a new approval of *plan*, which stands in plan.md."""
        (self.folder / "plan.md").write_text(plan)
        ran = self("request-approval", agent_id, "--plan", "plan.md", *argv)
        assert ran.status == 0, ran.err
        return ran.out.split()[-1]

    def decide(self, approval_id: str, reason: str | None = None) -> None:
        """Let a person approve it, or reject it for a *reason*, away from any terminal."""
        wiring = wire("test")
        decisions = wiring.decisions
        decisions.agent_around = lambda: None
        approval = wiring.approvals.get(approval_id).approval
        if reason is None:
            decisions.approve(approval, Person("maria", "terminal"))
        else:
            decisions.reject(approval, Person("maria", "terminal"), reason)

    def edit(self, agent_id: str, /, **fields: Any) -> None:
        """Change the session's state.json by hand, as a person may."""
        path = self.sessions / agent_id / "state.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))

    def age(self, agent_id: str, last_updated: str = "2026-01-08T18:00:00Z") -> None:
        self.edit(agent_id, last_updated=last_updated)

    def spoil(self, agent_id: str) -> None:
        """Leave nothing of the session that could be read."""
        for name in ("state.json", "journal.jsonl"):
            (self.sessions / agent_id / name).write_text("no JSON")


def without_our_variables() -> dict[str, str]:
    """This process's variables, without those that could steer the command line."""
    ours = (
        "AGENT_SESSION_",
        "CLAUDE_",
        "PYTHON",
        "XDG_CONFIG",
        "XDG_STATE",
        "NO_COLOR",
        "COLUMNS",
        "FORCE_",
    )
    return {name: text for name, text in os.environ.items() if not name.startswith(ours)}
