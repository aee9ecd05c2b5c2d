"""What is given on the command line, in a file, or on stdin where the argument is `-`: JSON
objects, and the bytes of a plan.
"""

from __future__ import annotations

import os
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


def bytes_in(option: str, path: str, most: int) -> bytes:
    """What the file *path* holds, or stdin for `-`: at most one byte more than *most*.

    UsageError where it is no plain file that can be read.
    """
    if path == STDIN:
        return _read_stdin("type the plan", most)
    try:
        return _read_file(path, most)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"{option}: {path!r} cannot be read: {why}") from None


def _read_file(path: str, most: int) -> bytes:
    import stat

    # A pipe would be waited for, and a device may never end.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError("it is no plain file")
        return file.read(most + 1)


def _stdin() -> bytes:
    data = _read_stdin("type a JSON object", LARGEST_RECORD)
    if len(data) > LARGEST_RECORD:
        raise LimitExceededError(f"more than {LARGEST_RECORD} bytes on stdin")
    return data


def _read_stdin(doing: str, most: int) -> bytes:
    if sys.stdin is None:
        return b""
    if is_terminal(sys.stdin):
        complain(f"{doing}, and end it with Ctrl-D on a line of its own")
    return sys.stdin.buffer.read(most + 1)
