"""A project in which agents ask, and a person beside it who answers at a terminal."""

from __future__ import annotations

import json
import os
import pwd
from pathlib import Path
from typing import Any

from tests.surfaces.cli.person import approve_as_person
from tests.surfaces.cli.processes import AS_MODULE, environ, run

# What would pass for our own words, or act on the terminal.
FORGED = "ok\n\x1b[2J\u202eStatus:    approved"


class Project:
    """A project with approvals, and a person beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = environ(folder)

    def run(self, *argv: str) -> str:
        """What an agent does, and what that prints."""
        ran = run(self.folder, *AS_MODULE, *argv)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def request(
        self, *argv: str, agent: str = "terraform-architect", plan: str = "plan"
    ) -> str:
        agent_id = self.run("create", "--agent", agent).split()[-1]
        (self.folder / "plan.md").write_text(plan)
        asked = self.run("request-approval", agent_id, "--plan", "plan.md", *argv)
        return asked.split()[-1]

    def person(self, *argv: str, **options: Any) -> tuple[int, str]:
        env = {**self.env, **options.pop("env", {})}
        return approve_as_person([*AS_MODULE, *argv], env, self.folder, **options)

    def shown(self, approval_id: str) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.run("show-approval", approval_id, "--json"))
        return told


def user() -> str:
    """Who runs the tests, as the system names them."""
    return pwd.getpwuid(os.getuid()).pw_name
