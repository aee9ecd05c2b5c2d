"""How an answer or an error is told to a client: an object, and the same as text."""

from __future__ import annotations

from mcp_types import CallToolResult, TextContent

from agent_session.core.codec import encode
from agent_session.core.errors import AgentSessionError, RefusedError
from agent_session.core.visible import one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

# What to do next, beside what the error itself says.
_NEXT: Mapping[str, str] = {
    "session_not_found": "create_session starts one",
    "state_corrupted": "`agent-session verify` says more",
    "approval_not_found": "request_approval answers its id",
    "approval_pending": "do not act: stop here and end your turn",
    "token_required": "here it is the argument token",
}
_ANEW = "do not act; here request_approval asks anew"
_NEEDS_NEW_REQUEST = frozenset(
    (
        "action_changed",
        "approval_cancelled",
        "approval_drifted",
        "approval_expired",
        "approval_rejected",
        "approval_used",
        "drifted",
    )
)


def told(answer: dict[str, Any]) -> CallToolResult:
    """What others have written stands in it as JSON texts: data, and nothing else."""
    text = TextContent(type="text", text=encode(answer))
    return CallToolResult(content=[text], structured_content=answer)


def refused(error: AgentSessionError | OSError) -> CallToolResult:
    """The error for the agent to read, and its code for programs."""
    notes = [f"  {one_line(note)}" for note in getattr(error, "__notes__", ())]
    text = "\n".join((sentence_of(error), *notes))
    kind = "refused" if isinstance(error, RefusedError) else "failed"
    said = {kind: _code_of(error), "message": text}
    drift = getattr(error, "drift", None)
    return CallToolResult(
        content=[TextContent(type="text", text=text)],
        structured_content=said if drift is None else {**said, "drift": drift},
        is_error=True,
    )


def sentence_of(error: AgentSessionError | OSError) -> str:
    """`CODE: what is wrong; what to do next`."""
    code = _code_of(error)
    # An OSError's own text begins with its number.
    said = one_line(getattr(error, "strerror", None) or str(error))
    todo = _ANEW if code in _NEEDS_NEW_REQUEST else _NEXT.get(code)
    return f"{code}: {said}; {todo}" if todo else f"{code}: {said}"


def _code_of(error: AgentSessionError | OSError) -> str:
    return error.code if isinstance(error, AgentSessionError) else "os_error"
