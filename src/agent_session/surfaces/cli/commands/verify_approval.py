"""`verify-approval`: whether a decision may be believed, and who has signed it."""

from __future__ import annotations

from agent_session.core.approvals import PENDING, ends_at
from agent_session.core.errors import ApprovalEndedError, NotDecidedError
from agent_session.surfaces.cli.arguments import APPROVAL_ID, AS_JSON
from agent_session.surfaces.cli.render import say, say_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from agent_session.wiring import Wiring

DETAIL = (
    "Status 1 with the reason where the journal does not vouch for it, or its signature does\n"
    "not hold.  A program of your own user can forge what is not signed."
)
EXAMPLES = ("agent-session verify-approval ap-0123456789abcdef",)
ARGUMENTS = (APPROVAL_ID, AS_JSON)


def run(wiring: Wiring, *, approval_id: str, as_json: bool) -> int:
    signer = wiring.decisions.verify(approval_id)
    decision = _decision(wiring, approval_id)
    strength = decision["strength"]
    if as_json:
        said = {"approval_id": approval_id, "verdict": decision["verdict"]}
        say_json({**said, "signed_by": signer, "strength": strength, "by": decision["by"]})
    elif signer is None:
        say(f"Verified: not signed (strength {strength})")
    else:
        say(f"Verified: signed by {signer}")
    return 0


def _decision(wiring: Wiring, approval_id: str) -> Mapping[str, Any]:
    approval = wiring.approvals.get(approval_id).approval
    decision: Mapping[str, Any] | None = approval["decision"]
    if decision is not None:
        return decision
    status = wiring.approvals.status(approval)
    if status == PENDING:
        raise NotDecidedError(approval_id, approval["expires_at"])
    raise ApprovalEndedError(approval_id, status, ends_at(approval))
