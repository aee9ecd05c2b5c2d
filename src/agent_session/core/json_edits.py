"""JSON text of somebody else's, edited where it stands: what is not part of a change keeps
its order, its blanks and its spelling.

A *path* leads from the whole value inwards, by the keys of objects and the numbers of items.
"""

from __future__ import annotations

import json
from _json import scanstring

from . import Late

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any, TypeAlias

    from . import errors

    Path: TypeAlias = Sequence[str | int]
else:
    errors = Late("agent_session.core.errors")

_BLANK = " \t\r\n"
_TWO_SPACES = "  "
_decode = json.JSONDecoder().raw_decode


class _Part:
    """A member of an object, or an item of an array: where it begins (with its *key*), where
    its value does, and where both end.
    """

    __slots__ = ("begin", "end", "key", "value")

    def __init__(self, key: str | None, begin: int, value: int, end: int) -> None:
        self.key = key
        self.begin = begin
        self.value = value
        self.end = end


def read(text: str) -> Any:
    """The value of *text*; InvalidJSONError names the line and the column of what is wrong."""
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise errors.InvalidJSONError(
            f"line {error.lineno}, column {error.colno}: {error.msg}"
        ) from None
    except (ValueError, RecursionError) as error:
        said = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise errors.InvalidJSONError(said) from None


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {ascii(key)[:60]} is there twice")
        found[key] = value
    return found


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


# --- the edits --------------------------------------------------------------------------------


def added(text: str, path: Path, value: Any, key: str | None = None) -> str:
    """*text* with *value* as the last part of what *path* leads to, an object's under *key*."""
    start, end = _span(text, path)
    parts = _parts(text, start)
    label = "" if key is None else f"{json.dumps(key, ensure_ascii=False)}: "
    if not parts:
        return _filled(text, start, end, label, value)
    last = parts[-1]
    blank = _blank_before(text, last.begin)
    if not blank and len(parts) == 1:  # as in `[{`, which says nothing of what stands between
        blank = " "
    return f"{text[: last.end]},{blank}{label}{_spelled(text, value, blank)}{text[last.end :]}"


def _filled(text: str, start: int, end: int, label: str, value: Any) -> str:
    opening, closing = text[start], text[end - 1]
    newline = _newline(text)
    if "\n" not in text.strip() and text.strip() not in {"{}", "[]"}:
        inner, outer = "", ""
    else:
        line = text[text.rfind("\n", 0, start) + 1 :]
        outer = newline + line[: len(line) - len(line.lstrip(" \t"))]
        inner = outer + _unit(text)
    item = f"{inner}{label}{_spelled(text, value, inner)}{outer}"
    return f"{text[:start]}{opening}{item}{closing}{text[end:]}"


def replaced(text: str, path: Path, value: Any) -> str:
    """*text* with *value* in the place of what *path* leads to."""
    start, end = _span(text, path)
    blank = _blank_before(text, start)
    return f"{text[:start]}{_spelled(text, value, blank)}{text[end:]}"


def removed(text: str, path: Path) -> str:
    """*text* without what *path* leads to, its key and the comma that goes with it."""
    start, end = _span(text, path[:-1])
    parts = _parts(text, start)
    at = next(at for at, part in enumerate(parts) if path[-1] in {part.key, at})
    if len(parts) == 1:
        return text[: start + 1] + text[end - 1 :]
    if at == 0:
        return text[: parts[0].begin] + text[parts[1].begin :]
    return text[: parts[at - 1].end] + text[parts[at].end :]


# --- where things stand -----------------------------------------------------------------------


def _span(text: str, path: Path) -> tuple[int, int]:
    start = _after_blank(text, 0)
    end = _decode(text, start)[1]
    for step in path:
        parts = enumerate(_parts(text, start))
        start, end = next((p.value, p.end) for at, p in parts if step in {p.key, at})
    return start, end


def _parts(text: str, start: int) -> list[_Part]:
    """Those of the object or array that begins at *start*."""
    found = []
    at = _after_blank(text, start + 1)
    while text[at] not in "]}":
        begin, key = at, None
        if text[start] == "{":
            key, at = scanstring(text, at + 1, True)
            at = _after_blank(text, _after_blank(text, at) + 1)
        end = _decode(text, at)[1]
        found.append(_Part(key, begin, at, end))
        at = _after_blank(text, end)
        if text[at] == ",":
            at = _after_blank(text, at + 1)
    return found


def _after_blank(text: str, at: int) -> int:
    while text[at] in _BLANK:
        at += 1
    return at


def _blank_before(text: str, at: int) -> str:
    before = text[:at]
    return before[len(before.rstrip(_BLANK)) :]


# --- how it is spelt --------------------------------------------------------------------------


def _spelled(text: str, value: Any, blank: str) -> str:
    """*value* as the rest of *text* is written, behind the *blank* that stands before it."""
    if "\n" not in blank:
        return json.dumps(value, ensure_ascii=False)
    lines = json.dumps(value, ensure_ascii=False, indent=_unit(text)).split("\n")
    return (_newline(text) + blank.rpartition("\n")[2]).join(lines)


def _unit(text: str) -> str:
    """What one level is indented by."""
    for line in text.splitlines()[1:]:
        indent = line[: len(line) - len(line.lstrip(" \t"))]
        if indent and len(indent) < len(line):
            return indent
    return _TWO_SPACES


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"
