"""Approvals: a record of who may do exactly what, from the request to its one use.

Rule 1: `pending -> approved | rejected | expired | cancelled`, and `approved -> used | expired
| drifted`; nothing leaves the others.
Rule 2: what has expired is computed from the clock, whether or not anybody wrote it down.
Rule 3: only the clocks stand here, for every hook loads them; `asking` makes the changes.
"""

from __future__ import annotations

from . import phases
from .instants import moment, timedelta

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, TypeAlias

    from .instants import datetime
    from .state import Record

    Approval: TypeAlias = Mapping[str, Any]

PENDING = "pending"
APPROVED = "approved"
REJECTED = "rejected"
EXPIRED = "expired"
CANCELLED = "cancelled"
USED = "used"
DRIFTED = "drifted"
STATUSES = (PENDING, APPROVED, REJECTED, EXPIRED, CANCELLED, USED, DRIFTED)
OPEN = frozenset((PENDING, APPROVED))

CHAT = "chat"
TERMINAL = "terminal"
WEB = "web"
SIGNED = "signed"
# How strong an answer through each door is; a stronger one serves where a weaker is due.
STRENGTHS: Mapping[str, int] = {CHAT: 1, TERMINAL: 2, WEB: 2, SIGNED: 3}
# What a request says that it needs, a word for each: as much as a terminal is what the web is.
NEEDS = (CHAT, TERMINAL, SIGNED)


class ApprovalPolicy:
    """The clocks of an approval (a request waits for *expires*, a grant lasts *grant* once it
    is taken up and *grant_at_most* at all), and the least *strength* of an answer to it.
    """

    __slots__ = ("expires", "grant", "grant_at_most", "strength")

    def __init__(
        self,
        expires: timedelta = timedelta(hours=24),
        grant: timedelta = timedelta(minutes=60),
        grant_at_most: timedelta = timedelta(hours=24),
        strength: str = CHAT,
    ) -> None:
        self.expires = expires
        self.grant = grant
        self.grant_at_most = grant_at_most
        self.strength = strength


def stronger(one: str, other: str) -> str:
    """Of two demands; a word that is not known is one that nobody can meet."""
    return one if _demanded(one) >= _demanded(other) else other


def suffices(strength: str, required: str) -> bool:
    return STRENGTHS.get(strength, 0) >= _demanded(required)


def _demanded(word: str) -> int:
    return STRENGTHS.get(word, len(STRENGTHS))


def status_at(approval: Approval, now: datetime) -> str:
    status: str = approval["status"]
    if status in OPEN and moment(ends_at(approval)) <= now:
        return EXPIRED
    return status


def ends_at(approval: Approval) -> str:
    """When an open approval ends: a pending one's wait, an approved one's grant."""
    end: str = (approval["grant"] or approval)["expires_at"]
    return end


def find(record: Record, approval_id: str) -> Approval | None:
    return next((each for each in record["approvals"] if each["id"] == approval_id), None)


def pending(record: Record, now: datetime) -> list[Approval]:
    return [each for each in record["approvals"] if status_at(each, now) == PENDING]


def is_open(record: Record, now: datetime) -> bool:
    """True while an approval is pending or a grant lives: the idle clock does not run then."""
    return any(status_at(each, now) in OPEN for each in record["approvals"])


def newest(record: Record) -> Approval | None:
    """The one that was asked for last and not withdrawn."""
    standing = (each for each in reversed(record["approvals"]) if each["status"] != CANCELLED)
    return next(standing, None)


def has_expired_undecided(record: Record, now: datetime) -> bool:
    last = newest(record)
    return (
        record["phase"] == phases.APPROVAL
        and last is not None
        and last["decision"] is None
        and status_at(last, now) == EXPIRED
    )


def decided(record: Record, now: datetime) -> Approval | None:
    """The newest approval where an answer stands: rejected, or approved and not used."""
    last = newest(record)
    return last if last and status_at(last, now) in {APPROVED, REJECTED} else None


def ended(approval: dict[str, Any], status: str, at: str) -> dict[str, Any]:
    return {**approval, "status": status, "ended_at": at}


def closed(approval: dict[str, Any], at: str) -> dict[str, Any]:
    """As its session ends: nobody is to answer it any more, nor to make use of the answer."""
    ends = {PENDING: CANCELLED, APPROVED: EXPIRED}
    status = status_at(approval, moment(at))
    if status in ends:
        return ended(approval, ends[status], at)
    return {**approval, "status": status}


def ended_if_begun(approval: dict[str, Any], at: str) -> dict[str, Any]:
    """As its agent was lost: one that was taken up may have been carried out in part."""
    begun = status_at(approval, moment(at)) == APPROVED and approval["grant"]["taken_up_at"]
    return ended(approval, EXPIRED, at) if begun else approval
