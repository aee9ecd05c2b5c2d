"""Whether an approval may be believed: its journal vouches for it, and its signature where one
is due.

A same-user program can forge files: an unsigned answer in a chain that was computed anew passes
here, and only a demand for signatures refuses it.
"""

from __future__ import annotations

from agent_session.core import approvals, asking
from agent_session.core.chain import first_flaw
from agent_session.core.errors import BadSignatureError, ChainBrokenError, InvalidValueError
from agent_session.core.events import fold

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from agent_session.core.approvals import Approval, ApprovalPolicy
    from agent_session.core.state import Record
    from agent_session.core.store import Store

    class Signatures(Protocol):
        """What `world.signatures` does, with the signers that the settings name."""

        def sign(self, key: str, message: bytes) -> str: ...

        def verify(self, message: bytes, signature: str) -> str:
            """Who of the allowed signers has signed; InvalidValueError says why nobody has."""


class Vouching:
    """What is believed of the approvals in *store*."""

    def __init__(self, store: Store, signatures: Signatures, policy: ApprovalPolicy) -> None:
        self.store = store
        self.signatures = signatures
        self.policy = policy

    def require_vouched(self, record: Record, approval_id: str) -> None:
        """The journal is whole, and says of the approval what *record* says.

        ChainBrokenError, BadSignatureError, TooWeakError.
        """
        approval = asking.require(record, approval_id)
        told = approvals.find(self._told_by_events(record["agent_id"]), approval_id)
        if told != approval:
            why = "the record says otherwise of it than its events"
            raise ChainBrokenError(record["agent_id"], why)
        self.require_proven(record["agent_id"], approval)

    def _told_by_events(self, agent_id: str) -> Record:
        events = list(self.store.events(agent_id))
        flaw = first_flaw(events)
        if flaw is not None:
            raise ChainBrokenError(agent_id, flaw)
        try:
            return fold(events)
        except (InvalidValueError, KeyError, TypeError, AttributeError) as error:
            raise ChainBrokenError(
                agent_id, f"its events cannot be followed: {error}"
            ) from None

    def require_proven(self, agent_id: str, approval: Approval) -> str | None:
        """Who has signed the decision, where it is said to be signed, or must be.

        BadSignatureError, TooWeakError.
        """
        decision = approval["decision"]
        if decision is None:
            return None
        if decision["verdict"] == approvals.APPROVED:
            asking.require_strength(approval, decision["strength"], self.policy)
        if decision["strength"] != approvals.SIGNED:
            return None
        return self._signer(agent_id, approval, decision.get("signature"))

    def _signer(self, agent_id: str, approval: Approval, signature: object) -> str:
        if not isinstance(signature, str):
            raise BadSignatureError(approval["id"], "it carries no signature")
        verdict = approval["decision"]["verdict"]
        message = asking.message_to_sign(approval, agent_id, verdict)
        try:
            return self.signatures.verify(message, signature)
        except InvalidValueError as error:
            raise BadSignatureError(approval["id"], str(error)) from None
