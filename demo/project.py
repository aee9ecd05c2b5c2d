"""The throw-away project that the demo plays in, and the programs that it runs there."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

SESSIONS = os.path.join(".claude", "session")
_LONGEST_RUN_SECONDS = 30.0


class Ended(NamedTuple):
    """A process that has ended, and what it said."""

    pid: int
    status: int
    said: str
    complained: str

    @property
    def answer(self) -> dict[str, Any]:
        """The JSON object that it said; none where it said something else."""
        try:
            found = json.loads(self.said)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def __str__(self) -> str:
        words = f"{self.said}{self.complained}".rstrip()
        return f"process {self.pid}, exit status {self.status}\n{words}"


class Edit(NamedTuple):
    """A line of state.json before and after."""

    before: str
    after: str


class Project:
    """A project in *folder*, worked on by the programs of the checkout *root*."""

    def __init__(self, root: str, folder: str) -> None:
        self.root = root
        self.folder = folder
        self.sessions = os.path.join(folder, SESSIONS)
        self.environ = {
            "CLAUDE_PROJECT_DIR": folder,
            "HOME": os.path.join(
                folder, "home"
            ),  # what is set up in the real one does not matter here
            "LC_ALL": "C.UTF-8",
            "PATH": os.environ.get("PATH", os.defpath),
            "PYTHONPATH": "src",
        }

    def start(self, *words: str, **pipes: Any) -> subprocess.Popen[str]:
        """Start a program; `python3` is the interpreter of the demo itself."""
        words = (sys.executable, *words[1:])
        return subprocess.Popen(words, cwd=self.root, env=self.environ, text=True, **pipes)

    def run(self, *words: str, stdin: str | None = None) -> Ended:
        """Run a program to its end."""
        pipe = subprocess.PIPE
        with self.start(*words, stdin=pipe, stdout=pipe, stderr=pipe) as process:
            said, complained = process.communicate(stdin or "", timeout=_LONGEST_RUN_SECONDS)
        return Ended(process.pid, process.returncode, said, complained)

    # --- what is on disk ---------------------------------------------------------------------

    def path_of(self, agent_id: str, name: str = "") -> str:
        return os.path.join(self.sessions, agent_id, name)

    def names_of(self, agent_id: str) -> list[str]:
        return sorted(os.listdir(self.path_of(agent_id)))

    def text(self, agent_id: str, name: str) -> str:
        with open(self.path_of(agent_id, name), encoding="utf-8") as file:
            return file.read()

    def record(self, agent_id: str) -> dict[str, Any]:
        """state.json as anybody can read it."""
        record: dict[str, Any] = json.loads(self.text(agent_id, "state.json"))
        return record

    def journal(self, agent_id: str) -> list[dict[str, Any]]:
        """journal.jsonl as anybody can read it: an event a line."""
        return [json.loads(line) for line in self.text(agent_id, "journal.jsonl").splitlines()]

    def set_back(self, agent_id: str, passed: timedelta) -> Edit:
        """Edit state.json as a person would, so that the last activity was *passed* ago."""
        text = self.text(agent_id, "state.json")
        then = f"{datetime.now(UTC) - passed:%Y-%m-%dT%H:%M:%SZ}"
        edited = re.sub(r'("last_updated": ")[^"]*', rf"\g<1>{then}", text)
        with open(self.path_of(agent_id, "state.json"), "w", encoding="utf-8") as file:
            file.write(edited)
        return Edit(_line_with("last_updated", text), _line_with("last_updated", edited))


def _line_with(word: str, text: str) -> str:
    return next(line for line in text.splitlines() if word in line)


@contextlib.contextmanager
def open_project(root: str) -> Iterator[Project]:
    """A project that is gone at the end, whatever happens in it."""
    with tempfile.TemporaryDirectory(prefix="agent-session-demo-") as folder:
        os.mkdir(os.path.join(folder, "home"))
        yield Project(root, os.path.realpath(folder))
