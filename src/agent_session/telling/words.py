"""Times, lengths and counts in a few words."""

from __future__ import annotations

from agent_session.core.instants import moment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agent_session.core.instants import datetime


def local_time(text: str) -> str:
    """A written moment on the clock of this machine, to the second; what is none as it is."""
    try:
        return f"{moment(text).astimezone():%Y-%m-%d %H:%M:%S %z}"
    except (ValueError, OverflowError, OSError):
        return text


def idle_of(text: str, now: datetime) -> str:
    """How long ago a written moment was, in its largest unit: `12m`; `?` for one to come."""
    return short_span_of((now - moment(text)).total_seconds())


def short_span_of(seconds: float) -> str:
    """A length of time in its largest unit: `12m`; `?` for one below nothing."""
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= length:
            return f"{seconds // length:.0f}{unit}"
    return f"{max(seconds, 0):.0f}s" if seconds > -1 else "?"


def span_of(seconds: float) -> str:
    """A length of time in its two largest units: `1 h 5 min`."""
    left = max(int(seconds), 0)
    parts = []
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        count, left = divmod(left, length)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"


def size_of(count: int) -> str:
    """Bytes in the unit that reads best."""
    size, unit = float(count), "B"
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if size < 1024 or unit == "TiB":
            break
        size /= 1024
    return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"


def counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
