"""An agent asks for an approval: with a block at the end of its turn, or because a guard has
caught what it was about to do.
"""

from __future__ import annotations

from agent_session.core import approvals, errors, phases
from agent_session.core.actions import plan_action
from agent_session.core.requests import EXAMPLE, INFO, block_in, request_in
from agent_session.services.hosts import token_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent_session.core.actions import Action
    from agent_session.core.approvals import Approval
    from agent_session.core.instants import timedelta
    from agent_session.core.state import Record
    from agent_session.services.approvals import GuardedBy

    from .joined import Joined


def asked_in(message: str | None, record: Record, joined: Joined) -> str | None:
    """Enter what the block in *message* asks for, if there is one; what the agent is told where
    that cannot be done.
    """
    block = block_in(message) if message and INFO in message else None
    if block is None or _has_asked_by_guard(record, joined):
        return None
    try:
        asked = request_in(block)
        request(
            joined,
            record,
            plan_action(asked.plan.encode()),
            asked.summary,
            asked.files,
            asked.expires,
        )
    except errors.AgentSessionError as error:
        return (
            f"agent-session could not enter your approval-request: {error}. Nobody has been "
            f"asked yet. End your turn once more with a corrected block, such as\n"
            f"```{INFO}\n{EXAMPLE}\n```"
        )
    return None


def _has_asked_by_guard(record: Record, joined: Joined) -> bool:
    """What a guard has asked for waits already: who reports it asks for nothing new."""
    waiting = approvals.pending(record, joined.wiring.now())
    return any(each.get("guard") for each in waiting)


def keep_for_later(record: Record, joined: Joined, complaint: str) -> None:
    """Its request could not be understood twice: the session waits, and is no success."""
    joined.wiring.sessions.update(
        record["agent_id"],
        phase=phases.PLANNING,
        error=complaint.partition("\n")[0],
        who=token_of(record),
    )


def request(
    joined: Joined,
    record: Record,
    action: Action,
    summary: str | None,
    files: Sequence[str] = (),
    expires: timedelta | None = None,
    guard: GuardedBy | None = None,
) -> Approval:
    """A new request of the session, seen from where its agent is; a person will find it."""
    wiring = joined.wiring
    approval = wiring.approvals.request(
        record["agent_id"],
        action,
        joined.origin.cwd or wiring.project,
        globs=files,
        summary=summary,
        expires=expires,
        guard=guard,
        who=token_of(record),
    )
    wiring.remember_store()
    return approval
