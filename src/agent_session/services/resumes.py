"""Whether to resume: one session by its id, or the newest one that a delegation may mean.

A delegation that is to resume a session is granted its claim in the same step, and every check
leaves one line in the store's log. A fault is a no: nothing is resumed on a guess.
"""

from __future__ import annotations

from agent_session.core import Late, approvals
from agent_session.core.claims import NOBODY, ClaimPolicy
from agent_session.core.delegations import delegation
from agent_session.core.instants import at
from agent_session.core.resume import (
    SESSION_NOT_FOUND,
    SESSION_RESUMABLE,
    STATE_CORRUPTED,
    Finding,
    examine,
    judge_resume,
)
from agent_session.core.store import Query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from agent_session.core import claiming, errors
    from agent_session.core.approvals import Approval
    from agent_session.core.chain import Draft
    from agent_session.core.claims import Claimant
    from agent_session.core.instants import datetime
    from agent_session.core.resume import ResumePolicy
    from agent_session.core.state import Record
    from agent_session.core.store import Store

    from .vouching import Vouching
else:
    errors = Late("agent_session.core.errors")
    claiming = Late("agent_session.core.claiming")


TOO_WEAK = "too_weak"


class Judgement:
    """The answer for one session: the *reason*, its *record* where there is one, and the
    approval that a person has answered, where the session goes on with that.
    """

    __slots__ = ("agent_id", "approval", "reason", "record")

    def __init__(
        self,
        reason: str,
        agent_id: str | None = None,
        record: Record | None = None,
        approval: Approval | None = None,
    ) -> None:
        self.reason = reason
        self.agent_id = agent_id
        self.record = record
        self.approval = approval

    @property
    def is_resumable(self) -> bool:
        return self.reason == SESSION_RESUMABLE

    @property
    def decision(self) -> str | None:
        """`approved` or `rejected`, where a person has answered."""
        return self.approval["status"] if self.approval else None


class Resumes:
    """The decisions on resuming the sessions in *store* under *policy*; *vouching* is asked for
    when an answer is said to be signed, or has to be.
    """

    def __init__(
        self,
        store: Store,
        *,
        now: Callable[[], datetime],
        policy: ResumePolicy,
        claim_policy: ClaimPolicy | None = None,
        actor: str = "resumes",
        vouching: Callable[[], Vouching] | None = None,
    ) -> None:
        self.store = store
        self.now = now
        self.policy = policy
        self.claim_policy = claim_policy or ClaimPolicy()
        self.actor = actor
        self._vouching = vouching

    def judge(self, agent_id: str, who: Claimant = NOBODY) -> Judgement:
        """The true reason for *agent_id*, whatever is wrong with it, for the one *who* asks.

        StoreError where the store itself fails.
        """
        try:
            record = self.store.get(agent_id)
        except (errors.SessionNotFoundError, errors.InvalidAgentIdError):
            return Judgement(SESSION_NOT_FOUND, agent_id)
        except errors.StateCorruptedError:
            return Judgement(STATE_CORRUPTED, agent_id)
        return self._of(record, who)

    def _of(self, record: Record, who: Claimant) -> Judgement:
        now, agent_id = self.now(), record["agent_id"]
        reason = judge_resume(record, self.policy, now, who)
        if reason != SESSION_RESUMABLE:
            return Judgement(reason, agent_id, record)
        approval = approvals.decided(record, now)
        refused = self._disbelief(agent_id, approval) if approval else None
        if refused is not None:
            return Judgement(refused.code, agent_id, record)
        return Judgement(reason, agent_id, record, approval)

    def grant(self, agent_id: str, who: Claimant = NOBODY) -> Judgement:
        """`judge`, and where that is a yes the claim of *who*, with nobody in between."""
        found = self.judge(agent_id, who)
        return self._granted(found, who) if found.is_resumable else found

    def _granted(self, found: Judgement, who: Claimant) -> Judgement:
        """What was found is looked at again with no writer in between."""
        judged = found

        def change(record: Record) -> Sequence[Draft]:
            nonlocal judged
            judged = self._of(record, who)
            if not judged.is_resumable:
                return []
            now = self.now()
            return [
                claiming.take(record, who, self.claim_policy, now, self.actor, is_grant=True)
            ]

        try:
            record = self.store.update(found.agent_id or "", change)
        except errors.SessionNotFoundError:
            return Judgement(SESSION_NOT_FOUND, found.agent_id)
        return Judgement(judged.reason, judged.agent_id, record, judged.approval)

    def explain(self, agent_id: str, who: Claimant = NOBODY) -> list[Finding]:
        """Every criterion with its value, limit and verdict, and whether a person's answer is
        to be believed, where there is one. SessionNotFoundError, StateCorruptedError.
        """
        record, now = self.store.get(agent_id), self.now()
        findings = list(examine(record, self.policy, now, who))
        approval = approvals.decided(record, now)
        if approval is not None:
            refused = self._disbelief(agent_id, approval)
            reason = refused.code if refused else TOO_WEAK
            value = f"{approval['id']}, {approval['decision']['strength']}"
            limit = str(refused) if refused else "strong enough, and signed where it says so"
            findings.append(Finding(reason, refused is None, value, limit))
        return findings

    def _disbelief(self, agent_id: str, approval: Approval) -> errors.RefusedError | None:
        """Why the answer is not believed, if it is not."""
        if self._vouching is None:
            return None
        try:
            self._vouching().require_proven(agent_id, approval)
        except errors.RefusedError as error:
            return error
        return None

    def candidates(
        self, agent_name: str, task_id: str | None, who: Claimant = NOBODY
    ) -> Iterator[Judgement]:
        """The live sessions that a delegation may mean, newest activity first; none is
        granted.
        """
        query = Query(agent_name=agent_name, task_id=task_id, live=True)
        return (self._of(record, who) for record in self.store.scan(query))

    def match(self, agent_name: str, task_id: str | None, who: Claimant = NOBODY) -> Judgement:
        """The newest resumable session of the agent, unless both name a task and the tasks
        differ; it is granted to *who*.

        Where none is resumable, the reason is that of the newest live one.

        """
        newest, who = Judgement(SESSION_NOT_FOUND), who.among_many()
        for found in self.candidates(agent_name, task_id, who):
            if found.is_resumable:
                found = self._granted(found, who)
            if found.is_resumable:
                return found
            if newest.record is None:
                newest = found
        return newest

    def check_delegation(
        self,
        agent_name: str | None,
        task_id: str | None = None,
        agent_id: str | None = None,
        who: Claimant = NOBODY,
    ) -> Judgement:
        """The decision before a delegation, entered in the log; a yes is granted to *who*.

        A store that fails decides `store_failed`.
        """
        try:
            found = self._decide(agent_name, task_id, agent_id, who)
        except errors.StoreError:
            found = Judgement(errors.StoreError.code, agent_id)
        self._log(agent_name, task_id, found)
        return found

    def log_new(self, agent_name: str) -> None:
        """Enter a delegation that begins anew, for nothing was found that it continues."""
        self._log(agent_name, None, Judgement(SESSION_NOT_FOUND))

    def log_refusal(self, reason: str) -> None:
        """Enter a request that could not be looked at."""
        self._log(None, None, Judgement(reason))

    def _log(self, agent_name: str | None, task_id: str | None, found: Judgement) -> None:
        try:
            self.store.note(self._line(agent_name, task_id, found))
        except errors.StoreError:
            pass  # the answer matters more than its line in the log

    def _decide(
        self,
        agent_name: str | None,
        task_id: str | None,
        agent_id: str | None,
        who: Claimant,
    ) -> Judgement:
        if agent_id is not None:
            return self.grant(agent_id, who)
        if agent_name is None:
            return Judgement(SESSION_NOT_FOUND)
        return self.match(agent_name, task_id, who)

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
