"""What a database is measured by: a row for each session and each approval that there ever was,
which every change keeps and no removal takes.
"""

from __future__ import annotations

from itertools import pairwise

from agent_session.core.approvals import EXPIRED, OPEN
from agent_session.core.events import fold
from agent_session.core.measures import (
    Tally,
    measured_approval,
    measured_session,
)

from .keys import key_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any, TypeAlias

    from agent_session.core.chain import Event
    from agent_session.core.measures import MeasuredApproval, MeasuredSession
    from agent_session.core.state import Record

    from .database import Database, Runs, Transaction

    Source: TypeAlias = Database | Transaction


# --- keeping ----------------------------------------------------------------------------------


def enter(
    runs: Runs, number: int, before: Record | None, after: Record, entered: Sequence[Event]
) -> None:
    """Keep what has changed by the events *entered*, which lead from *before* to *after*."""
    records = [after] if len(entered) == 1 else list(_records(before, entered))
    past = [before, *records] if before else records
    now = measured_session(after, lambda: past)
    was = measured_session(before, lambda: past[:1]) if before else None
    if was is None or now.values() != was.values():
        runs.run("measure_session", session=number, **_session_row(now))
    known = before["approvals"] if before else []
    for record in records:
        for each in record["approvals"]:
            if each not in known:
                row = _approval_row(measured_approval(each, record["agent_name"]))
                runs.run("measure_approval", session=number, **row)
        known = record["approvals"]


def _records(before: Record | None, entered: Sequence[Event]) -> Iterator[Record]:
    for event in entered:
        before = fold([event], before)
        yield before


def _session_row(session: MeasuredSession) -> dict[str, Any]:
    return {
        "created_at": session.created_at,
        "agent_name": key_of(session.agent_name),
        "ended": int(session.ended),
        "completed": int(session.completed),
        "resumed": int(session.resumed),
        "had_errors": int(session.had_errors),
        "duration": session.duration,
    }


def _approval_row(approval: MeasuredApproval) -> dict[str, Any]:
    return {
        "requested_at": approval.requested_at,
        "approval_id": approval.id,
        "agent_name": key_of(approval.agent_name),
        "status": approval.status,
        "ends_at": approval.ends_at,
        "strength": approval.strength,
        "seconds": approval.seconds,
    }


# --- counting ---------------------------------------------------------------------------------


def earliest(database: Database) -> str | None:
    found = [row[0] for row in database.rows("earliest_measured") if row[0] is not None]
    return min(found, default=None)


def tally(
    database: Database, edges: Sequence[str], agent_name: str | None, now: str
) -> list[Tally]:
    """All periods as they were at one moment; each is a stretch of an index."""

    def look(source: Source) -> list[Tally]:
        return [
            _Period(source, since, until, agent_name).tally(now)
            for since, until in pairwise(edges)
        ]

    return database.snapshot(look)


class _Period:
    """What *source* has from *since* on and before *until*."""

    def __init__(self, source: Source, since: str, until: str, agent_name: str | None) -> None:
        self._source = source
        self._values = {"since": since, "until": until}
        self._of_agent = ""
        if agent_name is not None:
            self._values["agent_name"] = key_of(agent_name)
            self._of_agent = " AND agent_name = :agent_name"

    def tally(self, now: str) -> Tally:
        tally = Tally()
        self._count_sessions(tally)
        self._count_approvals(tally, now)
        rest = self._within("delegations", "at")
        for decision, reason, count in self._ask(
            f"SELECT decision, reason, count(*) {rest} GROUP BY decision, reason"
        ):
            tally.count_delegations(decision, reason, count)
        return tally

    def _count_sessions(self, tally: Tally) -> None:
        rest = self._within("measured_sessions", "created_at")
        counted = "resumed", "resumed * ended", "resumed * completed", "had_errors"
        sums = ", ".join(f"coalesce(sum({each}), 0)" for each in counted)
        for row in self._ask(f"SELECT count(*), {sums} {rest}"):
            tally.sessions, tally.resumed, tally.resumed_ended = row[:3]
            tally.resumed_completed, tally.had_errors = row[3:]
        tally.durations = self._seconds("duration", rest)

    def _count_approvals(self, tally: Tally, now: str) -> None:
        rest = self._within("measured_approvals", "requested_at")
        for status, strength, is_over, count in self._ask(
            f"SELECT status, strength, ends_at <= :now AS is_over, count(*) {rest} "
            "GROUP BY status, strength, is_over",
            now=now,
        ):
            ends = is_over and status in OPEN
            tally.count_approvals(EXPIRED if ends else status, strength, count)
        tally.answers = self._seconds("seconds", rest)

    def _seconds(self, column: str, rest: str) -> list[float]:
        found = self._ask(f"SELECT {column} {rest} AND {column} IS NOT NULL")
        return [value for (value,) in found]

    def _within(self, table: str, time: str) -> str:
        within = f"{time} >= :since AND {time} < :until"
        return f"FROM {table} WHERE {within}{self._of_agent}"

    def _ask(self, sql: str, **values: Any) -> Sequence[Any]:
        return self._source.select(sql, **self._values, **values)
