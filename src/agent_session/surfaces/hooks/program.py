"""A hook as a program: read stdin within bounds, answer once, exit with 0.

Five seconds and 64 MiB are all a hook may take, whatever is on stdin; whoever never closes
it is answered too.
"""

from __future__ import annotations

import _signal as signals  # `signal` would import enum
import posix

from agent_session.core import Late
from agent_session.core.codec import encode, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from agent_session.core import errors
else:
    errors = Late("agent_session.core.errors")

SECONDS_TO_READ = 3.0
SECONDS_TO_ANSWER = 4.5
MOST_BYTES = 8 << 20
# A text with a character beyond the first plane takes four bytes a character once decoded.
_MOST_BYTES_IN_FULL = 2 << 20
_MOST_VALUES = 200_000
_CHUNK = 1 << 16


def run(
    decide: Callable[[dict[str, Any]], dict[str, Any]],
    refuse: Callable[[str, str], dict[str, Any]],
    most_bytes: int = MOST_BYTES,
) -> int:
    """Answer stdin with *decide*, or with *refuse* (a reason, a sentence) where that cannot be
    done; then exit.
    """
    try:
        answer = decide(read_payload(most_bytes))
    except errors.AgentSessionError as error:
        answer = refuse(error.code, str(error))
    except Exception as error:
        answer = refuse("internal_error", f"{type(error).__name__}: {ascii(str(error))[:200]}")
    _write(encode(answer).encode() + b"\n")
    posix._exit(0)  # noqa: SLF001 - spares a short process the millisecond of taking itself apart


def read_payload(most_bytes: int) -> dict[str, Any]:
    """The JSON object on stdin; InvalidJSONError, LimitExceededError.

    The hook's time runs from here.
    """
    signals.signal(signals.SIGALRM, _ring)
    signals.setitimer(signals.ITIMER_REAL, SECONDS_TO_READ)
    data = _read_within_time(most_bytes)
    signals.setitimer(signals.ITIMER_REAL, SECONDS_TO_ANSWER - SECONDS_TO_READ)
    return payload_of(data)


def _ring(*_: object) -> None:
    raise errors.OutOfTimeError("the hook's time is up")


def _read_within_time(most_bytes: int) -> bytes:
    """What stdin holds; what has come by the time where it stays open."""
    chunks, size = [], 0
    try:
        while chunk := posix.read(0, _CHUNK):
            chunks.append(chunk)
            size += len(chunk)
            if size > most_bytes:
                raise errors.LimitExceededError(f"more than {most_bytes} bytes on stdin")
    except errors.OutOfTimeError:
        pass
    except OSError as error:
        raise errors.InvalidJSONError(f"stdin cannot be read: {error.strerror}") from None
    return b"".join(chunks)


def payload_of(data: bytes) -> dict[str, Any]:
    """The JSON object in *data*, which may come from anybody."""
    if data.count(b",") + data.count(b"[") + data.count(b"{") > _MOST_VALUES:
        raise errors.LimitExceededError(f"more than {_MOST_VALUES} values on stdin")
    payload = parse(_text(data))
    if not isinstance(payload, dict):
        raise errors.InvalidJSONError("a JSON object is needed on stdin")
    return payload


def _text(data: bytes) -> str:
    lossy = len(data) > _MOST_BYTES_IN_FULL and max(data) >= 0xF0
    try:
        return data.decode("ascii", "replace") if lossy else data.decode()
    except UnicodeDecodeError as error:
        raise errors.InvalidJSONError(f"not UTF-8 at byte {error.start}") from None


def _write(data: bytes) -> None:
    try:
        while data:
            data = data[posix.write(1, data) :]
    except OSError:
        pass  # nobody listens any more


def print_usage(text: str) -> int:
    _write(text.encode())
    return 0
