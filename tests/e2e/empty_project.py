"""An empty project for whole programs: a folder, a HOME with nothing in it, our commands."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

from tests.project.tree import ROOT

SOURCE = os.path.join(ROOT, "src")
_LONGEST_RUN_SECONDS = 60.0
_OF_THE_CHECKOUT = ("hooks", "src", "tools")
_SHIMS = {
    "python3": f'#!/bin/sh\nexec "{sys.executable}" "$@"\n',
    "agent-session": f'#!/bin/sh\nexec "{sys.executable}" -m agent_session "$@"\n',
}


class EmptyProject:
    """A project below *folder* in which nothing has happened yet.

    `python3` and `agent-session` are on its PATH; the rest is the checkout's own.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "project"
        self.home = folder / "home"
        programs = folder / "programs"
        for each in (self.path, self.home, programs):
            each.mkdir()
        for name in _OF_THE_CHECKOUT:
            (self.path / name).symlink_to(os.path.join(ROOT, name))
        for name, script in _SHIMS.items():
            (programs / name).write_text(script)
            (programs / name).chmod(stat.S_IRWXU)
        self.environ = {
            "CLAUDE_PROJECT_DIR": str(self.path),
            "HOME": str(self.home),
            "LC_ALL": "C.UTF-8",
            "PATH": f"{programs}:/usr/local/bin:/usr/bin:/bin",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": SOURCE,
        }

    def run(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a program in the project; stdout and stderr come as one."""
        return subprocess.run(
            words,
            cwd=self.path,
            env=self.environ,
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_LONGEST_RUN_SECONDS,
            check=False,
        )

    def run_python(self, code: str) -> subprocess.CompletedProcess[str]:
        """Run *code* in a fresh process, as a file, with warnings as errors."""
        script = self.path.parent / "script.py"
        script.write_text(code)
        return self.run(sys.executable, "-W", "error", str(script))
