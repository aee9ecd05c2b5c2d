"""Whether a session may be resumed, and why not: every criterion in its order, as a table.

Rule 1: the first criterion that does not hold is the reason; there is never a bare bool.
Rule 2: this file is loaded by every hook process, and imports nothing but siblings as light
as itself.
"""

from __future__ import annotations

from . import phases
from .instants import moment, timedelta

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from .instants import datetime
    from .state import Record

SESSION_RESUMABLE = "session_resumable"
SESSION_NOT_FOUND = "session_not_found"
STATE_CORRUPTED = "state_corrupted"
SESSION_FINAL = "session_final"
PHASE_NOT_RESUMABLE = "phase_not_resumable"
NOT_RESUME_READY = "not_resume_ready"
TOO_MANY_ERRORS = "too_many_errors"
TIMED_OUT = "timed_out"

FUTURE_ALLOWED = timedelta(seconds=60)


class ResumePolicy:
    """The thresholds of a resume: *idle* time, and *max_errors* errors, refuse it."""

    __slots__ = ("idle", "max_errors")

    def __init__(self, idle: timedelta = timedelta(minutes=30), max_errors: int = 3) -> None:
        self.idle = idle
        self.max_errors = max_errors

    def of(self, record: Record) -> ResumePolicy:
        """The same, with what the session's own `limits` say instead."""
        limits: Mapping[str, Any] = record["limits"] or {}
        if not limits:
            return self
        idle_seconds = limits.get("idle_seconds")
        return ResumePolicy(
            self.idle if idle_seconds is None else timedelta(seconds=idle_seconds),
            limits.get("max_errors", self.max_errors),
        )


class Finding:
    """One criterion looked at: its *reason* when it does not hold, the *value* found, the
    *limit*, the verdict.
    """

    __slots__ = ("holds", "limit", "reason", "value")

    def __init__(self, reason: str, holds: bool, value: object, limit: str) -> None:
        self.reason = reason
        self.holds = holds
        self.value = value
        self.limit = limit


def _not_final(record: Record, policy: ResumePolicy, now: datetime) -> Finding:
    phase = record["phase"]
    return Finding(
        SESSION_FINAL, not phases.is_final(phase), phase, "not " + ", ".join(phases.FINAL)
    )


def _phase_resumable(record: Record, policy: ResumePolicy, now: datetime) -> Finding:
    phase = record["phase"]
    resumable = [each for each in phases.PHASES if phases.is_resumable(each)]
    return Finding(
        PHASE_NOT_RESUMABLE, phases.is_resumable(phase), phase, " or ".join(resumable)
    )


def _resume_ready(record: Record, policy: ResumePolicy, now: datetime) -> Finding:
    return Finding(
        NOT_RESUME_READY, record["resume_ready"] is True, record["resume_ready"], "true"
    )


def _few_errors(record: Record, policy: ResumePolicy, now: datetime) -> Finding:
    count = record["error_count"]
    return Finding(
        TOO_MANY_ERRORS, count < policy.max_errors, count, f"fewer than {policy.max_errors}"
    )


def _recently_active(record: Record, policy: ResumePolicy, now: datetime) -> Finding:
    holds = not is_timed_out(record, policy, now)
    return Finding(TIMED_OUT, holds, record["last_updated"], f"less than {policy.idle} ago")


CRITERIA: tuple[Callable[[Record, ResumePolicy, datetime], Finding], ...] = (
    _not_final,
    _phase_resumable,
    _resume_ready,
    _few_errors,
    _recently_active,
)


def is_timed_out(record: Record, policy: ResumePolicy, now: datetime) -> bool:
    """True once the last activity is *policy.idle* ago, or lies in the future, which no clock
    explains.
    """
    idle = now - moment(record["last_updated"])
    return idle >= policy.of(record).idle or idle < -FUTURE_ALLOWED


def examine(record: Record, policy: ResumePolicy, now: datetime) -> Iterator[Finding]:
    """Every criterion of *record* in the order in which they decide."""
    own = policy.of(record)
    return (look(record, own, now) for look in CRITERIA)


def judge_resume(record: Record, policy: ResumePolicy, now: datetime) -> str:
    """The reason why *record* may not be resumed, or `session_resumable`."""
    for finding in examine(record, policy, now):
        if not finding.holds:
            return finding.reason
    return SESSION_RESUMABLE
