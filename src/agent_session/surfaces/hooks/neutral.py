"""What any host tells us, and what we answer, in words of no host: the handlers know only
these, and one small file a host translates.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

# What a host tells of.
SESSION_START = "session_start"
PROMPT = "prompt"
PRE_DELEGATE = "pre_delegate"
PRE_MESSAGE = "pre_message"
PRE_TOOL = "pre_tool"
POST_DELEGATE = "post_delegate"
POST_MESSAGE = "post_message"
DELEGATE_FAILED = "delegate_failed"
AGENT_START = "agent_start"
AGENT_PROMPT = "agent_prompt"
AGENT_STOP = "agent_stop"
AGENT_FAILED = "agent_failed"
MAIN_STOP = "main_stop"
SESSION_END = "session_end"


class Event:
    """What a host tells of: the *kind*, in which of its conversations, of which agent of its
    own (None for the conversation itself), and what the host itself said (*payload*).
    """

    __slots__ = (
        "agent_id",
        "agent_name",
        "call",
        "cwd",
        "host",
        "kind",
        "message",
        "payload",
        "permission_mode",
        "session_id",
        "tool",
        "tool_input",
        "transcript_path",
    )

    def __init__(
        self, kind: str, host: str, session_id: str, payload: Mapping[str, Any]
    ) -> None:
        self.kind = kind
        self.host = host
        self.session_id = session_id
        self.payload = payload
        self.agent_id: str | None = None
        self.agent_name: str | None = None
        self.call: str | None = None
        self.cwd: str | None = None
        self.message: str | None = None
        self.permission_mode: str | None = None
        self.tool: str | None = None
        self.tool_input: Mapping[str, Any] = {}
        self.transcript_path: str | None = None


def text_in(payload: Mapping[str, Any], key: str) -> str | None:
    """The text there, if there is one that is not empty."""
    value = payload.get(key)
    return value if isinstance(value, str) and value else None


def event_in(kind: str | None, host: str, payload: Mapping[str, Any]) -> Event | None:
    """The event of this *kind* with what most hosts say in the same words; None without a kind,
    or a conversation.
    """
    session_id = text_in(payload, "session_id")
    if kind is None or session_id is None:
        return None
    event = Event(kind, host, session_id, payload)
    event.agent_id = text_in(payload, "agent_id")
    event.agent_name = text_in(payload, "agent_type")
    event.call = text_in(payload, "tool_use_id")
    event.cwd = text_in(payload, "cwd")
    event.permission_mode = text_in(payload, "permission_mode")
    event.transcript_path = text_in(payload, "transcript_path")
    event.tool = text_in(payload, "tool_name")
    tool_input = payload.get("tool_input")
    event.tool_input = tool_input if isinstance(tool_input, dict) else {}
    said = "prompt" if kind == PROMPT else "last_assistant_message"
    event.message = text_in(payload, said)
    return event


class Answer:
    """What we have to say: nothing at all, unless something is given.

    *deny* refuses what is about to happen, *keep_on* lets an agent that is about to stop go
    on, *block* keeps a prompt from the model; each is the reason. *rewrite* is the whole new
    input of the tool, *allows* spares it the host's own question. *context* is told to the
    model, *notice* to the person alone.
    """

    __slots__ = ("allows", "block", "context", "deny", "keep_on", "notice", "rewrite")

    def __init__(
        self,
        *,
        deny: str | None = None,
        keep_on: str | None = None,
        block: str | None = None,
        rewrite: Mapping[str, Any] | None = None,
        context: str | None = None,
        notice: str | None = None,
        allows: bool = False,
    ) -> None:
        self.deny = deny
        self.keep_on = keep_on
        self.block = block
        self.rewrite = rewrite
        self.context = context
        self.notice = notice
        self.allows = allows


SILENCE = Answer()
