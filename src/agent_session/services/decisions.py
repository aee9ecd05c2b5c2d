"""A person's answer to a request: one wins, and it is written down who, when, through which
door, and how strong it is.
"""

from __future__ import annotations

from agent_session.core import approvals, asking
from agent_session.core.codec import digest
from agent_session.core.errors import (
    ApprovalNotFoundError,
    BadSignatureError,
    ChainBrokenError,
    InvalidValueError,
    NotAPersonError,
)
from agent_session.core.redaction import redact_text
from agent_session.core.store import Query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from agent_session.core.approvals import Approval, ApprovalPolicy
    from agent_session.core.chain import Draft
    from agent_session.core.instants import datetime
    from agent_session.core.state import Record
    from agent_session.core.store import Store

    from .approvals import Asked
    from .vouching import Vouching

INSIDE_AGENT = "inside_agent"
LONGEST_REASON = 4096
_OWN_TERMINAL = ("terminal", "decide from a terminal of your own")
# What an agent may be around, by the door; it has no way to the chat that a person types in.
_OF_DOORS = {
    approvals.TERMINAL: _OWN_TERMINAL,
    approvals.SIGNED: _OWN_TERMINAL,
    approvals.WEB: ("server", "start `agent-session serve` from a terminal of your own"),
}


class Person:
    """Who answers: the user's *name* as the system tells it, and the *door* they came through;
    no flag and no variable names them.
    """

    __slots__ = ("door", "name")

    def __init__(self, name: str, door: str) -> None:
        self.name = name
        self.door = door


class Decisions:
    """The answers to the requests in *store*; *agent_around* says why this process seems to be
    an agent's, if it does.
    """

    def __init__(
        self,
        store: Store,
        vouching: Vouching,
        *,
        now: Callable[[], datetime],
        policy: ApprovalPolicy,
        actor: str,
        agent_around: Callable[[], str | None],
    ) -> None:
        self.store = store
        self.vouching = vouching
        self.now = now
        self.policy = policy
        self.actor = actor
        self.agent_around = agent_around

    def require_person(self, door: str) -> None:
        """NotAPersonError where an agent is around a terminal, a server, or who signs."""
        why = self.agent_around() if door != approvals.CHAT else None
        if why is None:
            return
        what, instead = _OF_DOORS[door]
        raise NotAPersonError(
            INSIDE_AGENT,
            f"a decision is a person's, and this {what} seems to be an agent's: {why}; "
            f"{instead}",
        )

    def require_decidable(self, asked: Asked, verdict: str, strength: str) -> None:
        """AlreadyDecidedError, ApprovalEndedError, TooWeakError: what deciding would raise now.

        ChainBrokenError where the text that would be shown is not the one whose digest is
        signed.
        """
        approval = asked.approval
        said = {"verdict": verdict, "strength": strength}
        asking.decide(asked.record, approval["id"], said, self.policy, self.now(), self.actor)
        action = approval["action"]
        seen = digest(bytes.fromhex(approval["nonce"]) + action["shown"].encode())
        if seen != action["shown_digest"]:
            why = "what it would show is not what its digest says"
            raise ChainBrokenError(asked.record["agent_id"], why)

    def approve(
        self,
        approval: Approval,
        person: Person,
        note: str | None = None,
        key: str | None = None,
    ) -> Approval:
        """Yes, to exactly what *approval* says; signed with the SSH key in the file *key* where
        one is given.

        NotAPersonError, AlreadyDecidedError, ApprovalEndedError, TooWeakError,
        BadSignatureError.
        """
        return self._decide(approval, person, approvals.APPROVED, note, key)

    def reject(
        self, approval: Approval, person: Person, reason: str, key: str | None = None
    ) -> Approval:
        """No, and why; the agent is told.  Raises what `approve` raises."""
        if not reason.strip():
            raise InvalidValueError("say why: the agent goes on with your reason")
        return self._decide(approval, person, approvals.REJECTED, reason, key)

    def _decide(
        self,
        approval: Approval,
        person: Person,
        verdict: str,
        words: str | None,
        key: str | None,
    ) -> Approval:
        self.require_person(person.door if key is None else approvals.SIGNED)
        if key is None and person.door == approvals.SIGNED:
            raise BadSignatureError(approval["id"], "it carries no signature")
        decision = {
            "verdict": verdict,
            "by": person.name,
            "door": person.door,
            "strength": person.door,
            "reason": _words(words),
            "signature": None,
        }
        if key is not None:
            decision |= self._signed(approval, verdict, key)

        def change(record: Record) -> Sequence[Draft]:
            drafts = asking.decide(
                record, approval["id"], decision, self.policy, self.now(), self.actor
            )
            found = asking.require(record, approval["id"])
            if asking.asked_for(found) != asking.asked_for(approval):
                why = "the request is no longer the one that was shown"
                raise ChainBrokenError(record["agent_id"], why)
            return drafts

        record = self.store.update(approval["agent_id"], change)
        return asking.require(record, approval["id"])

    def _signed(self, approval: Approval, verdict: str, key: str) -> Mapping[str, Any]:
        """Signed, and at once verified: a signature that nobody accepts is no decision."""
        message = asking.message_to_sign(approval, approval["agent_id"], verdict)
        signature = self.vouching.signatures.sign(key, message)
        try:
            signer = self.vouching.signatures.verify(message, signature)
        except InvalidValueError as error:
            raise BadSignatureError(approval["id"], str(error)) from None
        return {"by": signer, "strength": approvals.SIGNED, "signature": signature}

    def verify(self, approval_id: str) -> str | None:
        """Who has signed the decision, None where it is not signed and need not be.

        ApprovalNotFoundError, ChainBrokenError, BadSignatureError, TooWeakError.
        """
        for record in self.store.scan(Query(approval_id=approval_id)):
            self.vouching.require_vouched(record, approval_id)
            approval = asking.require(record, approval_id)
            return self.vouching.require_proven(record["agent_id"], approval)
        raise ApprovalNotFoundError(approval_id)


def _words(text: str | None) -> str | None:
    if text is None:
        return None
    if len(text) > LONGEST_REASON:
        raise InvalidValueError(f"a note or a reason has at most {LONGEST_REASON} characters")
    return redact_text(text)
