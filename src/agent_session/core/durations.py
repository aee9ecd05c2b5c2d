"""How long, and since when, as a person or an agent writes it: `30s`, `5m`, `1.5h`, `7d`."""

from __future__ import annotations

from .instants import at, moment, timedelta

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .instants import datetime

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_MOST_DIGITS = 9


def duration(text: str) -> timedelta:
    """ValueError for what is none."""
    number, unit = text[:-1], text[-1:]
    plain = number.replace(".", "", 1)
    is_number = plain.isascii() and plain.isdigit() and len(plain) <= _MOST_DIGITS
    try:
        if is_number and unit in _SECONDS:
            return timedelta(seconds=float(number) * _SECONDS[unit])
    except OverflowError:
        pass
    raise ValueError(f"{text!r} is no duration; give 30s, 5m, 24h or 7d")


def since_when(text: str, now: datetime) -> str:
    """The moment that *text* says, as records spell it: ISO 8601, or an age such as `2h`;
    ValueError.
    """
    try:
        return at(_ago(text, now) or moment(text))
    except (ValueError, OverflowError):
        raise ValueError(
            f"{text!r} is no time; give 2026-01-08T18:00Z, or an age: 30m, 2h, 3d"
        ) from None


def _ago(text: str, now: datetime) -> datetime | None:
    try:
        return now - duration(text)
    except ValueError:
        return None
