"""Claude Code: its hook payloads as events, and answers as the JSON that it honours."""

from __future__ import annotations

from agent_session.surfaces.hooks import neutral
from agent_session.surfaces.hooks.neutral import event_in, text_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from agent_session.surfaces.hooks.neutral import Answer, Event

KIND = "claude-code"
PROCESS = "CLAUDE_PID"
ATTENDED = "CLAUDE_CODE_SESSION_ATTENDED"
# A new agent's prompt begins with its brief, and every start of an agent is told.
BRIEFS_AT_START = False
TELLS_EVERY_START = True
DELEGATE = ("Agent", "Task")
MESSAGE = "SendMessage"
SHELL = "Bash"
# An Agent call that names no type starts this one.
DEFAULT_AGENT = "general-purpose"

# What they are given may come back as a prompt that nobody has typed.
INJECTING = frozenset(
    ("CronCreate", "Monitor", "RemoteTrigger", "ScheduleWakeup", "SetGoal", "Skill", "Workflow")
)

_PRE_TOOL = {
    "Agent": neutral.PRE_DELEGATE,
    "Task": neutral.PRE_DELEGATE,
    MESSAGE: neutral.PRE_MESSAGE,
}
_POST_TOOL = {
    "Agent": neutral.POST_DELEGATE,
    "Task": neutral.POST_DELEGATE,
    MESSAGE: neutral.POST_MESSAGE,
}
_EVENTS = {
    "SessionStart": neutral.SESSION_START,
    "UserPromptSubmit": neutral.PROMPT,
    "SubagentStart": neutral.AGENT_START,
    "SubagentStop": neutral.AGENT_STOP,
    "Stop": neutral.MAIN_STOP,
    "SessionEnd": neutral.SESSION_END,
}


def event_of(payload: Mapping[str, Any]) -> Event | None:
    """What *payload* tells of; None for what concerns no session of ours."""
    return event_in(_kind_of(payload), KIND, payload)


def _kind_of(payload: Mapping[str, Any]) -> str | None:
    name, tool = payload.get("hook_event_name"), payload.get("tool_name")
    if name == "PreToolUse":
        return _PRE_TOOL.get(tool, neutral.PRE_TOOL) if isinstance(tool, str) else None
    if name == "PostToolUse":
        return _POST_TOOL.get(tool) if isinstance(tool, str) else None
    if name == "PostToolUseFailure":
        return neutral.DELEGATE_FAILED if tool in DELEGATE or tool == MESSAGE else None
    if name in {"SubagentStart", "SubagentStop", "StopFailure"} and _is_not_an_agents(payload):
        return None
    if name == "StopFailure":
        return neutral.AGENT_FAILED
    return _EVENTS.get(name) if isinstance(name, str) else None


def _is_not_an_agents(payload: Mapping[str, Any]) -> bool:
    """A compaction stops two agents of no type that never started."""
    return not (text_in(payload, "agent_id") and text_in(payload, "agent_type"))


# --- what else the host tells -----------------------------------------------------------------


def delegated_to(event: Event) -> str:
    """The type of agent that a delegation starts."""
    return text_in(event.tool_input, "subagent_type") or DEFAULT_AGENT


def addressee(event: Event) -> str | None:
    return text_in(event.tool_input, "to")


def started_by(event: Event) -> str | None:
    """The agent that a delegation has started, once it tells."""
    return text_in(_response(event), "agentId")


def has_ended(event: Event) -> bool:
    """True where the delegation's agent has ended with it, and does not run on."""
    response = _response(event)
    return response.get("status") == "completed" or "inlineHandback" in response


def has_report(event: Event) -> bool:
    """False where an agent is said to have completed, but has said nothing: it was lost."""
    response = _response(event)
    return bool(response.get("content") or response.get("inlineHandback"))


def has_failed(event: Event) -> bool:
    """True where a message has reached nobody."""
    return _response(event).get("success") is False


def _response(event: Event) -> Mapping[str, Any]:
    response = event.payload.get("tool_response")
    return response if isinstance(response, dict) else {}


def transcript_of(event: Event, agent_id: str) -> str | None:
    """Where the agent's own transcript is, if this conversation has one of it."""
    path = event.transcript_path
    if path is None or not path.endswith(".jsonl") or not agent_id.isalnum():
        return None
    return f"{path.removesuffix('.jsonl')}/subagents/agent-{agent_id}.jsonl"


def message_call(agent_id: str) -> str:
    """The call that wakes the agent with all that it knew, for the model to make."""
    return (
        f'SendMessage {{"to": "{agent_id}", "summary": "continue with the decision", '
        '"message": "The person has decided; go on as your session\'s brief says."}'
    )


def message_with(event: Event, brief: str) -> dict[str, Any]:
    """The same message, led by *brief*; the client takes these keys and no others."""
    kept = {key: event.tool_input[key] for key in ("to", "summary") if key in event.tool_input}
    said = text_in(event.tool_input, "message") or ""
    return {**kept, "message": f"{brief}\nThe message itself:\n{said}"}


# --- answering --------------------------------------------------------------------------------

_NAMES = {
    neutral.SESSION_START: "SessionStart",
    neutral.PROMPT: "UserPromptSubmit",
    neutral.PRE_DELEGATE: "PreToolUse",
    neutral.PRE_MESSAGE: "PreToolUse",
    neutral.PRE_TOOL: "PreToolUse",
    neutral.AGENT_START: "SubagentStart",
}


def json_of(event: Event, answer: Answer) -> dict[str, Any] | None:
    """What Claude Code is told; None where that is nothing."""
    said: dict[str, Any] = {}
    specific = _specific(answer)
    if specific:
        said["hookSpecificOutput"] = {"hookEventName": _NAMES[event.kind], **specific}
    stands_in_the_way = answer.keep_on or answer.block
    if stands_in_the_way:
        said |= {"decision": "block", "reason": stands_in_the_way}
    if answer.notice:
        said["systemMessage"] = answer.notice
    return said or None


def _specific(answer: Answer) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if answer.deny is not None:
        found |= {"permissionDecision": "deny", "permissionDecisionReason": answer.deny}
    elif answer.allows:
        found["permissionDecision"] = "allow"
    if answer.rewrite is not None:
        found["updatedInput"] = {**answer.rewrite}
    if answer.context is not None:
        found["additionalContext"] = answer.context
    return found
