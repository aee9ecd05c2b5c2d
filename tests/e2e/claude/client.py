"""The bench: the real client in a throw-away HOME and project, against the scripted model."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tests.e2e.claude.fake_model import MAIN, FakeModel, Request
from tests.e2e.claude.scenarios import AGENT, Turn

LONGEST_RUN_SECONDS = 40.0
MARKER = f"You are {AGENT}"
DEFINITION = f"""\
---
name: {AGENT}
description: Plans and applies infrastructure changes
tools: Bash, Read
---
{MARKER}. Plan first, and apply only what was approved.
"""
# A machine without a `python3` of its own still has the one that runs this.
OUR_PYTHON = os.path.dirname(os.path.realpath(sys.executable))
PATH = ("/usr/local/bin", "/usr/bin", "/bin", OUR_PYTHON)
LOGGED = (
    "SessionStart", "UserPromptSubmit", "PreToolUse", "PostToolUse", "PostToolUseFailure",
    "SubagentStart", "SubagentStop", "Stop", "StopFailure", "PreCompact", "PostCompact",
    "SessionEnd",
)  # fmt: skip
LOG_EVENT = """\
import json, os, sys
line = json.dumps(json.load(sys.stdin)) + "\\n"
log = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
os.write(log, line.encode())
"""
STAND_IN = """\
#!/bin/sh
echo "$*" >> '{log}'
echo "{name}: stand-in"
"""


class Answer(NamedTuple):
    """How a client ended, and what it printed."""

    status: int
    stdout: str
    stderr: str

    @property
    def result(self) -> dict[str, Any]:
        """The result that `--output-format json` prints."""
        result = json.loads(self.stdout)
        assert isinstance(result, dict)
        return result

    @property
    def text(self) -> str:
        """What main said last."""
        return str(self.result["result"])


class Running:
    """A client that runs in the background."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.pid = process.pid  # what hooks see as CLAUDE_PID

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def end(self, seconds: float = LONGEST_RUN_SECONDS) -> Answer:
        """Wait for its end."""
        try:
            stdout, stderr = self._process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        return Answer(self._process.returncode, stdout, stderr)

    def kill(self) -> Answer:
        """End it at once, as a crash does; a command that it had started is ended with it."""
        if self.alive:
            # Its own group, and not yet waited for, so that the id is surely still its own.
            os.killpg(self.pid, signal.SIGKILL)
        stdout, stderr = self._process.communicate()
        return Answer(self._process.returncode, stdout, stderr)


class Bench:
    """A project and a HOME below *folder*; nothing of the user's own Claude Code is read."""

    def __init__(self, folder: Path, binary: str) -> None:
        self.binary = binary
        self.home = folder / "home"
        self.project = folder / "project"
        self.programs = folder / "programs"  # the first folder of the client's PATH
        self._calls = folder / "calls"
        self._events = folder / "events.jsonl"
        for each in (
            self.home,
            self.project / ".claude" / "agents",
            self.programs,
            self._calls,
        ):
            each.mkdir(parents=True)
        self.agent_file.write_text(DEFINITION)
        trusted = {str(self.project): {"hasTrustDialogAccepted": True}}
        (self.home / ".claude.json").write_text(json.dumps({"projects": trusted}))
        self.stand_in("terraform")  # never the machine's own
        # Short, for it holds sockets, whose paths may not be longer than 107 bytes.
        self._sockets = tempfile.TemporaryDirectory(prefix="bench-")
        self._running: list[Running] = []
        self._first_session: str | None = None
        self.model = FakeModel()

    def close(self) -> None:
        for each in self._running:
            each.kill()
        self.model.close()
        self._sockets.cleanup()

    # --- the project --------------------------------------------------------------------------

    @property
    def agent_file(self) -> Path:
        return self.project / ".claude" / "agents" / f"{AGENT}.md"

    def settings(self, settings: Mapping[str, object]) -> None:
        """Write the project's settings; where events are logged, `log_events` comes after."""
        path = self.project / ".claude" / "settings.json"
        path.write_text(json.dumps(settings))

    def allow(self, *rules: str) -> None:
        """Let the client use what *rules* name without asking, as a person's settings may."""
        self.settings({"permissions": {"allow": list(rules)}})

    def stand_in(self, name: str) -> None:
        """Let the program *name* do nothing but note its arguments; see `calls`."""
        program = self.programs / name
        program.write_text(STAND_IN.format(name=name, log=self._calls / name))
        program.chmod(0o755)

    def calls(self, name: str) -> list[str]:
        """The arguments of each time that the stand-in *name* really ran."""
        path = self._calls / name
        return path.read_text().splitlines() if path.exists() else []

    def log_events(self) -> None:
        """Add a hook that only logs to every event of the project; see `events`."""
        script = self.project / ".claude" / "log_event.py"
        script.write_text(LOG_EVENT)
        hook = {
            "type": "command",
            "command": sys.executable,
            "args": ["-I", "-S", str(script), str(self._events)],
        }
        path = self.project / ".claude" / "settings.json"
        before = json.loads(path.read_text()) if path.exists() else {}
        hooks = {event: [{"hooks": [hook]}] for event in LOGGED}
        self.settings({**before, "hooks": hooks})

    @property
    def events(self) -> list[dict[str, Any]]:
        """What the hooks of `log_events` received; those of one event may be in any order."""
        if not self._events.exists():
            return []
        return [json.loads(line) for line in self._events.read_text().splitlines()]

    def names_of_events(self) -> list[str]:
        return [event["hook_event_name"] for event in self.events]

    # --- the model ----------------------------------------------------------------------------

    def play(self, main: Iterable[Turn] = (), child: Iterable[Turn] = ()) -> None:
        """From now on main and its subagent say this, and nothing that is left of before."""
        self.model.play(main, {MARKER: child})

    @property
    def requests_of_main(self) -> list[Request]:
        return [each for each in self.model.requests if each.queue == MAIN]

    @property
    def requests_of_child(self) -> list[Request]:
        return [each for each in self.model.requests if each.queue == MARKER]

    def wait_for_main(self, count: int = 1) -> Request:
        """The *count*-th request of main, counted over all steps, as soon as it has come."""
        return self.model.wait_for(MAIN, count, LONGEST_RUN_SECONDS)

    def wait_for_child(self, count: int = 1) -> Request:
        return self.model.wait_for(MARKER, count, LONGEST_RUN_SECONDS)

    def told(self, text: str) -> bool:
        """True where *text* stands in any conversation or system prompt that was ever sent."""
        return any(each.holds(text) or text in each.system for each in self.model.requests)

    # --- the client ---------------------------------------------------------------------------

    def run(self, prompt: str, *arguments: str, **options: Any) -> Answer:
        """Run a client to its end; *options* are those of `start`."""
        answer = self.start(prompt, *arguments, **options).end()
        if self._first_session is None and answer.stdout.startswith("{"):
            self._first_session = answer.result["session_id"]
        return answer

    def start(
        self,
        prompt: str,
        *arguments: str,
        resume: bool | str = False,
        variables: Mapping[str, str] | None = None,
    ) -> Running:
        """Start a client in the background; *resume* is an id, or True for `session_id`."""
        session = self.session_id if resume is True else resume
        process = subprocess.Popen(
            [
                *(self.binary, "-p", prompt, "--output-format", "json"),
                *(("--resume", session) if session else ()),
                *arguments,
            ],
            cwd=self.project,
            env={**self.variables, **(variables or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._running.append(Running(process))
        return self._running[-1]

    @property
    def variables(self) -> dict[str, str]:
        """The whole environment of a client: nothing of the caller's own comes in."""
        return {
            "HOME": str(self.home),
            "PATH": os.pathsep.join([str(self.programs), *PATH]),
            "LANG": "C.UTF-8",
            "ANTHROPIC_API_KEY": "dummy",
            "ANTHROPIC_BASE_URL": self.model.url,
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "CLAUDE_CODE_TMPDIR": self._sockets.name,
            "DISABLE_AUTOUPDATER": "1",
            "DISABLE_ERROR_REPORTING": "1",
            "DISABLE_TELEMETRY": "1",
        }

    # --- what it left -------------------------------------------------------------------------

    @property
    def agent_ids(self) -> set[str]:
        """The subagents of every session of this HOME of which there is a transcript."""
        found = self.home.glob(".claude/projects/*/*/subagents/agent-*.jsonl")
        return {path.stem.removeprefix("agent-") for path in found}

    @property
    def agent_id(self) -> str:
        """The one subagent there is, as soon as its transcript is, which comes a bit later."""
        wait_until(lambda: self.agent_ids)
        (agent_id,) = self.agent_ids
        return agent_id

    @property
    def session_id(self) -> str:
        """The session of the first `run`; or, if there was none, the one that was begun."""
        if self._first_session:
            return self._first_session
        (transcript,) = self.home.glob(".claude/projects/*/*.jsonl")
        return transcript.stem


def wait_until(holds: Callable[[], object], seconds: float = LONGEST_RUN_SECONDS) -> None:
    """Wait for what no request tells."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.02)
