"""Whether a session may be resumed, and why not: every criterion in its order, as a table.

Rule 1: the first criterion that does not hold is the reason; there is never a bare bool.
Rule 2: this file is loaded by every hook process, and imports nothing but siblings as light
as itself.
"""

from __future__ import annotations

from . import approvals, claims, phases
from .instants import moment, timedelta

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from .claims import Claimant, FateOf
    from .instants import datetime
    from .state import Record

SESSION_RESUMABLE = "session_resumable"
SESSION_NOT_FOUND = "session_not_found"
STATE_CORRUPTED = "state_corrupted"
SESSION_FINAL = "session_final"
IN_DOUBT = "in_doubt"
PHASE_NOT_RESUMABLE = "phase_not_resumable"
NOT_RESUME_READY = "not_resume_ready"
TOO_MANY_ERRORS = "too_many_errors"
APPROVAL_PENDING = "approval_pending"
APPROVAL_EXPIRED = "approval_expired"
TIMED_OUT = "timed_out"
CLAIMED = "claimed"

FUTURE_ALLOWED = timedelta(seconds=60)


class ResumePolicy:
    """The thresholds of a resume: *idle* time, and *max_errors* errors, refuse it; *fate_of*
    tells whether the process of a claim's holder still runs.
    """

    __slots__ = ("fate_of", "idle", "max_errors")

    def __init__(
        self,
        idle: timedelta = timedelta(minutes=30),
        max_errors: int = 3,
        fate_of: FateOf = claims.fate_unknown,
    ) -> None:
        self.idle = idle
        self.max_errors = max_errors
        self.fate_of = fate_of

    def of(self, record: Record) -> ResumePolicy:
        """The same, with what the session's own `limits` say instead."""
        limits: Mapping[str, Any] = record["limits"] or {}
        if not limits:
            return self
        idle_seconds = limits.get("idle_seconds")
        return ResumePolicy(
            self.idle if idle_seconds is None else timedelta(seconds=idle_seconds),
            limits.get("max_errors", self.max_errors),
            self.fate_of,
        )


class Case:
    """What is judged: a *record*, under its own *policy*, *now*, for the one *who* asks."""

    __slots__ = ("now", "policy", "record", "who")

    def __init__(
        self, record: Record, policy: ResumePolicy, now: datetime, who: Claimant
    ) -> None:
        self.record = record
        self.policy = policy.of(record)
        self.now = now
        self.who = who.at(record)


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


def _not_final(case: Case) -> Finding:
    phase = case.record["phase"]
    limit = "not " + ", ".join(phases.FINAL)
    return Finding(SESSION_FINAL, not phases.is_final(phase), phase, limit)


def _not_in_doubt(case: Case) -> Finding:
    holds = not claims.is_in_doubt(case.record, case.now, case.policy.fate_of)
    value = _claim_in_words(case) if case.record["claim"] else "no claim"
    return Finding(IN_DOUBT, holds, value, "no claim that was lost while acting")


def _phase_resumable(case: Case) -> Finding:
    phase = case.record["phase"]
    resumable = [each for each in phases.PHASES if phases.is_resumable(each)]
    holds = phases.is_resumable(phase)
    return Finding(PHASE_NOT_RESUMABLE, holds, phase, " or ".join(resumable))


def _resume_ready(case: Case) -> Finding:
    ready = case.record["resume_ready"]
    return Finding(NOT_RESUME_READY, ready is True, ready, "true")


def _few_errors(case: Case) -> Finding:
    count, most = case.record["error_count"], case.policy.max_errors
    return Finding(TOO_MANY_ERRORS, count < most, count, f"fewer than {most}")


def _nothing_pending(case: Case) -> Finding:
    waiting = approvals.pending(case.record, case.now)
    value = ", ".join(f"{each['id']} until {each['expires_at']}" for each in waiting) or "none"
    return Finding(APPROVAL_PENDING, not waiting, value, "no pending approval")


def _not_expired(case: Case) -> Finding:
    last = approvals.newest(case.record)
    value = f"{last['id']} until {approvals.ends_at(last)}" if last else "none"
    holds = not approvals.has_expired_undecided(case.record, case.now)
    return Finding(APPROVAL_EXPIRED, holds, value, "not expired undecided")


def _recently_active(case: Case) -> Finding:
    holds = not is_timed_out(case.record, case.policy, case.now)
    limit = f"less than {case.policy.idle} ago, or an approval that is open"
    return Finding(TIMED_OUT, holds, case.record["last_updated"], limit)


def _not_claimed(case: Case) -> Finding:
    holds = not claims.is_taken(case.record, case.who, case.now, case.policy.fate_of)
    value = _claim_in_words(case) if case.record["claim"] else "no claim"
    return Finding(CLAIMED, holds, value, "no live claim of another holder")


def _claim_in_words(case: Case) -> str:
    claim = case.record["claim"] or {}
    holder = "a holder without a name" if claim["holder"] is None else claim["holder"]
    lives = claims.is_live(claim, case.now, case.policy.fate_of)
    return f"{'held' if lives else 'lost'} by {holder}, until {claim['until']}"


CRITERIA: tuple[Callable[[Case], Finding], ...] = (
    _not_final,
    _not_in_doubt,
    _phase_resumable,
    _resume_ready,
    _few_errors,
    _nothing_pending,
    _not_expired,
    _recently_active,
    _not_claimed,
)


def is_timed_out(record: Record, policy: ResumePolicy, now: datetime) -> bool:
    """True once the last activity is *policy.idle* ago, or lies in the future, which no clock
    explains; never while an approval is open, for a person may take longer.
    """
    if record["approvals"] and approvals.is_open(record, now):
        return False
    idle = now - moment(record["last_updated"])
    return idle >= policy.of(record).idle or idle < -FUTURE_ALLOWED


def examine(
    record: Record, policy: ResumePolicy, now: datetime, who: Claimant = claims.NOBODY
) -> Iterator[Finding]:
    """Every criterion of *record* in the order in which they decide."""
    case = Case(record, policy, now, who)
    return (look(case) for look in CRITERIA)


def judge_resume(
    record: Record, policy: ResumePolicy, now: datetime, who: Claimant = claims.NOBODY
) -> str:
    """The reason why *record* may not be resumed, or `session_resumable`."""
    for finding in examine(record, policy, now, who):
        if not finding.holds:
            return finding.reason
    return SESSION_RESUMABLE
