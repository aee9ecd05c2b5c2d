"""A Codex in a throw-away project: it tells a fresh process what the files in `golden/codex`
hold, and checks what that answers.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

from agent_session.core.approvals import TERMINAL
from agent_session.core.store import Query
from agent_session.services.decisions import Person
from agent_session.surfaces.hooks.joined import command
from tests.project.tree import ROOT
from tests.surfaces.hooks.hook_project import AGENT, LONGEST_RUN_SECONDS, HookProject, Run

START = os.path.join(ROOT, "src", "agent_session", "surfaces", "hooks", "start.py")
GOLDEN = Path(__file__).with_name("golden") / "codex"
NAMES = sorted(path.stem for path in GOLDEN.glob("*.json"))
SPECIFIC = "hookSpecificOutput"
PERSON = Person("ana", TERMINAL)

# What differs from run to run.
VARYING = (
    (r"agent-\d{8}-\d{6}-[0-9a-z]{8}", "agent-SESSION"),
    (r"ap-[0-9a-f]{16}", "ap-APPROVAL"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", "TIME"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", "TIME"),
    (r"--token \d+", "--token TOKEN"),
    (r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])", "FENCE"),
)


class Codex:
    """A Codex in a throw-away project, and the person who answers in a terminal."""

    def __init__(self, project: HookProject) -> None:
        self.project = project
        rollouts = project.home / ".codex/sessions/2026/01/08"
        rollouts.mkdir(parents=True)
        for name in NAMES:
            path = golden(name)["payload"]["transcript_path"]
            if path is not None:
                (rollouts / path.rpartition("/")[2]).touch()

    def guards(self, *guards: object) -> None:
        folder = self.project.home / ".config/agent-session"
        folder.mkdir(parents=True)
        (folder / "config.json").write_text(json.dumps({"guards": guards}))

    def run(self, stdin: bytes, *arguments: str) -> Run:
        ran = subprocess.run(
            [*self.project.python, START, "codex", *arguments],
            input=stdin,
            capture_output=True,
            timeout=LONGEST_RUN_SECONDS,
            check=False,
            cwd=self.project.path,
            env=self.project.variables,
        )
        return Run(ran.returncode, ran.stdout, ran.stderr)

    def tells(self, name: str, *arguments: str) -> dict[str, Any] | None:
        """Tell what `golden/codex/NAME.json` holds, and check that the answer is that of it.

        With UPDATE_GOLDEN=1 it becomes that of it, for somebody to read the difference.
        """
        known = golden(name)
        ran = self.run(self._here(json.dumps(known["payload"])).encode(), *arguments)
        answer: dict[str, Any] | None = ran.answer if ran.stdout else None
        assert (ran.status, ran.stderr) == (0, b"")
        shown = json.loads(self._shown(json.dumps(answer)))
        if "UPDATE_GOLDEN" in os.environ and shown != known["answer"]:
            text = json.dumps({**known, "answer": shown}, indent=2, ensure_ascii=False)
            (GOLDEN / f"{name}.json").write_text(f"{text}\n")
            return answer
        assert shown == known["answer"]
        return answer

    def _here(self, text: str) -> str:
        return text.replace("/home/dev/project", str(self.project.path)).replace(
            "/home/dev", str(self.project.home)
        )

    def _shown(self, text: str) -> str:
        text = text.replace(command(), "agent-session")
        text = text.replace(str(self.project.path), "/home/dev/project")
        for pattern, word in VARYING:
            text = re.sub(pattern, word, text)
        return text

    # --- what has come of it ------------------------------------------------------------------

    @property
    def record(self) -> dict[str, Any]:
        """The session that the agents have had."""
        found = [each for each in self.records if each["agent_name"] == AGENT]
        assert len(found) == 1
        return found[0]

    @property
    def records(self) -> list[dict[str, Any]]:
        sessions = self.project.wiring().sessions
        return [dict(each) for each in sessions.store.scan(Query())]

    @property
    def approval(self) -> dict[str, Any]:
        found: dict[str, Any] = self.record["approvals"][-1]
        return found

    def approve(self) -> None:
        decisions = self.project.wiring().decisions
        decisions.agent_around = lambda: None  # the tests may be an agent's own
        decisions.approve(self.approval, PERSON)

    def asks(self) -> None:
        """An agent has begun, and has stopped with a request."""
        self.tells("subagent_start_fresh")
        self.tells("subagent_stop_asking")


def golden(name: str) -> dict[str, Any]:
    known = json.loads((GOLDEN / f"{name}.json").read_text())
    assert isinstance(known, dict)
    return known
