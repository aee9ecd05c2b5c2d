"""The bench with our plugin in it, and what a test asks of the sessions that it keeps."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

from agent_session.wiring import wire
from tests.e2e.claude.scenarios import resume, say, send_message
from tests.project.tree import ROOT
from tests.surfaces.cli.person import approve_as_person
from tests.surfaces.hooks.host_project import plain

if TYPE_CHECKING:
    from agent_session.core.state import Record
    from agent_session.wiring import Wiring
    from tests.e2e.claude.client import Answer, Bench, Running
    from tests.e2e.claude.scenarios import Turn

PROGRAM = os.path.join(ROOT, "bin", "agent-session")
PLAN = "terraform apply plan.tfplan, which adds three subnets"
ASKING = f"""The plan is ready.

```approval-request
{{"summary": "add three subnets", "plan": "{PLAN}", "files": ["main.tf"]}}
```
"""
APPLIED = "APPLIED: 3 added"
SAID = "Go on."


class Plugged:
    """A bench whose client has the plugin."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        (bench.project / "main.tf").write_text("subnets = 3\n")

    # --- the client ---------------------------------------------------------------------------

    def run(self, prompt: str, **options: Any) -> Answer:
        answer = self.bench.run(prompt, "--plugin-dir", ROOT, **options)
        assert answer.status == 0, answer
        return answer

    def start(self, prompt: str, **options: Any) -> Running:
        return self.bench.start(prompt, "--plugin-dir", ROOT, **options)

    def wake(self, *child: Turn, prompt: str = "Go on with it.", **options: Any) -> Answer:
        """A new process of the client, whose main sends the agent a message; the child says
        *child* then.
        """
        self.bench.play(*resume(SAID, *child, to=self.bench.agent_id))
        return self.run(prompt, **{"resume": True, **options})

    def knock(self, prompt: str = "Go on with it.", **options: Any) -> str:
        """The same where the message is not let through: the reason that main is given."""
        self.bench.play([send_message(SAID, to=self.bench.agent_id), say("It waits.")])
        self.run(prompt, **{"resume": True, **options})
        return plain(str(self.bench.requests_of_main[-1].results[-1]))

    # --- the sessions -------------------------------------------------------------------------

    def wiring(self) -> Wiring:
        return wire("test", project=str(self.bench.project), variables={})

    def sessions(self) -> list[Record]:
        return self.wiring().sessions.list()

    @property
    def record(self) -> Record:
        """The one session there is."""
        (record,) = self.sessions()
        return record

    @property
    def approval(self) -> dict[str, Any]:
        """The newest approval of the one session there is."""
        return self.record["approvals"][-1]

    def guard(self, **guard: object) -> None:
        """A guard in the person's own settings."""
        folder = self.bench.home / ".config" / "agent-session"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.json").write_text(json.dumps({"guards": [guard]}))

    # --- people -------------------------------------------------------------------------------

    def person(self, *words: str) -> str:
        """What a person's own terminal shows who runs the command and retypes the code."""
        status, shown = approve_as_person(
            [PROGRAM, *words], self.bench.variables, self.bench.project
        )
        assert status == 0, shown
        return shown

    def command(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PROGRAM, *words],
            input=stdin,
            cwd=self.bench.project,
            env=self.bench.variables,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    def approve(self) -> None:
        self.person("approve", self.approval["id"])

    def reject(self, reason: str) -> None:
        self.person("reject", self.approval["id"], "--reason", reason)


def host_of(record: Record) -> dict[str, Any]:
    host = record["host"]
    assert host is not None
    return host
