"""Sessions to try things on: a fixed moment, a record, and the drafts of a life."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from agent_session.core.chain import draft
from agent_session.core.events import apply
from agent_session.core.instants import at
from agent_session.core.state import blank_record

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent_session.core.chain import Draft
    from agent_session.core.state import Record

NOW = datetime(2026, 1, 8, 18, 5, 30, tzinfo=UTC)
AGENT_ID = "agent-20260108-180530-abc12345"


def minutes_later(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def a_record(**fields: Any) -> Record:
    """A session that waits for approval since NOW, unless *fields* say otherwise."""
    waiting = {**blank_record(AGENT_ID, at(NOW)), "phase": "approval", "resume_ready": True}
    return {**waiting, **fields}  # type: ignore[typeddict-item]


def created(agent_id: str = AGENT_ID, minutes: float = 0, **data: Any) -> Draft:
    return draft("created", at(minutes_later(minutes)), "test", agent_id=agent_id, **data)


def updated(minutes: float = 1, **data: Any) -> Draft:
    return draft("updated", at(minutes_later(minutes)), "test", **data)


def finalized(outcome: str = "completed", minutes: float = 2, **data: Any) -> Draft:
    return draft("finalized", at(minutes_later(minutes)), "test", phase=outcome, **data)


def applied(record: Record, *drafts: Draft) -> Record:
    """*record* after *drafts*, without a store."""
    for each in drafts:
        seq = record["revision"] + 1
        record = {**apply(record, {**each, "seq": seq}), "revision": seq}
    return record


def a_claim(token: int = 1, holder: str | None = "a", **fields: Any) -> dict[str, Any]:
    """A claim taken at NOW for half an hour, unless *fields* say otherwise."""
    return {
        "token": token,
        "holder": holder,
        "claimed_at": at(NOW),
        "until": at(minutes_later(30)),
        "lease_seconds": 1800.0,
        "is_grant": False,
        "process": None,
        **fields,
    }


class Clock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def set(self, minutes: float) -> None:
        self.now = minutes_later(minutes)


class Seconds:
    """A clock in seconds that stands until it is set; it has begun at zero, as that of a fresh
    machine.
    """

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def counted() -> Callable[[int], bytes]:
    """Chance that never repeats, and is the same in every run."""
    numbers = iter(range(1, 1 << 20))
    return lambda count: next(numbers).to_bytes(count)
