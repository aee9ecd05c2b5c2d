"""Codex CLI: its hook payloads as events, and answers with the keys that its schema allows.

Built to the published schema, and not tried with the program: docs/codex.md says what was read.
"""

from __future__ import annotations

from agent_session.surfaces.hooks import neutral
from agent_session.surfaces.hooks.neutral import event_in, text_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from agent_session.surfaces.hooks.neutral import Answer, Event

KIND = "codex"
# Codex names neither its process to a hook nor whether a person sits there. None is the name of
# no variable, so that a claim lasts as long as its lease, and no prompt is ever an answer.
PROCESS = None
ATTENDED = None
INJECTING: frozenset[str] = frozenset()
# Nothing that we say spares a call the host's own question.
SHELL = None
# A message to a new agent may be encrypted, and nothing can be put in front of it then.
BRIEFS_AT_START = True
# An agent that is woken has no start of its own, but for the prompt that it is woken with.
TELLS_EVERY_START = False
# A call of spawn_agent that names no type starts this one.
DEFAULT_AGENT = "default"

# A hook is given the name of a tool behind that of its namespace, with nothing in between.
_NAMESPACES = ("", "multi_agent_v1", "collaboration")
_DELEGATE = frozenset(f"{each}spawn_agent" for each in _NAMESPACES)
_PLAIN_MESSAGE = frozenset(f"{each}send_input" for each in _NAMESPACES)
_MESSAGE = _PLAIN_MESSAGE | {f"{each}followup_task" for each in _NAMESPACES}
_PRE_TOOL_USE = "PreToolUse"
_PROMPT = "prompt"

_EVENTS = {
    "SessionStart": neutral.SESSION_START,
    "UserPromptSubmit": neutral.PROMPT,
    "SubagentStart": neutral.AGENT_START,
    "SubagentStop": neutral.AGENT_STOP,
    "Stop": neutral.MAIN_STOP,
    "SessionEnd": neutral.SESSION_END,
}
_OF_AGENTS = frozenset((neutral.AGENT_START, neutral.AGENT_STOP))


def event_of(payload: Mapping[str, Any]) -> Event | None:
    """What *payload* tells of; None for what concerns no session of ours."""
    event = event_in(_kind_of(payload), KIND, payload)
    if event is not None:
        event.tool_input = _input_in(payload, event.kind)
    return event


def _kind_of(payload: Mapping[str, Any]) -> str | None:
    name = payload.get("hook_event_name")
    if name == _PRE_TOOL_USE:
        return _kind_of_tool(payload.get("tool_name"))
    kind = _EVENTS.get(name) if isinstance(name, str) else None
    is_an_agents = text_in(payload, "agent_id") and text_in(payload, "agent_type")
    if kind == neutral.PROMPT and text_in(payload, "agent_id"):
        return neutral.AGENT_PROMPT if is_an_agents else None
    return None if kind in _OF_AGENTS and not is_an_agents else kind


def _kind_of_tool(tool: object) -> str | None:
    if not isinstance(tool, str):
        return None
    if tool in _DELEGATE:
        return neutral.PRE_DELEGATE
    return neutral.PRE_MESSAGE if tool in _MESSAGE else neutral.PRE_TOOL


def _input_in(payload: Mapping[str, Any], kind: str) -> dict[str, Any]:
    given = payload.get("tool_input")
    tool_input = given if isinstance(given, dict) else {}
    if kind != neutral.PRE_DELEGATE:
        return tool_input
    return {**tool_input, _PROMPT: text_in(tool_input, "message") or ""}


# --- what else the host tells -----------------------------------------------------------------


def delegated_to(event: Event) -> str:
    """The type of agent that a delegation starts."""
    return (text_in(event.tool_input, "agent_type") or "").strip() or DEFAULT_AGENT


def addressee(event: Event) -> str | None:
    return text_in(event.tool_input, "target") or text_in(event.tool_input, "id")


def started_by(event: Event) -> str | None:
    """Nobody: no hook is registered for what a delegation has come to."""
    return None


def has_ended(event: Event) -> bool:
    """False: an agent runs on beside the one that has started it."""
    return False


def has_report(event: Event) -> bool:
    """True: what an agent has said is told as it stops."""
    return True


def has_failed(event: Event) -> bool:
    """False: a call that fails is told to no hook, and what was granted for it lapses."""
    return False


def transcript_of(event: Event, agent_id: str) -> str | None:
    """No hook is told of an agent's file. To a message that can be read, the conversation's own
    stands for it: Codex says itself whom it does not reach.
    """
    return event.transcript_path if event.tool in _PLAIN_MESSAGE else None


def message_call(agent_id: str) -> str:
    """The call that wakes the agent with all that it knew, for the model to make."""
    return (
        f'send_input {{"target": "{agent_id}", "message": "The person has decided; go on as '
        "your session's brief says.\"}"
    )


def message_with(event: Event, brief: str) -> dict[str, Any]:
    """The same message, led by *brief*; it is one text, or a list of items."""
    said, items = text_in(event.tool_input, "message"), event.tool_input.get("items")
    if said is None and isinstance(items, list):
        return {**event.tool_input, "items": [{"type": "text", "text": brief}, *items]}
    return {**event.tool_input, "message": f"{brief}\nThe message itself:\n{said or ''}"}


# --- answering --------------------------------------------------------------------------------

# The schema of any other event has no place for what is said to a model.
_SPEAKING = frozenset((_PRE_TOOL_USE, "SessionStart", "SubagentStart", "UserPromptSubmit"))


def json_of(event: Event, answer: Answer) -> dict[str, Any] | None:
    """What Codex is told; None where that is nothing."""
    said: dict[str, Any] = {}
    name = text_in(event.payload, "hook_event_name") or _PRE_TOOL_USE
    specific = _specific(event, answer) if name in _SPEAKING else {}
    if specific:
        said["hookSpecificOutput"] = {"hookEventName": name, **specific}
    stands_in_the_way = answer.keep_on or answer.block
    if stands_in_the_way:
        said |= {"decision": "block", "reason": stands_in_the_way}
    if answer.notice:
        said["systemMessage"] = answer.notice
    return said or None


def _specific(event: Event, answer: Answer) -> dict[str, Any]:
    """An `allow` is refused by Codex but beside a new input: what may pass is left alone."""
    found: dict[str, Any] = {}
    if answer.deny is not None:
        found |= {"permissionDecision": "deny", "permissionDecisionReason": answer.deny}
    elif answer.rewrite is not None:
        rewritten = _rewritten(event, answer.rewrite)
        found |= {"permissionDecision": "allow", "updatedInput": rewritten}
    if answer.context is not None:
        found["additionalContext"] = answer.context
    return found


def _rewritten(event: Event, rewrite: Mapping[str, Any]) -> dict[str, Any]:
    """As its tool takes it: a new agent's prompt is the `message` of the call."""
    kept = {**rewrite}
    if event.kind == neutral.PRE_DELEGATE:
        kept["message"] = kept.pop(_PROMPT)
    return kept
