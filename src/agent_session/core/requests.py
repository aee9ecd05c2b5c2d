"""How an agent asks in its own words: it ends its turn with a fenced block of JSON, info string
`approval-request`.
"""

from __future__ import annotations

from . import Late
from .codec import checked, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from . import durations, errors
    from .instants import timedelta
else:
    durations = Late("agent_session.core.durations")
    errors = Late("agent_session.core.errors")

INFO = "approval-request"
EXAMPLE = '{"summary": "one line", "plan": "exactly what you will do", "files": ["*.tf"]}'
_KEYS = ("summary", "plan", "files", "expires")
_MOST_GLOBS = 64
_FENCES = ("`", "~")
_SHORTEST_FENCE = 3
_LONGEST_WAIT = 40  # longer than any that is one


class Request:
    """What an agent asks for: its *plan*, in a line its *summary*, the *files* (globs) that
    must not change until then, and how long it waits (None: as long as the settings say).
    """

    __slots__ = ("expires", "files", "plan", "summary")

    def __init__(
        self, summary: str, plan: str, files: list[str], expires: timedelta | None
    ) -> None:
        self.summary = summary
        self.plan = plan
        self.files = files
        self.expires = expires


def block_in(message: str) -> str | None:
    """The content of the last block of ours in *message*; None where there is none.

    One that nobody closed ends with the message; one that stands in a longer fence is quoted,
    and asks for nothing.
    """
    found: str | None = None
    fence, around = "", ""
    held: list[str] = []
    # At no other character than Markdown does: a text of JSON may hold those.
    for line in message.split("\n"):
        mark, info = _fence_in(line.strip())
        if fence and _closes(mark, info, fence):
            found, fence = "\n".join(held), ""
        elif fence:
            held.append(line)
        elif around and _closes(mark, info, around):
            around = ""
        elif mark and info == INFO and len(mark) >= len(around):
            fence, held = mark, []
        elif mark and not around:
            around = mark
    return "\n".join(held) if fence else found


def _fence_in(text: str) -> tuple[str, str]:
    """The fence that the line begins with, and the first word behind it; two empty texts where
    it begins with none.
    """
    for mark in _FENCES:
        rest = text.lstrip(mark)
        length = len(text) - len(rest)
        if length >= _SHORTEST_FENCE:
            return mark * length, (rest.split() or [""])[0]
    return "", ""


def _closes(mark: str, info: str, fence: str) -> bool:
    return not info and mark[:1] == fence[0] and len(mark) >= len(fence)


def request_in(block: str) -> Request:
    """What the block asks for; InvalidValueError says what is wrong with it."""
    found = parse(block)
    if not isinstance(found, dict):
        raise errors.InvalidValueError(f"a JSON object is needed, such as {EXAMPLE}")
    unknown = [key for key in found if key not in _KEYS]
    if unknown:
        known = ", ".join(_KEYS)
        raise errors.InvalidValueError(f"unknown key {ascii(unknown[0])[:60]}; known: {known}")
    checked(found, "request")
    return Request(_text(found, "summary"), _text(found, "plan"), _files(found), _wait(found))


def _text(found: dict[str, Any], key: str) -> str:
    value = found.get(key)
    if not isinstance(value, str) or not value.strip():
        raise errors.InvalidValueError(f'"{key}" must be a text that is not empty')
    return value


def _files(found: dict[str, Any]) -> list[str]:
    files = found.get("files")
    if files is None:
        return []
    is_list = isinstance(files, list) and len(files) <= _MOST_GLOBS
    if not is_list or not all(isinstance(each, str) and each for each in files):
        raise errors.InvalidValueError(
            f'"files" must be a list of at most {_MOST_GLOBS} globs, each a text'
        )
    return list(files)


def _wait(found: dict[str, Any]) -> timedelta | None:
    expires = found.get("expires")
    if expires is None:
        return None
    try:
        return durations.duration(str(expires)[:_LONGEST_WAIT])
    except ValueError as error:
        raise errors.InvalidValueError(f'"expires": {error}') from None
