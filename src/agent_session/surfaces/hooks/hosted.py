"""The hook of a host: one program for all its events, each of which has one handler.

Most calls concern nothing of ours and end in silence, so a handler's module is loaded when
its event comes. What fails stands in the way only where it was registered to: of a resume and
of a guarded call.
"""

from __future__ import annotations

from agent_session.core import Late

from . import neutral
from .program import print_usage, run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_OURS = "agent_session.surfaces.hooks"
HOSTS: Mapping[str, Any] = {
    "claude-code": Late(f"{_OURS}.hosts.claude_code"),
    "codex": Late(f"{_OURS}.hosts.codex"),
}
_CLOSED = "closed"
USAGE = f"""\
start.py HOST [{_CLOSED}]: answers one hook event of HOST ({", ".join(HOSTS)}), JSON on stdin.

`agent-session install` registers it; nobody need call it by hand. With {_CLOSED}, what cannot
be looked at is refused; else the work goes on. The exit status is always 0.
"""

# Which function of which module answers: (event, host) -> Answer.
HANDLERS: Mapping[str, tuple[str, str]] = {
    neutral.SESSION_START: ("opening", "session_started"),
    neutral.PROMPT: ("prompting", "prompted"),
    neutral.PRE_DELEGATE: ("delegating", "before_delegation"),
    neutral.PRE_MESSAGE: ("messaging", "before_message"),
    neutral.PRE_TOOL: ("guarding", "before_tool"),
    neutral.POST_DELEGATE: ("stopping", "after_delegation"),
    neutral.POST_MESSAGE: ("stopping", "after_message"),
    neutral.DELEGATE_FAILED: ("stopping", "delegation_failed"),
    neutral.AGENT_START: ("starting", "agent_started"),
    neutral.AGENT_PROMPT: ("starting", "agent_prompted"),
    neutral.AGENT_STOP: ("stopping", "agent_stopped"),
    neutral.AGENT_FAILED: ("stopping", "agent_failed"),
    neutral.MAIN_STOP: ("closing", "main_stopped"),
    neutral.SESSION_END: ("closing", "session_ended"),
}


def answer_to(host: Any, payload: dict[str, Any]) -> dict[str, Any] | None:
    """What *host* is told about *payload*; None where that is nothing."""
    event = host.event_of(payload)
    if event is None:
        return None
    module, function = HANDLERS[event.kind]
    handler = getattr(__import__(f"{_OURS}.{module}", fromlist=[function]), function)
    told: dict[str, Any] | None = host.json_of(event, handler(event, host))
    return told


def main(arguments: list[str]) -> int:
    """Run as a program."""
    if not arguments or arguments[0] not in HOSTS:
        return print_usage(USAGE)
    host = HOSTS[arguments[0]]
    fails_closed = _CLOSED in arguments[1:]

    def refuse(reason: str, sentence: str) -> dict[str, Any] | None:
        return _denial(host, reason, sentence) if fails_closed else None

    def note(reason: str, sentence: str) -> None:
        from agent_session.wiring import wire

        wire(host.KIND).workflow.log_refusal(reason, sentence)

    return run(lambda payload: answer_to(host, payload), refuse, note)


def _denial(host: Any, reason: str, sentence: str) -> dict[str, Any] | None:
    event = neutral.Event(neutral.PRE_TOOL, host.KIND, "", {})
    why = (
        f"agent-session could not look at this call ({reason}: {sentence}), so it is not made. "
        "Tell the user; `agent-session doctor` looks for what is wrong."
    )
    denial: dict[str, Any] | None = host.json_of(event, neutral.Answer(deny=why))
    return denial
