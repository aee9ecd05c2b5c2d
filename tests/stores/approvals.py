"""The drafts of approvals and claims, as far as a store can tell them apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent_session.core.chain import draft
from agent_session.core.instants import at
from tests.approvals import a_decision, an_approval
from tests.examples import minutes_later

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent_session.core.chain import Draft


def approval_id(number: int) -> str:
    return f"ap-{number:016x}"


def approval(number: int, minutes: float = 1, **fields: Any) -> dict[str, Any]:
    return an_approval(minutes, **{"id": approval_id(number), **fields})


def asked(number: int, minutes: float = 1, cancels: Iterable[int] = (), **fields: Any) -> Draft:
    return draft(
        "approval_requested",
        at(minutes_later(minutes)),
        "test",
        approval=approval(number, minutes, **fields),
        cancels=list(map(approval_id, cancels)),
    )


def decided(number: int, minutes: float = 2, verdict: str = "approved") -> Draft:
    when = at(minutes_later(minutes))
    grant = {"taken_up_at": None, "expires_at": at(minutes_later(minutes + 24 * 60))}
    return draft(
        "approval_decided",
        when,
        "test",
        id=approval_id(number),
        status=verdict,
        decision={**a_decision(verdict), "at": when},
        grant=grant if verdict == "approved" else None,
    )


def used(number: int, minutes: float = 3) -> Draft:
    return draft("approval_used", at(minutes_later(minutes)), "test", id=approval_id(number))


def claimed(minutes: float = 1, token: int = 1) -> Draft:
    """A mere grant: it is no activity."""
    return draft(
        "claimed",
        at(minutes_later(minutes)),
        "test",
        token=token,
        holder="somebody",
        until=at(minutes_later(minutes + 1)),
        lease_seconds=1800.0,
        is_grant=True,
        process=None,
    )
