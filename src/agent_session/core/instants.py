"""Moments as text: RFC 3339, UTC, `Z`, fixed width to the microsecond, so that text order is
time order.
"""

from __future__ import annotations

from . import Late

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import errors
else:
    errors = Late("agent_session.core.errors")

# The C module alone: `datetime` would cost every hook process a millisecond.
if TYPE_CHECKING:
    from datetime import datetime, timedelta, timezone
else:
    from _datetime import datetime, timedelta, timezone

__all__ = ["UTC", "at", "datetime", "moment", "seconds_between", "timedelta"]

UTC = timezone.utc


def at(now: datetime) -> str:
    """`2026-01-08T18:05:30.000000Z` of an aware *now*."""
    return now.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def moment(text: object) -> datetime:
    """Any ISO 8601 moment, with or without fraction, `Z` or offset; a naive one means UTC.

    Raises InvalidValueError for anything else.
    """
    try:
        found = datetime.fromisoformat(text)  # type: ignore[arg-type]
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        raise errors.InvalidValueError(f"no ISO 8601 time: {ascii(text)[:60]}") from None


def seconds_between(earlier: str, later: str) -> float:
    """Seconds from one written moment to another, never negative (clocks are set back)."""
    return max(0.0, (moment(later) - moment(earlier)).total_seconds())
