"""What the scripted model says: a turn is a list of blocks, and answers one request."""

from __future__ import annotations

import threading
from typing import Any

Block = dict[str, Any]
Turn = list[Block]

AGENT = "terraform-architect"
# A text or input may name what the conversation holds; see `filled` of fake_model.py.
AGENT_ID = "{{agent_id}}"
# How often the client asks before it gives up.
FAILURES_THAT_KILL = 3
# What a client needs to end a turn that was answered.
BREATH_SECONDS = 0.4


def say(text: str) -> Turn:
    return [{"text": text}]


def call(tool: str, **arguments: object) -> Turn:
    return [{"tool": tool, "input": arguments}]


def bash(command: str) -> Turn:
    return call("Bash", command=command, description="run it")


def delegate(
    prompt: str, *, background: bool = False, agent: str = AGENT, what: str = "what it is for"
) -> Turn:
    """Start a new subagent; in the foreground its report is the answer to this call."""
    return call(
        "Agent",
        description=what,
        prompt=prompt,
        subagent_type=agent,
        run_in_background=background,
    )


def send_message(message: str, to: str = AGENT_ID) -> Turn:
    """Resume *to*, by default the subagent that was reported last.

    It runs in the background, so that main says something before the report comes, and
    something after it.
    """
    return call("SendMessage", to=to, summary="what it is about", message=message)


def fail(status: int = 400, message: str = "scripted error") -> Turn:
    """A failed request. The client asks again; `[fail()] * FAILURES_THAT_KILL` ends a child."""
    return [{"http_error": status, "message": message}]


def pause(seconds: float, then: Turn) -> Turn:
    """Say *then*, but not at once."""
    return [{"sleep": seconds}, *then]


def hold(until: threading.Event, then: Turn) -> Turn:
    """Say *then* once the test has set *until*, or the bench closes."""
    return [{"until": until}, *then]


def mark(event: threading.Event, turn: Turn) -> Turn:
    """Say *turn*, and set *event*: another turn may be held until then."""
    return [*turn, {"sets": event}]


def resume(
    message: str,
    *child: Turn,
    to: str = AGENT_ID,
    waiting: str = "Waiting.",
    end: str = "It is done.",
) -> tuple[list[Turn], list[Turn]]:
    """Main's and the child's turns of a whole resume, for `play`: the child says *child*.

    It begins only once main has ended its own turn, so that the order is always the same.
    """
    main_waits = threading.Event()
    first, *rest = child
    return (
        [send_message(message, to=to), mark(main_waits, say(waiting)), say(end)],
        [hold(main_waits, pause(BREATH_SECONDS, first)), *rest],
    )
