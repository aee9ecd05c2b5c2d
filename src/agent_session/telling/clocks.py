"""The clocks of a session in words: how long each may run, and how much is left of it."""

from __future__ import annotations

from agent_session.core import approvals
from agent_session.core.claims import is_live
from agent_session.core.instants import at, moment

from .words import local_time, short_span_of, span_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from agent_session.core.approvals import Approval
    from agent_session.core.instants import datetime
    from agent_session.core.resume import ResumePolicy
    from agent_session.core.state import Record


class Clock:
    """One clock: *what* it is of, and when it ends, None while it stands still; *note* says
    more in words.
    """

    __slots__ = ("ends_at", "note", "what")

    def __init__(self, what: str, ends_at: str | None, note: str) -> None:
        self.what = what
        self.ends_at = ends_at
        self.note = note

    def left(self, now: datetime) -> float | None:
        """Seconds; negative once it has run out."""
        return None if self.ends_at is None else (moment(self.ends_at) - now).total_seconds()

    def as_json(self, now: datetime) -> dict[str, Any]:
        return {
            "clock": self.what,
            "ends_at": self.ends_at,
            "seconds_left": self.left(now),
            "note": self.note,
        }

    def as_row(self, now: datetime) -> tuple[str, str, str]:
        return f"{self.what}:", self._state(now), self.note

    def as_coarse_row(self, now: datetime) -> tuple[str, str, str]:
        """The same in largest units, for whoever looks again every moment."""
        left = self.left(now)
        if left is None or left <= 0:
            return self.what, "stands still" if left is None else "has ended", self.note
        until = local_time(self.ends_at or "")
        return self.what, f"{short_span_of(left)} left, until {until}", self.note

    def _state(self, now: datetime) -> str:
        left = self.left(now)
        if left is None:
            return "stands still"
        if left <= 0:
            return f"ended {span_of(-left)} ago"
        return f"{span_of(left)} left, until {local_time(self.ends_at or '')}"


def clocks_of(record: Record, policy: ResumePolicy, now: datetime) -> Iterator[Clock]:
    """The idle clock, then that of each open approval, then the claim's."""
    yield _idle(record, policy, now)
    for each in record["approvals"]:
        status = approvals.status_at(each, now)
        if status == approvals.PENDING:
            yield Clock(f"approval {each['id']}", each["expires_at"], "waits for a person")
        elif status == approvals.APPROVED:
            yield _grant(each)
    claim = record["claim"]
    if claim is not None:
        yield _claim(claim, policy, now)


def _idle(record: Record, policy: ResumePolicy, now: datetime) -> Clock:
    idle = policy.of(record).idle
    limit = f"the limit is {span_of(idle.total_seconds())}"
    if approvals.is_open(record, now):
        return Clock("idle", None, f"{limit}, while no approval is open")
    try:
        ends_at = at(moment(record["last_updated"]) + idle)
    except OverflowError:
        return Clock("idle", None, limit)
    return Clock("idle", ends_at, limit)


def _grant(approval: Approval) -> Clock:
    grant = approval["grant"]
    note = "taken up" if grant["taken_up_at"] else "not taken up yet"
    return Clock(f"grant {approval['id']}", grant["expires_at"], note)


def _claim(claim: dict[str, Any], policy: ResumePolicy, now: datetime) -> Clock:
    holder = "a holder without a name" if claim["holder"] is None else claim["holder"]
    what, note = f"claim {claim['token']}", f"of {holder}"
    fate = policy.fate_of(claim["process"]) if claim.get("process") else None
    if fate:
        return Clock(
            what, None, f"{note}, as long as its process {claim['process']['pid']} runs"
        )
    if fate is False:
        return Clock(what, None, f"{note}, lost: its process has ended")
    grant = ", granted and not taken up" if claim["is_grant"] else ""
    lost = "" if is_live(claim, now, policy.fate_of) else ", lost"
    return Clock(what, claim["until"], f"{note}{grant}{lost}")
