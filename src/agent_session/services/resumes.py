"""Whether to resume: one session by its id, or the newest one that a delegation may mean.

Every delegation check leaves one line in the store's log. A fault is a no: nothing is
resumed on a guess.
"""

from __future__ import annotations

from agent_session.core import Late
from agent_session.core.delegations import delegation
from agent_session.core.instants import at
from agent_session.core.resume import (
    SESSION_NOT_FOUND,
    SESSION_RESUMABLE,
    STATE_CORRUPTED,
    examine,
    judge_resume,
)
from agent_session.core.store import Query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from agent_session.core import errors
    from agent_session.core.instants import datetime
    from agent_session.core.resume import Finding, ResumePolicy
    from agent_session.core.state import Record
    from agent_session.core.store import Store
else:
    errors = Late("agent_session.core.errors")


class Judgement:
    """The answer for one session: the *reason*, and its *record* where there is one."""

    __slots__ = ("agent_id", "reason", "record")

    def __init__(
        self, reason: str, agent_id: str | None = None, record: Record | None = None
    ) -> None:
        self.reason = reason
        self.agent_id = agent_id
        self.record = record

    @property
    def is_resumable(self) -> bool:
        return self.reason == SESSION_RESUMABLE


class Resumes:
    """The decisions on resuming the sessions in *store* under *policy*."""

    def __init__(
        self, store: Store, *, now: Callable[[], datetime], policy: ResumePolicy
    ) -> None:
        self.store = store
        self.now = now
        self.policy = policy

    def judge(self, agent_id: str) -> Judgement:
        """The true reason for *agent_id*, whatever is wrong with it.

        StoreError where the store itself fails.
        """
        try:
            record = self.store.get(agent_id)
        except (errors.SessionNotFoundError, errors.InvalidAgentIdError):
            return Judgement(SESSION_NOT_FOUND, agent_id)
        except errors.StateCorruptedError:
            return Judgement(STATE_CORRUPTED, agent_id)
        return self._of(record)

    def _of(self, record: Record) -> Judgement:
        return Judgement(
            judge_resume(record, self.policy, self.now()), record["agent_id"], record
        )

    def explain(self, agent_id: str) -> list[Finding]:
        """Every criterion with its value, limit and verdict.

        SessionNotFoundError, StateCorruptedError.
        """
        return list(examine(self.store.get(agent_id), self.policy, self.now()))

    def match(self, agent_name: str, task_id: str | None) -> Judgement:
        """The newest resumable session of the agent, unless both name a task and the tasks
        differ.

        Where none is resumable, the reason is that of the newest live one.

        """
        newest = Judgement(SESSION_NOT_FOUND)
        for record in self.store.scan(Query(agent_name=agent_name, task_id=task_id, live=True)):
            found = self._of(record)
            if found.is_resumable:
                return found
            if newest.record is None:
                newest = found
        return newest

    def check_delegation(
        self, agent_name: str | None, task_id: str | None = None, agent_id: str | None = None
    ) -> Judgement:
        """The decision before a delegation, entered in the log.

        A store that fails decides `store_failed`.
        """
        try:
            found = self._decide(agent_name, task_id, agent_id)
        except errors.StoreError:
            found = Judgement(errors.StoreError.code, agent_id)
        self._log(agent_name, task_id, found)
        return found

    def log_refusal(self, reason: str) -> None:
        """Enter a request that could not be looked at."""
        self._log(None, None, Judgement(reason))

    def _log(self, agent_name: str | None, task_id: str | None, found: Judgement) -> None:
        try:
            self.store.note(self._line(agent_name, task_id, found))
        except errors.StoreError:
            pass  # the answer matters more than its line in the log

    def _decide(
        self, agent_name: str | None, task_id: str | None, agent_id: str | None
    ) -> Judgement:
        if agent_id is not None:
            return self.judge(agent_id)
        if agent_name is None:
            return Judgement(SESSION_NOT_FOUND)
        return self.match(agent_name, task_id)

    def _line(
        self, agent_name: str | None, task_id: str | None, found: Judgement
    ) -> dict[str, Any]:
        return delegation(
            at(self.now()),
            agent_name,
            task_id,
            found.reason,
            found.agent_id,
            resume=found.is_resumable,
        )
