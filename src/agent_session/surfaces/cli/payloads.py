"""JSON objects given on the command line, or on stdin where the argument is `-`."""

from __future__ import annotations

import sys

from agent_session.core.codec import LARGEST_RECORD, decode_object
from agent_session.core.errors import InvalidJSONError, LimitExceededError

from .arguments import UsageError
from .render import complain, is_terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

STDIN = "-"


def object_in(option: str, text: str | None) -> dict[str, Any] | None:
    """The object that *text* says; UsageError where it is none, LimitExceededError."""
    if text is None:
        return None
    data = _stdin() if text == STDIN else text.encode(errors="surrogateescape")
    try:
        return decode_object(data)
    except InvalidJSONError as error:
        example = """; give an object such as '{"task_id": "T001"}'"""
        raise UsageError(f"{option}: {error}{example}") from None


def _stdin() -> bytes:
    if sys.stdin is not None and is_terminal(sys.stdin):
        complain("type a JSON object, and end it with Ctrl-D on a line of its own")
    data = b"" if sys.stdin is None else sys.stdin.buffer.read(LARGEST_RECORD + 1)
    if len(data) > LARGEST_RECORD:
        raise LimitExceededError(f"more than {LARGEST_RECORD} bytes on stdin")
    return data
