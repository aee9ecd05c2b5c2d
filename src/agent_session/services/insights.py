"""What is worth knowing of many sessions: which one a request continues, what goes wrong again
and again, and what ran in a stretch of time. Nothing here writes.
"""

from __future__ import annotations

from itertools import islice

from agent_session.core.errors import InvalidValueError
from agent_session.core.instants import UTC, at, datetime, moment, timedelta
from agent_session.core.patterns import Patterns
from agent_session.core.phases import COMPLETED, is_final
from agent_session.core.store import Query, ignore
from agent_session.core.suggesting import Suggestion, rank

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, TypeAlias

    from agent_session.core.claims import Claimant
    from agent_session.core.errors import StateCorruptedError
    from agent_session.core.state import Record
    from agent_session.core.store import Store

    from .resumes import Resumes

    Progress: TypeAlias = Callable[[Iterable[Record]], Iterable[Record]]

# A request continues one of the newest, if any.
MOST_CANDIDATES = 200


class Insights:
    """Looking through the sessions of *store*, whose *resumes* say what may be resumed."""

    def __init__(self, store: Store, resumes: Resumes, *, now: Callable[[], datetime]) -> None:
        self.store = store
        self.resumes = resumes
        self.now = now

    def suggest(
        self,
        agent_name: str,
        task_id: str | None = None,
        text: str | None = None,
        *,
        who: Claimant,
    ) -> list[Suggestion]:
        """The sessions of the agent that may be resumed now and that a request most likely
        continues, the likeliest first; of the newest MOST_CANDIDATES live ones. Nothing is
        granted.
        """
        candidates = self.resumes.candidates(agent_name, task_id, who.among_many())
        newest = islice(candidates, MOST_CANDIDATES)
        records = [each.record for each in newest if each.is_resumable and each.record]
        return rank(records, task_id, text, self.now())

    def patterns(
        self,
        since: str | None = None,
        agent_name: str | None = None,
        *,
        progress: Progress = iter,
        unreadable: Callable[[StateCorruptedError], None] = ignore,
    ) -> dict[str, Any]:
        """`failures` by agent and phase, `errors` by shape, `slow_phases`, `resumes_refused` by
        reason, `resumes_failed`, and `approvals` that came to nothing; each with its `count`
        and `examples`. Of the sessions that were active from *since* on and are still there.
        """
        found = Patterns(self.now())
        query = Query(agent_name=agent_name, since=since)
        for record in progress(self.store.scan(query, unreadable)):
            found.add(record)
        for line in self.store.notes():
            is_meant = agent_name is None or line.get("agent_name") == agent_name
            if is_meant and str(line.get("at", "")) >= (since or ""):
                found.add_delegation(line)
        return found.report()

    def sessions_in(
        self,
        start: object,
        end: object,
        unreadable: Callable[[StateCorruptedError], None] = ignore,
    ) -> list[dict[str, Any]]:
        """The sessions that were created from *start* to *end*, the oldest first: `agent_id`,
        `agent_name`, `created_at`, `phases` (those it went through), `duration_seconds`, and
        `success`: None while it is not over.

        A time is a `datetime`, an ISO 8601 text, or seconds since 1970. InvalidValueError.
        """
        first, last = at(_moment(start)), at(_moment(end))
        query = Query(since=first)  # no session is active before it is created
        found = [
            record
            for record in self.store.scan(query, unreadable)
            if first <= record["created_at"] <= last
        ]
        return list(map(_told, sorted(found, key=lambda each: each["created_at"])))

    def sessions_of_episode(
        self,
        episode: Mapping[str, Any],
        unreadable: Callable[[StateCorruptedError], None] = ignore,
    ) -> list[dict[str, Any]]:
        """The same from an episode's `timestamp` for its `duration_seconds`; nothing else of it
        is looked at. InvalidValueError.
        """
        try:
            start, seconds = _moment(episode["timestamp"]), float(episode["duration_seconds"])
            end = start + timedelta(seconds=seconds)
        except (KeyError, TypeError, ValueError, OverflowError):
            raise InvalidValueError(
                "an episode has a `timestamp` and a number of `duration_seconds`"
            ) from None
        return self.sessions_in(start, end, unreadable)


def _moment(value: object) -> datetime:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return datetime.fromtimestamp(value, UTC)
        except (ValueError, OverflowError, OSError):
            raise InvalidValueError(f"no time: {value!r} seconds since 1970") from None
    return moment(value)


def _told(record: Record) -> dict[str, Any]:
    is_over = is_final(record["phase"])
    return {
        "agent_id": record["agent_id"],
        "agent_name": record["agent_name"],
        "created_at": record["created_at"],
        "phases": _phases_of(record),
        "duration_seconds": record["duration_seconds"],
        "success": record["phase"] == COMPLETED if is_over else None,
    }


def _phases_of(record: Record) -> list[str]:
    """Those it went through, as far as the record has kept its history."""
    history = record["history"]
    first = history[0]["from_phase"] if history else record["phase"]
    return [first, *(change["to_phase"] for change in history)]
