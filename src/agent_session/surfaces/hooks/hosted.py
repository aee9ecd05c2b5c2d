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
    from collections.abc import Callable, Mapping
    from typing import Any

    from . import (
        closing,
        delegating,
        guarding,
        messaging,
        opening,
        prompting,
        starting,
        stopping,
    )
    from .hosts import claude_code, codex
    from .neutral import Answer, Event

    Handler = Callable[[Event, Any], Answer]
else:
    closing = Late("agent_session.surfaces.hooks.closing")
    delegating = Late("agent_session.surfaces.hooks.delegating")
    guarding = Late("agent_session.surfaces.hooks.guarding")
    messaging = Late("agent_session.surfaces.hooks.messaging")
    opening = Late("agent_session.surfaces.hooks.opening")
    prompting = Late("agent_session.surfaces.hooks.prompting")
    starting = Late("agent_session.surfaces.hooks.starting")
    stopping = Late("agent_session.surfaces.hooks.stopping")
    claude_code = Late("agent_session.surfaces.hooks.hosts.claude_code")
    codex = Late("agent_session.surfaces.hooks.hosts.codex")

HOSTS: Mapping[str, Any] = {"claude-code": claude_code, "codex": codex}
_CLOSED = "closed"
USAGE = f"""\
start.py HOST [{_CLOSED}]: answers one hook event of HOST ({", ".join(HOSTS)}), JSON on stdin.

`agent-session install` registers it; nobody need call it by hand. With {_CLOSED}, what cannot
be looked at is refused; else the work goes on. The exit status is always 0.
"""

HANDLERS: Mapping[str, Callable[[Event, Any], Answer]] = {
    neutral.SESSION_START: lambda event, host: opening.session_started(event, host),
    neutral.PROMPT: lambda event, host: prompting.prompted(event, host),
    neutral.PRE_DELEGATE: lambda event, host: delegating.before_delegation(event, host),
    neutral.PRE_MESSAGE: lambda event, host: messaging.before_message(event, host),
    neutral.PRE_TOOL: lambda event, host: guarding.before_tool(event, host),
    neutral.POST_DELEGATE: lambda event, host: stopping.after_delegation(event, host),
    neutral.POST_MESSAGE: lambda event, host: stopping.after_message(event, host),
    neutral.DELEGATE_FAILED: lambda event, host: stopping.delegation_failed(event, host),
    neutral.AGENT_START: lambda event, host: starting.agent_started(event, host),
    neutral.AGENT_PROMPT: lambda event, host: starting.agent_prompted(event, host),
    neutral.AGENT_STOP: lambda event, host: stopping.agent_stopped(event, host),
    neutral.AGENT_FAILED: lambda event, host: stopping.agent_failed(event, host),
    neutral.MAIN_STOP: lambda event, host: closing.main_stopped(event, host),
    neutral.SESSION_END: lambda event, host: closing.session_ended(event, host),
}


def answer_to(host: Any, payload: dict[str, Any]) -> dict[str, Any] | None:
    """What *host* is told about *payload*; None where that is nothing."""
    event = host.event_of(payload)
    if event is None:
        return None
    told: dict[str, Any] | None = host.json_of(event, HANDLERS[event.kind](event, host))
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
