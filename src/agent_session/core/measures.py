"""What is counted of sessions, approvals and delegations, and what the counts come to.

A session counts with the time of its creation, an approval with that of its request, a
delegation with that of its check; a session that was removed counts on. One was resumed once a
second turn of it has begun.
"""

from __future__ import annotations

from . import phases
from .approvals import EXPIRED, OPEN, ends_at
from .asking import ENDED_KEPT
from .delegations import delegation_in
from .instants import seconds_between

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any, TypeAlias

    from .approvals import Approval
    from .state import Record

    # What a session has been, oldest first.
    Past: TypeAlias = Callable[[], Iterable[Record]]
    Measured: TypeAlias = tuple["MeasuredSession", Sequence["MeasuredApproval"]]

RESUME = "resume"


class MeasuredSession:
    """What of a session is measured; *duration* in seconds, of one that has *ended*."""

    __slots__ = (
        "agent_name",
        "completed",
        "created_at",
        "duration",
        "ended",
        "had_errors",
        "resumed",
    )

    def __init__(
        self,
        created_at: str,
        agent_name: str,
        *,
        ended: bool,
        completed: bool,
        resumed: bool,
        had_errors: bool,
        duration: float | None,
    ) -> None:
        self.created_at = created_at
        self.agent_name = agent_name
        self.ended = ended
        self.completed = completed
        self.resumed = resumed
        self.had_errors = had_errors
        self.duration = duration

    def values(self) -> dict[str, Any]:
        return {field: getattr(self, field) for field in self.__slots__}


class MeasuredApproval:
    """What of an approval is measured: how it stands, until when it is open, how strong its
    answer was and after how many *seconds* it came; None without an answer.
    """

    __slots__ = ("agent_name", "ends_at", "id", "requested_at", "seconds", "status", "strength")

    def __init__(
        self,
        id: str,  # noqa: A002 - as the record names it
        requested_at: str,
        agent_name: str,
        *,
        status: str,
        ends_at: str,
        strength: str | None,
        seconds: float | None,
    ) -> None:
        self.id = id
        self.requested_at = requested_at
        self.agent_name = agent_name
        self.status = status
        self.ends_at = ends_at
        self.strength = strength
        self.seconds = seconds

    def values(self) -> dict[str, Any]:
        return {field: getattr(self, field) for field in self.__slots__}

    def status_at(self, now: str) -> str:
        return EXPIRED if self.status in OPEN and self.ends_at <= now else self.status


# --- from a record ----------------------------------------------------------------------------


def measured(record: Record, past: Past) -> Measured:
    return measured_session(record, past), measured_approvals(record, past)


def measured_session(record: Record, past: Past) -> MeasuredSession:
    """*record* measured; where it has not kept enough, its *past* tells."""
    resumed = _was_resumed(record)
    return MeasuredSession(
        record["created_at"],
        record["agent_name"],
        ended=phases.is_final(record["phase"]),
        completed=record["phase"] == phases.COMPLETED,
        resumed=_has_begun_anew(past()) if resumed is None else resumed,
        had_errors=record["error_count"] > 0,
        duration=record["duration_seconds"],
    )


def _was_resumed(record: Record) -> bool | None:
    """None where earlier turns may have gone from the record."""
    begun = _beginnings(record)
    if len(begun) > 1:
        return True
    return False if begun <= {record["created_at"]} else None


def _has_begun_anew(past: Iterable[Record]) -> bool:
    begun: set[str] = set()
    for record in past:
        begun |= _beginnings(record)
    return len(begun) > 1


def _beginnings(record: Record) -> set[str]:
    return {turn["started_at"] for turn in record["turns"]}


def measured_approvals(record: Record, past: Past) -> list[MeasuredApproval]:
    """Every approval that was ever asked for, as it stands or stood last."""
    known = {each["id"]: each for each in record["approvals"]}
    if sum(each["status"] not in OPEN for each in known.values()) >= ENDED_KEPT:
        known = {each["id"]: each for earlier in past() for each in earlier["approvals"]}
    return [measured_approval(each, record["agent_name"]) for each in known.values()]


def measured_approval(approval: Approval, agent_name: str) -> MeasuredApproval:
    decision, asked_at = approval["decision"], approval["requested_at"]
    return MeasuredApproval(
        approval["id"],
        asked_at,
        agent_name,
        status=approval["status"],
        ends_at=ends_at(approval),
        strength=decision["strength"] if decision else None,
        seconds=seconds_between(asked_at, decision["at"]) if decision else None,
    )


# --- counting ---------------------------------------------------------------------------------


class Tally:
    """The counts of one period.

    `approvals` by status and strength (empty without an answer), `delegations` by decision and
    reason; `durations` of sessions that have ended and `answers` in seconds, in no order.
    """

    __slots__ = (
        "answers",
        "approvals",
        "delegations",
        "durations",
        "had_errors",
        "resumed",
        "resumed_completed",
        "resumed_ended",
        "sessions",
    )

    def __init__(self) -> None:
        self.sessions = 0
        self.resumed = 0
        self.resumed_ended = 0
        self.resumed_completed = 0
        self.had_errors = 0
        self.durations: list[float] = []
        self.answers: list[float] = []
        self.approvals: dict[tuple[str, str], int] = {}
        self.delegations: dict[tuple[str, str], int] = {}

    def add_session(self, each: MeasuredSession) -> None:
        self.sessions += 1
        self.resumed += each.resumed
        self.resumed_ended += each.resumed and each.ended
        self.resumed_completed += each.resumed and each.completed
        self.had_errors += each.had_errors
        if each.duration is not None:
            self.durations.append(each.duration)

    def add_approval(self, each: MeasuredApproval, now: str) -> None:
        self.count_approvals(each.status_at(now), each.strength, 1)
        if each.seconds is not None:
            self.answers.append(each.seconds)

    def count_approvals(self, status: str, strength: str | None, count: int) -> None:
        key = (status, strength or "")
        self.approvals[key] = self.approvals.get(key, 0) + count

    def count_delegations(self, decision: str, reason: str, count: int) -> None:
        key = (decision, reason)
        self.delegations[key] = self.delegations.get(key, 0) + count

    def add(self, other: Tally) -> None:
        """Count the period of *other* in."""
        for word in ("sessions", "resumed", "resumed_ended", "resumed_completed", "had_errors"):
            setattr(self, word, getattr(self, word) + getattr(other, word))
        self.durations += other.durations
        self.answers += other.answers
        for (status, strength), count in other.approvals.items():
            self.count_approvals(status, strength, count)
        for (decision, reason), count in other.delegations.items():
            self.count_delegations(decision, reason, count)


class Tallying:
    """A tally for each period between two *edges*, which are moments in their order; what does
    not fall between any is not counted, nor is another agent's than *agent_name*, if given.
    """

    def __init__(self, edges: Sequence[str], agent_name: str | None, now: str) -> None:
        self.edges = edges
        self.agent_name = agent_name
        self.now = now
        self.tallies = [Tally() for _ in edges[1:]]

    def add_session(self, each: MeasuredSession) -> None:
        tally = self._of(each.created_at, each.agent_name)
        if tally is not None:
            tally.add_session(each)

    def add_approval(self, each: MeasuredApproval) -> None:
        tally = self._of(each.requested_at, each.agent_name)
        if tally is not None:
            tally.add_approval(each, self.now)

    def add_delegation(self, line: Mapping[str, Any]) -> None:
        """A line of the log; one that is none of ours is passed over."""
        found = delegation_in(line)
        tally = self._of(found["at"], found["agent_name"]) if found else None
        if found and tally is not None:
            tally.count_delegations(found["decision"], found["reason"], 1)

    def _of(self, at: str, agent_name: str | None) -> Tally | None:
        from bisect import bisect_right

        if self.agent_name is not None and agent_name != self.agent_name:
            return None
        period = bisect_right(self.edges, at)
        return self.tallies[period - 1] if 0 < period < len(self.edges) else None


def tally_of(
    measured: Iterable[Measured], delegations: Iterable[Mapping[str, Any]], tallying: Tallying
) -> list[Tally]:
    """The tallies of what a store without an index of its own goes through."""
    for session, approvals in measured:
        tallying.add_session(session)
        for each in approvals:
            tallying.add_approval(each)
    for line in delegations:
        tallying.add_delegation(line)
    return tallying.tallies


def earliest_of(
    measured: Iterable[Measured], delegations: Iterable[Mapping[str, Any]]
) -> str | None:
    """When the first of all that was; an approval is of a session, and not before it."""
    times = [session.created_at for session, _ in measured]
    times += [found["at"] for found in map(delegation_in, delegations) if found]
    return min(times, default=None)
