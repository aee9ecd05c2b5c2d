"""A project in which a host calls our hook for its events: with recorded payloads, changed
where a test says so, each in a fresh process.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent_session.core.claims import Claimant
from agent_session.services.decisions import Person
from agent_session.surfaces.hooks.joined import command
from tests.project.tree import ROOT
from tests.surfaces.hooks.hook_project import LONGEST_RUN_SECONDS, PYTHON, HookProject, Run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agent_session.core.state import Record

PAYLOADS = Path(__file__).parent / "payloads"
START = os.path.join(ROOT, "src/agent_session/surfaces/hooks/start.py")
HOST = "claude-code"
SESSION = "9ff63587-3e41-48d9-beef-f05f0f74d812"
AGENT_ID = "ad9c4ee68f576aff2"


def asking(**fields: Any) -> str:
    """What an agent says that ends its turn with a request."""
    said = {"summary": "add three subnets", "plan": "terraform apply plan.tfplan", **fields}
    return f"It is planned.\n```approval-request\n{json.dumps(said)}\n```\n"


ASKING = asking()


def plain(told: str) -> str:
    """What is *told* with our program called by its name alone, wherever this checkout is."""
    return told.replace(command(), "agent-session")


def payload(name: str, **changes: Any) -> dict[str, Any]:
    """The recorded payload of that name, with *changes*."""
    found = json.loads((PAYLOADS / f"{name}.json").read_text())
    assert isinstance(found, dict)
    return {**found, **changes}


class HostProject(HookProject):
    """The project, with a conversation of the host whose transcripts are there.

    The host's process is this one, unless it is told to be another.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.variables |= {
            "CLAUDE_PROJECT_DIR": str(self.path),
            "CLAUDE_PID": str(os.getpid()),
            "CLAUDE_CODE_SESSION_ATTENDED": "1",
        }
        self.transcripts = folder / "transcripts"
        self.transcripts.mkdir()
        self.keep_transcript(SESSION, AGENT_ID)

    # --- events -------------------------------------------------------------------------------

    def tell(
        self,
        name: str,
        *,
        closed: bool = False,
        raw: bytes | None = None,
        variables: dict[str, str] | None = None,
        **changes: Any,
    ) -> Run:
        """Run the hook for the recorded event *name*, seen from this project."""
        ran = subprocess.run(
            self.command(closed=closed),
            input=self.told(name, **changes) if raw is None else raw,
            cwd=self.path,
            env=variables or self.variables,
            capture_output=True,
            timeout=LONGEST_RUN_SECONDS,
            check=False,
        )
        return Run(ran.returncode, ran.stdout, ran.stderr)

    def command(self, *, closed: bool = False) -> list[str]:
        return [*PYTHON, START, HOST, *(["closed"] if closed else [])]

    def told(self, name: str, **changes: Any) -> bytes:
        """The recorded event as it would be told from this project."""
        found = {"cwd": str(self.path), **changes}
        session_id = found.get("session_id") or payload(name).get("session_id") or SESSION
        found.setdefault("transcript_path", str(self.transcripts / f"{session_id}.jsonl"))
        return json.dumps(payload(name, **found)).encode()

    def answer(self, name: str, **changes: Any) -> dict[str, Any]:
        """What the host is told; it must be told something."""
        return self.tell(name, **changes).answer

    def silence(self, name: str, **changes: Any) -> None:
        assert self.tell(name, **changes) == Run(0, b"", b"")

    def denial(self, name: str, **changes: Any) -> str:
        """The reason of a denial, which is all that the host is told."""
        (said,) = self.answer(name, **changes).values()
        assert said.keys() == {
            "hookEventName",
            "permissionDecision",
            "permissionDecisionReason",
        }
        assert said["permissionDecision"] == "deny"
        return plain(said["permissionDecisionReason"])

    def notice(self, name: str, **changes: Any) -> str:
        """What the person is shown, which is all that the host is told."""
        (said,) = self.answer(name, **changes).items()
        assert said[0] == "systemMessage"
        return plain(said[1])

    def block(self, prompt: str) -> str:
        """Why a prompt is kept from the model, which is all that the host is told."""
        said = self.answer("UserPromptSubmit", prompt=prompt)
        assert said.keys() == {"decision", "reason"}
        assert said["decision"] == "block"
        return plain(said["reason"])

    def bash(self, command: str, **changes: Any) -> Run:
        """An agent is about to run *command*."""
        told = {"tool_input": {"command": command}, "closed": True, **changes}
        return self.tell("PreToolUse.Bash.in_subagent", **told)

    def denied(self, command: str, **changes: Any) -> str:
        """The reason why *command* is denied."""
        told = {"tool_input": {"command": command}, "closed": True, **changes}
        return self.denial("PreToolUse.Bash.in_subagent", **told)

    def at_once(self, *told: Mapping[str, Any]) -> list[Run]:
        """Hooks that all run at once, each told what `tell` takes."""
        with ThreadPoolExecutor(len(told)) as pool:
            return list(pool.map(lambda each: self.tell(**each), told))

    def context(self, name: str, **changes: Any) -> str:
        return str(self.answer(name, **changes)["hookSpecificOutput"]["additionalContext"])

    # --- what has been before -----------------------------------------------------------------

    def keep_transcript(self, session_id: str, agent_id: str) -> Path:
        path = self.transcripts / session_id / "subagents" / f"agent-{agent_id}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}\n")
        return path

    def start(self, agent_id: str = AGENT_ID, **changes: Any) -> str:
        return self.context("SubagentStart.fresh", agent_id=agent_id, **changes)

    def end(self, said: str = "Done.", agent_id: str = AGENT_ID, **changes: Any) -> None:
        told = {"agent_id": agent_id, "last_assistant_message": said, **changes}
        self.silence("SubagentStop.foreground", **told)

    def asked(self, agent_id: str = AGENT_ID, said: str = ASKING) -> dict[str, Any]:
        """An agent has asked for an approval, and its turn is over."""
        self.start(agent_id)
        self.end(said, agent_id)
        return self.approval

    def decide(self, verdict: str = "approved", reason: str = "no") -> None:
        """A person has answered what was asked last."""
        wiring, person = self.wiring(), Person("ada", "terminal")
        wiring.decisions.agent_around = lambda: None
        decisions = wiring.decisions
        decisions.agent_around = lambda: None
        if verdict == "approved":
            decisions.approve(self.approval, person)
        else:
            decisions.reject(self.approval, person, reason)

    @property
    def code(self) -> str:
        """The code that the person is shown for the only thing that waits."""
        return self.notice("Stop").partition(f"approve {self.approval['id']} ")[2].split()[0]

    def configure(self, **values: Any) -> None:
        """The project's settings."""
        path = self.path / ".claude/agent-session.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(values))

    def configure_user(self, **values: Any) -> None:
        """The user's own settings."""
        path = self.home / ".config/agent-session/config.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))

    def report(self, phase: str, agent_id: str | None = None) -> None:
        """The agent says which phase it is in."""
        record = self.record if agent_id is None else self.wiring().sessions.get(agent_id)
        claim = record["claim"]
        assert claim is not None
        who = Claimant(token=claim["token"])
        self.wiring().sessions.update(record["agent_id"], phase, who=who)

    @contextlib.contextmanager
    def elsewhere(self) -> Iterator[int]:
        """Meanwhile the host is another client, which has ended after it."""
        before, other = self.variables["CLAUDE_PID"], self.another_process()
        try:
            yield other.pid
        finally:
            other.kill()
            other.communicate()
            self.variables["CLAUDE_PID"] = before

    def another_process(self) -> subprocess.Popen[bytes]:
        """From now on the host is another client, which runs until it is ended."""
        other = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", "input()"], stdin=subprocess.PIPE
        )
        self.variables["CLAUDE_PID"] = str(other.pid)
        return other

    # --- what there is ------------------------------------------------------------------------

    def sessions(self) -> list[Record]:
        return self.wiring().sessions.list()

    @property
    def record(self) -> Record:
        """The one session there is."""
        (record,) = self.sessions()
        return record

    @property
    def flaws(self) -> dict[str, Any]:
        """What `verify` finds wrong with the store."""
        return dict(self.wiring().reports.verify().flaws)

    @property
    def approval(self) -> dict[str, Any]:
        """The newest request of the session that was active last."""
        return self.sessions()[0]["approvals"][-1]
