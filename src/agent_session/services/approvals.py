"""An approval from the asker's side: ask, look, wait for the answer, and use it once.

Nothing here decides: there is no deciding tool for agents.
"""

from __future__ import annotations

from agent_session.core import approvals, asking
from agent_session.core.actions import action_digest
from agent_session.core.claims import NOBODY
from agent_session.core.drift import drift_of, git_drift, text_diff
from agent_session.core.errors import (
    ApprovalNotFoundError,
    DriftedError,
    InvalidValueError,
    UnknownWordError,
)
from agent_session.core.instants import at, moment
from agent_session.core.redaction import redact_text
from agent_session.core.store import Query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, Protocol, TypeAlias

    from agent_session.core.actions import Action
    from agent_session.core.approvals import Approval, ApprovalPolicy
    from agent_session.core.chain import Draft
    from agent_session.core.claims import Claimant, ClaimPolicy
    from agent_session.core.instants import datetime, timedelta
    from agent_session.core.state import Record
    from agent_session.core.store import Store

    from .vouching import Vouching

    # A guard's own words, and the digest, under a nonce, of the statement that it caught.
    GuardedBy: TypeAlias = tuple[str, Callable[[str], str]]

    class World(Protocol):
        """What an approval is given for, beside its action; `world` looks at it."""

        def files(self, globs: Sequence[str], folder: str) -> list[dict[str, Any]]:
            """What stands under *globs* now; InvalidValueError where one names nothing."""

        def files_again(self, globs: Sequence[str], folder: str) -> list[dict[str, Any]]:
            """The same, where what is gone is no mistake."""

        def git(self, folder: str) -> dict[str, Any] | None:
            """`head`, `branch` and `dirty` of the repository that *folder* is in."""


LONGEST_SUMMARY = 4096


class Asked:
    """An approval with the record of the session that asked for it."""

    __slots__ = ("approval", "record")

    def __init__(self, record: Record, approval: Approval) -> None:
        self.record = record
        self.approval = approval


class Approvals:
    """The approvals of the sessions in *store*; the journal names *actor*."""

    def __init__(
        self,
        store: Store,
        world: World,
        vouching: Vouching,
        *,
        now: Callable[[], datetime],
        randomness: Callable[[int], bytes],
        policy: ApprovalPolicy,
        claim_policy: ClaimPolicy,
        actor: str,
        git_is_strict: bool = False,
    ) -> None:
        self.store = store
        self.world = world
        self.vouching = vouching
        self.now = now
        self.policy = policy
        self.claim_policy = claim_policy
        self.actor = actor
        self.git_is_strict = git_is_strict
        self._randomness = randomness

    # --- asking -------------------------------------------------------------------------------

    def request(
        self,
        agent_id: str,
        action: Action,
        folder: str,
        *,
        globs: Sequence[str] = (),
        summary: str | None = None,
        expires: timedelta | None = None,
        strength: str | None = None,
        beside: bool = False,
        again: Mapping[str, Any] | None = None,
        guard: GuardedBy | None = None,
        who: Claimant = NOBODY,
    ) -> Approval:
        """The new request, pending; the session's phase becomes `approval`.

        *globs* name the files, as seen from *folder*, that must not change until the action is
        done. *again* says which request this repeats, and what has changed since. *guard* is
        what has asked, where no agent has; its globs may name nothing here.
        SessionNotFoundError, SessionFinalError, InDoubtError, InvalidValueError.
        """
        self.store.get(agent_id)
        now, nonce = self.now(), self._randomness(16).hex()
        look = self.world.files_again if guard else self.world.files
        approval = {
            "id": f"ap-{self._randomness(8).hex()}",
            "store": self.store.identity(),
            "agent_id": agent_id,
            "nonce": nonce,
            "status": approvals.PENDING,
            "required": self._required(strength),
            "action": action.sealed(nonce),
            "files": {"globs": list(globs), "found": look(globs, folder)},
            "git": self.world.git(folder),
            "cwd": folder,
            "summary": _summary(summary),
            "requested_at": at(now),
            "expires_at": at(now + self._wait(expires)),
            "again": again,
            "guard": guard and {"match": guard[0], "statement": guard[1](nonce)},
            "decision": None,
            "grant": None,
        }

        def change(record: Record) -> Sequence[Draft]:
            return asking.request(
                record, approval, who, self.claim_policy, now, self.actor, beside=beside
            )

        self.store.update(agent_id, change)
        return approval

    def _required(self, strength: str | None) -> str:
        if strength is None:
            return self.policy.strength
        if strength not in approvals.STRENGTHS:
            raise UnknownWordError("strength", strength, tuple(approvals.STRENGTHS))
        return approvals.stronger(strength, self.policy.strength)

    def _wait(self, expires: timedelta | None) -> timedelta:
        if expires is None:
            return self.policy.expires
        if not 0 < expires.total_seconds() <= self.policy.expires.total_seconds():
            hours = self.policy.expires.total_seconds() / 3600
            raise InvalidValueError(
                f"a request waits more than 0 s and at most {hours:g} hours, as "
                "approval.expires_hours says"
            )
        return expires

    def ask_again(
        self, approval_id: str, action: Action, *, who: Claimant = NOBODY
    ) -> Approval:
        """The same request for the world as it is now, with what has changed since.

        ApprovalNotFoundError, and all that `request` raises.
        """
        asked = self.get(approval_id)
        before = asked.approval
        again = {
            "of": approval_id,
            "drift": self.drift(before),
            "text": text_diff(before["action"]["shown"], action.shown),
        }
        return self.request(
            asked.record["agent_id"],
            action,
            before["cwd"],
            globs=before["files"]["globs"],
            summary=before["summary"],
            strength=before["required"],
            again=again,
            guard=_same_guard(before, action),
            who=who,
        )

    # --- looking ------------------------------------------------------------------------------

    def get(self, approval_id: str) -> Asked:
        """ApprovalNotFoundError."""
        for record in self.store.scan(Query(approval_id=approval_id)):
            approval = approvals.find(record, approval_id)
            if approval is not None:
                return Asked(record, approval)
        raise ApprovalNotFoundError(approval_id)

    def status(self, approval: Approval) -> str:
        """What it is by now: the clock counts, not who has looked."""
        return approvals.status_at(approval, self.now())

    def pending(self) -> list[Asked]:
        """Everything that waits for a person, oldest first."""
        now = self.now()
        found = [
            Asked(record, approval)
            for record in self.store.scan(Query(pending=True))
            for approval in approvals.pending(record, now)
        ]
        return sorted(found, key=lambda each: str(each.approval["requested_at"]))

    def drift(self, approval: Approval) -> list[dict[str, Any]]:
        """What has changed in the world since the request."""
        files = approval["files"]
        now = self.world.files_again(files["globs"], approval["cwd"])
        return drift_of(files["found"], now)

    def git_drift(self, approval: Approval) -> list[dict[str, Any]]:
        """What has changed in the repository; refuses only where the settings are strict."""
        return git_drift(approval["git"], self.world.git(approval["cwd"]))

    def changes_since(self, approval: Approval) -> list[dict[str, Any]] | None:
        """Of the files and of the repository; None where that cannot be looked at, as at names
        that are none (ValueError).
        """
        try:
            return [*self.drift(approval), *self.git_drift(approval)]
        except (ValueError, OSError):
            return None

    # --- waiting ------------------------------------------------------------------------------

    def wait_for_decision(self, approval_id: str, timeout: float | None = None) -> Approval:
        """The approval, once it is no longer pending, or when *timeout* seconds are over.

        Sleeps until the store tells of a change: nothing is polled where the system can tell.
        ApprovalNotFoundError.
        """
        end = None if timeout is None else self.now().timestamp() + timeout
        asked = self.get(approval_id)
        with self.store.watch(asked.record["agent_id"]) as watch:
            while True:
                approval = self.get(approval_id).approval
                left = self._seconds_left(approval, end)
                if self.status(approval) != approvals.PENDING or left <= 0:
                    return approval
                if not watch.wait(left):
                    return self.get(approval_id).approval

    def _seconds_left(self, approval: Approval, end: float | None) -> float:
        expires = moment(approval["expires_at"]).timestamp()
        return (expires if end is None else min(expires, end)) - self.now().timestamp()

    # --- using --------------------------------------------------------------------------------

    def use(
        self,
        approval_id: str,
        raw: bytes,
        *,
        agent_id: str | None = None,
        who: Claimant = NOBODY,
    ) -> Record:
        """Just before acting: the approval is used up, if *raw* is what it was given for, the
        world has not changed, and nobody has used it; the phase is `executing` then.

        Raises what `asking.use` and `Vouching` raise, DriftedError with what has changed.
        """
        asked = self.get(approval_id)
        attempt = asking.Attempt(raw, self.store.identity(), who, agent_id)

        def change(record: Record) -> Sequence[Draft]:
            drafts = asking.use(
                record,
                approval_id,
                self._drift_that_counts,
                attempt,
                self.policy,
                self.claim_policy,
                self.now(),
                self.actor,
            )
            self.vouching.require_vouched(record, approval_id)
            return drafts

        record = self.store.update(asked.record["agent_id"], change)
        approval = asking.require(record, approval_id)
        if approval["status"] == approvals.DRIFTED:
            raise DriftedError(approval_id, approval["drift"])
        return record

    def _drift_that_counts(self, approval: Approval) -> list[dict[str, Any]]:
        found = self.drift(approval)
        return [*found, *self.git_drift(approval)] if self.git_is_strict else found


def _same_guard(before: Approval, action: Action) -> GuardedBy | None:
    """The guard of the request before, about this action as a whole."""
    guard = before.get("guard")
    if guard is None:
        return None
    return guard["match"], lambda nonce: action_digest(nonce, action.raw)


def _summary(text: str | None) -> str | None:
    if text is None:
        return None
    if len(text) > LONGEST_SUMMARY:
        raise InvalidValueError(f"a summary has at most {LONGEST_SUMMARY} characters")
    return redact_text(text)
