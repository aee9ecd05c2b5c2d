"""What is printed: results on stdout, words on stderr, a record on one line whatever is in it.

Names and purposes may hold any text. What would move the cursor, turn the writing direction
or break the line is made visible (`\\x1b`, `\\u202e`, `\\n`) before it reaches a terminal.
"""

from __future__ import annotations

import os
import sys

from agent_session.core import Late
from agent_session.core.visible import one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any, TextIO

    from agent_session.core import codec, instants
else:
    codec = Late("agent_session.core.codec")
    instants = Late("agent_session.core.instants")

_WIDTH_UNKNOWN = 80


def say(text: str) -> None:
    """One line of the result."""
    _write(one_line(text) + "\n", sys.stdout)


def say_text(text: str) -> None:
    """Several lines of the result, which are safe to look at already."""
    _write(text if text.endswith("\n") else f"{text}\n", sys.stdout)


def tell(text: str) -> None:
    """One line more for the person, below what was complained of."""
    sys.stdout.flush()
    _write(one_line(text) + "\n", sys.stderr)


def complain(text: str) -> None:
    """One line for the person."""
    sys.stdout.flush()
    _write(f"agent-session: {one_line(text)}\n", sys.stderr)


def _write(text: str, stream: TextIO) -> None:
    try:
        stream.write(text)
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))


# --- JSON -------------------------------------------------------------------------------------


def say_json(value: Any) -> None:
    """*value* over several lines, for people and programs."""
    _write(_indented(value, "\n") + "\n", sys.stdout)


def say_json_lines(values: Iterable[Mapping[str, Any]]) -> None:
    """One array, one of *values* on each of its lines."""
    lines = [_compact(value) for value in values]
    _write("[\n  " + ",\n  ".join(lines) + "\n]\n" if lines else "[]\n", sys.stdout)


def _indented(value: Any, newline: str) -> str:
    deeper = newline + "  "
    if isinstance(value, dict) and value:
        items = [f"{_quoted(key)}: {_indented(item, deeper)}" for key, item in value.items()]
        return "{" + deeper + f",{deeper}".join(items) + newline + "}"
    if isinstance(value, list) and value:
        return (
            "["
            + deeper
            + f",{deeper}".join(_indented(item, deeper) for item in value)
            + newline
            + "]"
        )
    return _compact(value)


def _compact(value: Any) -> str:
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(f"{_quoted(key)}: {_compact(item)}" for key, item in value.items())
            + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(map(_compact, value)) + "]"
    return _quoted(value) if isinstance(value, str) else codec.encode(value)


def _quoted(text: str) -> str:
    """A JSON string, readable where stdout can show it, without what acts on a terminal."""
    if text.isascii() and text.isprintable():
        return codec.encode(text)
    can_show = "utf" in (sys.stdout.encoding or "").lower()
    return '"' + "".join(_spelled(char, can_show=can_show) for char in text) + '"'


def _spelled(char: str, *, can_show: bool) -> str:
    if char.isprintable() and char not in '"\\' and (can_show or char.isascii()):
        return char
    return "\\u007f" if char == "\x7f" else codec.encode(char)[1:-1]


# --- the terminal -----------------------------------------------------------------------------


def is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except ValueError:  # closed
        return False


def terminal_width() -> int:
    """COLUMNS, else what the terminal says, else 80."""
    said = os.environ.get("COLUMNS", "")
    if said.isdecimal() and int(said) > 0:
        return int(said)
    try:
        return os.get_terminal_size(1).columns or _WIDTH_UNKNOWN
    except (OSError, ValueError, AttributeError):
        return _WIDTH_UNKNOWN
