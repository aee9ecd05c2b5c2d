"""The published functions: they answer True, False, None or an id, and never raise for what may
go wrong in a day.

A missing session, a bad phase, a full disk: each is logged and answered with no, so that the
agent works on. Claims and approvals are services, and say why by their errors.
"""

from __future__ import annotations

import posix

from agent_session.core.agent_ids import make_agent_id
from agent_session.core.codec import encode, parse
from agent_session.core.errors import AgentSessionError, StoreError
from agent_session.core.retention import DEFAULT_HOURS
from agent_session.core.store import Query

from .wiring import utc_now, wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Protocol

    from agent_session.core.approvals import Approval
    from agent_session.core.state import Record
    from agent_session.services.approvals import Approvals
    from agent_session.services.branches import Branches
    from agent_session.services.claims import Claims
    from agent_session.services.history import History
    from agent_session.services.insights import Insights
    from agent_session.services.measures import Measures

    from .wiring import Wiring

    class PathLike(Protocol):
        def __fspath__(self) -> str: ...


SUMMARY_FIELDS = (
    "agent_id",
    "agent_name",
    "purpose",
    "phase",
    "created_at",
    "last_updated",
    "resume_ready",
    "error_count",
    "finalized_at",
    "summary",
)


class AgentSession:
    """The sessions in the folder *base_path*, or in the project's own store without one."""

    def __init__(self, base_path: str | PathLike | None = None) -> None:
        self.base_path = None if base_path is None else posix.fspath(base_path)
        self._wired: Wiring | None = None

    @property
    def _wiring(self) -> Wiring:
        """Made anew each time for the project's own store, since the working folder and the
        variables may change.
        """
        if self.base_path is None:
            return wire("library")
        if self._wired is None:
            self._wired = wire("library", store=f"files:{self.base_path}")
        return self._wired

    def create_session(
        self,
        agent_name: str = "unknown",
        purpose: str = "general",
        metadata: Mapping[str, Any] | None = None,
        agent_id: str | None = None,
        *,
        limits: Mapping[str, Any] | None = None,
    ) -> str | None:
        """The id of a new session in the phase `initializing`.

        None where the request is refused: an id that is taken or may not be one, metadata
        that is not JSON. Where the store fails, that is logged and the id is given all the
        same: the agent works without a session.
        """
        try:
            sessions = self._wiring.sessions
            return sessions.create(
                agent_name, purpose, metadata, agent_id=agent_id, limits=limits
            )["agent_id"]
        except StoreError as error:
            _log(error)
            return agent_id or make_agent_id(utc_now(), posix.urandom(4))
        except AgentSessionError as error:
            _log(error)
            return None

    def update_state(
        self,
        agent_id: str,
        phase: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        error: str | None = None,
        *,
        token: int | None = None,
    ) -> bool:
        """True once the change is kept; False, and nothing changed, where it is refused.

        A write whose outcome is unknown (the disk failed to sync) is False too. A final
        *phase* finalizes. *token* is that of the caller's claim, else AGENT_SESSION_TOKEN's;
        a stale one is refused.
        """
        try:
            joined = self._wiring
            who = joined.claimant(token=token)
            joined.sessions.update(agent_id, phase, metadata, error, who=who)
        except AgentSessionError as problem:
            _log(problem)
            return False
        return True

    def should_resume(self, agent_id: str) -> bool:
        """True only for a session that may be resumed now; a store that fails is a no."""
        try:
            joined = self._wiring
            return joined.resumes.judge(agent_id, joined.claimant()).is_resumable
        except AgentSessionError as problem:
            _log(problem)
            return False

    def get_session(self, agent_id: str) -> dict[str, Any] | None:
        """The record, a copy to keep; None where there is none that can be read."""
        try:
            return _copy(self._wiring.sessions.get(agent_id))
        except AgentSessionError as problem:
            _log(problem)
            return None

    def finalize_session(
        self,
        agent_id: str,
        outcome: str,
        summary: str | None = None,
        *,
        token: int | None = None,
    ) -> bool:
        """True once the session has ended as completed, failed or abandoned; the same outcome
        again is True. *token* as for `update_state`.
        """
        try:
            joined = self._wiring
            who = joined.claimant(token=token)
            joined.sessions.finalize(agent_id, outcome, summary, who=who)
        except AgentSessionError as problem:
            _log(problem)
            return False
        return True

    def cleanup_old_sessions(self, hours: float = DEFAULT_HOURS) -> int:
        """Remove what was idle for *hours* or longer; how many sessions went."""
        try:
            return len(self._wiring.sessions.cleanup(hours).removed)
        except AgentSessionError as problem:
            _log(problem)
            return 0

    def list_sessions(
        self, active_only: bool = False, agent_name: str | None = None
    ) -> list[dict[str, Any]]:
        """A summary of each session, newest activity first; *active_only*: those with
        `resume_ready`.
        """
        try:
            found = self._wiring.sessions.list(
                Query(agent_name=agent_name, resume_ready=active_only), _log
            )
        except AgentSessionError as problem:
            _log(problem)
            return []
        return [summary_of(record) for record in found]

    def sessions_in(self, start: object, end: object) -> list[dict[str, Any]]:
        """The sessions that were created from *start* to *end*, the oldest first: `agent_id`,
        `agent_name`, `created_at`, `phases`, `duration_seconds`, and `success`, None while one
        is not over. A time is a `datetime`, an ISO 8601 text, or seconds since 1970.
        """
        try:
            return self._wiring.insights.sessions_in(start, end, _log)
        except AgentSessionError as problem:
            _log(problem)
            return []

    def sessions_of_episode(self, episode: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The same from the episode's `timestamp` for its `duration_seconds`; nothing else of
        it is looked at.
        """
        try:
            return self._wiring.insights.sessions_of_episode(episode, _log)
        except AgentSessionError as problem:
            _log(problem)
            return []

    # --- what says why by its errors ----------------------------------------------------------

    @property
    def claims(self) -> Claims:
        """Claim, heartbeat, release and resolve: one resumer at a time."""
        return self._wiring.claims

    @property
    def approvals(self) -> Approvals:
        """Ask, look, wait and use; nothing here decides."""
        return self._wiring.approvals

    @property
    def history(self) -> History:
        """Sessions as they were: every step, the record at one of them, and differences."""
        return self._wiring.history

    @property
    def insights(self) -> Insights:
        """Which session a request continues, and what goes wrong again and again."""
        return self._wiring.insights

    @property
    def measures(self) -> Measures:
        """Whether resuming works: `report` has the figures."""
        return self._wiring.measures

    @property
    def branches(self) -> Branches:
        """Fork a session, and merge one into another."""
        return self._wiring.branches

    def wait_for_decision(self, approval_id: str, timeout: float | None = None) -> Approval:
        """The approval once it is no longer pending, or when *timeout* seconds are over; its
        `status` says which. ApprovalNotFoundError.
        """
        return self.approvals.wait_for_decision(approval_id, timeout)

    async def wait_for_decision_async(
        self, approval_id: str, timeout: float | None = None
    ) -> Approval:
        """`wait_for_decision` in a thread, so that the event loop goes on."""
        import asyncio

        return await asyncio.to_thread(self.wait_for_decision, approval_id, timeout)


def summary_of(record: Record) -> dict[str, Any]:
    """What a list shows of a record."""
    return {field: record[field] for field in SUMMARY_FIELDS}  # type: ignore[literal-required]


def _copy(record: Record) -> dict[str, Any]:
    copy: dict[str, Any] = parse(encode(record))
    return copy


def _log(problem: AgentSessionError) -> None:
    import logging

    logging.getLogger("agent_session").warning("%s: %s", problem.code, problem)


def create_session(
    agent_name: str = "unknown",
    purpose: str = "general",
    metadata: Mapping[str, Any] | None = None,
) -> str | None:
    """See `AgentSession.create_session`, in the project's own store."""
    return AgentSession().create_session(agent_name, purpose, metadata)


def update_state(
    agent_id: str,
    phase: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    error: str | None = None,
    *,
    token: int | None = None,
) -> bool:
    """See `AgentSession.update_state`, in the project's own store."""
    return AgentSession().update_state(agent_id, phase, metadata, error, token=token)


def should_resume(agent_id: str) -> bool:
    """See `AgentSession.should_resume`, in the project's own store."""
    return AgentSession().should_resume(agent_id)


def get_session(agent_id: str) -> dict[str, Any] | None:
    """See `AgentSession.get_session`, in the project's own store."""
    return AgentSession().get_session(agent_id)


def finalize_session(
    agent_id: str, outcome: str, summary: str | None = None, *, token: int | None = None
) -> bool:
    """See `AgentSession.finalize_session`, in the project's own store."""
    return AgentSession().finalize_session(agent_id, outcome, summary, token=token)


def cleanup_old_sessions(hours: float = DEFAULT_HOURS) -> int:
    """See `AgentSession.cleanup_old_sessions`, in the project's own store."""
    return AgentSession().cleanup_old_sessions(hours)


def list_sessions(
    active_only: bool = False, agent_name: str | None = None
) -> list[dict[str, Any]]:
    """See `AgentSession.list_sessions`, in the project's own store."""
    return AgentSession().list_sessions(active_only, agent_name)


def sessions_in(start: object, end: object) -> list[dict[str, Any]]:
    """See `AgentSession.sessions_in`, in the project's own store."""
    return AgentSession().sessions_in(start, end)


def sessions_of_episode(episode: Mapping[str, Any]) -> list[dict[str, Any]]:
    """See `AgentSession.sessions_of_episode`, in the project's own store."""
    return AgentSession().sessions_of_episode(episode)


def wait_for_decision(approval_id: str, timeout: float | None = None) -> Approval:
    """See `AgentSession.wait_for_decision`, in the project's own store."""
    return AgentSession().wait_for_decision(approval_id, timeout)


async def wait_for_decision_async(approval_id: str, timeout: float | None = None) -> Approval:
    """See `AgentSession.wait_for_decision_async`, in the project's own store."""
    return await AgentSession().wait_for_decision_async(approval_id, timeout)
