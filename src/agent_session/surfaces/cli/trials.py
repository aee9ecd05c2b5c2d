"""A registered handler tried: run exactly as it is registered, with an event as Claude Code
tells it, in a project and a HOME that are thrown away.
"""

from __future__ import annotations

import os
import re
import tempfile

from agent_session.core.codec import decode, encode
from agent_session.core.errors import AgentSessionError, InvalidValueError
from agent_session.core.phases import is_final
from agent_session.core.registrations import DELEGATED, DELEGATING, GUARDED, MESSAGING, SECONDS
from agent_session.wiring import wire
from agent_session.world.programs import answer_of, search_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType
    from typing import Any

    from .hosted_hooks import Place

_CONVERSATION = "00000000-0000-4000-8000-000000000000"
_AGENT = {"agent_id": "a0123456789abcdef", "agent_type": "agent-session-doctor"}
_STARTING = {
    "description": "doctor",
    "prompt": "doctor",
    "subagent_type": "agent-session-doctor",
}
_GUARDED = "agent-session-doctor-tries-this"
_SETTINGS = {"guards": [{"tool": "Bash", "match": _GUARDED}]}
_SESSION_ID = re.compile(r"\bagent-\d{8}-\d{6}-[0-9a-f]{8}\b")


class Sample:
    """An event of the table as Claude Code tells it: what it is *called* among the others, its
    own *fields*, and what must come of it (*flaw* gives a sentence where it does not).
    """

    __slots__ = ("called", "fields", "flaw")

    def __init__(
        self,
        called: str,
        flaw: Callable[[Trial, Mapping[str, Any]], str | None] = lambda *_: None,
        **fields: Any,
    ) -> None:
        self.called = called
        self.flaw = flaw
        self.fields = fields


class Trial:
    """A throw-away project with a guard in its settings; a context, which removes it."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="agent-session-doctor-")
        self.session_id: str | None = None

    def __enter__(self) -> Trial:
        for each in ("home", "data", "project/.claude"):
            os.makedirs(self._path(each))
        settings = self._path("project/.claude/agent-session.json")
        with open(settings, "w", encoding="ascii") as file:
            file.write(encode(_SETTINGS))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._folder.cleanup()

    def _path(self, name: str) -> str:
        return os.path.join(self._folder.name, name)

    def flaw_of(
        self, place: Place, handler: Mapping[str, Any], event: str, sample: Sample
    ) -> str | None:
        """What is wrong with *handler*, a sentence; None where it does what it is for."""
        payload = {
            "session_id": _CONVERSATION,
            "transcript_path": self._path("home/transcript.jsonl"),
            "cwd": self._path("project"),
            "hook_event_name": event,
            "permission_mode": "default",
            **sample.fields,
        }
        answered = self._run(place, handler, encode(payload).encode())
        if answered is None:
            return f"it does not start, or is not done within {SECONDS} seconds"
        status, output = answered
        if status != 0:
            return f"it ends with status {status}"
        try:
            said = decode(output) if output.strip() else {}
        except InvalidValueError as error:
            return f"what it prints is no answer: {error}"
        return sample.flaw(self, said) if isinstance(said, dict) else "it prints no JSON object"

    def _run(
        self, place: Place, handler: Mapping[str, Any], said: bytes
    ) -> tuple[int, bytes] | None:
        variables = {"CLAUDE_PROJECT_DIR": self._path("project")}
        if place.root is not None:
            variables["CLAUDE_PLUGIN_ROOT"] = place.root
            variables["CLAUDE_PLUGIN_DATA"] = self._path("data")
        command = [_filled(word, variables) for word in (handler["command"], *handler["args"])]
        return answer_of(
            command,
            {**variables, **self._surroundings()},
            SECONDS,
            folder=self._path("project"),
            said=said,
        )

    def _surroundings(self) -> dict[str, str]:
        return {
            "CLAUDECODE": "1",
            "CLAUDE_CODE_ENTRYPOINT": "cli",
            "CLAUDE_CODE_SESSION_ID": _CONVERSATION,
            "CLAUDE_PID": str(os.getpid()),
            "HOME": self._path("home"),
            "PATH": search_path(),
        }

    def phase(self) -> str | None:
        """Where the session that a handler has started is now; None where there is none."""
        project = self._path("project")
        store = f"files:{os.path.join(project, '.claude/session')}"
        try:
            wiring = wire("doctor", store=store, project=project, variables={})
            return wiring.sessions.get(self.session_id or "")["phase"]
        except AgentSessionError:
            return None


def _filled(word: str, variables: Mapping[str, str]) -> str:
    for name, value in variables.items():
        word = word.replace(f"${{{name}}}", value)
    return word


# --- what must come of an event ---------------------------------------------------------------


def _has_started(trial: Trial, said: Mapping[str, Any]) -> str | None:
    told = str(_own(said).get("additionalContext", ""))
    named = _SESSION_ID.search(told)
    if named is None:
        return "it tells an agent no session id when it starts"
    trial.session_id = named[0]
    return None if trial.phase() else f"the session {named[0]} that it names is not there"


def _has_ended(trial: Trial, _: Mapping[str, Any]) -> str | None:
    if trial.session_id is None:  # nothing has started one here
        return None
    phase = trial.phase()
    if phase is None or not is_final(phase):
        return f"the session of an agent that stopped is not ended, it is {phase}"
    return None


def _has_denied(_: Trial, said: Mapping[str, Any]) -> str | None:
    if _own(said).get("permissionDecision") != "deny":
        return "it lets a guarded call pass that nobody has approved"
    return None


def _own(said: Mapping[str, Any]) -> Mapping[str, Any]:
    found = said.get("hookSpecificOutput")
    return found if isinstance(found, dict) else {}


# By the event and the matcher of each row of the table.
SAMPLES: Mapping[tuple[str, str | None], Sample] = {
    ("SessionStart", None): Sample("SessionStart", source="startup"),
    ("UserPromptSubmit", None): Sample("UserPromptSubmit", prompt="doctor"),
    ("PreToolUse", DELEGATING): Sample(
        "PreToolUse Agent", tool_name="Agent", tool_input=_STARTING, tool_use_id="toolu_1"
    ),
    ("PreToolUse", MESSAGING): Sample(
        "PreToolUse SendMessage",
        tool_name="SendMessage",
        tool_input={"to": "a" + "f" * 16, "message": "doctor", "summary": "doctor"},
        tool_use_id="toolu_2",
    ),
    ("PreToolUse", GUARDED): Sample(
        "PreToolUse guarded",
        _has_denied,
        tool_name="Bash",
        tool_input={"command": _GUARDED, "description": "doctor"},
        tool_use_id="toolu_3",
    ),
    ("PostToolUse", DELEGATED): Sample(
        "PostToolUse",
        tool_name="Agent",
        tool_input=_STARTING,
        tool_use_id="toolu_1",
        tool_response={
            "status": "completed",
            "agentId": "a" + "f" * 16,
            "content": [{"type": "text", "text": "doctor"}],
        },
    ),
    ("PostToolUseFailure", DELEGATED): Sample(
        "PostToolUseFailure",
        tool_name="Agent",
        tool_input=_STARTING,
        tool_use_id="toolu_1",
        error="doctor",
        is_interrupt=False,
    ),
    ("SubagentStart", None): Sample("SubagentStart", _has_started, **_AGENT),
    ("SubagentStop", None): Sample(
        "SubagentStop",
        _has_ended,
        **_AGENT,
        stop_hook_active=False,
        last_assistant_message="doctor",
    ),
    ("Stop", None): Sample("Stop", stop_hook_active=False, last_assistant_message="doctor"),
    ("StopFailure", None): Sample("StopFailure", error="unknown"),
    ("SessionEnd", None): Sample("SessionEnd", reason="other"),
}
