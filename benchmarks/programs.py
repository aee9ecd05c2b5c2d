"""Whole processes, from their start to their end."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from time import perf_counter


class Program:
    """A command to run again and again, with *stdin* from a file and its output thrown away."""

    def __init__(
        self, arguments: Sequence[str], environment: Mapping[str, str], stdin: str = os.devnull
    ) -> None:
        self.arguments = list(arguments)
        self.environment = dict(environment)
        self.stdin = stdin

    def run(self) -> float:
        """The seconds it took; RuntimeError where it failed."""
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, self.stdin, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
        ]
        start = perf_counter()
        child = os.posix_spawn(
            self.arguments[0], self.arguments, self.environment, file_actions=actions
        )
        _, status, _ = os.wait4(child, 0)
        seconds = perf_counter() - start
        if status != 0:
            raise RuntimeError(
                f"{self.arguments} ended with {os.waitstatus_to_exitcode(status)}"
            )
        return seconds

    def output(self) -> str:
        """What it prints, once, to see that it does what is to be timed."""
        with open(self.stdin, "rb") as stdin:
            done = subprocess.run(
                self.arguments,
                env=self.environment,
                stdin=stdin,
                capture_output=True,
                check=True,
            )
        return done.stdout.decode()


def bare(python: str) -> list[str]:
    """The floor of a Python process: the interpreter started and ended."""
    return [python, "-I", "-S", "-c", "pass"]


def environment(project: str) -> dict[str, str]:
    """Little, and the same for every program; HOME is empty."""
    home = f"{project}/home"
    os.makedirs(home, exist_ok=True)
    return {"PATH": os.defpath, "HOME": home, "LANG": "C.UTF-8", "CLAUDE_PROJECT_DIR": project}
