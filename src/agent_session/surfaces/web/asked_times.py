"""What a person types into a filter: texts of a sane length, and times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent_session.core.durations import since_when
from agent_session.core.errors import InvalidValueError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent_session.core.instants import datetime

_LONGEST_FIELD = 256


def require_short(asked: Mapping[str, str]) -> None:
    if any(len(each) > _LONGEST_FIELD for each in asked.values()):
        raise InvalidValueError(f"a filter has at most {_LONGEST_FIELD} characters")


def time_in(field: str, text: str, now: datetime) -> str | None:
    """The moment that *text* says, if any; InvalidValueError."""
    try:
        return since_when(text, now) if text else None
    except ValueError as error:
        raise InvalidValueError(f"{field}: {error}") from None
