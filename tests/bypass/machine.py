"""A throw-away machine on which an agent and a person share one user, as on most desktops; and
a folder of root's, which neither may write to.

Everything that the agent does is a child of a program called `claude`, as it would be.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING, Any

from tests.project.tree import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import contextmanager
else:
    from contextlib import contextmanager

USER = 65534  # nobody: the agent's and the person's
PASSPHRASE = "4711-human-only"
PLAN = "terraform apply: replace aws_instance.web\n"
PYTHON = os.path.realpath(sys.executable)  # of no environment that only root may enter
PERSON = os.path.join(ROOT, "demo", "person.py")
_LONGEST_SECONDS = 60


class Machine:
    """*home* and *project* belong to the user, *admin* to root; *program* is agent-session."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.home, self.project, self.admin = (
            os.path.join(root, name) for name in ("home", "project", "admin")
        )
        self.program = f"{shlex.quote(PYTHON)} -m agent_session"
        self.config = self.home  # where the person's settings are; see `levels`

    def reset(self) -> None:
        for folder, owner in ((self.home, USER), (self.project, USER), (self.admin, 0)):
            shutil.rmtree(folder, ignore_errors=True)
            os.makedirs(folder, 0o755)
            os.chown(folder, owner, owner)
        self.write(f"{self.project}/plan.md", PLAN)
        os.mkdir(f"{self.project}/.git")

    def write(self, path: str, text: str, owner: int = USER) -> None:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        for each in (path, os.path.dirname(path)):
            os.chown(each, owner, owner)

    def environment(self) -> dict[str, str]:
        return {
            "HOME": self.home,
            "LC_ALL": "C.UTF-8",
            "PATH": "/usr/bin:/bin",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": f"{self.root}/src",
        }

    # --- as the person -----------------------------------------------------------------------

    def person_environment(self) -> dict[str, str]:
        return self.environment() | {"XDG_CONFIG_HOME": f"{self.config}/.config"}

    def person_types(self, command: str, secret: str = PASSPHRASE) -> None:
        """The person runs *command* in a terminal of their own, and answers its prompts."""
        self._run(self._typed(command, secret, "--detach"), self.person_environment())

    def verifier_runs(self, command: str) -> bool:
        """What the gate runs just before acting, with the person's settings; True for yes."""
        return self._run(["/bin/sh", "-c", command], self.person_environment()).returncode == 0

    # --- as the agent ------------------------------------------------------------------------

    def agent_runs(self, command: str) -> str:
        """What *command* says, run in the agent's shell; nobody looks at its status."""
        claude = f"{self.root}/bin/claude"
        ended = self._run([claude, "-c", f"{command}\nexit $?"], self.environment())
        return ended.stdout + ended.stderr

    def agent_types(self, command: str, *options: str, secret: str = "") -> str:
        """The agent runs *command* in a pseudo-terminal and types what it asks for."""
        return self.agent_runs(shlex.join(self._typed(command, secret, *options)))

    def agent_python(self, code: str) -> str:
        path = f"{self.root}/snippet.py"
        with open(path, "w", encoding="utf-8") as file:
            file.write(code)
        return self.agent_runs(f"{shlex.quote(PYTHON)} {path}")

    def _typed(self, command: str, secret: str, *options: str) -> list[str]:
        return [PYTHON, f"{self.root}/person.py", *options, "--", secret, command]

    def _run(
        self, words: Sequence[str], environment: dict[str, str]
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words,
            cwd=self.project,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_LONGEST_SECONDS,
            user=USER,
            group=USER,
            extra_groups=[],
            check=False,
        )

    # --- what both look at -------------------------------------------------------------------

    def request(self) -> str:
        """A session of the agent's asks for its plan; the approval's id."""
        said = self.agent_runs(f"{self.program} create --agent terraform-architect")
        agent_id = said.split()[-1]
        asked = f"{self.program} request-approval {agent_id} --plan plan.md --json"
        return str(json.loads(_object_in(self.agent_runs(asked)))["id"])

    def approval(self, approval_id: str) -> dict[str, Any]:
        told = self.agent_runs(f"{self.program} show-approval {approval_id} --json")
        found: dict[str, Any] = json.loads(_object_in(told))
        return found


def _object_in(text: str) -> str:
    return text[text.index("{") : text.rindex("}") + 1]


def why_not() -> str | None:
    """Why no such machine can be had here, if so."""
    if os.geteuid() != 0:
        return "only root can act as another user"
    if not shutil.which("ssh-keygen"):
        return "there is no ssh-keygen"
    try:
        subprocess.run([PYTHON, "-c", ""], user=USER, group=USER, check=True, cwd="/")
    except (OSError, subprocess.SubprocessError):
        return f"another user may not run {PYTHON}"
    return None


@contextmanager
def a_machine() -> Iterator[Machine]:
    """Needs root, to be another user."""
    with tempfile.TemporaryDirectory(prefix="agent-session-bypass-") as root:
        os.chmod(root, 0o755)
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(os.path.join(ROOT, "src"), f"{root}/src", ignore=ignored)
        shutil.copytree(os.path.join(ROOT, "hooks"), f"{root}/hooks", ignore=ignored)
        shutil.copy(PERSON, f"{root}/person.py")
        os.mkdir(f"{root}/bin")
        shutil.copy("/bin/sh", f"{root}/bin/claude")
        machine = Machine(root)
        machine.reset()
        yield machine
