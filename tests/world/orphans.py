"""Processes without the ancestors of the tests, which may well be run by an agent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import agent_session

SOURCE = os.path.dirname(os.path.dirname(os.path.abspath(agent_session.__file__)))
PATIENCE_SECONDS = 20.0

# Becomes a child of the init process, in a session of its own, and then the program.
_LAUNCH = """
import json, os, sys, time
parent = os.getpid()
if os.fork():
    os._exit(0)
os.setsid()
while os.getppid() == parent:
    time.sleep(0.01)
program, words, variables = json.loads(sys.argv[1])
os.execve(program, words, variables)
"""

_TELL = """
import json, os, sys
sys.path.insert(0, {source!r})
from agent_session.world.processes import agent_around
with open({told!r} + ".part", "w") as file:
    json.dump(agent_around(), file)
os.rename({told!r} + ".part", {told!r})
"""


class Orphan:
    """A place for one process that asks what is around it."""

    def __init__(self, folder: Path) -> None:
        self.told = folder / "told"
        self.question = folder / "tell.py"
        self.question.write_text(_TELL.format(source=SOURCE, told=str(self.told)))
        # What a shell runs to ask; not its last command, so that it stays, as the parent.
        self.asking = f'"{sys.executable}" "{self.question}"; true'

    def ask(
        self, program: str, words: Sequence[str], variables: Mapping[str, str] | None = None
    ) -> str | None:
        """What the one that runs below *program*, called as *words*, is told."""
        given = {"PATH": os.environ.get("PATH", os.defpath), **(variables or {})}
        launch = json.dumps([program, list(words), given])
        subprocess.run([sys.executable, "-I", "-S", "-c", _LAUNCH, launch], check=True)
        return self._answer()

    def _answer(self) -> str | None:
        until = time.monotonic() + PATIENCE_SECONDS
        while not self.told.exists():
            assert time.monotonic() < until, "the process has not told anything"
            time.sleep(0.01)
        answer: str | None = json.loads(self.told.read_text())
        return answer
