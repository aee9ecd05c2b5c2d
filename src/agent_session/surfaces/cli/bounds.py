"""From when until when, for how long, and how many: what a person types."""

from __future__ import annotations

from agent_session.core.durations import since_when
from agent_session.core.retention import removal_age

from .arguments import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agent_session.core.instants import datetime

_MOST_DIGITS = 9

# What `bound` reads, as --help says it.
A_TIME = "2026-01-08T18:00Z (UTC if it does not say), or an age: 30m, 2h, 3d"


def bound(option: str, text: str | None, now: datetime) -> str | None:
    """The moment that *text* says, if it says any; UsageError."""
    try:
        return None if text is None else since_when(text, now)
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from None


def whole_number(text: str) -> int:
    """A whole number from 0; ValueError."""
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise ValueError(f"{text!r} is no whole number")
    return int(text)


def hours(text: str) -> float:
    """A number of hours from 0; ValueError."""
    found = float(text)
    removal_age(found)
    return found


def count(text: str) -> int:
    """A whole number from 1; ValueError."""
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS and int(text)):
        raise ValueError(f"{text!r} is no whole number from 1")
    return int(text)
