"""From when until when, for how long, and how many: what a person types."""

from __future__ import annotations

from agent_session.core.durations import duration
from agent_session.core.errors import InvalidValueError
from agent_session.core.instants import at, moment

from .arguments import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agent_session.core.instants import datetime

_MOST_DIGITS = 9


def bound(option: str, text: str | None, now: datetime) -> str | None:
    """The moment that *text* says, as records spell it: ISO 8601, or an age such as `2h`."""
    if text is None:
        return None
    try:
        return at(_ago(text, now) or moment(text))
    except (InvalidValueError, OverflowError):
        raise UsageError(
            f"{option}: {text!r} is no time; give 2026-01-08T18:00Z, or an age: 30m, 2h, 3d"
        ) from None


def _ago(text: str, now: datetime) -> datetime | None:
    try:
        return now - duration(text)
    except ValueError:
        return None


def whole_number(text: str) -> int:
    """A whole number from 0; ValueError."""
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise ValueError(f"{text!r} is no whole number")
    return int(text)


def count(text: str) -> int:
    """A whole number from 1; ValueError."""
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS and int(text)):
        raise ValueError(f"{text!r} is no whole number from 1")
    return int(text)
