"""How long, as a person or an agent writes it: `30s`, `5m`, `1.5h`, `7d`, `2w`."""

from __future__ import annotations

from .instants import timedelta

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
