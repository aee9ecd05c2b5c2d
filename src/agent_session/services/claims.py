"""One resumer at a time: take a session, keep it, give it up, and say what became of one whose
agent was lost.
"""

from __future__ import annotations

from agent_session.core import claiming
from agent_session.core.claims import Claimant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from agent_session.core.chain import Draft
    from agent_session.core.claims import ClaimPolicy
    from agent_session.core.instants import datetime, timedelta
    from agent_session.core.state import Record
    from agent_session.core.store import Store


class Claims:
    """The claims on the sessions in *store*; the journal names *actor*."""

    def __init__(
        self, store: Store, *, now: Callable[[], datetime], policy: ClaimPolicy, actor: str
    ) -> None:
        self.store = store
        self.now = now
        self.policy = policy
        self.actor = actor

    def claim(
        self,
        agent_id: str,
        holder: str | None = None,
        lease: timedelta | None = None,
        *,
        process: Mapping[str, Any] | None = None,
        token: int | None = None,
    ) -> Record:
        """The record with the claim, whose `token` every later write should carry.

        A *holder* that asks again, by its name or its *token*, gets its own claim back,
        extended. *process* is what
        `world.processes.identity` tells: while it runs the claim holds, and no longer.
        ClaimedError, InDoubtError, SessionFinalError, InvalidValueError for the lease.
        """
        who = Claimant(holder, token, process)
        return self._change(
            agent_id,
            lambda record, now: claiming.take(
                record, who, self.policy, now, self.actor, lease=lease
            ),
        )

    def heartbeat(self, agent_id: str, token: int, lease: timedelta | None = None) -> Record:
        """The claim lasts a whole lease from now; StaleClaimError."""
        who = Claimant(token=token)
        return self._change(
            agent_id,
            lambda record, now: claiming.renew(
                record, who, self.policy, now, self.actor, lease
            ),
        )

    def release(self, agent_id: str, token: int) -> Record:
        """The claim is given up, and its token is stale from here on; StaleClaimError."""
        who = Claimant(token=token)
        return self._change(
            agent_id,
            lambda record, now: claiming.release(record, who, self.policy, now, self.actor),
        )

    def resolve(self, agent_id: str, resolution: str) -> Record:
        """A person's word on a session in doubt: `completed`, `failed`, or `retry`.

        NotInDoubtError, UnknownWordError.
        """
        return self._change(
            agent_id,
            lambda record, now: claiming.resolve(
                record, resolution, self.policy, now, self.actor
            ),
        )

    def _change(self, agent_id: str, draft_of: Callable[[Record, datetime], Draft]) -> Record:
        return self.store.update(agent_id, lambda record: [draft_of(record, self.now())])
