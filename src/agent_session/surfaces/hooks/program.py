"""A hook as a program: read stdin within bounds, answer once, exit with 0.

Five seconds and 64 MiB are all a hook may take, whatever is on stdin; whoever never closes
it is answered too.
"""

from __future__ import annotations

import _signal as signals  # `signal` would import enum
import posix

from agent_session.core import Late
from agent_session.core.codec import DEEPEST_NESTING, encode, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from agent_session.core import errors
else:
    errors = Late("agent_session.core.errors")

SECONDS_TO_READ = 3.0
SECONDS_TO_DECIDE = 1.0
SECONDS_TO_NOTE = 0.3
SECONDS_TO_WRITE = 0.4
MOST_BYTES = 8 << 20
MOST_VALUES = 100_000
# A single character beyond the first plane makes the whole text take four bytes a character.
_MOST_BYTES_IN_FULL = 4 << 20
_FIRST_BYTES_BEYOND = tuple(bytes([first]) for first in range(0xF0, 0xF5))
_ESCAPES_BEYOND = tuple(
    b"\\u" + d + half for d in (b"d", b"D") for half in (b"8", b"9", b"a", b"A", b"b", b"B")
)
_CHUNK = 1 << 16


def run(
    decide: Callable[[dict[str, Any]], dict[str, Any] | None],
    refuse: Callable[[str, str], dict[str, Any] | None],
    note: Callable[[str, str], None],
    most_bytes: int = MOST_BYTES,
) -> int:
    """Answer stdin with *decide*, then exit; None is answered with nothing at all.

    Where that cannot be done, the answer is what *refuse* makes of a reason and a sentence,
    which *note* enters in a log.
    """
    try:
        signals.signal(signals.SIGALRM, _ring)
        line = _line_of(decide(read_payload(most_bytes)))
    except errors.AgentSessionError as error:
        line = _refusal(refuse, note, error.code, str(error))
    except Exception as error:
        sentence = f"{type(error).__name__}: {ascii(str(error))[:200]}"
        line = _refusal(refuse, note, "internal_error", sentence)
    _ring_after(SECONDS_TO_WRITE)
    _write(line)
    posix._exit(0)  # noqa: SLF001 - spares a short process the millisecond of taking itself apart


def _refusal(
    refuse: Callable[[str, str], dict[str, Any] | None],
    note: Callable[[str, str], None],
    reason: str,
    sentence: str,
) -> bytes:
    _ring_after(SECONDS_TO_NOTE)
    try:
        note(reason, sentence)
    except Exception:
        pass  # the answer matters more than its line in a log
    _ring_after(0.0)
    return _line_of(refuse(reason, sentence))


def _line_of(answer: dict[str, Any] | None) -> bytes:
    return b"" if answer is None else encode(answer).encode() + b"\n"


# --- the hook's own time ----------------------------------------------------------------------


def _ring_after(seconds: float) -> float:
    """Ring once after *seconds*, never for 0; how long it was until the ring before."""
    left: float = signals.setitimer(signals.ITIMER_REAL, seconds)[0]
    return left


def _ring(*_: object) -> None:
    raise errors.OutOfTimeError("the hook's time is up")


# --- reading ----------------------------------------------------------------------------------


def read_payload(most_bytes: int) -> dict[str, Any]:
    """The JSON object on stdin; InvalidJSONError, LimitExceededError.

    The hook's time runs from here; what reading leaves of it is there for the decision.
    """
    _ring_after(SECONDS_TO_READ)
    data = _read_within_time(most_bytes)
    _ring_after(_ring_after(0.0) + SECONDS_TO_DECIDE)
    return payload_of(data)


def _read_within_time(most_bytes: int) -> bytearray:
    """What stdin holds; what has come by the time where it stays open."""
    data = bytearray()
    try:
        while chunk := posix.read(0, _CHUNK):
            data += chunk
            if len(data) > most_bytes:
                raise errors.LimitExceededError(f"more than {most_bytes} bytes on stdin")
    except errors.OutOfTimeError:
        pass
    except OSError as error:
        raise errors.InvalidJSONError(f"stdin cannot be read: {error.strerror}") from None
    return data


def payload_of(data: bytes | bytearray) -> dict[str, Any]:
    """The JSON object in *data*, which may come from anybody."""
    text = _text_of(data)
    if _count_values(text) > MOST_VALUES:
        raise errors.LimitExceededError(f"more than {MOST_VALUES} values on stdin")
    payload = parse(text)
    if not isinstance(payload, dict):
        raise errors.InvalidJSONError("a JSON object is needed on stdin")
    if text.count("[") + text.count("{") > DEEPEST_NESTING and _is_deep(payload):
        raise errors.LimitExceededError(f"nested deeper than {DEEPEST_NESTING}")
    return payload


def _is_deep(payload: dict[str, Any]) -> bool:
    """True for what not every host can read again, if it is given back as it came."""
    level: list[Any] = [payload]
    for _ in range(DEEPEST_NESTING):
        items = [each.values() if isinstance(each, dict) else each for each in level]
        level = [item for each in items for item in each if isinstance(item, dict | list)]
    return bool(level)


def _text_of(data: bytes | bytearray) -> str:
    """The UTF-8 text; in a large one, characters beyond the first plane are replaced."""
    lossy = False
    if len(data) > _MOST_BYTES_IN_FULL:
        lossy = any(first in data for first in _FIRST_BYTES_BEYOND)
        for escape in _ESCAPES_BEYOND:
            if escape in data:
                data = data.replace(escape, b"\\u08")
    try:
        return data.decode("ascii", "replace") if lossy else data.decode()
    except UnicodeDecodeError as error:
        raise errors.InvalidJSONError(f"not UTF-8 at byte {error.start}") from None


def _count_values(text: str) -> int:
    """Strings, and commas and brackets outside of them; only more than enough is exact."""
    most = text.count('"') // 2 + _count_marks(text, 0, len(text))
    return most if most <= MOST_VALUES else _count_values_exactly(text)


def _count_values_exactly(text: str) -> int:
    """As many as there are, or some number above MOST_VALUES."""
    from _json import scanstring

    count = at = 0
    try:
        while count <= MOST_VALUES and (quote := text.find('"', at)) >= 0:
            count += 1 + _count_marks(text, at, quote)
            at = scanstring(text, quote + 1, True)[1]
    except (ValueError, SystemError):
        raise errors.InvalidJSONError("not JSON: a string that does not end") from None
    return count + _count_marks(text, at, len(text))


def _count_marks(text: str, start: int, end: int) -> int:
    return sum(text.count(mark, start, end) for mark in ",[{")


# --- writing ----------------------------------------------------------------------------------


def _write(data: bytes) -> None:
    try:
        while data:
            data = data[posix.write(1, data) :]
    except (OSError, errors.OutOfTimeError):
        pass  # nobody listens any more


def print_usage(text: str) -> int:
    _write(text.encode())
    return 0
