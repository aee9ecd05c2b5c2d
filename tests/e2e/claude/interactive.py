"""The real client as a person has it: on a terminal, in tmux, with the keys typed."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.e2e.claude.client import Bench

# The client asks about a key that it does not know by its last twenty characters.
KEY = "sk-ant-api03-dummy-dummy-dummy-0123456789abcdefghij"
PROMPT = "\N{HEAVY RIGHT-POINTING ANGLE QUOTATION MARK ORNAMENT}"
LONGEST_WAIT_SECONDS = 30.0
_BREATH_SECONDS = 0.3
TMUX = shutil.which("tmux")


class Terminals:
    """A tmux server of its own, in whose windows programs run that no agent is around."""

    def __init__(self, bench: Bench, columns: int = 100) -> None:
        self.bench = bench
        self.columns = columns
        self._socket = os.path.join(bench.variables["CLAUDE_CODE_TMPDIR"], "tmux")
        more = {"TERM": "xterm-256color", "ANTHROPIC_API_KEY": KEY}
        self._variables = {**bench.variables, **more}

    def close(self) -> None:
        self._tmux("kill-server")

    def client(self, *arguments: str) -> Window:
        """An interactive client in the bench's project."""
        self._answer_first_questions()
        words = (self.bench.binary, "--permission-mode", "default", *arguments)
        window = self.window("client", words)
        window.wait_for(PROMPT)
        return window

    def shell(self, name: str, lines: int) -> Window:
        """A plain shell, in which a person can also start the client."""
        self._answer_first_questions()
        return self.window(name, ("PS1=$ ", "/bin/sh"), lines)

    def _answer_first_questions(self) -> None:
        known = {"hasTrustDialogAccepted": True, "hasCompletedProjectOnboarding": True}
        answered = {
            "hasCompletedOnboarding": True,
            "theme": "dark",
            "customApiKeyResponses": {"approved": [KEY[-20:]], "rejected": []},
            "projects": {str(self.bench.project): known},
        }
        (self.bench.home / ".claude.json").write_text(json.dumps(answered))

    def window(self, name: str, words: Sequence[str], lines: int = 40) -> Window:
        variables = [f"{key}={value}" for key, value in self._variables.items()]
        command = shlex.join(["env", "-i", *variables, *words])
        size = ("-x", str(self.columns), "-y", str(lines))
        place = ("-c", str(self.bench.project))
        self._tmux("new-session", "-d", "-s", name, *size, *place, command)
        return Window(self, name, lines)

    def _tmux(self, *words: str) -> str:
        ran = subprocess.run(
            [str(TMUX), "-S", self._socket, "-f", "/dev/null", *words],
            capture_output=True,
            text=True,
            timeout=LONGEST_WAIT_SECONDS,
            check=False,
            env={key: self._variables[key] for key in ("HOME", "PATH", "TERM", "LANG")},
        )
        return ran.stdout


class Window:
    """One program on its terminal."""

    def __init__(self, terminals: Terminals, name: str, lines: int) -> None:
        self.lines = lines
        self._terminals = terminals
        self._name = name

    def type(self, text: str) -> None:
        """Type *text* and press Enter."""
        self._do("send-keys", "-t", self._name, "-l", text)
        time.sleep(_BREATH_SECONDS)
        self._do("send-keys", "-t", self._name, "Enter")

    def shown(self, *, styled: bool = False) -> str:
        """What the terminal shows, with its colours where it is to be *styled*."""
        how = ("-e",) if styled else ()
        return self._do("capture-pane", "-p", "-J", *how, "-t", self._name)

    def wait_for(self, pattern: str) -> re.Match[str]:
        """The first match of *pattern* in what is shown, as soon as there is one; a line that
        was too long for the terminal may end anywhere.
        """
        end = time.monotonic() + LONGEST_WAIT_SECONDS
        while time.monotonic() < end:
            shown = self.shown()
            found = re.search(pattern, shown) or re.search(pattern, " ".join(shown.split()))
            if found:
                return found
            time.sleep(0.1)
        raise AssertionError(f"{pattern} is not shown:\n{self.shown()}")

    def _do(self, *words: str) -> str:
        return self._terminals._tmux(*words)
