"""What is approved: bytes that will run, and the text of them that a person is shown.

`action_digest` is sha256 over the request's nonce and the raw bytes, and binds what will run;
`shown_digest` is over the nonce and the shown text, in which secrets are redacted. What a
person could not see is said in words.
"""

from __future__ import annotations

from . import Late
from .codec import canonical, checked, decode_object, digest, encode, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from . import errors, redaction
else:
    errors = Late("agent_session.core.errors")
    redaction = Late("agent_session.core.redaction")

PLAN = "plan"
TOOL = "tool"

LARGEST = 8 << 20
MOST_SHOWN = 64 << 10
_OVERLAP = 4 << 10
_REDACTED = "[redacted:"


class Action:
    """The *raw* bytes to be approved, what a person is *shown* of them, and why that is not all
    of it (*hidden*, sentences). *source* is the file that the bytes came from, if any.
    """

    __slots__ = ("hidden", "kind", "raw", "shown", "source", "tool")

    def __init__(
        self,
        kind: str,
        raw: bytes,
        shown: str,
        hidden: list[str],
        tool: str | None = None,
        source: str | None = None,
    ) -> None:
        self.kind = kind
        self.raw = raw
        self.tool = tool
        self.source = source
        self.shown = shown
        self.hidden = hidden

    def sealed(self, nonce: str) -> dict[str, Any]:
        """What the approval's record keeps of it; the raw bytes are not kept."""
        return {
            "kind": self.kind,
            "tool": self.tool,
            "source": self.source,
            "size": len(self.raw),
            "shown": self.shown,
            "hidden": self.hidden,
            "action_digest": action_digest(nonce, self.raw),
            "shown_digest": shown_digest(nonce, self.shown),
        }


def plan_action(raw: bytes, source: str | None = None) -> Action:
    """A plan's text; InvalidValueError for none at all, LimitExceededError."""
    if not raw.strip():
        raise errors.InvalidValueError("the plan is empty: there is nothing to approve")
    text, hidden = _text_of(_bounded(raw))
    # A little more than is shown is read for secrets: one may stand across the end.
    shown = redaction.redact_text(text[: MOST_SHOWN + _OVERLAP])[:MOST_SHOWN]
    if len(text) > MOST_SHOWN:
        hidden.append(f"only the first {MOST_SHOWN} of {len(text)} characters are shown")
    return Action(PLAN, raw, shown, [*hidden, *_redactions(shown, text)], source=source)


def _text_of(raw: bytes) -> tuple[str, list[str]]:
    try:
        return raw.decode(), []
    except UnicodeDecodeError:
        said = "it is not text: the bytes that are not UTF-8 are spelt out"
        return raw.decode(errors="backslashreplace"), [said]


def _redactions(shown: str, text: str) -> list[str]:
    count = shown.count(_REDACTED) - text[:MOST_SHOWN].count(_REDACTED)
    return [f"what looks like a secret was redacted in {count} places"] if count > 0 else []


def tool_action(tool: str, tool_input: Mapping[str, Any]) -> Action:
    """A tool's name with its input; InvalidValueError, LimitExceededError.

    A person is shown what is bound, so in its order, whatever order it was given in.
    """
    checked({"tool": tool, "input": {**tool_input}}, "tool")
    raw = _bounded(tool_bytes(tool, tool_input))
    shown_of = parse(raw.decode())["input"]
    text, whole = encode(shown_of), encode(redaction.redact_json(shown_of))
    hidden = _redactions(whole[:MOST_SHOWN], text)
    if len(whole) > MOST_SHOWN:
        hidden.append(f"only the first {MOST_SHOWN} of {len(whole)} characters are shown")
    return Action(TOOL, raw, whole[:MOST_SHOWN], hidden, tool=tool)


def tool_bytes(tool: str, tool_input: Mapping[str, Any]) -> bytes:
    """Canonical JSON, so that the order of keys does not count."""
    return canonical({"tool": tool, "input": tool_input}).encode()


def bytes_of(kind: str, given: bytes) -> bytes:
    """The raw action in what somebody gives just before acting: a plan's bytes as they are; a
    tool call as `{"tool": ..., "input": {...}}`. InvalidJSONError.
    """
    if kind == PLAN:
        return given
    call = decode_object(given)
    if not isinstance(call.get("tool"), str) or not isinstance(call.get("input"), dict):
        raise errors.InvalidJSONError('a tool call is {"tool": NAME, "input": {...}}')
    return tool_bytes(call["tool"], call["input"])


def _bounded(raw: bytes) -> bytes:
    if len(raw) > LARGEST:
        raise errors.LimitExceededError(
            f"an action has at most {LARGEST} bytes, this {len(raw)}"
        )
    return raw


def action_digest(nonce: str, raw: bytes) -> str:
    """sha256, as hex, over the nonce's sixteen bytes and the raw action."""
    return digest(bytes.fromhex(nonce) + raw)


def shown_digest(nonce: str, shown: str) -> str:
    """sha256, as hex, over the nonce's sixteen bytes and the text that a person is shown."""
    return digest(bytes.fromhex(nonce) + shown.encode())


def was_shown(sealed: Mapping[str, Any], nonce: str, raw: bytes) -> bool:
    """True where *sealed* shows what the bytes *raw* are, and nothing more harmless."""
    if sealed["kind"] == PLAN:
        action = plan_action(raw)
    else:
        call = decode_object(raw)
        action = tool_action(call["tool"], call["input"])
    told = (action.shown, action.hidden, action.tool)
    return told == (sealed["shown"], sealed["hidden"], sealed["tool"]) and (
        sealed["shown_digest"] == shown_digest(nonce, action.shown)
    )
