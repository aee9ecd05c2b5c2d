"""What differs, and what is in conflict, one place a line."""

from __future__ import annotations

from agent_session.core.codec import encode
from agent_session.core.differences import ABSENT
from agent_session.core.visible import shortened

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from agent_session.core.differences import Conflict, Difference

_LONGEST = 60


def changed_lines(changed: Iterable[Difference]) -> Iterator[str]:
    """`+` for what came, `-` for what went, `~` for what is another now."""
    return map(_line, changed)


def _line(each: Difference) -> str:
    if each.before is ABSENT:
        return f"  + {each.path}  {_short(each.after)}"
    if each.after is ABSENT:
        return f"  - {each.path}  {_short(each.before)}"
    return f"  ~ {each.path}  {_short(each.before)} -> {_short(each.after)}"


def conflict_lines(conflicts: Iterable[Conflict]) -> Iterator[str]:
    for each in conflicts:
        was, ours, theirs = map(_short, (each.base, each.ours, each.theirs))
        yield f"  ! {each.path}  was {was}, ours {ours}, theirs {theirs}"


def _short(value: Any) -> str:
    return "nothing" if value is ABSENT else shortened(encode(value), _LONGEST)
