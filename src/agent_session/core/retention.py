"""What cleanup does with a session: keep it, give it up as abandoned, or remove it."""

from __future__ import annotations

from . import claims, phases
from .errors import InvalidValueError
from .instants import moment, timedelta
from .resume import is_timed_out

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .instants import datetime
    from .resume import ResumePolicy
    from .state import Record

KEEP = "keep"
ABANDON = "abandon"
REMOVE = "remove"

DEFAULT_HOURS = 24.0
_MOST_HOURS = 24 * 365 * 1000


def removal_age(hours: object) -> timedelta:
    """The age that *hours* names: a finite number of hours, not negative, fractions allowed."""
    if (
        isinstance(hours, bool)
        or not isinstance(hours, int | float)
        or not 0 <= hours <= _MOST_HOURS
    ):
        raise InvalidValueError(
            f"hours must be a number from 0 to {_MOST_HOURS}, not {ascii(hours)[:40]}"
        )
    return timedelta(hours=hours)


def judge_removal(
    record: Record, policy: ResumePolicy, age: timedelta, now: datetime, *, force: bool = False
) -> str:
    """`remove` what was idle for *age*, unless it is live and still within its idle limit, or
    somebody has a claim on it or an approval of it open; *force* spares none.

    A paused session that timed out, but is younger than *age*, is to be given up as abandoned.
    """
    is_over = phases.is_final(record["phase"])
    is_free = is_over or (
        is_timed_out(record, policy, now) and not _is_held(record, policy, now)
    )
    if now - moment(record["last_updated"]) >= age and (force or is_free):
        return REMOVE
    return ABANDON if is_free and phases.is_resumable(record["phase"]) else KEEP


def _is_held(record: Record, policy: ResumePolicy, now: datetime) -> bool:
    return claims.is_live(record["claim"], now, policy.fate_of) or claims.is_in_doubt(
        record, now, policy.fate_of
    )
